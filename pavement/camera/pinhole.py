"""The pinhole over a flat road: pixels to ground points and back.

Ground coordinates: forward and right of the point below the camera, metres. Pitch positive = looking down.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A mounted camera. Sizes and focal length in pixels of the photo, angles in radians."""

    width: int
    height: int
    focal_px: float
    cx_px: float
    cy_px: float
    height_m: float
    pitch: float
    roll: float = 0.0
    yaw: float = 0.0
    k1: float = 0.0

    def ground(self, u: ArrayLike, v: ArrayLike) -> tuple[Floats, Floats]:
        """(forward, right) in metres where the rays of pixels meet the road; NaN above the horizon."""
        x = (np.asarray(u, float) - self.cx_px) / self.focal_px
        y = (np.asarray(v, float) - self.cy_px) / self.focal_px
        if self.k1:
            radius = x**2 + y**2
            x, y = x / (1 + self.k1 * radius), y / (1 + self.k1 * radius)
        x, y = x * cos(self.roll) + y * sin(self.roll), y * cos(self.roll) - x * sin(self.roll)
        down = y * cos(self.pitch) + sin(self.pitch)
        scale = self.height_m / np.where(down > 1e-6, down, np.nan)
        forward, right = scale * (cos(self.pitch) - y * sin(self.pitch)), scale * x
        return (
            np.asarray(forward * cos(self.yaw) - right * sin(self.yaw)),
            np.asarray(forward * sin(self.yaw) + right * cos(self.yaw)),
        )

    def pixel(self, forward: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
        """(u, v) of ground points; the inverse of `ground` (k1 to first order)."""
        f0, r0 = np.asarray(forward, float), np.asarray(right, float)
        f = f0 * cos(self.yaw) + r0 * sin(self.yaw)
        r = r0 * cos(self.yaw) - f0 * sin(self.yaw)
        depth = f * cos(self.pitch) + self.height_m * sin(self.pitch)
        x, y = r / depth, (self.height_m * cos(self.pitch) - f * sin(self.pitch)) / depth
        x, y = x * cos(self.roll) - y * sin(self.roll), y * cos(self.roll) + x * sin(self.roll)
        bent = 1 + self.k1 * (x**2 + y**2)
        return np.asarray(self.cx_px + self.focal_px * x * bent), np.asarray(self.cy_px + self.focal_px * y * bent)
