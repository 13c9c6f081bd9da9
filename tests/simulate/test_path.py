"""The road, its kiloposts and the car's way."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from pavement.road import Direction
from pavement.simulate import DriveSpec
from pavement.simulate.car import gps_fixes, make_way
from pavement.simulate.path import Posts, make_route

POSTS = Posts(np.array([12.2, 12.3, 12.4]), np.array([30.0, 130.0, 228.0]), np.zeros(3))


@pytest.mark.parametrize(
    ("s_m", "kp_km"),
    [
        (130.0, 12.3),
        (179.0, 12.35),  # half of the 98 m between the posts
        (80.0, 12.25),
        (20.0, 12.19),  # 10 m before the first post, carried on at 100 m per 0.1
        (277.0, 12.45),  # carried on at 98 m per 0.1
    ],
)
def test_kiloposts_are_interpolated_between_neighbours(s_m: float, kp_km: float) -> None:
    assert float(POSTS.kp_at(s_m)) == pytest.approx(kp_km)
    assert float(POSTS.s_at(kp_km)) == pytest.approx(s_m)


def test_the_lower_post_of_a_kilopost() -> None:
    assert [POSTS.below(kp) for kp in (12.3, 12.399, 12.4, 12.1)] == [12.3, 12.3, 12.4, 12.2]


def test_the_line_is_as_long_on_the_ground_as_it_says_and_bends_gently() -> None:
    route = make_route(DriveSpec(seed=5, length_m=400))
    x, y, _ = route.line.xy(route.line.s)
    assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(route.line.length_m, rel=1e-4)
    assert np.abs(route.line.curvature).max() < 1 / 250


def test_posts_stand_beside_the_line_at_uneven_spacing() -> None:
    posts = make_route(DriveSpec(seed=5, length_m=900)).posts
    spacing = np.diff(posts.s_m)
    assert ((spacing >= 97) & (spacing <= 103)).all()
    assert spacing.std() > 0.3
    assert ((posts.across_m >= 6) & (posts.across_m <= 10)).all()


def test_the_car_keeps_left_and_comes_back_on_the_other_side() -> None:
    spec = DriveSpec(seed=2, length_m=100, both_directions=True)
    route = make_route(spec)
    poses = make_way(route, spec).frames(spec.step_m)
    down = [pose for pose in poses if pose.direction is Direction.DOWN]
    up = [pose for pose in poses if pose.direction is Direction.UP]
    assert all(pose.across == pytest.approx(1.625, abs=0.4) for pose in down)
    assert all(pose.across == pytest.approx(-1.625, abs=0.4) for pose in up)
    assert np.diff([pose.s for pose in down]).min() > 0 > np.diff([pose.s for pose in up]).max()
    assert min(pose.s for pose in poses) < route.start_m
    assert min(pose.s for pose in poses if pose.direction is None) > route.end_m
    assert all(np.diff([pose.time_s for pose in poses]) > 0)


def test_the_way_has_no_jumps() -> None:
    spec = DriveSpec(seed=2, length_m=100, both_directions=True)
    route = make_route(spec)
    way = make_way(route, spec)
    step = np.hypot(np.diff(way.s), np.diff(way.across))
    assert step.max() < 0.40  # every 0.25 m driven; the wandering adds a little


def test_the_receiver_errs_as_much_as_asked_and_slowly() -> None:
    spec = DriveSpec(seed=4, length_m=20_000, gps_sigma_m=2.5, gps_white_m=0.5)
    route = make_route(spec)
    way = make_way(route, spec)
    time_s, lonlat = gps_fixes(route, way, spec)
    true = route.line.lonlat(np.interp(time_s, way.time_s, way.s), np.interp(time_s, way.time_s, way.across))
    north_m = (lonlat - true)[:, 1] * 111_030
    assert np.diff(time_s) == pytest.approx(1.0)
    assert north_m.std() == pytest.approx(2.55, rel=0.25)
    # one second apart: the white error differs by 0.5·√2, the slow one by 2.5·√(2/60)
    assert np.diff(north_m).std() == pytest.approx(np.hypot(0.707, 0.456), rel=0.1)


def test_times_are_aware() -> None:
    spec = DriveSpec(seed=1, length_m=50)
    pose = make_way(make_route(spec), spec).pose(10.0)
    assert datetime.fromtimestamp(pose.time_s).year == 2026
