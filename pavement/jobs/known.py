"""The defects that a drive may see again, so that they keep their ids: frozen when its analysis first asks.

Frozen, because an analysis that is taken up again elsewhere has to give the same results, whatever was found meanwhile.
"""

from __future__ import annotations

import math

from pydantic import TypeAdapter

from pavement.defect import Category
from pavement.find_defects import KnownDefect
from pavement.identity import Sighting
from pavement.road import Direction, RoadKey
from pavement.stages.tools import DriveOnDisk
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.results import Row, known_near

AROUND_DEG = 0.005  #: about 500 m, beside the track
LIST = TypeAdapter(list[KnownDefect])


def freeze_known(database: Database, blobs: Blobs, analysis_id: str, each: DriveOnDisk) -> list[KnownDefect]:
    """The defects of earlier drives near the track; the same answer for one analysis whenever it is asked."""
    key = f"results/{analysis_id}/.known.json"
    try:
        return LIST.validate_json(blobs.read(key))
    except FileNotFoundError:
        pass
    lon, lat = each.drive.track.lon, each.drive.track.lat
    if len(lon) == 0 or not math.isfinite(float(lon.min() + lat.min())):
        return []
    box = float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
    around = (box[0] - AROUND_DEG, box[1] - AROUND_DEG, box[2] + AROUND_DEG, box[3] + AROUND_DEG)
    known = sorted((_known(row) for row in known_near(database, around)), key=lambda each: each.defect_id)
    blobs.put(key, LIST.dump_json(known))
    return known


def _known(row: Row) -> KnownDefect:
    return KnownDefect(
        row["defect_id"],
        Category(row["category"]),
        RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"]),
        Direction(row["direction"]),
        Sighting(row["kp_km"] * 1000, row["across_m"] or 0.0, row["area_m2"] or 0.0),
    )
