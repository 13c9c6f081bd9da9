"""The camera against the same formulas written in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pavement.simulate.camera import Camera

CAMERA = Camera(1024, 640, 860.0, -0.02, 1.4, 14.0, 0.0, 0.0)


def pixel_by_hand(camera: Camera, forward: float, left: float, up: float) -> tuple[float, float]:
    """Rotate step by step: yaw (to the right), pitch (down), roll (left side down); then distort."""
    yaw, pitch, roll = (np.radians(angle) for angle in (camera.yaw_deg, camera.pitch_deg, camera.roll_deg))
    right, down = -left, camera.height_m - up
    forward, right = forward * np.cos(yaw) + right * np.sin(yaw), right * np.cos(yaw) - forward * np.sin(yaw)
    depth, down = forward * np.cos(pitch) + down * np.sin(pitch), down * np.cos(pitch) - forward * np.sin(pitch)
    x, y = right * np.cos(roll) - down * np.sin(roll), down * np.cos(roll) + right * np.sin(roll)
    x, y = x / depth, y / depth
    stretch = 1 + camera.k1 * (x * x + y * y)
    return 512 + camera.focal_px * x * stretch, 320 + camera.focal_px * y * stretch


@pytest.mark.parametrize(
    "camera",
    [CAMERA, replace(CAMERA, roll_deg=3.0), replace(CAMERA, yaw_deg=-4.0), replace(CAMERA, yaw_deg=2.0, roll_deg=-1.5)],
)
@pytest.mark.parametrize("point", [(5.0, 1.0, 0.0), (3.0, -1.2, 0.0), (20.0, 2.0, 0.0), (8.0, 0.0, 0.5)])
def test_a_ground_point_lands_on_the_expected_pixel(camera: Camera, point: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(camera.project(np.array([point]))[0], pixel_by_hand(camera, *point), atol=1e-6)


def test_straight_ahead_without_pitch_is_the_middle_column_below_the_horizon() -> None:
    level = replace(CAMERA, pitch_deg=0.0, k1=0.0)
    # 860 px · 1.4 m / 10 m = 120.4 px below the horizon, which is row 320
    np.testing.assert_allclose(level.project(np.array([[10.0, 0.0, 0.0]]))[0], (512.0, 440.4))
    assert level.row_of(1e6) == pytest.approx(320.0, abs=0.01)


def test_positive_roll_lowers_the_left_side_of_the_camera() -> None:
    rolled = replace(CAMERA, roll_deg=2.0)
    left, right = rolled.project(np.array([[10.0, 2.0, 0.0], [10.0, -2.0, 0.0]]))
    assert right[1] > left[1]  # what is on the right appears lower


def test_rays_undo_the_projection() -> None:
    camera = replace(CAMERA, roll_deg=1.0, yaw_deg=0.7)
    rays = camera.rays(camera.normalised())
    row, column = 500, 700
    ray = rays[:, row, column].astype(float)
    ground = np.array([[0.0, 0.0, camera.height_m]]) + ray * camera.height_m / -ray[2]
    np.testing.assert_allclose(camera.project(ground)[0], (column + 0.5, row + 0.5), atol=0.01)
