"""Defects as lists and one by one: what holds, what was done when, who said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from pavement.correction import DefectState
from pavement.store.adopted_tables import ADOPTED_DEFECTS, DEFECT_STATES
from pavement.store.database import Database
from pavement.store.history import history_of_defect, names_of
from pavement.store.result_tables import ALERTS
from pavement.store.scope import Scope, within
from pavement.store.sections import batches
from pavement.store.subjects import find_defect

Row = Mapping[str, Any]
ALONG = ("road_type", "route_no", "branch_no", "kind", "direction", "kp_km")
ORDERS = ("kp", "area_m2", "score", "seen_on", "state", "category", "depth_mm")
TIMES = ("found_at", "notified_at", "confirmed_at", "patched_at", "repaired_at")
STATED = ("who", "at", "comment", "patched_at", "repaired_at")
DONE = (DefectState.PATCHED, DefectState.REPAIRED)


@dataclass(frozen=True)
class AskedDefects:
    """What to list; None = any."""

    year: int
    scope: Scope
    road_type: str | None = None
    route_no: str | None = None
    branch_no: str | None = None
    kind: str | None = None
    direction: str | None = None
    manager: str | None = None
    office: str | None = None
    category: str | None = None  #: several joined by commas
    state: str | None = None  #: several joined by commas
    place: str | None = None  #: a segment's
    min_area: float | None = None  #: m²
    from_kp: float | None = None
    to_kp: float | None = None
    box: tuple[float, float, float, float] | None = None
    order: str = "kp"  #: one of ORDERS, behind '-' the largest first
    limit: int = 1000
    offset: int = 0


def list_defects(database: Database, asked: AskedDefects) -> tuple[list[dict[str, Any]], int]:
    """Rows as people see them, and how many there are beyond the limit too."""
    conditions = _conditions(asked)
    query = select(ADOPTED_DEFECTS).where(*conditions).order_by(*_order(asked.order))
    count = select(func.count()).select_from(ADOPTED_DEFECTS).where(*conditions)
    with database.reading() as connection:
        total = int(connection.execute(count).scalar_one())
        rows = connection.execute(query.limit(asked.limit).offset(asked.offset)).all()
        return _shown(connection, [dict(row._mapping) for row in rows]), total


def read_defect(database: Database, defect_id: str, scope: Scope, year: int | None = None) -> dict[str, Any]:
    """One defect with its history and the 年度 in which it was seen; raises NoSuchResult."""
    years = select(ADOPTED_DEFECTS.c.fiscal_year).where(ADOPTED_DEFECTS.c.defect_id == defect_id)
    with database.reading() as connection:
        (page,) = _shown(connection, [dict(find_defect(connection, defect_id, scope, year))])
        page["years"] = sorted(connection.execute(years).scalars())
    page["history"] = history_of_defect(database, defect_id)
    return page


def _shown(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    states: dict[str, Row] = {}
    alerts: dict[str, Row] = {}
    for some in batches(row["defect_id"] for row in rows):
        for table, names, found in ((DEFECT_STATES, STATED, states), (ALERTS, TIMES, alerts)):
            query = select(table.c.defect_id, *(table.c[name] for name in names)).where(table.c.defect_id.in_(some))
            for each in connection.execute(query):
                found[each.defect_id] = {name: getattr(each, name) for name in names}
    people = names_of(connection, (each["who"] for each in states.values())) if states else {}
    return [_one(row, states.get(row["defect_id"]), alerts.get(row["defect_id"]), people) for row in rows]


def _one(row: dict[str, Any], state: Row | None, alert: Row | None, people: Mapping[str, str]) -> dict[str, Any]:
    said = None if state is None else {**state, "by": people.get(state["who"], state["who"])}
    seen_again = False
    if state is not None and row["state"] in DONE and row["seen_on"] is not None:
        seen_again = row["seen_on"] > state["at"].date()  # repaired, and a later drive saw it
    machine = row["machine"] or {name: row[name] for name in ("category", "length_m", "width_m", "depth_mm", "area_m2")}
    drawn = row["analysis_id"] is None
    given = {
        name: {**each, "by": people.get(each["by"], each["by"])} for name, each in (row["corrected"] or {}).items()
    }
    about = {"machine": None if drawn else machine, "corrected": given, "drawn": drawn}
    return {**row, **about, "said": said, "alert": alert, "seen_again": seen_again}


def _conditions(asked: AskedDefects) -> list[ColumnElement[bool]]:
    c = ADOPTED_DEFECTS.c
    found: list[ColumnElement[bool]] = [c.fiscal_year == asked.year, within(asked.scope, c.manager, c.office)]
    said = {name: getattr(asked, name) for name in (*ALONG[:-1], "manager", "office")}
    found += [c[name] == value for name, value in said.items() if value is not None]
    lists = {"category": asked.category, "state": asked.state}
    found += [c[name].in_(value.split(",")) for name, value in lists.items() if value is not None]
    if asked.place is not None:
        found.append(c.segment_place == asked.place)
    if asked.min_area is not None:
        found.append(c.area_m2 >= asked.min_area)
    if asked.from_kp is not None:
        found.append(c.kp_km >= asked.from_kp)
    if asked.to_kp is not None:
        found.append(c.kp_km < asked.to_kp)
    if asked.box is not None:
        west, south, east, north = asked.box
        found += [c.lon.between(west, east), c.lat.between(south, north)]
    return found


def _order(order: str) -> Iterable[ColumnElement[Any]]:
    c = ADOPTED_DEFECTS.c
    along = [*(c[name] for name in ALONG), c.defect_id]
    name, falling = order.removeprefix("-"), order.startswith("-")
    if name not in ORDERS or name == "kp":
        return [column.desc() for column in along] if falling else along
    return [(c[name].desc() if falling else c[name].asc()).nulls_last(), *along]
