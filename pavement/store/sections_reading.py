"""Sections as lists: what was adopted of a 年度, what was not inspected, the years, the roads, a typed kilopost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from pavement.correction import COMPUTED
from pavement.fiscal_year import fiscal_year_label
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.history import names_of
from pavement.store.result_tables import ANALYSES
from pavement.store.scope import Scope, within

Row = Mapping[str, Any]
ROAD = ("road_type", "route_no", "branch_no", "kind")
ALONG = (*ROAD, "direction", "from_kp_km")
ORDERS = ("kp", "crack_pct", "rut_mm", "iri_mm_per_m", "mci", "potholes", "rating", "coverage_pct", "surveyed_on")
OF_SECTION = (*(c.name for c in SECTIONS.c if c.name in ADOPTED.c), "closed", "name")
HIDDEN = ("machine", "corrected", "locked_by", "locked_at", "accepted_by", "accepted_at")
EDGE_KM = 1e-6
MOST_ROWS = 10_000


@dataclass(frozen=True)
class AskedSections:
    """What to list; None = any. `which`: inspected rows, sections without one (未点検), or both."""

    year: int
    scope: Scope
    level: str = "segment"
    road_type: str | None = None
    route_no: str | None = None
    branch_no: str | None = None
    kind: str | None = None
    direction: str | None = None
    manager: str | None = None
    office: str | None = None
    municipality: str | None = None
    rating: str | None = None  #: Ⅲ stands for Ⅲ-1 and Ⅲ-2 too, 'none' for blank; several joined by commas
    flag: str | None = None
    locked: bool | None = None
    from_kp: float | None = None
    to_kp: float | None = None
    box: tuple[float, float, float, float] | None = None  #: west, south, east, north
    which: Literal["inspected", "uninspected", "all"] = "inspected"
    order: str = "kp"  #: one of ORDERS, behind '-' the largest first
    geometry: bool = False
    limit: int = 1000
    offset: int = 0


def list_sections(database: Database, asked: AskedSections) -> tuple[list[dict[str, Any]], int]:
    """Rows as people see them, and how many there are beyond the limit too."""
    adopted = asked.which == "inspected"
    table: Table = ADOPTED if adopted else SECTIONS
    here = and_(ADOPTED.c.place == SECTIONS.c.place, ADOPTED.c.fiscal_year == asked.year)
    conditions = _conditions(table, asked)
    if not adopted:
        source = SECTIONS.outerjoin(ADOPTED, here)
        if asked.which == "uninspected":
            conditions.append(ADOPTED.c.place.is_(None))
        count = select(func.count()).select_from(source)
        columns = [*ADOPTED.c, *(SECTIONS.c[name].label(f"section_{name}") for name in OF_SECTION)]
        query = select(*columns).select_from(source)
    else:
        count = select(func.count()).select_from(ADOPTED)
        query = select(ADOPTED)
        if asked.geometry:
            query = query.outerjoin(SECTIONS, SECTIONS.c.place == ADOPTED.c.place)
    if asked.geometry:
        query = query.add_columns(SECTIONS.c.geometry)
    page = query.where(*conditions).order_by(*_order(table, asked.order)).limit(asked.limit).offset(asked.offset)
    with database.reading() as connection:
        total = int(connection.execute(count.where(*conditions)).scalar_one())
        found = [_merged(dict(row._mapping)) for row in connection.execute(page)]
        return shown(connection, found), total


def read_years(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """The 年度 of which something was adopted, the newest first."""
    columns = ADOPTED.c.fiscal_year, func.count().label("segments"), func.max(ADOPTED.c.surveyed_on).label("newest")
    own = (ADOPTED.c.level == "segment", within(scope, ADOPTED.c.manager, ADOPTED.c.office))
    query = select(*columns).where(*own).group_by(ADOPTED.c.fiscal_year).order_by(ADOPTED.c.fiscal_year.desc())
    with database.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return [{**row, "label": fiscal_year_label(row["fiscal_year"])} for row in rows]


def newest_year(database: Database) -> int | None:
    """The newest 年度 of which something was adopted."""
    with database.reading() as connection:
        year: int | None = connection.execute(select(func.max(ADOPTED.c.fiscal_year))).scalar_one()
    return year


def read_roads(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """The managed roads: kiloposts from and to, length of one direction, whose they are, the box they lie in."""
    s = SECTIONS.c
    columns = [s[name] for name in ROAD]
    numbers = (
        func.min(s.name).label("name"),
        func.min(s.manager).label("manager"),
        func.min(s.office).label("office"),
        func.min(s.from_kp_km).label("from_kp_km"),
        func.max(s.to_kp_km).label("to_kp_km"),
        func.sum(s.length_m).label("length_m"),
        *(func.min(s[side]).label(side) for side in ("west", "south")),
        *(func.max(s[side]).label(side) for side in ("east", "north")),
    )
    own = (s.level == "segment", within(scope, s.manager, s.office))
    query = select(*columns, s.direction, *numbers).where(*own).group_by(*columns, s.direction)
    roads: dict[tuple[str, ...], dict[str, Any]] = {}
    with database.reading() as connection:
        for row in connection.execute(query):  # 上り and 下り of one road
            one = dict(row._mapping)
            box = [one.pop(side) for side in ("west", "south", "east", "north")]
            direction = one.pop("direction")
            known = roads.setdefault(tuple(one[name] for name in ROAD), {**one, "bbox": box, "directions": []})
            known["directions"].append(direction)
            known["length_m"] = round(max(known["length_m"], one["length_m"]), 1)
            known["from_kp_km"] = min(known["from_kp_km"], one["from_kp_km"])
            known["to_kp_km"] = max(known["to_kp_km"], one["to_kp_km"])
            known["bbox"] = [*map(min, known["bbox"][:2], box[:2]), *map(max, known["bbox"][2:], box[2:])]
    return sorted(roads.values(), key=road_order)


def road_order(row: Row) -> tuple[Any, ...]:
    """National roads first, then by number: 4 before 101, texts last."""
    types = ("一般国道", "主要地方道", "一般県道", "市町村道")
    kind = types.index(row["road_type"]) if row["road_type"] in types else len(types)
    number = int(row["route_no"]) if row["route_no"].isdecimal() else 10**6
    return kind, number, row["route_no"], row["branch_no"], row["kind"]


def shown(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `adopted` as people see them: the machine's values, who corrected, who locked, which model measured."""
    ids = {row["analysis_id"] for row in rows if row["analysis_id"]}
    columns = [ANALYSES.c[name] for name in ("id", "model_sha256", "guard_sha256", "software")]
    about = {row.id: row for row in connection.execute(select(*columns).where(ANALYSES.c.id.in_(ids)))} if ids else {}
    whos: set[str | None] = {row[name] for row in rows for name in ("locked_by", "accepted_by")}
    whos |= {each["by"] for row in rows for each in (row["corrected"] or {}).values()}
    names = names_of(connection, whos) if whos - {None} else {}
    return [_shown(row, about.get(row["analysis_id"]), names) for row in rows]


def _shown(row: dict[str, Any], analysis: Any, names: Mapping[str, str]) -> dict[str, Any]:
    one = {name: value for name, value in row.items() if name not in HIDDEN}
    for name in ("model_sha256", "guard_sha256", "software"):
        one[name] = getattr(analysis, name, None)
    one["machine"] = row["machine"] or {name: row[name] for name in COMPUTED}
    one["corrected"] = {
        field: {**each, "by": names.get(each["by"], each["by"]), "who": each["by"]}
        for field, each in (row["corrected"] or {}).items()
    }
    for field in ("locked", "accepted"):
        who, at = row[f"{field}_by"], row[f"{field}_at"]
        one[field] = None if at is None else {"by": names.get(who, who), "who": who, "at": at}
    one["inspected"] = bool(row["coverage_pct"]) or bool(row["corrected"])
    if "geometry" in one:
        one["geometry"] = None if one["geometry"] is None else _geojson(one["geometry"])
    return one


def _geojson(wkb: bytes) -> dict[str, Any]:
    shape = shapely.from_wkb(wkb)
    parts = [shapely.get_coordinates(part).tolist() for part in shapely.get_parts(shape)]
    several = shape.geom_type != "LineString"
    return {"type": shape.geom_type, "coordinates": parts if several else parts[0]}


def _merged(row: dict[str, Any]) -> dict[str, Any]:
    """An adopted row, or where there is none the section's own columns."""
    section = {name: row.pop(f"section_{name}") for name in OF_SECTION if f"section_{name}" in row}
    return {**section, **row} if row["place"] is not None else {**row, **section, "flags": "", "rating_basis": ""}


def _conditions(table: Table, asked: AskedSections) -> list[ColumnElement[bool]]:
    c = table.c
    found: list[ColumnElement[bool]] = [c.level == asked.level, within(asked.scope, c.manager, c.office)]
    if table is ADOPTED:
        found.append(ADOPTED.c.fiscal_year == asked.year)
    said = {name: getattr(asked, name) for name in (*ROAD, "direction", "manager", "office", "municipality")}
    found += [c[name] == value for name, value in said.items() if value is not None]
    if asked.from_kp is not None:
        found.append(c.to_kp_km > asked.from_kp + EDGE_KM)
    if asked.to_kp is not None:
        found.append(c.from_kp_km < asked.to_kp - EDGE_KM)
    if asked.box is not None:
        west, south, east, north = asked.box
        found += [c.from_lon.between(west, east), c.from_lat.between(south, north)]
    a = ADOPTED.c
    if asked.rating is not None:
        found.append(or_(*(_rated(word) for word in asked.rating.split(","))))
    if asked.flag is not None:
        found.append((";" + a.flags + ";").contains(f";{asked.flag};", autoescape=True))
    if asked.locked is not None:
        found.append(a.locked_at.is_not(None) if asked.locked else a.locked_at.is_(None))
    return found


def _rated(word: str) -> ColumnElement[bool]:
    rating = ADOPTED.c.rating
    if word == "none":
        return rating.is_(None)
    return rating.in_(("Ⅲ", "Ⅲ-1", "Ⅲ-2")) if word == "Ⅲ" else rating == word


def _order(table: Table, order: str) -> Iterable[ColumnElement[Any]]:
    along = [table.c[name] for name in ALONG]
    name, falling = order.removeprefix("-"), order.startswith("-")
    if name in ("kp", "") or name not in ORDERS:
        return [column.desc() for column in along] if falling else along
    column = ADOPTED.c[name]
    return [(column.desc() if falling else column.asc()).nulls_last(), *along]
