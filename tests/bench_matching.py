"""Part of `make bench`: matching with smoothing against a made-up prefecture, and how fast its network opens.

Fixes a core-second of `match_track` (tracks already read), without and with a million background edges, beside public
matchers on the same fixes: `python -m venv peers; peers/bin/pip install fastmm leuvenmapmatching rtree`, then
BENCH_MATCH_PYTHON=peers/bin/python. They get the true graph with its junctions, the product the GeoPackage's lines.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pavement.matching import match_track
from pavement.networks import read_network
from pavement.road import Network
from pavement.simulate.prefecture import (
    PatrolDrive,
    Prefecture,
    make_drive,
    make_prefecture,
    spec_of_size,
    write_prefecture,
)
from pavement.track import Track
from tests.bench_table import Row, slope, tell

DRIVES, DRIVE_KM = 24, 60.0
EDGES = (0, 1_000_000)
GOALS = {0: 100_000, 1_000_000: 30_000}  #: fixes a core-second
PEERS = {"fastmm": 20_000, "leuvenmapmatching": 1_500}  #: and how many fixes each is given: they are slow
PEER_LIMIT_S = 300  #: core-seconds


def main() -> None:
    """Print the rows."""
    rows: list[Row] = []
    for edges in EDGES:
        with tempfile.TemporaryDirectory() as name:
            rows += compare(edges, Path(name))
    tell(rows)


def compare(edges: int, folder: Path) -> Iterator[Row]:
    """One prefecture: opening its network, matching, and peers."""
    prefecture = make_prefecture(spec_of_size(300, edges))
    write_prefecture(folder / "network.gpkg", prefecture)
    drives = [make_drive(prefecture, seed, DRIVE_KM) for seed in range(1, DRIVES + 1)]
    fixes = sum(len(drive.track) for drive in drives)
    part = f"matching, {len(prefecture.features)} route lines, {len(prefecture.roads)} other roads"
    for what in ("first time", "again"):
        seconds, used = opening(folder / "network.gpkg")
        yield Row(part, f"opening the network {what}", 1, "networks", used, seconds)
    network = read_network(folder / "network.gpkg")
    rate, right = product(network, drives)
    grown = slope(*zip(*shares(network, drives), strict=True))
    note = f"{np.nanmean(right):.4f} on the right road"
    goal = f"the goal of {GOALS[edges]:,} a core-second"
    yield Row(
        part,
        "match_track",
        fixes,
        "fixes",
        fixes / rate,
        against=goal,
        ratio=rate / GOALS[edges],
        slope=grown,
        note=note,
    )
    write_graph(folder / "graph.npz", prefecture, drives)
    for peer, limit in PEERS.items():
        yield peer_row(part, peer, limit, folder / "graph.npz", rate, right)


def shares(network: Network, drives: list[PatrolDrive]) -> Iterator[tuple[float, float]]:
    """(fixes, core-seconds) of the beginnings of a drive, of whole ones, and of many."""
    for some in ([first_fixes(drives[0].track)], [drives[0].track], [drive.track for drive in drives]):
        started = time.process_time()
        for track in some:
            match_track(track, network)
        yield float(sum(map(len, some))), time.process_time() - started


OPEN = (
    "import sys,time\nfrom pathlib import Path\nimport numpy as np\nfrom pavement.networks import read_network\n"
    "from pavement.matching import match_track\nfrom pavement.track import Track\n"
    "a,b=time.perf_counter(),time.process_time()\nnetwork=read_network(Path(sys.argv[1]))\n"
    "match_track(Track.of(np.arange(3.0)+2e9,np.full(3,140.7),np.full(3,40.6)),network)\n"
    "print(time.perf_counter()-a,time.process_time()-b)"
)


def opening(path: Path) -> tuple[float, float]:
    """(seconds, core-seconds) from a fresh process's call to the first answer: read, index, match three fixes."""
    done = subprocess.run([sys.executable, "-c", OPEN, str(path)], check=True, stdout=subprocess.PIPE, text=True)
    seconds, used = done.stdout.split()[-2:]
    return float(seconds), float(used)


def product(network: Network, drives: list[PatrolDrive]) -> tuple[float, np.ndarray[Any, Any]]:
    """Fixes a core-second, the better of two rounds; and of every fix 1 / 0: it got the right road, NaN where the
    car was on no managed road.
    """
    match_track(first_fixes(drives[0].track), network)  # whatever is made once
    rates: list[float] = []
    right: list[float] = []
    for turn in range(2):
        started = time.process_time()
        matched = [match_track(drive.track, network) for drive in drives]
        rates.append(sum(len(drive.track) for drive in drives) / (time.process_time() - started))
        if turn:
            continue
        for drive, found in zip(drives, matched, strict=True):
            guess: list[Any] = [None] * len(drive.track)
            for run in found.runs:
                for fix in run.fixes.tolist():
                    guess[fix] = run.route.road
            places = place_at(drive)
            right += [
                any(road == mine for road, _ in drive.places[place]) if place >= 0 else np.nan
                for place, mine in zip(places.tolist(), guess, strict=True)
            ]
    return max(rates), np.array(right, float)


def first_fixes(track: Track) -> Track:
    """A minute."""
    return track.take(np.arange(60))


def place_at(drive: PatrolDrive) -> np.ndarray[Any, Any]:
    """True place of every fix."""
    return np.asarray(drive.place[np.searchsorted(drive.time_s, drive.track.time_s).clip(0, len(drive.place) - 1)])


def write_graph(path: Path, prefecture: Prefecture, drives: list[PatrolDrive]) -> None:
    """The true graph and the fixes in metres. road: number of the road that a line belongs to, -1 = none."""
    from pavement.simulate.prefecture.make import PLANE

    own = sum(1 for link in prefecture.links if not link.members)
    roads = prefecture.roads
    extra = range(max(len(roads) - prefecture.spec.background, 0), len(roads))
    lines = [link.curve.xy for link in prefecture.links]
    lines += [roads.xy[roads.starts[k] : roads.starts[k + 1]] for k in extra]
    ways = [sum({1: 1, -1: 2}[way] for way in link.ways) for link in prefecture.links] + [3] * len(extra)
    numbers: dict[Any, int] = {}

    def number(names: tuple[Any, ...]) -> int:
        return numbers.setdefault(frozenset(names), len(numbers)) if names else -1

    road = [number(tuple(member.road for member in link.members)) for link in prefecture.links] + [-1] * len(extra)
    true = []
    for drive in drives:
        of_place = [number(tuple(road for road, _ in place)) for place in drive.places] + [-1]
        true.append(np.array(of_place)[place_at(drive)])
    assert own == sum(each < 0 for each in road[: len(prefecture.links)])
    np.savez(
        path,
        xy=np.vstack(lines),
        starts=np.concatenate([[0], np.cumsum([len(line) for line in lines])]),
        ways=np.array(ways),
        road=np.array(road),
        fixes=np.vstack([PLANE.to_metres(drive.track.lon, drive.track.lat) for drive in drives]),
        track_starts=np.concatenate([[0], np.cumsum([len(drive.track) for drive in drives])]),
        true=np.concatenate(true),
    )


def peer_row(part: str, peer: str, limit: int, data: Path, rate: float, ours: np.ndarray[Any, Any]) -> Row:
    """How many times as fast as a peer, or why that is not known."""
    stage = f"beside {peer}"
    python = shutil.which(os.environ.get("BENCH_MATCH_PYTHON") or sys.executable)
    there = [python or "", "-c", f"import {peer}"]
    if python is None or subprocess.run(there, capture_output=True, check=False).returncode:
        return Row(part, stage, note=f"skipped: BENCH_MATCH_PYTHON names no Python with {peer}")
    script = Path(__file__).with_name("bench_peers.py")
    done = subprocess.run(
        [python, str(script), str(data), peer, str(limit), str(PEER_LIMIT_S)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode == -signal.SIGXCPU:
        return Row(part, stage, note=f"stopped after {PEER_LIMIT_S} core-seconds")
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [str(done.returncode)])[-1][:120]
        return Row(part, stage, note=f"failed: {why}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    theirs = found["fixes"] / max(found["match_s"], 1e-9)
    right = "–" if found["right"] is None else f"{found['right']:.4f}"
    same = np.nanmean(ours[: found["fixes"]])
    note = f"prepares for {found['prepare_s']:.1f} core-s; right road {right}, ours there {same:.4f}"
    return Row(part, stage, against=f"{peer} {found['version']}".strip(), ratio=rate / theirs, note=note)


if __name__ == "__main__":
    main()
