"""A matched track against the way that was really driven, without analysing any photo."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.errors import BadInput
from pavement.evaluation.table import Figures
from pavement.evaluation.true_paths import Driven, read_driven
from pavement.matching import Located, MatchedTrack, Status, match_track
from pavement.networks import read_network
from pavement.passes import BLOCK_M, SEGMENT_M, stretch_of
from pavement.road import Network
from pavement.sources import open_drive, read_drive, read_track
from pavement.track import Track

Floats = NDArray[np.float64]
Row = tuple[float, dict[str, str]]  #: time and what is true then

HOLE_S = 4.0


def evaluate_match(data: Path, network: Path | None, truth: Path | None, every: Sequence[int]) -> dict[str, Figures]:
    """Figures of a track thinned to each `every`-th fix.

    `data`: a drive or track file with `network` and `truth` (a table: file or utc, kp_km, the key), or a folder of
    `read_driven`. Such a folder with a `network`: what of a drive elsewhere is put on that network's routes.
    """
    if truth is not None:
        if network is None:
            raise BadInput("is given without --network", file=truth, do="give the network that the truth speaks of")
        track, rows = read_truth(data, truth)
        managed = read_network(network)
        return {name_of(n): places(match_track(thinned(track, n), managed), rows) for n in every}
    driven = read_driven(data)
    if network is not None:
        return {name_of(n): strayed(driven, read_network(network), n) for n in every}
    own = driven.network()
    judge = timed if len(driven.time_s) else mismatched
    return {name_of(n): judge(driven, own, n) for n in every}


def name_of(every: int) -> str:
    """A row's name."""
    return "every fix" if every == 1 else f"every {every}th fix"


def thinned(track: Track, every: int) -> Track:
    """Each `every`-th fix."""
    return track.take(np.arange(0, len(track), every))


def read_truth(data: Path, truth: Path) -> tuple[Track, list[Row]]:
    """A track, and the rows of a truth table with their times: of the frame `file` of the drive, or `utc`."""
    with open(truth, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"kp_km"} <= rows[0].keys() or not {"file", "utc"} & rows[0].keys():
        raise BadInput(
            "lacks the columns kp_km and file or utc", file=truth, do="give a truth table of frames or fixes"
        )
    if "utc" in rows[0]:
        return read_track(data).track, [(datetime.fromisoformat(row["utc"]).timestamp(), row) for row in rows]
    with tempfile.TemporaryDirectory() as scratch:
        drive = read_drive(open_drive(data, Path(scratch)))
    times = {frame.file: frame.timestamp for frame in drive.frames}
    known = [(stamp.timestamp(), row) for row in rows if (stamp := times.get(row["file"])) is not None]
    return drive.track, known


def places(matched: MatchedTrack, rows: Sequence[Row]) -> Figures:
    """Road, direction, kilopost, block and segment of places in time."""
    keys = [key for key in ("road_type", "route_no", "branch_no", "kind", "direction") if key in rows[0][1]]
    right, errors, spreads, blocks, segments = [], [], [], [], []
    for time_s, row in rows:
        place = matched.locate(time_s)
        if not isinstance(place, Located) or place.kp_km is None:
            continue
        road = place.route.road
        found = {name: getattr(road, name) for name in ("road_type", "route_no", "branch_no", "kind")}
        found["direction"] = str(place.direction)
        right.append(all(found[key] == row[key] for key in keys))
        true = float(row["kp_km"])
        errors.append(abs(place.kp_km - true) * 1000)
        spreads.append(place.position_sd_m)
        blocks.append(abs(int(stretch_of(place.kp_km, BLOCK_M)) - int(stretch_of(true, BLOCK_M))))
        segments.append(int(stretch_of(place.kp_km, SEGMENT_M)) == int(stretch_of(true, SEGMENT_M)))
    error = np.array(errors)
    return {
        "n": len(rows),
        "with kilopost": len(error) / len(rows),
        "right road and direction": mean(right),
        **spread_of(error),
        "within 2 sd": mean(error <= 2 * np.array(spreads)),
        "block exact": mean([each == 0 for each in blocks]),
        "block ±1": mean([each <= 1 for each in blocks]),
        "segment exact": mean(segments),
    }


def mean(values: Sequence[bool] | NDArray[np.bool_]) -> float | None:
    """A share; None of nothing."""
    return float(np.mean(values)) if len(values) else None


def spread_of(error: Floats) -> Figures:
    """Percentiles of absolute errors in metres."""
    p50, p95, top = np.percentile(error, [50, 95, 100]).tolist() if len(error) else (None, None, None)
    return {"error p50 m": p50, "p95 m": p95, "max m": top}


def mismatched(driven: Driven, network: Network, every: int) -> Figures:
    """Route mismatch fraction (Newson & Krumm 2009): metres of the driven way, between its first and last fix, that
    were not found, and metres put elsewhere, over its length.
    """
    track = thinned(driven.track, every)
    matched = match_track(track, network)
    line = network.routes[0].line
    along = np.full(len(track), np.nan)
    for run in matched.runs:
        along[run.fixes] = run.along_m
    step = np.hypot(*np.diff(network.plane.to_metres(track.lon, track.lat), axis=0).T)
    on = np.isfinite(along[:-1]) & np.isfinite(along[1:])
    ends = [nearest_end(line.length, along, last) for last in (False, True)]
    found = covered(along[:-1][on], along[1:][on])
    length = ends[1] - ends[0]
    return {
        "n": len(track),
        "way m": length,
        "missed m": length - found,
        "elsewhere m": float(step[~on].sum()),
        "RMF": float((length - found + step[~on].sum()) / length),
        "doubtful": float(np.mean(matched.status == Status.DOUBTFUL)),
    }


def nearest_end(length_m: float, along: Floats, last: bool) -> float:
    """Where the track enters (leaves) the way: its first (last) fix's place; the way's end if that is not on it."""
    place = along[-1 if last else 0]
    return float(place) if np.isfinite(place) else (length_m if last else 0.0)


def covered(low: Floats, high: Floats) -> float:
    """Metres in the union of intervals."""
    total, reached = 0.0, -np.inf
    for a, b in sorted(zip(np.minimum(low, high).tolist(), np.maximum(low, high).tolist(), strict=True)):
        total += max(b - max(a, reached), 0.0)
        reached = max(reached, b)
    return float(total)


def strayed(driven: Driven, network: Network, every: int) -> Figures:
    """Metres of a drive on other roads that are put on a network's routes, and metres of them not flagged doubtful."""
    track = thinned(driven.track, every)
    matched = match_track(track, replace(network, roads=driven.background(network.plane), ready_index=None))
    along = np.full(len(track), np.nan)
    for run in matched.runs:
        along[run.fixes] = run.along_m
    metres = np.abs(np.diff(along))
    sure = (matched.status[:-1] != Status.DOUBTFUL) & (matched.status[1:] != Status.DOUBTFUL)
    return {
        "n": len(track),
        "on managed routes m": float(np.nansum(metres)),
        "not flagged m": float(np.nansum(metres[sure])),
        "off network": float(np.mean(matched.status == Status.OFF_NETWORK)),
    }


def timed(driven: Driven, network: Network, every: int) -> Figures:
    """Places along the driven way at every fix, and in the middle of every hole of `HOLE_S` and more."""
    track = thinned(driven.track, every)
    matched = match_track(track, network)
    hole = np.diff(track.time_s) >= HOLE_S * every
    flagged = [
        {matched.status[i], matched.status[i + 1]} <= {Status.GAP, Status.DOUBTFUL, Status.OFF_NETWORK, Status.REJECTED}
        for i in np.flatnonzero(hole)
    ]
    middles = (track.time_s[:-1] + track.time_s[1:])[hole] / 2
    error, inside, asked = errors_at(driven, matched, track.time_s)
    hole_error, hole_inside, _ = errors_at(driven, matched, middles)
    return {
        "n": asked,
        "located": len(error) / asked,
        **spread_of(error),
        "within 2 sd": inside,
        "holes of 4 s": int(hole.sum()),
        "flagged": mean(flagged),
        "max in holes m": float(hole_error.max()) if len(hole_error) else None,
        "within 2 sd there": hole_inside,
    }


def errors_at(driven: Driven, matched: MatchedTrack, times: Floats) -> tuple[Floats, float | None, int]:
    """Absolute errors in metres at those of some times that are located, share within 2 sd, and how many were asked."""
    known = times[(times >= driven.time_s[0]) & (times <= driven.time_s[-1])]
    found = [(time, place) for time in known if isinstance(place := matched.locate(float(time)), Located)]
    true = np.interp([time for time, _ in found], driven.time_s, driven.along_m)
    error = np.abs(np.array([place.along_m for _, place in found]) - true)
    return error, mean(error <= 2 * np.array([place.position_sd_m for _, place in found])), len(known)
