"""Defects of each 年度 as they hold: what the newest drive saw, what people say of it, and what they drew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select

from pavement.correction import DefectState
from pavement.place import place_id
from pavement.road import RoadKey
from pavement.store.adopted_tables import ADOPTED_DEFECTS, DEFECT_STATES, DRAWN_DEFECTS
from pavement.store.current import is_current
from pavement.store.result_tables import ANALYSES, DEFECTS, PHOTOS
from pavement.store.revision import raise_revision
from pavement.store.sections import batches, sections_at, whose
from pavement.store.tables import DRIVES

Row = Mapping[str, Any]
POTHOLE = "pothole"
BY_PEOPLE = ("category", "length_m", "width_m", "depth_mm")  #: what a person may say otherwise
COLUMNS = frozenset(column.name for column in ADOPTED_DEFECTS.c)


def adopt_defects(connection: Connection, analysis_ids: Sequence[str]) -> None:
    """Choose anew of every defect that these analyses, or earlier ones of their drives, saw."""
    drives = select(ANALYSES.c.drive_id).where(ANALYSES.c.id.in_(analysis_ids))
    new = select(DEFECTS.c.defect_id).where(DEFECTS.c.analysis_id.in_(analysis_ids))
    old = select(ADOPTED_DEFECTS.c.defect_id).where(ADOPTED_DEFECTS.c.drive_id.in_(drives))
    readopt_defects(connection, connection.execute(new.union(old)).scalars().all())


def readopt_defects(connection: Connection, defect_ids: Iterable[str]) -> None:
    """Make the adopted rows of some defects again.

    What no analysis finds any more goes, unless a person said what it is.
    """
    revision = raise_revision(connection)
    for some in batches(defect_ids):
        states = {s.defect_id: dict(s._mapping) for s in _execute(connection, DEFECT_STATES, some)}
        rows = [*_seen(connection, some), *_drawn(connection, some)]
        found = {(row["fiscal_year"], row["defect_id"]) for row in rows}
        for old in _execute(connection, ADOPTED_DEFECTS, some):
            row = dict(old._mapping)
            if (row["fiscal_year"], row["defect_id"]) not in found and row["defect_id"] in states:
                rows.append(row | (row["machine"] or {}))
        connection.execute(delete(ADOPTED_DEFECTS).where(ADOPTED_DEFECTS.c.defect_id.in_(some)))
        sections = sections_at(connection, (row["segment_place"] for row in rows))
        rows = [row | whose(sections.get(row["segment_place"])) for row in rows]
        if rows:
            held = [held_row(row, states.get(row["defect_id"])) | {"revision": revision} for row in rows]
            connection.execute(insert(ADOPTED_DEFECTS), held)


def held_row(machine: Row, state: Row | None) -> dict[str, Any]:
    """One row of `adopted_defects` without its revision: the machine's values, or a person's where there are any."""
    row = {name: machine.get(name) for name in COLUMNS}
    row |= {"state": DefectState.UNCONFIRMED.value, "machine": None, "corrected": None}
    if state is None:
        return row
    given = {name: state[name] for name in BY_PEOPLE if state[name] is not None}
    row |= given | {"state": state["state"]}
    if "length_m" in given or "width_m" in given:
        length, width = row["length_m"], row["width_m"]
        row["area_m2"] = round(length * width, 3) if length and width else row["area_m2"]
    row["machine"] = {name: machine.get(name) for name in (*BY_PEOPLE, "area_m2")}
    row["corrected"] = {
        name: {"value": value, "machine": machine.get(name), "by": state["who"], "at": state["at"].isoformat()}
        for name, value in given.items()
    }
    return row


@dataclass
class HoleChanges:
    """How the number of potholes in a section differs from what an analysis counted."""

    counted: Counter[tuple[str, str]] = field(default_factory=Counter)  #: (analysis, place): its own, declared 誤検出 …
    drawn: Counter[str] = field(default_factory=Counter)  #: place: what people drew

    def get(self, key: tuple[str | None, str], default: int = 0) -> int:
        """Of (analysis, place)."""
        analysis, place = key
        return (self.counted[analysis, place] if analysis else 0) + self.drawn[place] + default


def pothole_changes(connection: Connection, year: int, segment_places: Sequence[str]) -> HoleChanges:
    """What people's word on potholes changes in some segments and their blocks."""
    changes = HoleChanges()
    state, wanted = DEFECT_STATES.c, (DEFECTS.c.segment_place.in_(segment_places), DEFECTS.c.fiscal_year == year)
    query = (
        select(DEFECTS, state.state.label("now"), state.category.label("said"))
        .join(DEFECT_STATES, state.defect_id == DEFECTS.c.defect_id)
        .where(*wanted, or_(state.state == DefectState.FALSE, state.category.is_not(None)))
    )
    for row in connection.execute(query):
        is_hole = row.now != DefectState.FALSE and (row.said or row.category) == POTHOLE
        change = int(is_hole) - int(row.category == POTHOLE)
        for place in places_of(dict(row._mapping)):
            changes.counted[row.analysis_id, place] += change
    drawn = (
        select(DRAWN_DEFECTS, state.state.label("now"), state.category.label("said"))
        .outerjoin(DEFECT_STATES, state.defect_id == DRAWN_DEFECTS.c.defect_id)
        .where(DRAWN_DEFECTS.c.segment_place.in_(segment_places), DRAWN_DEFECTS.c.fiscal_year == year)
    )
    for row in connection.execute(drawn):
        if row.now != DefectState.FALSE and (row.said or row.facts["category"]) == POTHOLE:
            changes.drawn.update(places_of(row.facts))
    return changes


def places_of(row: Row) -> list[str]:
    """The segment and the block in which a defect or photo lies."""
    road = RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"])
    return [place_id(level, road, row["direction"], row["kp_km"]) for level in ("segment", "block")]


def _execute(connection: Connection, table: Any, defect_ids: Sequence[str]) -> Any:
    return connection.execute(select(table).where(table.c.defect_id.in_(defect_ids))).all()


def _seen(connection: Connection, defect_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Of each 年度 the newest sighting."""
    photo = and_(PHOTOS.c.analysis_id == DEFECTS.c.analysis_id, PHOTOS.c.number == DEFECTS.c.photo)
    query = (
        select(DEFECTS, ANALYSES.c.drive_id, PHOTOS.c.id.label("photo_id"))
        .join(ANALYSES, ANALYSES.c.id == DEFECTS.c.analysis_id)
        .outerjoin(PHOTOS, photo)
        .join(DRIVES, DRIVES.c.id == ANALYSES.c.drive_id)
        .where(DEFECTS.c.defect_id.in_(defect_ids), DEFECTS.c.fiscal_year.is_not(None), is_current())
        .order_by(DEFECTS.c.seen_on, DRIVES.c.started_at, DRIVES.c.vehicle, DRIVES.c.idempotency_key, DRIVES.c.id)
    )
    newest: dict[tuple[int, str], dict[str, Any]] = {}
    for row in connection.execute(query):
        newest[row.fiscal_year, row.defect_id] = dict(row._mapping)
    return list(newest.values())


def _drawn(connection: Connection, defect_ids: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for row in _execute(connection, DRAWN_DEFECTS, defect_ids):
        own = {"defect_id": row.defect_id, "fiscal_year": row.fiscal_year, "segment_place": row.segment_place}
        rows.append({**row.facts, **own, "photo_id": row.photo_id, "box": row.box, "seen_on": None})
    return rows
