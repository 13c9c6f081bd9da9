"""Years of another network: a re-posted road is the same road where it is the same ground."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pavement.place import Level, place_id
from pavement.review.building import NUMBERS, SECTION_COLUMNS, build_sections
from pavement.review.rows import Sections
from pavement.review.same_ground import laid_columns, lay
from pavement.road import RoadKey

ROAD = RoadKey("一般県道", "12", "000", "現道")
M = 1 / 111_320
COUNT = 60


def made(shift_m: float = 0.0, north_m: float = 0.0, turned: bool = False, road: RoadKey = ROAD) -> Sections:
    """A straight road to the east with blocks of 20 m in both directions; its first post stands `shift_m` further on;
    `turned`: its kiloposts rise to the west.
    """
    columns: dict[str, list[object]] = {name: [] for name in SECTION_COLUMNS}
    for direction in ("下り", "上り"):
        for k in range(COUNT):
            kp = round(0.02 * k, 3)
            x = [shift_m + 20 * k, shift_m + 20 * (k + 1)]
            x = [20 * COUNT - each for each in x] if turned else x
            lat = 40.0 + north_m * M
            lons = [140.0 + each * M / np.cos(np.radians(40.0)) for each in x]
            row = (place_id(Level.BLOCK, road, direction, kp), *vars(road).values(), direction, kp, kp + 0.02, 20.0, "")
            for name, value in zip(SECTION_COLUMNS, (*row, *[None] * 5, lons[0], lat, lons[1], lat), strict=True):
                columns[name].append(value)
    return build_sections(columns)


def old_values(then: Sections, values: NDArray[np.float64], now: Sections) -> NDArray[np.float64]:
    """Values of today's sections, NaN where nothing comparable lay."""
    laid = lay(now, then.place, then.lonlat, then.up)
    columns = {name: list(values) for name in NUMBERS} | {"place": then.place.tolist()}
    found = laid_columns(laid, now, columns, NUMBERS)
    out = np.full(len(now), np.nan)
    at = {place: k for k, place in enumerate(now.place.tolist())}
    for place, value in zip(found["place"], found["crack_pct"], strict=True):
        out[at[place]] = value
    return out


def ground(sections: Sections) -> NDArray[np.float64]:
    """Something that lies on the ground: it rises to the east, and differs by direction of travel."""
    east = (sections.lonlat[:, 0] + sections.lonlat[:, 2]) / 2 - 140.0
    first, last = sections.lonlat[:, 0], sections.lonlat[:, 2]
    eastward = np.where(sections.up, first > last, last > first)
    return np.asarray(east / M * np.cos(np.radians(40.0)) / 10 + np.where(eastward, 0.0, 500.0))


def test_the_same_network_is_left_alone() -> None:
    laid = lay(made(), made().place, made().lonlat, made().up)
    assert laid.nothing_moved
    assert laid.moved == 0
    assert np.array_equal(laid.to, laid.row)


@settings(max_examples=40, deadline=None)
@given(st.floats(-300, 300), st.floats(-4, 4), st.booleans())
def test_a_reposted_road_is_compared_by_its_ground(shift: float, north: float, turned: bool) -> None:
    then, now = made(), made(shift, north, turned)
    found = old_values(then, ground(then), now)
    known = np.isfinite(found)
    # below ¾ of a block a section keeps its place; at the ends 0.7 of a block stand for the whole
    most = 1.55 if np.abs(shift) < 15.1 else 0.65
    assert np.abs(found - ground(now))[known].max() <= most
    inside = int(np.count_nonzero(known))
    assert inside >= len(now) - 2 * (np.ceil(abs(shift) / 20) + 1)


def test_a_bypass_is_new_ground() -> None:
    then, now = made(), made(north_m=60.0)
    assert not np.isfinite(old_values(then, ground(then), now)).any()


def test_a_transferred_road_keeps_its_past() -> None:
    then, now = made(), made(road=RoadKey("市町村道", "1-23", "000", "現道"))
    assert old_values(then, ground(then), now) == pytest.approx(ground(now), abs=0.01)


def test_what_has_no_position_keeps_its_place() -> None:
    then = made()
    laid = lay(made(300.0), then.place, np.full_like(then.lonlat, np.nan), then.up)
    assert len(laid.to) == len(then)
