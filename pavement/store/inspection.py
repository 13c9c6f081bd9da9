"""点検実施延長率 of a 年度 out of the tables; the rule is `pavement.inspected_length`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from pavement.inspected_length import InspectedLength, Stretch, inspected_by, inspected_length, is_inspected
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.scope import Scope, within

Row = Mapping[str, Any]
ROAD = ("road_type", "route_no", "branch_no", "kind")


@dataclass(frozen=True)
class Inspection:
    """Lengths of all that the scope holds, by office and by route."""

    whole: InspectedLength
    offices: Sequence[tuple[Mapping[str, Any], InspectedLength]]  #: manager, office
    routes: Sequence[tuple[Mapping[str, Any], InspectedLength]]  #: the key and the name


def inspection_of(database: Database, scope: Scope, year: int) -> Inspection:
    """What of the network in use was inspected in a 年度, both directions; by segments of 0.1 kilopost."""
    shown = case((SECTIONS.c.closed.is_(None), False), else_=True).label("closed")
    group = [SECTIONS.c[name] for name in ("manager", "office", *ROAD, "name")]
    values = [(func.coalesce(ADOPTED.c.coverage_pct, 0) > 0).label("seen"), ADOPTED.c.flags]
    found = (ADOPTED.c.place == SECTIONS.c.place) & (ADOPTED.c.fiscal_year == year)
    query = (
        select(*group, shown, *values, func.sum(SECTIONS.c.length_m).label("length_m"))
        .outerjoin(ADOPTED, found)
        .where(SECTIONS.c.level == "segment", within(scope, SECTIONS.c.manager, SECTIONS.c.office))
        .group_by(*group, shown, *values)
        .order_by(*group)
    )
    with database.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return Inspection(
        inspected_length(map(_stretch, rows)),
        _grouped(rows, ("manager", "office")),
        _grouped(rows, (*ROAD, "name")),
    )


def _grouped(rows: Sequence[Row], names: Sequence[str]) -> Sequence[tuple[Mapping[str, Any], InspectedLength]]:
    found = inspected_by(rows, lambda row: tuple(row[name] for name in names), _stretch)
    return [(dict(zip(names, each, strict=True)), length) for each, length in found.items()]


def _stretch(row: Row) -> Stretch:
    inspected = is_inspected(100.0 if row["seen"] else None, row["flags"] or "")
    return Stretch(row["length_m"], bool(row["closed"]), inspected)
