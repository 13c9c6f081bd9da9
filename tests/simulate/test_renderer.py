"""What the renderer sees is where the geometry says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate import DriveSpec, Markings, Mount
from pavement.simulate.camera import Camera
from pavement.simulate.car import Pose
from pavement.simulate.ground import Ground
from pavement.simulate.motion import Motion
from pavement.simulate.noise import NoiseBank
from pavement.simulate.path import make_route
from pavement.simulate.relief import height_m
from pavement.simulate.renderer import Renderer
from pavement.simulate.sampling import Where
from pavement.simulate.world import Pothole, Step, World

Image = NDArray[np.uint8]

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


def bright_row(picture: Image, column: int) -> float:
    """The row, to a part of a pixel, of the middle of what is bright in a column."""
    part = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[:, column].astype(float)
    weight = np.clip(part - 0.1 * part.max(), 0, None)
    return float((weight * (np.arange(len(part)) + 0.5)).sum() / weight.sum())


def make_board(spec: DriveSpec, world: World, s: float) -> Renderer:
    """A renderer of `world` in which the only bright thing is a soft stripe across the road at s."""
    renderer = make_renderer(replace(spec, markings=Markings.NONE))
    ground = replace(renderer.ground, world=world)
    renderer = Renderer(ground, renderer.route)

    def stripe(level: int, where: Where, pose: Pose) -> tuple[NDArray[np.float32], Image]:
        half = 2.5 * (s - pose.s) ** 2 / (spec.focal_px * 1.3)  # 2.5 rows
        light = np.float32(0.9) * np.clip(1 - np.abs(where.along + np.float32(pose.s - s)) / np.float32(half), 0, 1)
        return np.repeat(light[..., None], 3, axis=2), np.zeros((*light.shape, 4), np.uint8)

    renderer._colour = stripe  # type: ignore[method-assign]
    renderer.panorama.picture[:] = 0
    return renderer


@pytest.mark.parametrize("distance", [5.0, 8.0, 12.0])
def test_what_lies_behind_a_step_appears_where_its_height_puts_it(distance: float) -> None:
    # joints 3 m before the stripe: up by 60 mm (the ground comes back to its height at the joint), or down by 60 mm
    for height_mm, up in ((60.0, 0.0), (-60.0, -0.030)):
        # 3 of the 6 m behind the joint, half of the way down is made up
        world = World((), (), (), (), (), (0.0, 0.0), 1, 3.25, steps=(Step(157.0 - 3.0, 0.0, height_mm, False),))
        camera = Camera.of(SPEC)
        view = make_board(SPEC, world, 157.0).view(middle(157.0 - distance), camera, 0)
        (column, row), (_, flat) = camera.project(np.array([[distance, 0.0, up], [distance, 0.0, 0.0]]))
        assert bright_row(view.picture, int(column)) == pytest.approx(row, abs=0.35)
        if up:  # the plane would be off by more than that: 430 px · 0.03 m / distance
            assert row - flat == pytest.approx(430 * 0.03 / distance, rel=0.2)


def test_a_cross_fall_is_in_the_geometry() -> None:
    world = World((), (), (), (), (), (0.0, 0.0), 1, 3.25, cross_fall_pct=4.0)
    camera = Camera.of(SPEC)
    motion = Motion(height_m=0.04 * 1.625)  # the car stands upright on its lane's middle
    view = make_board(SPEC, world, 158.0).view(middle(150.0), camera, 0, motion)
    for left in (1.2, -1.2):
        column, row = camera.project(np.array([[8.0, left, 0.04 * left]]))[0]
        assert bright_row(view.picture, int(column)) == pytest.approx(row, abs=0.35)
    upright = make_board(SPEC, world, 158.0).view(middle(150.0), camera, 0, replace(motion, lean=0.04))
    column, row = camera.project(np.array([[8.0, 1.2, 0.0]]))[0]
    assert bright_row(upright.picture, int(column)) == pytest.approx(row, abs=0.35)  # leaning with the road: flat


def test_a_rolling_shutter_sees_low_rows_later() -> None:
    spec = replace(SPEC, rolling_shutter_ms=30.0)
    flat = World((), (), (), (), (), (0.0, 0.0), 1, 3.25)
    camera = Camera.of(spec)
    for distance in (5.0, 8.0, 12.0):
        view = make_board(spec, flat, 157.0).view(middle(157.0 - distance), camera, 0, Motion(speed_mps=15.0))
        row = camera.project(np.array([[distance, 0.0, 0.0]]))[0, 1]
        for _ in range(5):  # a row is read (row / 320 - 1/2) · 30 ms after the frame's time, at 15 m/s
            driven = 15.0 * 0.030 * (row / 320 - 0.5)
            row = camera.project(np.array([[distance - driven, 0.0, 0.0]]))[0, 1]
        assert bright_row(view.picture, 256) == pytest.approx(row, abs=0.4)


def test_a_nodding_car_skews_a_rolling_shutters_picture() -> None:
    spec = replace(SPEC, rolling_shutter_ms=20.0)
    camera = Camera.of(spec)
    flat = World((), (), (), (), (), (0.0, 0.0), 1, 3.25)
    view = make_board(spec, flat, 155.0).view(middle(150.0), camera, 0, Motion(rise_rate=np.radians(20.0)))
    row = camera.project(np.array([[5.0, 0.0, 0.0]]))[0, 1]
    for _ in range(5):  # nose up at 20 degrees a second: 0.4 degrees from the first row to the last
        pitch = camera.pitch_deg - 20.0 * 0.020 * (row / 320 - 0.5)
        row = replace(camera, pitch_deg=pitch).project(np.array([[5.0, 0.0, 0.0]]))[0, 1]
    assert bright_row(view.picture, 256) == pytest.approx(row, abs=0.35)


def test_exposure_smears_along_the_motion_by_speed_times_time() -> None:
    spec = replace(SPEC, exposure_ms=10.0, width_px=1024, height_px=640)
    flat = World((), (), (), (), (), (0.0, 0.0), 1, 3.25)
    camera = Camera.of(spec)
    widths = []
    for speed in (0.0, 20.0):
        picture = make_board(spec, flat, 155.0).view(middle(150.0), camera, 0, Motion(speed_mps=speed)).picture
        rows = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[:, 512].astype(float)
        place = np.arange(len(rows)) + 0.5
        centre = (rows * place).sum() / rows.sum()
        widths.append(float((rows * (place - centre) ** 2).sum() / rows.sum()))
    near, far = camera.project(np.array([[4.9, 0.0, 0.0], [5.1, 0.0, 0.0]]))[:, 1]
    # 20 m/s · 10 ms = 0.2 m: a box of the rows between 4.9 and 5.1 m, variance length² / 12
    assert widths[1] - widths[0] == pytest.approx((near - far) ** 2 / 12, rel=0.15)


def test_the_shift_of_a_rut_between_two_frames_can_be_measured_in_the_pictures() -> None:
    """Plane plus parallax on rendered pixels: ruts of 20 mm, frames 1.5 m apart, both laid on the plane."""
    spec = replace(SPEC, width_px=1024, height_px=640, markings=Markings.NONE)
    world = World((), (), (), (), (), (20.0, 20.0), 1, 3.25)
    flat = make_renderer(spec)
    renderer = Renderer(replace(flat.ground, world=world), flat.route)
    pictures = [renderer.view(middle(position), Camera.of(spec), 0).picture for position in (150.5, 152.0)]
    s = np.arange(156.3, 157.9, 0.01)
    shifts, depths = [], []
    for aside in (0.85, -0.85, 0.0):  # the wheel paths, and between the two
        across = aside + np.arange(-0.15, 0.15, 0.01)
        far, near = (
            on_plane(pic, Camera.of(spec), s - at, across) for pic, at in zip(pictures, (150.5, 152.0), strict=True)
        )
        start = np.eye(2, 3, dtype=np.float32)
        _, warp = cv2.findTransformECC(far, near, start, cv2.MOTION_TRANSLATION, (3, 200, 1e-6))
        shifts.append(float(warp[1, 2]) * 0.01)
        depths.append(-float(height_m(world, s, 1.625 + across).mean()))
    # a point h below the plane appears (its distance) · h / H too near: 1.5 m · h / H further on in the nearer frame
    shift, depth = np.mean(shifts[:2]) - shifts[2], np.mean(depths[:2]) - depths[2]
    assert depth == pytest.approx(0.0175, abs=0.003)
    assert shift == pytest.approx(1.5 * depth / 1.3, rel=0.2)


def on_plane(
    picture: Image, camera: Camera, ahead: NDArray[np.float64], left: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The picture's brightness laid on the plane of the road, (ahead, left)."""
    grid = np.stack(np.broadcast_arrays(ahead[:, None], left[None, :], 0.0), axis=-1)
    pixels = camera.project(grid.reshape(-1, 3)).reshape(*grid.shape[:2], 2).astype(np.float32) - np.float32(0.5)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    laid = cv2.remap(grey, pixels[..., 0].copy(), pixels[..., 1].copy(), cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(laid, (0, 0), 1.5), np.float32)


def test_exposure_blur_is_the_mean_of_the_moments_it_lasts() -> None:
    spec = replace(SPEC, width_px=640, height_px=400, exposure_ms=6.0)
    mount = replace(SPEC.mount, yaw_deg=2.0, roll_deg=1.0)
    renderer = make_renderer(replace(spec, mount=mount), rut_mm=15.0)
    camera = Camera.of(renderer.spec)
    speed, nod = 14.0, np.radians(15.0)
    sharp = make_renderer(replace(spec, mount=mount, exposure_ms=0.0), rut_mm=15.0)
    moments = (np.arange(9) + 0.5) / 9 * 0.006 - 0.003
    mean = np.mean(
        [sharp.view(middle(150.0 + speed * t), camera, 0, Motion(rise=nod * t)).picture.astype(float) for t in moments],
        axis=0,
    )
    still = sharp.view(middle(150.0), camera, 0).picture
    blurred = renderer.view(middle(150.0), camera, 0, Motion(speed_mps=speed, rise_rate=nod)).picture
    near = slice(150, 400)
    error, effect = (np.abs(picture[near] - mean[near]).mean() for picture in (blurred, still))
    assert effect > 4
    # what is left (0.39) is grain near the pixel's size, of which the one sharp picture has only one sampling
    assert error < 0.45 * effect
