"""A small map without tiles: the routes around a place, its kiloposts, the way of travel, scale; north is up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from exporters.lines import DEGREE_M
from exporters.svg import nice_step
from exporters.wording import kp_text
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Place, Segment

Floats = NDArray[np.float64]
Point = tuple[float, float]

ON_ROAD_M = 60.0  #: a place farther from the road's lines has no way of travel
LEAST_KP_STEP = 0.1
LABELS_APART = 0.12  #: shares of the map's width between two kiloposts


@dataclass(frozen=True)
class LocatorMap:
    """What a locator map shows, in shares of its width: x from the left, y from the top, down to `height`."""

    height: float
    others: Sequence[Sequence[Point]]  #: lines of other routes
    own: Sequence[Sequence[Point]]  #: lines of the place's own road
    posts: Sequence[tuple[Point, str]]  #: where kiloposts stand, and their texts
    place: Point
    heading: Point | None  #: unit vector of travel; None where the road's line is not known
    bar: float  #: length of the scale bar
    bar_text: str


class Locator:
    """Draws up maps of a survey's places; its lines are indexed once."""

    def __init__(self, routes: Iterable[RouteShape], segments: Iterable[Segment] = ()) -> None:
        drawn = [route for route in routes if len(route.lonlat) > 1]
        self._roads = [route.road for route in drawn]
        self._lines = [shapely.LineString(route.lonlat) for route in drawn]
        self._tree = shapely.STRtree(self._lines)
        posts: dict[RoadKey, dict[float, Point]] = defaultdict(dict)
        for segment in segments:
            for place in (segment.start, segment.end):
                posts[segment.road].setdefault(round(place.kp_km, 3), (place.lon, place.lat))
        self._posts = {
            road: np.array([(kp, *lonlat) for kp, lonlat in sorted(each.items())]) for road, each in posts.items()
        }

    @classmethod
    def of(cls, survey: Survey) -> Locator:
        """The locator of a survey's routes and segments."""
        return cls(survey.routes, survey.segments)

    def around(
        self, place: Place, road: RoadKey, direction: Direction, width_m: float = 1000.0, height: float = 1.0
    ) -> LocatorMap:
        """The map `width_m` wide and `height` times as high, in whose middle is a place of a road."""
        view = _View(place.lon, place.lat, width_m, height)
        window = shapely.box(*view.bounds)
        others: list[list[Point]] = []
        own: list[list[Point]] = []
        for index in sorted(int(i) for i in self._tree.query(window, predicate="intersects")):
            inside = shapely.clip_by_rect(self._lines[index], *view.bounds)
            parts = [list(view.of(shapely.get_coordinates(part))) for part in shapely.get_parts(inside)]
            (own if self._roads[index] == road else others).extend(part for part in parts if len(part) > 1)
        metres = nice_step(width_m / 3, 1)
        metres = metres if metres <= 0.5 * width_m else metres / 2
        return LocatorMap(
            height=height,
            others=others,
            own=own,
            posts=self._posts_in(road, view),
            place=(0.5, height / 2),
            heading=self._heading(place, road, direction, view),
            bar=metres / width_m,
            bar_text=f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m",
        )

    def _posts_in(self, road: RoadKey, view: _View) -> list[tuple[Point, str]]:
        """Up to about five kiloposts of a road inside the window, at even steps."""
        known = self._posts.get(road)
        if known is None:
            return []
        west, south, east, north = view.bounds
        lon, lat = known[:, 1], known[:, 2]
        inside = known[(lon > west) & (lon < east) & (lat > south) & (lat < north)]
        if not len(inside):
            return []
        step = max(nice_step(float(np.ptp(inside[:, 0])) or LEAST_KP_STEP, 5), LEAST_KP_STEP)
        even = inside[np.abs(inside[:, 0] / step - np.round(inside[:, 0] / step)) < 1e-6]
        posts: list[tuple[Point, str]] = []
        for kp, point in zip(even[:, 0], view.of(even[:, 1:]), strict=True):
            if not posts or math.dist(posts[-1][0], point) >= LABELS_APART:
                posts.append((point, kp_text(float(kp))))
        return posts

    def _heading(self, place: Place, road: RoadKey, direction: Direction, view: _View) -> Point | None:
        """Which way traffic runs at a place; lines are digitised towards higher kiloposts."""
        here = shapely.Point(place.lon, place.lat)
        near = [(line.distance(here), i) for i, line in enumerate(self._lines) if self._roads[i] == road]
        if not near or min(near)[0] * DEGREE_M > ON_ROAD_M:
            return None
        line, step = self._lines[min(near)[1]], 5 / DEGREE_M
        along = line.project(here)
        ends = [line.interpolate(min(max(along + side * step, 0.0), line.length)) for side in (-1, 1)]
        (x0, y0), (x1, y1) = view.of(np.array([(end.x, end.y) for end in ends]))
        length = math.hypot(x1 - x0, y1 - y0) * direction.sign
        return None if length == 0 else ((x1 - x0) / length, (y1 - y0) / length)


class _View:
    """Degrees to shares of a map's width around a place, true to scale there."""

    def __init__(self, lon: float, lat: float, width_m: float, height: float) -> None:
        self._middle = np.array([lon, lat])
        self._share = np.array([math.cos(math.radians(lat)), -1.0]) * DEGREE_M / width_m
        self._shift = np.array([0.5, height / 2])
        half = np.abs(self._shift / self._share)
        west, south = self._middle - half
        east, north = self._middle + half
        self.bounds = float(west), float(south), float(east), float(north)

    def of(self, lonlat: Floats) -> list[Point]:
        """Places (n, 2) on the map."""
        return [(float(x), float(y)) for x, y in (lonlat - self._middle) * self._share + self._shift]
