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

DRIVES, DRIVE_KM = 24, 60.0
EDGES = (0, 1_000_000)
GOALS = {0: 100_000, 1_000_000: 30_000}  #: fixes a core-second
PEERS = {"fastmm": 20_000, "leuvenmapmatching": 1_500}  #: and how many fixes each is given: they are slow
PEER_LIMIT_S = 300  #: core-seconds


def main() -> None:
    """Print the tables."""
    for edges in EDGES:
        with tempfile.TemporaryDirectory() as name:
            compare(edges, Path(name))


def compare(edges: int, folder: Path) -> None:
    """One prefecture."""
    prefecture = make_prefecture(spec_of_size(300, edges))
    write_prefecture(folder / "network.gpkg", prefecture)
    drives = [make_drive(prefecture, seed, DRIVE_KM) for seed in range(1, DRIVES + 1)]
    fixes = sum(len(drive.track) for drive in drives)
    size = f"{len(prefecture.features)} route lines, {len(prefecture.posts)} posts, {len(prefecture.roads)} other roads"
    print(f"\nprefecture: {size}; {fixes} fixes of {DRIVES} drives\n")
    opened = [opening(folder / "network.gpkg") for _ in range(2)]
    print("| opening the network | seconds | core-seconds |\n|---|---|---|")
    for what, (seconds, used) in zip(("first time", "again"), opened, strict=True):
        print(f"| {what} | {seconds:.2f} | {used:.2f} |")
    network = read_network(folder / "network.gpkg")
    rate, right = product(network, drives)
    print("\n| matcher | fixes | fixes a core-second | preparing, core-s | on the right road | pavement, same fixes |")
    print("|---|---|---|---|---|---|")
    share = np.nanmean(right)
    print(f"| pavement | {fixes} | {rate:,.0f} (goal {GOALS[edges]:,}) | {opened[1][1]:.1f} | {share:.4f} | |")
    write_graph(folder / "graph.npz", prefecture, drives)
    for peer, limit in PEERS.items():
        print(peer_row(peer, limit, folder / "graph.npz", right))


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


def peer_row(peer: str, limit: int, data: Path, ours: np.ndarray[Any, Any]) -> str:
    """A row of the table, or why there is none."""
    python = shutil.which(os.environ.get("BENCH_MATCH_PYTHON") or sys.executable)
    there = [python or "", "-c", f"import {peer}"]
    if python is None or subprocess.run(there, capture_output=True, check=False).returncode:
        return f"| {peer} | skipped: BENCH_MATCH_PYTHON names no Python with {peer} (pip install {peer}) | | | | |"
    script = Path(__file__).with_name("bench_peers.py")
    done = subprocess.run(
        [python, str(script), str(data), peer, str(limit), str(PEER_LIMIT_S)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode == -signal.SIGXCPU:
        return f"| {peer} | stopped after {PEER_LIMIT_S} core-seconds | | | | |"
    if done.returncode:
        return f"| {peer} | failed: {(done.stderr.strip().splitlines() or [str(done.returncode)])[-1][:120]} | | | | |"
    found = json.loads(done.stdout.strip().splitlines()[-1])
    rate = found["fixes"] / max(found["match_s"], 1e-9)
    name = f"{peer} {found['version']}".strip()
    right = "–" if found["right"] is None else f"{found['right']:.4f}"
    same = np.nanmean(ours[: found["fixes"]])
    return f"| {name} | {found['fixes']} | {rate:,.0f} | {found['prepare_s']:.1f} | {right} | {same:.4f} |"


if __name__ == "__main__":
    main()
