"""The whole network in units of one kilometre of kilopost, for the map from afar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, select

from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.scope import Scope
from pavement.vector_tiles.grid import TileKey

RATINGS = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅲ-1", "Ⅲ-2")  #: from good to bad
WORST_IS_MOST = ("crack_pct", "rut_mm", "iri_mm_per_m")
VALUES = ("place", "rating", *WORST_IS_MOST, "mci", "potholes", "coverage_pct", "flags", "revision")
CHECK = "要確認"


class Segment(NamedTuple):
    """A segment as the network has it."""

    road_type: str
    route_no: str
    branch_no: str
    kind: str
    direction: str
    manager: str | None
    office: str | None
    place: str
    name: str | None
    municipality: str | None
    from_kp_km: float
    to_kp_km: float
    length_m: float
    closed: str | None  #: 冬期閉鎖 and the like


OWN = Segment._fields
ROAD = OWN[:7]  #: the segments of a unit have these in common


@dataclass(frozen=True)
class Units:
    """The network in kilometres; what does not change with its results."""

    network_id: str | None
    segments: tuple[tuple[Segment, ...], ...]  #: of each unit, in the order of their kiloposts
    unit_of: Mapping[str, int]  #: a segment's place -> its unit
    lines: NDArray[Any]  #: (n,) of shapely lines in degrees
    boxes: NDArray[np.float64]  #: (n, 4) west, south, east, north


@dataclass(frozen=True)
class Overview:
    """Units of the network with the worst values of their segments."""

    units: Units
    year: int
    values: Mapping[str, Any]  #: a segment's place -> its row of VALUES
    properties: tuple[Mapping[str, Any], ...]
    revision: int  #: of the newest value

    def features(self, key: TileKey, scope: Scope) -> list[dict[str, Any]]:
        """Those within a tile that lie in the scope."""
        west, south, east, north = key.bounds(margin=True)
        box = self.units.boxes
        inside = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
        seen = [
            index
            for index in np.flatnonzero(inside)
            if scope.holds(self.properties[index].get("manager"), self.properties[index].get("office"))
        ]
        if not seen:
            return []
        drawn = shapely.transform(self.units.lines[seen], key.coordinates)
        return [{"geometry": line, "properties": dict(self.properties[i])} for line, i in zip(drawn, seen, strict=True)]


def read_overview(database: Database, year: int, known: Overview | None = None) -> Overview:
    """The units of all roads and both directions with the values adopted of a 年度.

    `known`: an older overview, of any 年度. Of it the lines stay where the network is the same, and the values where
    the 年度 is, so that after a correction only what changed is read.
    """
    with database.reading() as connection:
        network = connection.execute(select(SECTIONS.c.network_id).limit(1)).scalar_one_or_none()
        units = known.units if known and known.units.network_id == network else _read_units(connection, network)
        if known is None or known.units is not units or known.year != year:
            return _overview(units, year, _read_values(connection, year))
        changed = _read_values(connection, year, known.revision)
        values = {**known.values, **changed}
        count = select(func.count()).select_from(ADOPTED).where(*_segments_of(year))
        if connection.execute(count).scalar_one() != len(values):  # something is no longer adopted
            return _overview(units, year, _read_values(connection, year))
    properties = list(known.properties)
    for unit in {units.unit_of[place] for place in changed if place in units.unit_of}:
        properties[unit] = summarize(units.segments[unit], values)
    return Overview(units, year, values, tuple(properties), _newest(changed, known.revision))


def _overview(units: Units, year: int, values: Mapping[str, Any]) -> Overview:
    properties = tuple(summarize(own, values) for own in units.segments)
    return Overview(units, year, values, properties, _newest(values))


def _newest(values: Mapping[str, Any], before: int = 0) -> int:
    return max((row.revision for row in values.values()), default=before)


def _segments_of(year: int) -> tuple[ColumnElement[bool], ...]:
    return ADOPTED.c.fiscal_year == year, ADOPTED.c.level == "segment"


def _read_values(connection: Connection, year: int, since: int | None = None) -> dict[str, Any]:
    """Rows of VALUES by place; with `since` those of a later revision."""
    query = select(*(ADOPTED.c[name] for name in VALUES)).where(*_segments_of(year))
    if since is not None:
        query = query.where(ADOPTED.c.revision > since)
    return {row.place: row for row in connection.execute(query)}


def _read_units(connection: Connection, network: str | None) -> Units:
    query = select(*(SECTIONS.c[name] for name in (*OWN, "geometry"))).where(SECTIONS.c.level == "segment")
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in connection.execute(query):
        groups.setdefault((*row[: len(ROAD)], int(row.from_kp_km + 1e-6)), []).append(row)
    if not groups:
        return Units(network, (), {}, np.empty(0, dtype=object), np.empty((0, 4)))
    found = [sorted(own, key=lambda row: float(row.from_kp_km)) for own in groups.values()]
    lines = join_lines([row.geometry for own in found for row in own], [len(own) for own in found])
    segments = tuple(tuple(Segment(*row[:-1]) for row in own) for own in found)
    unit_of = {row.place: number for number, own in enumerate(segments) for row in own}
    return Units(network, segments, unit_of, lines, shapely.bounds(lines).reshape(-1, 4))


def join_lines(wkb: list[bytes], sizes: list[int]) -> NDArray[Any]:
    """A line for each unit from its segments in their order, `sizes` of them each, thinned; (n,) of MultiLineString."""
    parts, owner = shapely.get_parts(shapely.from_wkb(np.array(wkb, dtype=object)), return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    unit = np.repeat(np.arange(len(sizes)), sizes)[owner][part]
    begins = np.diff(part, prepend=-1) != 0
    away = np.abs(np.diff(points, axis=0, prepend=np.inf)).max(axis=1) > TOUCHING_DEG
    starts = (np.diff(unit, prepend=-1) != 0) | (begins & away)
    runs: Any = shapely.simplify(shapely.linestrings(points, indices=np.cumsum(starts) - 1), THIN_DEG)
    joined: Any = shapely.multilinestrings(runs, indices=unit[starts])
    return np.asarray(joined, dtype=object)


TOUCHING_DEG = 1e-6  #: a decimetre
THIN_DEG = 1e-4  #: ten metres: less than a pixel at zoom 9


def summarize(segments: Sequence[Segment], values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a unit from its segments, which follow each other, and the values of some of them."""
    measured = [(row, value) for row in segments if (value := values.get(row.place)) is not None]
    worst = max(measured, key=lambda each: _badness(each[1]), default=(segments[0], None))
    found = {name: value for name in (*ROAD, "place", "name", "municipality") if (value := getattr(worst[0], name))}
    found |= {"from_kp_km": segments[0].from_kp_km, "to_kp_km": segments[-1].to_kp_km}
    found["length_m"] = sum(row.length_m for row in segments)
    found["missing_m"] = sum(row.length_m for row in segments if row.place not in values and not row.closed)
    found["inspected"] = bool(measured)
    if worst[1] is not None and worst[1].rating:
        found["rating"] = worst[1].rating
    of = [value for _, value in measured]
    for name in WORST_IS_MOST:
        if known := [value for row in of if (value := getattr(row, name)) is not None]:
            found[name] = max(known)
    for name, of_all in (("mci", min), ("potholes", sum), ("coverage_pct", min)):
        if known := [value for row in of if (value := getattr(row, name)) is not None]:
            found[name] = of_all(known)
    if any(CHECK in (row.flags or "") for row in of):
        found["flags"] = CHECK
    if all(row.closed for row in segments):
        found["closed"] = segments[0].closed
    return found


def _badness(row: Any) -> tuple[int, float]:
    rating = RATINGS.index(row.rating) if row.rating in RATINGS else -1
    return rating, row.crack_pct or 0.0
