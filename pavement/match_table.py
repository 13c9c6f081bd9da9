"""`pavement match`: one row a fix, in input order."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from pavement.matching import Run, Status, match_track
from pavement.road import Network
from pavement.sources import TrackFile
from pavement.track import Track

COLUMNS = (
    *("timestamp", "lon", "lat", "status"),
    *("road_type", "route_no", "branch_no", "kind", "direction", "link_id", "m_along"),
    *("kp_km", "post_km", "offset_m"),
    *("snapped_lon", "snapped_lat", "distance_m", "position_sd_m", "confidence"),
)


def write_matches(source: TrackFile, network: Network, path: Path) -> None:
    """Write the table of a matched track; fixes that the track's reader refused are `rejected`."""
    good = np.array([flaw is None for flaw in source.flaws], bool)
    order = np.flatnonzero(good)
    order = order[np.argsort(source.track.time_s[order], kind="stable")]
    track = source.track.take(order)
    matched = match_track(track, network)
    rows = [base_row(source, fix) for fix in range(len(source.track))]
    for index, fix in enumerate(order.tolist()):
        rows[fix] |= {"status": str(matched.status[index]), "confidence": number(matched.confidence[index], 4)}
    for run in matched.runs:
        for index, row in zip(run.fixes.tolist(), run_rows(run, network, track), strict=True):
            rows[int(order[index])] |= row
    for index in np.flatnonzero(matched.line >= len(network.routes)).tolist():
        rows[int(order[index])] |= background_row(int(matched.line[index]), network, track, index)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def base_row(source: TrackFile, fix: int) -> dict[str, str]:
    """What the receiver said."""
    track = source.track
    seconds = track.time_s[fix]
    stamp = "" if np.isnan(seconds) else datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="milliseconds")
    return {
        "timestamp": stamp.replace("+00:00", "Z"),
        "lon": number(track.lon[fix], 7),
        "lat": number(track.lat[fix], 7),
        "status": Status.REJECTED.value,
    }


def run_rows(run: Run, network: Network, track: Track) -> Iterator[dict[str, str]]:
    """What matching adds to the fixes of a run."""
    route = run.route
    snapped = route.point_at(run.along_m)
    away = np.hypot(*(snapped - network.plane.to_metres(track.lon[run.fixes], track.lat[run.fixes])).T)
    degrees = network.plane.to_degrees(snapped)
    every = {
        "road_type": route.road.road_type,
        "route_no": route.road.route_no,
        "branch_no": route.road.branch_no,
        "kind": route.road.kind,
        "direction": str(run.direction),
        "link_id": route.link_id or "",
    }
    for k, kp in enumerate(route.scale.kp_at(run.along_m).tolist()):
        row = every | {
            "m_along": number(run.along_m[k], 2),
            "snapped_lon": number(degrees[k, 0], 7),
            "snapped_lat": number(degrees[k, 1], 7),
            "distance_m": number(away[k], 2),
            "position_sd_m": number(run.sd_m[k], 2),
        }
        if not np.isnan(kp):
            post = route.scale.lower_post(kp)
            row |= {"kp_km": number(kp, 5), "post_km": number(post, 3), "offset_m": number((kp - post) * 1000, 2)}
        yield row


def background_row(line: int, network: Network, track: Track, index: int) -> dict[str, str]:
    """The other road on which a fix lies."""
    link_id, geometry = network.roads[line - len(network.routes)]
    point = network.plane.to_metres(track.lon[index], track.lat[index])[0]
    return {"link_id": link_id or "", "m_along": number(float(geometry.project(shapely.Point(point))), 2)}


def number(value: float, decimals: int) -> str:
    """A number as text, blank where it is not known."""
    return "" if np.isnan(value) else f"{value:.{decimals}f}"
