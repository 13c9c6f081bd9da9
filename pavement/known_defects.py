"""The defects of an earlier run, read from its defects.csv, so that the same objects keep their ids."""

from __future__ import annotations

import csv
from pathlib import Path

from pavement.defect import Category
from pavement.errors import BadInput
from pavement.find_defects import KnownDefect
from pavement.identity import Sighting
from pavement.road import Direction, RoadKey


def read_known_defects(result: Path) -> list[KnownDefect]:
    """The defects of the run whose output folder is `result`; raises BadInput that names the file and the line."""
    file = result / "defects.csv"
    if not file.is_file():
        raise BadInput("has no defects.csv", file=result, do="give the output folder of a finished `pavement run`")
    with open(file, encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        known = []
        for row in reader:
            try:
                known.append(_known(row))
            except (KeyError, ValueError) as error:
                raise BadInput(
                    f"line {reader.line_num}: {error}", file=file, do="give a defects.csv as `pavement run` wrote it"
                ) from error
    return known


def _known(row: dict[str, str]) -> KnownDefect:
    return KnownDefect(
        row["defect_id"],
        Category(row["category"]),
        RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"]),
        Direction(row["direction"]),
        Sighting(float(row["kp_km"]) * 1000, float(row.get("across_m") or 0), float(row["area_m2"] or 0)),
    )
