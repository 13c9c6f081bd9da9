"""Where a typed kilopost is: 4号 112K500."""

from __future__ import annotations

from typing import Any

import shapely
from sqlalchemy import ColumnElement, Connection, func, or_, select

from pavement.kilopost_text import TypedPlace
from pavement.store.adopted_tables import SECTIONS
from pavement.store.database import Database
from pavement.store.scope import Scope, within
from pavement.store.sections_reading import EDGE_KM, ROAD, road_order

MOST_CANDIDATES = 50
MOST_SEGMENTS = 4 * MOST_CANDIDATES
s = SECTIONS.c


def find_kilopost(database: Database, typed: TypedPlace, scope: Scope) -> list[dict[str, Any]]:
    """The places that a typed kilopost may mean, each with its segment, its block and the point on the road.

    None for a kilopost that cannot be read: the road alone would be another place than was meant.
    """
    if any(letter.isdigit() for letter in typed.unread):
        return []
    with database.reading() as connection:
        rows = _blocks(connection, _conditions(connection, typed, scope), typed)
    nearest: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:  # a place on the border of two blocks is in the upper one
        nearest.setdefault(tuple(row[name] for name in (*ROAD, "direction")), row)
    kps = [row["from_kp_km"] if typed.kp_km is None else typed.kp_km for row in nearest.values()]
    found = [_candidate(row, kp) for row, kp in zip(nearest.values(), kps, strict=True)]
    return sorted(found, key=lambda row: (*road_order(row), row["direction"] == "上り"))[:MOST_CANDIDATES]


def _conditions(connection: Connection, typed: TypedPlace, scope: Scope) -> list[ColumnElement[bool]]:
    """Of the segments that may be meant. Road types are always named: the index begins with them."""
    conditions = [s.level == "segment", within(scope, s.manager, s.office)]
    conditions.append(s.road_type.in_(typed.road_types or _road_types(connection)))
    if typed.route_no is not None:
        own = s.route_no == typed.route_no
        named = s.name.contains(typed.route_no, autoescape=True)
        conditions.append(own if typed.route_no.isdecimal() else or_(own, named))
    said = {name: getattr(typed, name) for name in ("branch_no", "kind", "direction")}
    conditions += [s[name] == value for name, value in said.items() if value is not None]
    return conditions + _around(typed)


def _around(typed: TypedPlace) -> list[ColumnElement[bool]]:
    if typed.kp_km is None:
        return []
    return [s.from_kp_km <= typed.kp_km + EDGE_KM, s.to_kp_km >= typed.kp_km - EDGE_KM]


def _blocks(connection: Connection, conditions: list[ColumnElement[bool]], typed: TypedPlace) -> list[dict[str, Any]]:
    """The blocks of those segments that hold the kilopost, the highest first."""
    segments = select(s.place).where(*conditions).order_by(s.from_kp_km.desc()).limit(MOST_SEGMENTS)
    places = connection.execute(segments).scalars().all()
    blocks = s.segment_place != s.place  # said by the level, SQLite would rather look through all blocks there are
    query = select(SECTIONS).where(s.segment_place.in_(places), blocks, *_around(typed))
    return [dict(row._mapping) for row in connection.execute(query.order_by(s.from_kp_km.desc()))]


def _road_types(connection: Connection) -> list[str]:
    """The road types of the network; a look into the index for each."""
    found: list[str] = []
    query = select(func.min(s.road_type)).where(s.level == "segment")
    while (each := connection.execute(query.where(s.road_type > found[-1]) if found else query).scalar()) is not None:
        found.append(each)
    return found


def _candidate(row: dict[str, Any], kp_km: float) -> dict[str, Any]:
    shape = shapely.from_wkb(row["geometry"])
    line = shape if shape.geom_type == "LineString" else shapely.get_geometry(shape, 0)
    span = row["to_kp_km"] - row["from_kp_km"]
    share = (kp_km - row["from_kp_km"]) / span if span > 0 else 0.0
    point = line.interpolate(min(max(share, 0.0), 1.0), normalized=True)
    names = (*ROAD, "direction", "name", "manager", "office", "municipality")
    place = {"place": row["segment_place"], "block": row["place"], "kp_km": kp_km}
    return {**place, **{name: row[name] for name in names}, "lon": round(point.x, 7), "lat": round(point.y, 7)}
