"""A road with ruts, photographed by ray casting: small, exact, and not the simulator's code."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.camera import Camera

Floats = NDArray[np.float64]
WHEEL_M, SIGMA_M = 0.85, 0.22
GRAIN_M = 0.01


def make_camera(**changes: float) -> Camera:
    """A phone's camera, 800 by 500 pixels."""
    values: dict[str, float] = {"focal_px": 680.0, "height_m": 1.4, "pitch": radians(14), **changes}
    return Camera(width=800, height=500, cx_px=400.0, cy_px=250.0, **values)


def make_grain(seed: int = 1) -> Floats:
    """Asphalt (rows along, columns across) of `GRAIN_M`, grey values around 100."""
    noise = np.random.default_rng(seed).normal(0, 1, (2500, 700))
    return 100 + 22 * noise + 25 * ndimage.gaussian_filter(noise, 1.5) / 0.19


def road_height_m(right: Floats, depth_m: float, crown_pct: float = 0.0) -> Floats:
    """Two troughs, and a roof whose ridge is at the lane's left edge."""
    ruts = sum(np.exp(-((right - side) ** 2) / (2 * SIGMA_M**2)) for side in (-WHEEL_M, WHEEL_M))
    return np.asarray(-depth_m * ruts - crown_pct / 100 * (right + 1.6))


def photograph(
    grain: Floats, camera: Camera, along_m: float, depth_m: float, *, noise: float = 0.0, crown_pct: float = 0.0
) -> NDArray[np.uint8]:
    """BGR picture of the road from `along_m` on; four rays a pixel."""
    fine = 2
    u, v = np.meshgrid((np.arange(camera.width * fine) + 0.5) / fine, (np.arange(camera.height * fine) + 0.5) / fine)
    x, y = (u - camera.cx_px) / camera.focal_px, (v - camera.cy_px) / camera.focal_px
    down = y * cos(camera.pitch) + sin(camera.pitch)
    ahead = cos(camera.pitch) - y * sin(camera.pitch)
    reach = camera.height_m / np.maximum(down, 0.05)
    for _ in range(5):
        reach = (camera.height_m - road_height_m(x * reach, depth_m, crown_pct)) / np.maximum(down, 0.05)
    at = [(along_m + ahead * reach) / GRAIN_M, x * reach / GRAIN_M + grain.shape[1] / 2]
    seen = ndimage.map_coordinates(grain, at, order=1, mode="grid-wrap")
    seen = seen.reshape(camera.height, fine, camera.width, fine).mean((1, 3))
    seen = seen + np.random.default_rng(int(along_m * 100)).normal(0, max(noise, 1e-9), seen.shape)
    return np.asarray(np.clip(np.repeat(seen[..., None], 3, 2), 0, 255), np.uint8)
