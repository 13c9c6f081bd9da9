"""The lines of a network as the model sees them: managed ones first, with the ways in which they may be driven."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.matching.shared import SharedRoads, find_shared
from pavement.road import Network
from pavement.segment_index import Near, SegmentIndex, ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SAME_LINE_M = 8.0  #: a background road this close to a managed one and parallel to it is the same road
PARALLEL = 0.95  #: cosine of the angle between lines called parallel


@dataclass(frozen=True, eq=False)
class Lines:
    """All lines of a network: a line's number is its route's index, or `managed` + the background road's."""

    index: SegmentIndex
    managed: int
    ways: NDArray[np.bool_]  #: (managed, 2) whether a route may be driven along (0) and against (1) its digitising
    road: Ints  #: (managed,) a number for each road: its lines that follow one another are one
    shared: SharedRoads  #: 重複区間

    @classmethod
    def of(cls, network: Network) -> Lines:
        """The lines of a network; made once for each."""
        for known, lines in _made:
            if known() is network:
                return lines
        index = network.index
        signs = [{d.sign for d in route.carriageway.directions} for route in network.routes]
        ways = np.array([[1 in each, -1 in each] for each in signs], bool).reshape(-1, 2)
        number = {road: i for i, road in enumerate(dict.fromkeys(route.road for route in network.routes))}
        road = np.array([number[route.road] for route in network.routes], np.int64)
        lines = cls(index, len(network.routes), ways, road, find_shared(index, network.routes, ways))
        _made.append((weakref.ref(network), lines))
        del _made[:-MOST_MADE]
        return lines

    def near(self, xy: Floats, radius_m: Floats) -> Near:
        """What passes near points (n, 2), without background roads that are a managed one drawn a second time."""
        near = self.index.near(xy, radius_m)
        return near.take(~self._drawn_twice(near))

    def road_and_way(self, code: Ints) -> Ints:
        """The road and way (n,) of directed lines, coded as line · 3 + sign + 1; what is negative stays."""
        managed = code >= 0
        found = code.copy()
        found[managed] = self.road[code[managed] // 3] * 3 + code[managed] % 3
        return found

    def _drawn_twice(self, near: Near) -> Mask:
        first = np.searchsorted(near.point, near.point)  # rows of one point are together, managed lines first
        background = near.line >= self.managed
        managed_before = np.concatenate([[0], np.cumsum(~background)])
        rows = np.flatnonzero(background)
        count = managed_before[rows] - managed_before[first[rows]]
        b, a = np.repeat(rows, count), ranges(first[rows], count)
        close = (near.x[a] - near.x[b]) ** 2 + (near.y[a] - near.y[b]) ** 2 < SAME_LINE_M**2
        same = close & (np.abs(np.cos(near.tangent[a] - near.tangent[b])) > PARALLEL)
        twice = np.zeros(len(near), bool)
        twice[b[same]] = True
        return twice


MOST_MADE = 4
_made: list[tuple[weakref.ref[Network], Lines]] = []  #: lines of the networks used last
