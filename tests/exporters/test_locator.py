"""Maps without tiles: what lies where on them, and both ways of drawing them."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from exporters.locator import Locator, LocatorMap
from exporters.locator_picture import locator_png, marker
from pavement.record import RouteShape
from pavement.road import Direction, RoadKey
from pavement.segment import Place
from tests.exporters.builders import R4, TOWN, make_place, make_segment

NORTHWARDS = [(141.2, 40.6 + 0.0009 * step) for step in range(-30, 31)]  #: through 112K500, 100 m a step
CROSSING = [(141.19, 40.6), (141.21, 40.6)]
SEGMENTS = [make_segment(round(112.0 + step / 10, 1)) for step in range(10)]


def make_locator() -> Locator:
    routes = [RouteShape(R4, "国道4号", NORTHWARDS), RouteShape(TOWN, "町道", CROSSING), RouteShape(TOWN, "?", [])]
    return Locator(routes, SEGMENTS)


def place(lon: float = 141.2, lat: float = 40.6) -> Place:
    return Place(112.5, 112.0, 500.0, lon, lat)


def test_the_place_is_in_the_middle_and_its_own_road_told_from_others() -> None:
    found = make_locator().around(place(), R4, Direction.DOWN, 1000.0, 0.5)
    assert found.place == (0.5, 0.25)
    (own,), (other,) = found.own, found.others
    assert own[0] == pytest.approx((0.5, 0.5), abs=1e-6)  # south is below
    assert own[-1] == pytest.approx((0.5, 0.0), abs=1e-6)
    assert [x for x, _ in other] == pytest.approx([0.0, 1.0], abs=1e-6)


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    found = make_locator().around(place(), R4, Direction.DOWN, 1000.0)
    assert (found.bar_text, found.bar) == ("500 m", 0.5)
    apart = [point for point, words in found.posts if words in ("112K200", "112K400")]
    assert math.dist(*apart) * 1000 == pytest.approx(200, rel=0.05)  # builders: 101.6 m for 0.1


@pytest.mark.parametrize(("direction", "expected"), [(Direction.DOWN, (0, -1)), (Direction.UP, (0, 1))])
def test_the_mark_points_the_way_of_travel(direction: Direction, expected: tuple[int, int]) -> None:
    found = make_locator().around(place(), R4, direction)
    assert found.heading == pytest.approx(expected, abs=1e-6)
    tip = marker(found)[0]
    assert (tip[1] < 0.5) is (direction is Direction.DOWN)


def test_far_from_its_road_a_place_has_no_way_of_travel() -> None:
    found = make_locator().around(place(141.3), R4, Direction.DOWN)
    assert (found.heading, found.own, found.others, found.posts) == (None, [], [], [])
    assert len(marker(found)) == 4


def test_kiloposts_never_crowd() -> None:
    found = make_locator().around(make_place(112.5), R4, Direction.DOWN, 20_000.0)
    assert len(found.posts) == 1


@given(
    st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), st.floats(50, 20_000), st.floats(0.3, 2), st.sampled_from(Direction)
)
def test_nothing_is_drawn_outside_the_map(
    east: float, north: float, width_m: float, height: float, direction: Direction
) -> None:
    found = LOCATOR.around(place(141.2 + east, 40.6 + north), R4, direction, width_m, height)
    points = [point for line in (*found.own, *found.others) for point in line]
    points += [point for point, _ in found.posts]
    assert all(-1e-6 <= x <= 1 + 1e-6 and -1e-6 <= y <= height + 1e-6 for x, y in points)
    assert 0 < found.bar <= 0.5
    assert found.heading is None or math.hypot(*found.heading) == pytest.approx(1)


LOCATOR = make_locator()


def test_a_picture_has_the_maps_shape_and_shows_the_place_in_red() -> None:
    found = LOCATOR.around(place(), R4, Direction.DOWN, 1000.0, 0.5)
    picture = Image.open(io.BytesIO(locator_png(found, 200))).convert("RGB")
    assert picture.size == (200, 100)
    red, green, _ = picture.getpixel((100, 48))  # type: ignore[misc]
    assert red > 150 > green


def test_a_road_without_segments_or_lines_has_a_map_too(tmp_path: Path) -> None:
    found = Locator([]).around(place(), RoadKey("市町村道", "x", "000", "現道"), Direction.UP)
    assert isinstance(found, LocatorMap)
    assert Image.open(io.BytesIO(locator_png(found, 120))).size == (120, 120)
