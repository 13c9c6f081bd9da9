"""What the renderer sees is where the geometry says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pavement.road import Direction
from pavement.simulate import DriveSpec, Markings, Mount
from pavement.simulate.camera import Camera
from pavement.simulate.car import Pose
from pavement.simulate.ground import Ground
from pavement.simulate.noise import NoiseBank
from pavement.simulate.path import make_route
from pavement.simulate.relief import height_m
from pavement.simulate.renderer import Renderer
from pavement.simulate.world import Pothole, World

SPEC = DriveSpec(
    seed=1,
    length_m=60,
    width_px=512,
    height_px=320,
    mount=Mount(height_m=1.3, roll_deg=0.0, yaw_deg=0.0, k1=0.0),
    shadows=0.0,
    noise=0.0,
    bounce=0.0,
)
NOWHERE = (np.inf, np.inf)


def make_renderer(spec: DriveSpec, *, rut_mm: float = 0.0, holes: tuple[Pothole, ...] = ()) -> Renderer:
    world = World((), (), holes, (), (), (rut_mm, rut_mm), 1, 3.25)
    route = make_route(spec)
    straight = replace(route, line=replace(route.line, curvature=np.zeros_like(route.line.curvature)))
    return Renderer(Ground(spec, world, NoiseBank.of(spec.seed), NOWHERE), straight)


def middle(s: float) -> Pose:
    return Pose(s, 1.625, 0.0, 0.0, Direction.DOWN)


def test_lines_and_lane_are_where_the_camera_puts_them() -> None:
    view = make_renderer(SPEC).view(middle(150.0), Camera.of(SPEC), 0)
    # 8 m ahead the lane reaches from 1.625 m left to 1.625 m right of the camera
    (left, row), (right, _) = Camera.of(SPEC).project(np.array([[8.0, 1.625, 0.0], [8.0, -1.625, 0.0]]))
    lane = np.flatnonzero(view.classes[int(row)])
    assert (lane[0], lane[-1]) == (pytest.approx(left, abs=1.5), pytest.approx(right, abs=1.5))
    grey = cv2.cvtColor(view.picture, cv2.COLOR_BGR2GRAY)[int(row)].astype(float)
    assert grey[int(left) - 1 : int(left) + 2].mean() > 1.5 * grey[int(left) + 12 : int(right) - 12].mean()


def test_a_pothole_is_classed_where_it_lies_in_both_directions() -> None:
    hole = Pothole(157.0, 0.8, 0.3, 0.3, 0.1, 5)  # hardly deep: no parallax
    other = replace(hole, across=-0.8, s=143.0)
    renderer = make_renderer(SPEC, holes=(hole, other))
    back = Pose(150.0, -1.625, -np.pi, 0.0, Direction.UP)
    for pose in (middle(150.0), back):
        view = renderer.view(pose, Camera.of(SPEC), 0)
        # 7 m ahead, 0.825 m towards the road's middle = right of the car both ways
        column, row = Camera.of(SPEC).project(np.array([[7.0, -0.825, 0.0]]))[0]
        found = np.argwhere(view.classes == 3).mean(axis=0)
        assert found == pytest.approx((row, column), abs=2.5)


def test_a_rut_shifts_what_is_in_it_by_baseline_times_depth_over_height() -> None:
    renderer, flat = make_renderer(SPEC, rut_mm=20.0), make_renderer(SPEC)
    height, baseline, place, across = 1.3, 4.0, 156.0, 1.625 - 0.85  # the right wheel path
    depth = -float(height_m(renderer.ground.world, np.array([place]), np.array([across]))[0, 0])
    assert depth == pytest.approx(0.020, rel=0.4)  # it varies along the road
    camera = Camera.of(SPEC)
    rays = camera.rays(camera.normalised())[:, 80:]
    behind = []
    for position in (place - 6.0, place - 6.0 - baseline):
        true, plane = (r._ground(rays, middle(position), height, near=True) for r in (renderer, flat))
        pick = np.argmin(np.hypot(true.along - (place - position), true.across - across))
        behind.append(float(true.along.flat[pick] - plane.along.flat[pick]))
    # the ray to a point `depth` below the plane leaves the plane depth/height of the distance earlier: 6 m, 10 m
    assert behind == pytest.approx([6.0 * depth / (height + depth), 10.0 * depth / (height + depth)], rel=0.04)
    assert behind[1] - behind[0] == pytest.approx(baseline * depth / height, rel=0.06)


def test_no_lines_where_none_are_asked() -> None:
    with_lines = make_renderer(SPEC).view(middle(150.0), Camera.of(SPEC), 0)
    without = make_renderer(replace(SPEC, markings=Markings.NONE)).view(middle(150.0), Camera.of(SPEC), 0)
    bright = [int((view.picture[160:].min(axis=2) > 150).sum()) for view in (with_lines, without)]
    assert bright[0] > 500 > 20 > bright[1]
    np.testing.assert_array_equal(with_lines.classes, without.classes)
