"""The grid of straight pieces answers as shapely does, one point at a time."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from pavement.segment_index import SegmentIndex

finite = st.floats(-500, 500, allow_nan=False).map(lambda value: round(value, 2))
corners = st.lists(st.tuples(finite, finite), min_size=2, max_size=6)


def index_of(*lines: list[tuple[float, float]]) -> SegmentIndex:
    """The index of lines given by their corners."""
    starts = np.cumsum([0, *(len(line) for line in lines)])
    return SegmentIndex.build(np.concatenate([np.asarray(line, float) for line in lines]), starts)


@given(st.lists(corners, min_size=1, max_size=5), st.lists(st.tuples(finite, finite), min_size=1, max_size=5))
def test_finds_what_is_near_and_nothing_else(
    lines: list[list[tuple[float, float]]], points: list[tuple[float, float]]
) -> None:
    index = index_of(*lines)
    near = index.near(points, 60.0)
    shapes = [LineString(line) for line in lines]
    for i, point in enumerate(points):
        for j, shape in enumerate(shapes):
            true = shape.distance(shapely.Point(point))
            mine = near.distance_m[(near.point == i) & (near.line == j)]
            if true < 59.9:
                assert mine.min() == pytest.approx(true, abs=1e-6)
            elif true > 60.1:
                assert not len(mine)
    foot, tangent = index.place(near.line, near.along_m)
    assert foot == pytest.approx(np.column_stack([near.x, near.y]), abs=1e-5)
    assert np.isfinite(tangent).all()


def test_a_line_that_passes_twice_stands_twice() -> None:
    hairpin = index_of([(0, 0), (300, 0), (300, 30), (0, 30)])
    near = hairpin.near([(100, 10)], 25.0)
    assert near.along_m.tolist() == [100.0, 530.0]
    assert near.distance_m.tolist() == [10.0, 20.0]


def test_a_radius_for_each_point() -> None:
    index = index_of([(0, 0), (1000, 0)], [(0, 40), (1000, 40)])
    near = index.near([(500, 5), (500, 5)], [10.0, 60.0])
    assert near.point.tolist() == [0, 1, 1]
    assert near.line.tolist() == [0, 0, 1]


def test_survives_its_arrays() -> None:
    index = index_of([(0, 0), (1000, 700)], [(5, 5), (5, 5), (90, 5)])
    again = SegmentIndex.of_arrays(index.arrays())
    assert len(again) == 2
    assert again.near([(50, 30)], 80.0).distance_m.tolist() == index.near([(50, 30)], 80.0).distance_m.tolist()
    assert again.lengths.tolist() == pytest.approx([np.hypot(1000, 700), 85.0])


def test_nothing_is_near_nothing() -> None:
    empty = SegmentIndex.build(np.empty((0, 2)), [0])
    assert not len(empty.near([(0, 0)], 50.0))
    assert not len(index_of([(0, 0), (1, 1)]).near(np.empty((0, 2)), 50.0))
