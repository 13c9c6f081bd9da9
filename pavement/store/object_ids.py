"""Gives the defects of an analysis their ids, and those of drives that were driven later anew where that changes them.

In the transaction that writes the analysis. The ids depend on when the drives were driven, not on which was analysed
first or by whom; only what people were told of or decided about keeps the id that it had then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from pavement.store.found_alerts import lasting
from pavement.store.placing import road_of
from pavement.store.result_tables import ANALYSES, DEFECTS, SEGMENTS
from pavement.store.revision import raise_revision
from pavement.store.sections import batches
from pavement.store.tables import DRIVES

Key = tuple[int, str]  #: 年度 and segment_place
Line = tuple[str, str, str, str, str]  #: a road's key and the direction
Row = Mapping[str, Any]
LINE = ("road_type", "route_no", "branch_no", "kind", "direction")


@dataclass(frozen=True)
class Renamed:
    """One sighting that has another id now."""

    row: dict[str, Any]  #: of `defects`, as it is now
    before: str


@dataclass(frozen=True)
class Named:
    """What an analysis changed."""

    own: Mapping[str, str]  #: of the analysis: id that it brought -> id of the object, where they differ
    names: tuple[str, ...]  #: of later drives: ids before and after, where they differ
    keys: frozenset[Key]  #: … and the segments in which these lie


def name_defects(connection: Connection, analysis_id: str) -> Named:
    """Set the ids of an analysis that was written and is done, and those of later drives that change by it."""
    raise_revision(connection)  # from here until its end no other transaction does the same
    renamed = [each for line in _lines(connection, analysis_id) for each in _renamed(connection, analysis_id, line)]
    of_analysis: dict[str, list[Renamed]] = defaultdict(list)
    for each in renamed:
        of_analysis[each.row["analysis_id"]].append(each)
    for analysis, some in of_analysis.items():
        for before in batches(each.before for each in some):
            connection.execute(
                delete(DEFECTS).where(DEFECTS.c.analysis_id == analysis, DEFECTS.c.defect_id.in_(before))
            )
        connection.execute(insert(DEFECTS), [each.row for each in some])
    own = {each.before: each.row["defect_id"] for each in of_analysis.pop(analysis_id, [])}
    others = [each for some in of_analysis.values() for each in some]
    names = sorted({name for each in others for name in (each.before, each.row["defect_id"])})
    places = {(each.row["fiscal_year"], each.row["segment_place"]) for each in others if each.row["segment_place"]}
    return Named(own, tuple(names), frozenset(places))


def _lines(connection: Connection, analysis_id: str) -> list[Line]:
    query = select(*(DEFECTS.c[name] for name in LINE)).where(DEFECTS.c.analysis_id == analysis_id).distinct()
    return sorted((row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query))


def _renamed(connection: Connection, analysis_id: str, line: Line) -> list[Renamed]:
    """The sightings on one line whose ids are other ones from now on."""
    order = _driven(connection, analysis_id, line)
    at = order.index(analysis_id)
    rows: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows(connection, order, line):
        rows[row["category"]][row["analysis_id"]].append(row)
    renamed: list[Renamed] = []
    for category, of_drive in sorted(rows.items()):
        if analysis_id in of_drive:
            earlier = [of_drive[drive] for drive in order[:at] if drive in of_drive]
            affected = [of_drive[drive] for drive in order[at:] if drive in of_drive]
            road = road_of(dict(zip(LINE, line, strict=True)))
            renamed += _named(connection, f"{road.slug()}|{line[-1]}|{category}", earlier, affected)
    return renamed


def _named(
    connection: Connection, kind: str, earlier: Sequence[Sequence[Row]], affected: Sequence[list[dict[str, Any]]]
) -> list[Renamed]:
    """Of one road, direction and category: what drives saw before, and the one that is new with those after it."""
    from pavement.identity import Sighting
    from pavement.object_naming import Seen, name_objects, own_id

    def seen(row: Row) -> Sighting:
        return Sighting(row["kp_km"] * 1000, row["across_m"] or 0.0, row["area_m2"] or 0.0)

    def own(row: Row, held: Set[str]) -> str:
        return row["defect_id"] if row["defect_id"] not in held else own_id(kind, seen(row))

    for rows in affected:
        rows.sort(key=lambda row: (row["kp_km"], row["across_m"] or 0.0, row["area_m2"] or 0.0, row["score"] or 0.0))
    known = {row["defect_id"]: seen(row) for rows in earlier for row in rows}
    later = {row["defect_id"]: seen(row) for rows in reversed(affected[1:]) for row in rows}
    kept = lasting(connection, later)
    held: set[str] = set()
    drives = []
    for rows in affected:  # the first is new: its ids are its own
        drives.append([Seen(own(row, held), seen(row)) for row in rows])
        held |= {*known, *(row["defect_id"] for row in rows)}
    named = name_objects(
        drives,
        known,
        {name: each for name, each in later.items() if name in kept},
    )
    return [
        Renamed({**row, "defect_id": name}, row["defect_id"])
        for rows, names in zip(affected, named, strict=True)
        for row, name in zip(rows, names, strict=True)
        if row["defect_id"] != name
    ]


def _driven(connection: Connection, analysis_id: str, line: Line) -> list[str]:
    """The finished analyses that were on a line, in the order in which it was driven; ids drawn by chance come last."""
    there = select(SEGMENTS.c.analysis_id).where(*(SEGMENTS.c[n] == v for n, v in zip(LINE, line, strict=True)))
    began = (DRIVES.c.started_at, DRIVES.c.vehicle, DRIVES.c.idempotency_key, ANALYSES.c.drive_id, ANALYSES.c.number)
    query = select(ANALYSES.c.id, *began).join(DRIVES, DRIVES.c.id == ANALYSES.c.drive_id)
    found = connection.execute(
        query.where(ANALYSES.c.state == "done", ANALYSES.c.id.in_(there) | (ANALYSES.c.id == analysis_id))
    ).all()
    return [row.id for row in sorted(found, key=lambda row: tuple(row)[1:])]


def _rows(connection: Connection, analysis_ids: Sequence[str], line: Line) -> Iterator[dict[str, Any]]:
    for some in batches(analysis_ids):
        query = select(DEFECTS).where(DEFECTS.c.analysis_id.in_(some))
        query = query.where(*(DEFECTS.c[name] == value for name, value in zip(LINE, line, strict=True)))
        for row in connection.execute(query):
            yield dict(row._mapping)
