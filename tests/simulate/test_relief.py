"""The road's surface: crown, ruts, steps, and the profile that cars feel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pavement.road import Direction
from pavement.simulate import Crown, Roughness, longitudinal_profile_m
from pavement.simulate.relief import crown_m, height_m, lane_rut_mm, rut_height_m, wheel_rut_mm
from pavement.simulate.world import Pothole, Step, World

FLAT = World((), (), (), (), (), (0.0, 0.0), 1, 3.25)
RUTTED = replace(FLAT, rut_mm=(20.0, 20.0))
S = np.arange(100.0, 140.0, 0.05)


def test_a_roof_falls_by_its_slope_from_the_centre_line_to_both_sides() -> None:
    fall = crown_m(replace(FLAT, crown_pct=2.0), np.array([0.0, 1.0, 3.0, -1.0, -3.0]))
    assert fall[0] == 0
    np.testing.assert_allclose(fall[[1, 2]], fall[[3, 4]])
    # 2 % of 2 m, a little less because the ridge is round
    assert fall[1] - fall[2] == pytest.approx(0.040, rel=0.03)


def test_a_parabola_falls_as_much_at_the_edge_and_bows_each_lane() -> None:
    road = replace(FLAT, crown_pct=2.0, crown=Crown.PARABOLA)
    centre, middle, edge = crown_m(road, np.array([0.0, 1.625, 3.25]))
    assert edge == pytest.approx(-0.065)  # 2 % of 3.25 m
    assert middle - (centre + edge) / 2 == pytest.approx(0.01625)  # 0.02 · 3.25 / 4


def test_a_cross_fall_goes_to_one_side_and_moves_no_straight_edge() -> None:
    road = replace(RUTTED, cross_fall_pct=4.0)
    assert np.diff(crown_m(road, np.array([-1.0, 1.0])))[0] == pytest.approx(0.08)  # lower on the right of 下り
    assert lane_rut_mm(road, S[::20], Direction.DOWN) == pytest.approx(
        lane_rut_mm(RUTTED, S[::20], Direction.DOWN), abs=1e-6
    )


def test_a_bowed_lane_hides_some_of_a_rut_from_the_straight_edge() -> None:
    bowed = replace(RUTTED, crown_pct=2.0, crown=Crown.PARABOLA)
    straight, hidden = (lane_rut_mm(road, S[::20], Direction.DOWN) for road in (RUTTED, bowed))
    # -d·exp(-x²/2σ²) - k·x² with k = 0.02 / 3.25: the edge rests where exp(-x²/2σ²) = 2kσ²/d = 0.0298, x = 0.583 m
    # from the middle; 0.0298 · 20 mm + k · 0.583² = 0.6 + 2.1 mm are hidden
    assert straight - hidden == pytest.approx(2.7, abs=0.1)


@pytest.mark.parametrize("width_m", [0.4, 0.7, 1.0])
def test_a_trough_is_as_wide_as_asked(width_m: float) -> None:
    across = np.arange(0.0, 1.625, 0.005)
    (section,) = rut_height_m(replace(RUTTED, rut_width_m=width_m), np.array([100.0]), across)
    deep = across[section < 0.5 * section.min()]
    # half as deep at 1.177 sigma, sigma = 0.22 / 0.70 of the width: 0.74 of the width between both
    assert np.ptp(deep) == pytest.approx(0.74 * width_m, abs=0.02)


def test_both_wheel_paths_have_their_own_depth() -> None:
    road = replace(FLAT, rut_mm=(30.0, 10.0))  # the driver's left and right
    s = np.arange(0.0, 3000.0, 7.0)
    for direction, left in ((Direction.DOWN, 1), (Direction.UP, 0)):  # left is the higher across when driving 下り
        depth = wheel_rut_mm(road, s, direction).mean(axis=0)
        assert (depth[left], depth[1 - left]) == (pytest.approx(30, abs=1.5), pytest.approx(10, abs=0.7))


def test_a_joint_jumps_by_its_height_and_comes_back() -> None:
    road = replace(FLAT, steps=(Step(110.0, 0.0, 15.0, False), Step(125.0, 0.0, -15.0, False)))
    for direction in Direction:
        profile = longitudinal_profile_m(road, S, direction, 0) * 1000
        at = {
            s: float(profile[np.argmin(np.abs(S - s))]) for s in (103.0, 109.95, 110.05, 118.0, 124.95, 125.05, 132.0)
        }
        assert at[110.05] - at[109.95] == pytest.approx(15, abs=0.2)
        assert at[125.05] - at[124.95] == pytest.approx(-15, abs=0.2)
        assert [at[s] for s in (103.0, 118.0, 132.0)] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_manhole_is_in_its_wheel_path_only() -> None:
    road = replace(FLAT, steps=(Step(110.0, 2.475, -12.0, True),))
    left, right = (longitudinal_profile_m(road, S, Direction.DOWN, side) for side in (0, 1))
    assert left.min() == pytest.approx(-0.012)
    assert np.ptp(S[left < -0.006]) == pytest.approx(2 * 0.32, abs=0.06)
    assert not right.any()


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("side", [0, 1])
def test_the_profile_is_the_rendered_surface(direction: Direction, side: int) -> None:
    road = replace(
        RUTTED,
        crown_pct=2.0,
        roughness=Roughness.B,
        steps=(Step(110.0, 0.0, 20.0, False),),
        potholes=(Pothole(120.0, RUTTED.wheel_path(direction, side), 0.3, 0.2, 40.0, 3),),
    )
    profile = longitudinal_profile_m(road, S, direction, side)
    grid = height_m(road, S, np.array([road.wheel_path(direction, side)]))[:, 0]
    np.testing.assert_allclose(profile, grid)
    np.testing.assert_allclose(longitudinal_profile_m(road, S[::-1], direction, side), grid[::-1])
    assert grid[np.argmin(np.abs(S - 120.0))] < grid[np.argmin(np.abs(S - 121.0))] - 0.02
