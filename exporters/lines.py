"""The lines of segments, cut from the routes that people draw."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import shapely
from shapely.ops import substring

from pavement.record import RouteShape
from pavement.road import RoadKey
from pavement.segment import Segment

DEGREE_M = 111_320.0  #: metres in a degree of latitude
MAX_APART_M = 30.0  #: an end that lies farther from the route's line is not on it
MAX_STRETCH = 0.25  #: a cut whose length differs more from the segment's is another part of a winding line


class SegmentLines:
    """Lines of segments in rising kilopost, along the road's own route where it can be told, else straight."""

    def __init__(self, routes: Iterable[RouteShape]) -> None:
        self._routes: dict[RoadKey, list[shapely.LineString]] = defaultdict(list)
        for route in routes:
            if len(route.lonlat) > 1:
                self._routes[route.road].append(shapely.LineString(route.lonlat))

    def of(self, segment: Segment) -> shapely.LineString | None:
        """The segment's line in lon/lat; None where its ends are not known."""
        ends = [(place.lon, place.lat) for place in (segment.start, segment.end)]
        if not all(math.isfinite(x) for end in ends for x in end):
            return None
        start, end = map(shapely.Point, ends)
        near = [
            (route.distance(start) + route.distance(end), i)
            for i, route in enumerate(self._routes.get(segment.road, ()))
        ]
        if near and min(near)[0] * DEGREE_M < 2 * MAX_APART_M:
            route = self._routes[segment.road][min(near)[1]]
            cut = substring(route, route.project(start), route.project(end))
            if isinstance(cut, shapely.LineString) and _as_long(cut, segment.length_m):
                return cut
        return shapely.LineString(ends)


def _as_long(line: shapely.LineString, length_m: float) -> bool:
    """Whether a line in degrees is about `length_m` long on the ground."""
    squeeze = math.cos(math.radians(line.coords[0][1]))
    ground = shapely.transform(line, lambda xy: xy * (DEGREE_M * squeeze, DEGREE_M))
    return abs(float(ground.length) / max(length_m, 1e-9) - 1) < MAX_STRETCH
