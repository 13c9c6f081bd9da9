"""Vector tiles of the map: the network's sections with the values adopted of a 年度, defects and kiloposts.

Zoom 0-9 shows 1 km units, 10-13 segments of 0.1 kilopost, 14 blocks of 0.02 (the browser draws nearer views from 14). A
unit holds the worst value of its segments, since the map is there to find bad sections, and leads to the segment that
has the worst rating. Lines run towards rising kiloposts in both directions; the browser draws them side by side.
Mapbox Vector Tile 2.1; coordinates within a tile are 0-4095, downwards.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Integer, and_, cast, func, select

from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, SECTIONS
from pavement.store.database import Database
from pavement.store.overview import Overview, read_overview
from pavement.store.scope import Scope, within
from pavement.vector_tiles.encoding import encode_layers
from pavement.vector_tiles.grid import EXTENT, TileKey

UNITS_TO = 9  #: zoom up to which 1 km units are drawn
SEGMENTS_TO = 13  #: zoom up to which segments are drawn, then blocks
DEEPEST = 14
POSTS_FROM, DEFECTS_FROM = 10, 11
VALUES = ("rating", "crack_pct", "rut_mm", "iri_mm_per_m", "mci", "potholes", "coverage_pct", "flags")
SECTION = ("place", "segment_place", "road_type", "route_no", "branch_no", "kind", "name", "direction")
STRETCH = ("from_kp_km", "to_kp_km", "length_m", "manager", "office", "municipality", "closed")
TOLD = (*SECTION, *STRETCH, *VALUES)  #: of a section, in the order of the query's columns
DEFECT = ("defect_id", "category", "state", "area_m2", "depth_mm", "segment_place")
DEFECT_ROAD = ("road_type", "route_no", "direction", "manager", "office")
WHOLE_M = 1000

Feature = dict[str, Any]


def encode_tile(database: Database, year: int, key: TileKey, scope: Scope, overview: Overview | None = None) -> bytes:
    """The tile, gzipped; without `overview` it is read where it is needed. A tile with nothing in it is b""."""
    if key.z > DEEPEST:
        raise ValueError(f"expected a zoom of at most {DEEPEST}, got {key.z}")
    if key.z <= UNITS_TO:
        layers = [("sections", (overview or read_overview(database, year)).features(key, scope))]
    else:
        level = "segment" if key.z <= SEGMENTS_TO else "block"
        layers = [("sections", read_features(database, year, key, scope, level))]
        layers.append(("kiloposts", read_kiloposts(database, key, scope)))
    if key.z >= DEFECTS_FROM:
        layers.append(("defects", read_defect_points(database, year, key, scope)))
    return pack(layers)


def pack(layers: Iterable[tuple[str, Sequence[Feature]]]) -> bytes:
    """The layers that hold something, as a gzipped tile; b"" where none does."""
    filled = [(name, features) for name, features in layers if features]
    return gzip.compress(encode_layers(filled), 5, mtime=0) if filled else b""


def read_features(database: Database, year: int, key: TileKey, scope: Scope, level: str) -> list[Feature]:
    """Sections of one level within a tile, with their values, where there are any."""
    west, south, east, north = key.bounds(margin=True)
    conditions = [SECTIONS.c.level == level, SECTIONS.c.west <= east, SECTIONS.c.east >= west]
    conditions += [SECTIONS.c.west >= west - LONGEST_DEG, SECTIONS.c.south <= north, SECTIONS.c.north >= south]
    join = SECTIONS.outerjoin(ADOPTED, and_(ADOPTED.c.place == SECTIONS.c.place, ADOPTED.c.fiscal_year == year))
    query = select(
        *(SECTIONS.c[name] for name in (*SECTION, *STRETCH)),
        *(ADOPTED.c[name] for name in VALUES),
        ADOPTED.c.place.label("adopted"),
        ADOPTED.c.locked_at,
        SECTIONS.c.geometry,
    ).select_from(join)
    with database.reading() as connection:
        rows = connection.execute(query.where(*conditions, _seen(scope, SECTIONS.c))).all()
    lines = shapely.simplify(key.lines([row.geometry for row in rows]), SMOOTH[level]).tolist()
    return [{"geometry": line, "properties": _properties(row)} for line, row in zip(lines, rows, strict=True)]


#: in coordinates of a tile: a pixel, of blocks, which are drawn nearer too, two (7 m). Surveyed lines have jogs of some
#: metres that a line drawn beside them would turn into spikes. Ends stay.
SMOOTH = {"segment": EXTENT / 512, "block": EXTENT / 256}
LONGEST_DEG = 0.02  #: no section is longer than this from west to east; lets the index bound the search on both sides


def read_kiloposts(database: Database, key: TileKey, scope: Scope) -> list[Feature]:
    """The beginnings of segments of one direction: each whole kilometre, from zoom 14 on each 0.1."""
    columns = [SECTIONS.c[name] for name in ("from_kp_km", "from_lon", "from_lat", "road_type", "route_no", "kind")]
    down = and_(SECTIONS.c.level == "segment", SECTIONS.c.direction == "下り")
    step = 100 if key.z > SEGMENTS_TO else WHOLE_M if key.z > POSTS_FROM + 1 else 5 * WHOLE_M
    down &= cast(func.round(SECTIONS.c.from_kp_km * WHOLE_M), Integer) % step == 0
    query = select(*columns).where(down, *_inside(key, SECTIONS.c.from_lon, SECTIONS.c.from_lat))
    west, _, east, _ = key.bounds(margin=True)
    query = query.where(SECTIONS.c.west.between(west - LONGEST_DEG, east), _seen(scope, SECTIONS.c))
    with database.reading() as connection:
        rows = connection.execute(query).all()
    spots = key.points([(row.from_lon, row.from_lat) for row in rows])
    return [
        {
            "geometry": shapely.Point(spot),
            "properties": {"kp_km": row.from_kp_km, "whole": round(row.from_kp_km * WHOLE_M) % WHOLE_M == 0}
            | {name: value for name in ("road_type", "route_no", "kind") if (value := getattr(row, name))},
        }
        for spot, row in zip(spots, rows, strict=True)
    ]


def read_defect_points(database: Database, year: int, key: TileKey, scope: Scope) -> list[Feature]:
    """Defects of the 年度 within a tile, without those that a person called wrong; far away potholes only."""
    table = ADOPTED_DEFECTS.c
    conditions = [table.fiscal_year == year, table.state != "誤検出", *_inside(key, table.lon, table.lat)]
    if key.z <= SEGMENTS_TO - 1:
        conditions.append(table.category == "pothole")
    query = select(*(table[name] for name in (*DEFECT, *DEFECT_ROAD)), table.lon, table.lat)
    with database.reading() as connection:
        rows = connection.execute(query.where(*conditions, _seen(scope, table))).all()
    spots = key.points([(row.lon, row.lat) for row in rows])
    return [
        {"geometry": shapely.Point(spot), "properties": _known(row, (*DEFECT, *DEFECT_ROAD))}
        for spot, row in zip(spots, rows, strict=True)
    ]


def _properties(row: Any) -> Feature:
    inspected = row.adopted is not None
    return {
        **_known(row, TOLD),
        "inspected": inspected,
        "missing_m": 0.0 if inspected or row.closed else row.length_m,
        "locked": row.locked_at is not None,
    }


def _known(row: Any, names: Iterable[str]) -> Feature:
    """Of a row that begins with these columns what is there."""
    return {name: value for name, value in zip(names, row, strict=False) if value is not None}


def _inside(key: TileKey, lon: ColumnElement[Any], lat: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    west, south, east, north = key.bounds(margin=True)
    return [lon.between(west, east), lat.between(south, north)]


def _seen(scope: Scope, columns: Any) -> ColumnElement[bool]:
    return within(scope, columns.manager, columns.office)
