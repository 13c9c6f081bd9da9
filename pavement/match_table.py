"""`pavement match`: one row a fix, in input order."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from pavement.matching import MatchedTrack, Run, Status, match_track
from pavement.road import Network
from pavement.sources import TrackFile

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
    matched = match_track(source.track.take(order), network)
    place = {int(fix): index for index, fix in enumerate(order)}
    run_of = {int(fix): (run, k) for run in matched.runs for k, fix in enumerate(run.fixes)}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for fix in range(len(source.track)):
            row = base_row(source, fix)
            if fix in place:
                row |= matched_row(matched, place[fix], run_of, network, source.track.lon[fix], source.track.lat[fix])
            writer.writerow(row)


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


def matched_row(
    matched: MatchedTrack, index: int, run_of: dict[int, tuple[Run, int]], network: Network, lon: float, lat: float
) -> dict[str, str]:
    """What matching adds."""
    row = {"status": str(matched.status[index]), "confidence": number(matched.confidence[index], 4)}
    line = int(matched.line[index])
    if line >= len(network.routes):
        link_id, geometry = network.roads[line - len(network.routes)]
        point = network.plane.to_metres(lon, lat)[0]
        along = float(geometry.project(shapely.Point(point)))
        return row | {"link_id": link_id or "", "m_along": number(along, 2)}
    if index not in run_of:
        return row
    run, k = run_of[index]
    route, along = run.route, float(run.along_m[k])
    kp = float(route.scale.kp_at(along))
    snapped = route.point_lonlat(along)
    here, fix = network.plane.to_metres([snapped[0], lon], [snapped[1], lat])
    row |= {
        "road_type": route.road.road_type,
        "route_no": route.road.route_no,
        "branch_no": route.road.branch_no,
        "kind": route.road.kind,
        "direction": str(run.direction),
        "link_id": route.link_id or "",
        "m_along": number(along, 2),
        "snapped_lon": number(snapped[0], 7),
        "snapped_lat": number(snapped[1], 7),
        "distance_m": number(float(np.hypot(*(here - fix))), 2),
        "position_sd_m": number(float(run.sd_m[k]), 2),
    }
    if not np.isnan(kp):
        post = route.scale.lower_post(kp)
        row |= {"kp_km": number(kp, 5), "post_km": number(post, 3), "offset_m": number((kp - post) * 1000, 2)}
    return row


def number(value: float, decimals: int) -> str:
    """A number as text, blank where it is not known."""
    return "" if np.isnan(value) else f"{value:.{decimals}f}"
