"""The car on the road: where its body is, and what that does to a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pavement.road import Direction
from pavement.simulate import Damage, DriveSpec, Roughness, Stretch
from pavement.simulate.camera import Camera
from pavement.simulate.car import Pose, make_way
from pavement.simulate.frame_truth import CameraTruth
from pavement.simulate.motion import STILL, Journey, Motion
from pavement.simulate.path import make_route
from pavement.simulate.placement import make_world
from pavement.simulate.shutter import row_times, turn
from pavement.simulate.suspension import CARS
from pavement.simulate.world import World

SPEC = DriveSpec(
    seed=2,
    length_m=300,
    both_directions=True,
    stretches=tuple(Stretch(direction, 0, 320, Damage.GOOD) for direction in Direction),
    rut_mm=(0.0, 0.0),
    potholes_per_km=0.0,
    crown_pct=2.0,
)


def make_journey(spec: DriveSpec) -> tuple[Journey, list[Pose], World]:
    route = make_route(spec)
    way, world = make_way(route, spec), make_world(route, spec)
    return Journey(world, way, spec), way.frames(5.0), world


def test_on_a_crown_the_car_leans_outwards_both_ways() -> None:
    journey, poses, world = make_journey(SPEC)
    for direction in Direction:
        lean = [journey.at(pose, 0).lean for pose in poses if pose.direction is direction]
        assert lean[2:] == pytest.approx([-0.02] * (len(lean) - 2), abs=0.002)  # its left side is lower
    pose = poses[10]
    truth = CameraTruth.of(world, pose, Camera.of(SPEC), journey.at(pose, 10))
    assert truth.roll_deg == pytest.approx(SPEC.mount.roll_deg, abs=0.1)  # against its own lane it does not lean
    assert truth.height_m == pytest.approx(SPEC.mount.height_m, abs=0.002)
    assert truth.speed_mps == pytest.approx(40 / 3.6, rel=0.06)


def test_a_car_in_ruts_stands_lower() -> None:
    journey, poses, _ = make_journey(replace(SPEC, crown_pct=0.0, rut_mm=(30.0, 30.0)))
    height = [journey.at(pose, 0).height_m for pose in poses if pose.direction is Direction.DOWN]
    # 30 mm, varying along the road, less where the car wanders off the ruts' middle (0.12 m: 0.86 of the depth)
    assert np.mean(height) == pytest.approx(-0.024, abs=0.008)


def test_a_rougher_road_shakes_the_car_more_and_slowly_from_frame_to_frame() -> None:
    spreads = []
    for roughness in (Roughness.A, Roughness.B):
        journey, poses, _ = make_journey(replace(SPEC, crown_pct=0.0, roughness=roughness))
        motions = [journey.at(pose, 0) for pose in poses if pose.direction is Direction.DOWN]
        spreads.append([np.std([getattr(m, name) for m in motions]) for name in ("height_m", "rise", "lean")])
    np.testing.assert_allclose(np.array(spreads[0]) / np.array(spreads[1]), 0.5, rtol=0.1)  # the amplitude halves
    assert 0.05 < np.degrees(spreads[0][1]) < 0.5


def test_rates_are_the_slopes_of_the_motion() -> None:
    journey, poses, _ = make_journey(replace(SPEC, roughness=Roughness.B))
    pose = poses[20]
    later = journey.way.pose(pose.driven_m + 0.05)
    first, second = journey.at(pose, 0), journey.at(later, 0)
    passed = later.time_s - pose.time_s
    assert first.speed_mps * passed == pytest.approx(0.05, rel=0.02)
    for value, rate in (("height_m", "height_rate"), ("rise", "rise_rate"), ("lean", "lean_rate")):
        change = (getattr(second, value) - getattr(first, value)) / passed
        assert change == pytest.approx((getattr(first, rate) + getattr(second, rate)) / 2, rel=0.1, abs=2e-3)


def test_the_ride_runs_on_the_drives_clock() -> None:
    journey, poses, _ = make_journey(replace(SPEC, roughness=Roughness.A))
    ride, epoch_s = journey.timed_ride()
    pose = poses[12]
    at = np.interp(pose.time_s - epoch_s, ride.time_s, ride.driven_m)
    assert at + journey.way.driven[0] == pytest.approx(pose.driven_m, abs=0.02)
    assert np.diff(ride.time_s).min() > 0


def test_axes_of_a_tilted_body() -> None:
    np.testing.assert_allclose(STILL.axes(), np.eye(3))
    axes = Motion(rise=0.02, lean=-0.03).axes()
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    forward, left, up = axes.T
    assert forward[2] / forward[0] == pytest.approx(0.02)
    assert left[2] / left[1] == pytest.approx(-0.03, rel=0.01)
    assert up[2] > 0.99


def test_a_raised_nose_is_less_pitch() -> None:
    camera = Camera.of(SPEC)
    level = replace(camera, pitch_deg=camera.pitch_deg - np.degrees(np.arctan(0.02)), yaw_deg=0.0, roll_deg=0.0)
    risen = replace(camera, yaw_deg=0.0, roll_deg=0.0)
    np.testing.assert_allclose(Motion(rise=0.02).axes() @ risen.axes(), level.axes(), atol=1e-9)


def test_small_turns_of_rows_are_the_bodys_turn() -> None:
    spec = replace(SPEC, width_px=64, height_px=40)
    camera = Camera.of(spec)
    plain = camera.rays(camera.normalised())
    turned = turn(plain.copy(), np.full(40, 0.004), np.full(40, -0.003))
    exact = camera.rays(camera.normalised(), Motion(rise=0.004, lean=-0.003).axes())
    np.testing.assert_allclose(turned, exact, atol=5e-5)


def test_rows_are_read_one_after_the_other() -> None:
    times = row_times(replace(SPEC, rolling_shutter_ms=16.0, height_px=41))
    assert (times[0], times[20], times[-1]) == pytest.approx((-0.008, 0.0, 0.008))
    assert not row_times(SPEC).any()


def test_every_car_can_be_driven() -> None:
    for car in CARS:
        journey, poses, _ = make_journey(replace(SPEC, length_m=60, roughness=Roughness.A, car=car))
        assert abs(journey.at(poses[3], 0).rise) < 0.05
