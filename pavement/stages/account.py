"""What a run tells of itself and of its passes: counts, mesh and rut records, the lines for maps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from pavement.drive import Drive, count_rejections
from pavement.measurement import JST
from pavement.mounting import Mounting
from pavement.passes import BLOCK_M, Pass, split
from pavement.record import FrameRecord, MeshRecord, ProfileRecord, RouteShape
from pavement.road import Network
from pavement.surface import CELL_M

AROUND_M = 1000.0  #: beyond the driven roads, of whose neighbourhood a map shows the other roads


def counts(drives: Sequence[Drive], records: Sequence[FrameRecord]) -> dict[str, Any]:
    """frames_in = frames_used + the sum of frames_rejected; the same for fixes."""
    reasons = [record.rejected for record in records]
    rejected = count_rejections(reasons)
    frames_in = sum(len(each.frames) for each in drives)
    used = sum(reason is None for reason in reasons)
    if frames_in != used + sum(rejected.values()):
        raise AssertionError(f"{frames_in} frames came in, but {used} used + {sum(rejected.values())} rejected")
    fixes: dict[str, int] = {}
    for each in drives:
        for reason, number in each.fixes_rejected.items():
            fixes[reason] = fixes.get(reason, 0) + number
    return {
        "frames_in": frames_in,
        "frames_used": used,
        "frames_rejected": rejected,
        "fixes_in": sum(each.fixes_in for each in drives),
        "fixes_used": sum(len(each.track) for each in drives),
        "fixes_rejected": fixes,
        "imu": {
            each.name: {"samples_in": each.imu.samples_in, "rejected": dict(each.imu.rejected)}
            for each in drives
            if each.imu is not None
        },
    }


def mesh_record(passed: Pass) -> MeshRecord:
    """The verdicts on a pass's cells, from the first row that was driven or seen to the last."""
    rows = np.flatnonzero(passed.visited)
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    return MeshRecord(
        drive=passed.drive,
        road=passed.route.road,
        direction=passed.direction,
        first_row=part.start,
        kp_km=passed.kp_of_rows[part],
        cells=passed.surface.classes()[part],
    )


def profile_records(passed: Pass) -> list[ProfileRecord]:
    """The ruts of a pass, block by block in the order of its rows."""
    if passed.ruts is None:
        return []
    return [
        ProfileRecord(
            passed.drive,
            passed.route.road,
            passed.direction,
            index * BLOCK_M / 1000,
            (index + 1) * BLOCK_M / 1000,
            passed.ruts.rut(part.rows.start * CELL_M, part.rows.stop * CELL_M),
        )
        for index, part in split(passed, BLOCK_M)
    ]


def route_shapes(network: Network, passes: Sequence[Pass]) -> list[RouteShape]:
    """The managed lines on and around the driven roads in degrees, for maps: a prefecture's are too many for each of
    its drives to tell. All of them where no road was driven.
    """
    driven = {passed.route.road for passed in passes}
    boxes = np.array([route.line.bounds for route in network.routes if route.road in driven]).reshape(-1, 4)
    around = (
        [*boxes[:, :2].min(0) - AROUND_M, *boxes[:, 2:].max(0) + AROUND_M] if driven else [-np.inf] * 2 + [np.inf] * 2
    )
    near = [route for route in network.routes if route.road in driven or _meet(route.line.bounds, around)]
    return [
        RouteShape(
            road=route.road,
            name=route.name,
            lonlat=[(float(x), float(y)) for x, y in network.plane.to_degrees(list(route.line.coords))],
            road_class=route.facts.get("road_class"),
            prefecture=route.facts.get("prefecture"),
            manager=route.facts.get("manager"),
            office=route.facts.get("office"),
            kp_style=route.facts.get("kp_style", "post"),
        )
        for route in near
    ]


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes (west, south, east, north) touch."""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def fiscal_year(moment: datetime) -> int:
    """年度: April to March, in Japan's time.

    >>> from datetime import UTC
    >>> fiscal_year(datetime(2027, 3, 31, 14, 59, tzinfo=UTC)), fiscal_year(datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    (2026, 2027)
    """
    local = moment.astimezone(JST)
    return local.year - (local.month < 4)


def camera_reports(drive: Drive, mountings: Sequence[Mounting]) -> dict[str, object]:
    """What run.json says of a drive's cameras: under its name, a later mounting with the frame from which it holds."""
    return {
        f"{drive.name} ({drive.frames[mounting.first].file} 以降)" if number else drive.name: mounting.camera.report()
        for number, mounting in enumerate(mountings)
    }
