"""The lines of one road in the order in which they are driven away from 起点."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

Floats = NDArray[np.float64]

JOINT_M = 15.0  #: an end and a start nearer than this are one place


def order_lines(lines: Sequence[LineString]) -> list[int]:
    """Positions of directed lines in one chain: ends are joined to starts, the shortest ways first, never to a ring.

    >>> order_lines([LineString([(10, 0), (20, 0)]), LineString([(30, 0), (40, 0)]), LineString([(0, 0), (10, 0)])])
    [2, 0, 1]
    """
    n = len(lines)
    starts, ends = (shapely.get_coordinates(shapely.get_point(list(lines), which)) for which in (0, -1))
    apart = np.hypot(*(ends[:, None] - starts[None]).transpose(2, 0, 1))
    after, before, head = [-1] * n, [-1] * n, list(range(n))  # head: the first line of the chain that ends here
    for flat in np.argsort(apart, axis=None, kind="stable").tolist():
        i, j = divmod(flat, n)
        if i == j or after[i] >= 0 or before[j] >= 0 or head[i] == j:
            continue
        after[i], before[j] = j, i
        while j >= 0:
            head[j], j = head[i], after[j]
    chain = [next(i for i in range(n) if before[i] < 0)]
    while (following := after[chain[-1]]) >= 0:
        chain.append(following)
    return chain


@dataclass(frozen=True)
class Piece:
    """Lines of a chain without a gap between them, as one line."""

    members: tuple[int, ...]  #: positions of the lines, in order
    line: LineString
    offsets: Floats  #: (len(members),) metres along `line` at which each begins

    @cached_property
    def length_m(self) -> float:
        """Length of the whole."""
        return float(self.line.length)

    def places(self) -> list[tuple[int, float]]:
        """The lines' positions, each with the metres along at which it begins."""
        return [(i, float(offset)) for i, offset in zip(self.members, self.offsets, strict=True)]

    def member_at(self, along_m: float) -> int:
        """Position of the line at metres along."""
        return self.members[max(int(np.searchsorted(self.offsets, along_m, side="right")) - 1, 0)]


def pieces_of(lines: Sequence[LineString], chain: Sequence[int]) -> list[Piece]:
    """The chain cut where its lines do not touch."""
    runs: list[list[int]] = [[chain[0]]]
    for a, b in pairwise(chain):
        if gap_m(lines[a], lines[b]) > JOINT_M:
            runs.append([])
        runs[-1].append(b)
    return [_joined(lines, run) for run in runs]


def gap_m(line: LineString, following: LineString) -> float:
    """Metres from the end of a line to the start of another."""
    return float(shapely.distance(shapely.get_point(line, -1), shapely.get_point(following, 0)))


def _joined(lines: Sequence[LineString], run: Sequence[int]) -> Piece:
    if len(run) == 1:
        return Piece(tuple(run), lines[run[0]], np.zeros(1))
    bridges = [gap_m(lines[a], lines[b]) for a, b in pairwise(run)]
    steps = [lines[i].length + bridge for i, bridge in zip(run, bridges, strict=False)]
    whole = LineString(np.concatenate([shapely.get_coordinates(lines[i]) for i in run]))
    return Piece(tuple(run), whole, np.cumsum([0.0, *steps]))
