"""The whole network in units of one kilometre of kilopost, for the map from afar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import and_, select

from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.scope import Scope
from pavement.store.tile_grid import TileKey

ROAD = ("road_type", "route_no", "branch_no", "kind", "direction", "manager", "office")
RATINGS = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅲ-1", "Ⅲ-2")  #: from good to bad
WORST_IS_MOST = ("crack_pct", "rut_mm", "iri_mm_per_m")
CHECK = "要確認"


@dataclass(frozen=True)
class Overview:
    """Units of the network with the worst values of their segments."""

    properties: tuple[Mapping[str, Any], ...]
    lines: NDArray[Any]  #: (n,) of shapely lines in degrees
    boxes: NDArray[np.float64]  #: (n, 4) west, south, east, north

    def features(self, key: TileKey, scope: Scope) -> list[dict[str, Any]]:
        """Those within a tile that lie in the scope."""
        west, south, east, north = key.bounds(margin=True)
        box = self.boxes
        inside = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
        seen = [
            index
            for index in np.flatnonzero(inside)
            if scope.holds(self.properties[index].get("manager"), self.properties[index].get("office"))
        ]
        if not seen:
            return []
        drawn = shapely.transform(self.lines[seen], key.coordinates)
        return [{"geometry": line, "properties": dict(self.properties[i])} for line, i in zip(drawn, seen, strict=True)]


def read_overview(database: Database, year: int) -> Overview:
    """The units of all roads and both directions with the values adopted of a 年度."""
    own = (*ROAD, "place", "name", "municipality", "from_kp_km", "to_kp_km", "length_m", "closed", "geometry")
    values = ("rating", *WORST_IS_MOST, "mci", "potholes", "coverage_pct", "flags")
    join = and_(ADOPTED.c.place == SECTIONS.c.place, ADOPTED.c.fiscal_year == year)
    query = select(
        *(SECTIONS.c[name] for name in own),
        *(ADOPTED.c[name] for name in values),
        ADOPTED.c.place.label("adopted"),
    ).select_from(SECTIONS.outerjoin(ADOPTED, join))
    query = query.where(SECTIONS.c.level == "segment")
    with database.reading() as connection:
        rows = connection.execute(query).all()
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault((*row[:7], int(row.from_kp_km + 1e-6)), []).append(row)
    units = [sorted(own, key=lambda row: float(row.from_kp_km)) for own in groups.values()]
    if not units:
        return Overview((), np.empty(0, dtype=object), np.empty((0, 4)))
    lines = join_lines([row.geometry for own in units for row in own], [len(own) for own in units])
    return Overview(tuple(summarize(own) for own in units), lines, shapely.bounds(lines).reshape(-1, 4))


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


def summarize(rows: list[Any]) -> dict[str, Any]:
    """The properties of a unit from its segments, which follow each other."""
    measured = [row for row in rows if row.adopted is not None]
    worst = max(measured, key=_badness, default=rows[0])
    found = {name: value for name in (*ROAD, "place", "name", "municipality") if (value := getattr(worst, name))}
    found |= {"from_kp_km": rows[0].from_kp_km, "to_kp_km": rows[-1].to_kp_km, "segment_place": worst.place}
    found["length_m"] = sum(row.length_m for row in rows)
    found["missing_m"] = sum(row.length_m for row in rows if row.adopted is None and not row.closed)
    found["inspected"] = bool(measured)
    if worst.rating:
        found["rating"] = worst.rating
    for name in WORST_IS_MOST:
        if values := [value for row in measured if (value := getattr(row, name)) is not None]:
            found[name] = max(values)
    if values := [row.mci for row in measured if row.mci is not None]:
        found["mci"] = min(values)
    if values := [row.potholes for row in measured if row.potholes is not None]:
        found["potholes"] = sum(values)
    if values := [row.coverage_pct for row in measured if row.coverage_pct is not None]:
        found["coverage_pct"] = min(values)
    if any(CHECK in (row.flags or "") for row in measured):
        found["flags"] = CHECK
    if all(row.closed for row in rows):
        found["closed"] = rows[0].closed
    return found


def _badness(row: Any) -> tuple[int, float]:
    rating = RATINGS.index(row.rating) if row.rating in RATINGS else -1
    return rating, row.crack_pct or 0.0
