"""重複区間: stretches on which several managed routes lie on one road; it is matched once, to the primary route."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.matching.excursions import stays
from pavement.road import Route
from pavement.segment_index import SegmentIndex, ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAMPLE_M = 20.0
APART_M = 6.0  #: lines of one road lie nearer to each other than this …
PARALLEL = 0.97
SHORTEST_M = 80.0  #: … over at least this length: at a fork two roads lie together for less
ROAD_TYPES = ("一般国道", "主要地方道", "一般県道", "市町村道")  #: the higher class is the primary one
NUMBERS = re.compile(r"[\s,;、・]+")  #: between several numbers in one cell


@dataclass(frozen=True, eq=False)
class SharedRoads:
    """Stretches (k,) of a route driven one way (`sign`) on which `other` lies too."""

    route: Ints
    sign: Ints
    from_m: Floats  #: metres along `route`
    to_m: Floats
    other: Ints
    yields: NDArray[np.bool_]  #: whether `other` is the primary one of the two

    def yielding(self, line: Ints, sign: Ints, along_m: Floats) -> NDArray[np.bool_]:
        """(n,) whether a place on a line, driven one way, belongs to another route."""
        found = np.zeros(len(line), bool)
        for k in np.flatnonzero(self.yields & np.isin(self.route, line)):
            here = (line == self.route[k]) & (sign == self.sign[k])
            found |= here & (along_m >= self.from_m[k]) & (along_m <= self.to_m[k])
        return found

    def of(self, route: int, sign: int) -> list[tuple[float, float, int]]:
        """(from, to, other route) of the stretches that a route, driven one way, shares."""
        here = np.flatnonzero((self.route == route) & (self.sign == sign))
        return [(float(self.from_m[k]), float(self.to_m[k]), int(self.other[k])) for k in here]


def find_shared(index: SegmentIndex, routes: Sequence[Route], ways: NDArray[np.bool_]) -> SharedRoads:
    """The stretches that routes of different roads share; `ways` (m, 2): driven along, against the digitising."""
    m = len(routes)
    counts = np.ceil(index.lengths[:m] / SAMPLE_M).astype(np.int64) + 1
    line = np.repeat(np.arange(m), counts)
    along = np.minimum(ranges(np.zeros_like(counts), counts) * SAMPLE_M, index.lengths[line])
    points, tangent = index.place(line, along)
    near = index.near(points, APART_M)
    names = [(route.road.road_type, route.road.route_no, route.road.branch_no) for route in routes]
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    road = np.array([number[name] for name in names], np.int64)  # 現道 and 旧道 never share: they part slowly
    turn = np.cos(near.tangent - tangent[near.point])
    rows = np.flatnonzero((near.line < m) & (np.abs(turn) > PARALLEL))
    rows = rows[road[near.line[rows]] != road[line[near.point[rows]]]]
    mine, other, place = line[near.point[rows]], near.line[rows], along[near.point[rows]]
    same = np.sign(turn[rows]).astype(np.int64)
    order = np.lexsort((place, same, other, mine))
    mine, other, place, same = mine[order], other[order], place[order], same[order]
    new = (np.diff(mine) != 0) | (np.diff(other) != 0) | (np.diff(same) != 0) | (np.diff(place) > 2.5 * SAMPLE_M)
    first, end = stays(np.cumsum(np.concatenate([[0], new]))[: len(mine)])
    found = [
        (int(mine[a]), sign, float(place[a]) - SAMPLE_M / 2, float(place[b - 1]) + SAMPLE_M / 2, int(other[a]))
        for a, b in zip(first, end, strict=True)
        if place[b - 1] - place[a] >= SHORTEST_M
        for sign in (1, -1)
        if ways[mine[a], int(sign < 0)] and ways[other[a], int(sign * same[a] < 0)]
    ]
    route, sign, low, high, others = (list(column) for column in zip(*found, strict=True)) if found else ([],) * 5
    return SharedRoads(
        route=np.array(route, np.int64),
        sign=np.array(sign, np.int64),
        from_m=np.array(low, float),
        to_m=np.array(high, float),
        other=np.array(others, np.int64),
        yields=np.array([outranks(routes[b], routes[a]) for a, b in zip(route, others, strict=True)], bool),
    )


def outranks(a: Route, b: Route) -> bool:
    """Whether `a` is the primary one of two routes on one road: the one whose number is given as `primary_route` of the
    other (several numbers may stand there), then the higher class of road, then the lower number.
    """
    named = [
        one.road.route_no != two.road.route_no
        and one.road.route_no in NUMBERS.split(two.facts.get("primary_route", ""))
        for one, two in ((a, b), (b, a))
    ]
    return named[0] if named[0] != named[1] else rank(a) < rank(b)


def rank(route: Route) -> tuple[int, int, float, str, int]:
    """Lower ranks first: class of the road, number (texts after numbers), branch."""
    road = route.road
    kind = ROAD_TYPES.index(road.road_type) if road.road_type in ROAD_TYPES else len(ROAD_TYPES)
    number = float(road.route_no) if road.route_no.isdecimal() else float("inf")
    return kind, int(number == float("inf")), number, f"{road.route_no} {road.branch_no} {road.kind}", route.index
