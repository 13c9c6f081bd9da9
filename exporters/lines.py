"""The lines of segments, cut from the routes that people draw."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.record import RouteShape
from pavement.road import RoadKey
from pavement.segment import Segment

DEGREE_M = 111_320.0  #: metres in a degree of latitude
MAX_APART_M = 30.0  #: an end that lies farther from the route's line is not on it
ROOM = 2 * MAX_APART_M / DEGREE_M  #: degrees around a route's box
MAX_STRETCH = 0.25  #: a cut whose length differs more from the segment's is another part of a winding line

Point = tuple[float, float]
Floats = NDArray[np.float64]


class SegmentLines:
    """Lines of segments in rising kilopost, along the road's own route where it can be told, else straight."""

    def __init__(self, routes: Iterable[RouteShape]) -> None:
        self._routes: dict[RoadKey, list[_RouteLine]] = defaultdict(list)
        for route in routes:
            if len(route.lonlat) > 1:
                self._routes[route.road].append(_RouteLine(shapely.LineString(route.lonlat)))

    def of(self, segment: Segment) -> shapely.LineString | None:
        """The segment's line in lon/lat; None where its ends are not known."""
        start, end = (segment.start.lon, segment.start.lat), (segment.end.lon, segment.end.lat)
        if not all(map(math.isfinite, (*start, *end))):
            return None
        routes = [each for each in self._routes.get(segment.road, ()) if each.may_hold(start) and each.may_hold(end)]
        near = [(each.place(start).apart + each.place(end).apart, i) for i, each in enumerate(routes)]
        if near and min(near)[0] * DEGREE_M < 2 * MAX_APART_M:
            cut = routes[min(near)[1]].cut(start, end)
            if cut is not None and _as_long(cut, segment.length_m):
                return shapely.LineString(cut)
        return shapely.LineString((start, end))


class _Nearest(NamedTuple):
    """The place on a line that is nearest to a point, in degrees."""

    along: float
    apart: float


class _RouteLine:
    """A route's line that can be cut often: `shapely.ops.substring` walks the whole line for every cut."""

    def __init__(self, line: shapely.LineString) -> None:
        self._line = line
        self._box = line.bounds
        self._places: dict[Point, _Nearest] = {}  # a segment ends where its neighbour starts

    @cached_property
    def _points(self) -> tuple[Floats, Floats]:
        """Vertices (n, 2) and how far along each lies (n,), in degrees."""
        points = shapely.get_coordinates(self._line)
        return points, np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))

    def may_hold(self, point: Point) -> bool:
        """Whether a point lies in the line's box, with some room."""
        west, south, east, north = self._box
        return west - ROOM <= point[0] <= east + ROOM and south - ROOM <= point[1] <= north + ROOM

    def place(self, point: Point) -> _Nearest:
        """The place nearest to a point."""
        if point not in self._places:
            along = float(shapely.line_locate_point(self._line, shapely.Point(point)))
            self._places[point] = _Nearest(along, math.dist(self._at(along), point))
        return self._places[point]

    def _at(self, along: float) -> Point:
        points, distances = self._points
        return float(np.interp(along, distances, points[:, 0])), float(np.interp(along, distances, points[:, 1]))

    def cut(self, start: Point, end: Point) -> Floats | None:
        """The part (n, 2) from the place nearest to `start` to the one nearest to `end`; None where they coincide."""
        points, along = self._points
        first, last = self.place(start).along, self.place(end).along
        low, high = min(first, last), max(first, last)
        if not high > low:
            return None
        inner = points[np.searchsorted(along, low, "right") : np.searchsorted(along, high, "left")]
        cut = np.vstack((self._at(low), inner, self._at(high)))
        return cut if first < last else cut[::-1]


def _as_long(line: Floats, length_m: float) -> bool:
    """Whether a line (n, 2) in degrees is about `length_m` long on the ground."""
    east, north = (line[1:] - line[:-1]).T * DEGREE_M
    ground = float(np.hypot(east * math.cos(math.radians(line[0, 1])), north).sum())
    return abs(ground / max(length_m, 1e-9) - 1) < MAX_STRETCH
