"""Sections of known IRI: `[road_type,]route_no[,branch_no,kind],direction,from_kp_km,to_kp_km,iri_mm_per_m`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from pavement.errors import BadInput
from pavement.imu.travel import KnownIri
from pavement.road import Direction, RoadKey
from pavement.sources.fix import number
from pavement.sources.text import TooMuch, decode, parse_table

_NEEDED = ("route_no", "direction", "from_kp_km", "to_kp_km", "iri_mm_per_m")
HIGHEST_IRI = 40.0


def read_iri_reference(path: Path) -> list[KnownIri]:
    """The sections in a table; rows without an IRI are left out. Raises BadInput for a row that makes no sense."""
    try:
        header, rows = parse_table(decode(path.read_bytes()))
    except TooMuch as error:
        raise BadInput(str(error), file=path, do="give one section a row") from error
    except FileNotFoundError as error:
        raise BadInput("no such file", file=path, do="check the path of the reference") from error
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file=path, do="give a CSV file") from error
    if missing := [name for name in _NEEDED if name not in header]:
        raise BadInput(f"lacks the columns {', '.join(missing)}", file=path, do=f"give {','.join(_NEEDED)}")
    known = [_known(row, f"row {index}", path) for index, row in enumerate(rows, start=1) if row["iri_mm_per_m"]]
    if not known:
        raise BadInput("no section with an IRI in it", file=path, do="fill in iri_mm_per_m")
    return known


def _known(row: Mapping[str, str], where: str, path: Path) -> KnownIri:
    if row["direction"] not in list(Direction):
        raise BadInput(f"{where}: direction is '{row['direction']}'", file=path, do="write 下り or 上り")
    values = {name: number(row[name]) for name in _NEEDED[2:]}
    if wrong := [name for name, value in values.items() if math.isnan(value)]:
        raise BadInput(f"{where}: {wrong[0]} is '{row[wrong[0]]}'", file=path, do="write a number")
    first, last, iri = values.values()
    if not 0 < iri <= HIGHEST_IRI:
        raise BadInput(f"{where}: iri_mm_per_m is {iri:g}", file=path, do=f"write 0 to {HIGHEST_IRI:g} mm/m")
    if first == last:
        raise BadInput(f"{where}: from_kp_km and to_kp_km are equal", file=path, do="give a section of some length")
    road = RoadKey(
        row.get("road_type") or "一般国道",
        row["route_no"],
        (row.get("branch_no") or "000").zfill(3),
        row.get("kind") or "現道",
    )
    return KnownIri(road, Direction(row["direction"]), first, last, iri)
