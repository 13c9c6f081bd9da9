"""Shortest ways through background roads, as far as they are searched."""

from __future__ import annotations

import numpy as np
import pytest

from pavement.matching.graph import Graph
from pavement.segment_index import SegmentIndex

# a street of three pieces along x, and one that leaves it at (200, 0) and ends at (200, 100)
LINES = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(300, 0), (200, 0)], [(200, 0), (200, 100)], [(900, 0), (950, 0)]]
INDEX = SegmentIndex.build(np.concatenate([np.array(line, float) for line in LINES]), 2 * np.arange(len(LINES) + 1))


def way(a: tuple[int, float], b: tuple[int, float], limit_m: float = 500.0) -> float:
    graph = Graph.of(INDEX, np.arange(len(LINES)), np.full(len(LINES), limit_m))
    lines, along = np.array([[a[0], b[0]]]).T, np.array([[a[1], b[1]]]).T
    return float(graph.way(lines[0], along[0], lines[1], along[1])[0])


def test_ways() -> None:
    assert way((0, 90), (1, 20)) == pytest.approx(10 + 20)
    assert way((0, 90), (3, 30)) == pytest.approx(10 + 100 + 30)
    assert way((2, 40), (0, 50)) == pytest.approx(60 + 100 + 50)  # the third piece is drawn the other way


def test_nothing_beyond_the_limit_or_without_a_way() -> None:
    assert way((0, 90), (3, 30), limit_m=80) == np.inf
    assert way((0, 90), (4, 10)) == np.inf


def test_no_lines_no_ways() -> None:
    nothing = np.empty(0, np.int64)
    assert not len(Graph.of(INDEX, nothing, np.empty(0)).pairs)
