"""The pinhole camera above a flat road: pixels to rays, rays to the ground, ground points to pixels.

Vehicle frame: F forward, L left, U up, metres, origin on the ground below the camera. Camera frame: x right, y down,
z along the optical axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.simulate.spec import DriveSpec

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """A camera's geometry; angles in degrees with the signs of `Mount`, lengths in metres, the rest in pixels."""

    width_px: int
    height_px: int
    focal_px: float
    k1: float
    height_m: float
    pitch_deg: float
    roll_deg: float
    yaw_deg: float
    k2: float = 0.0

    @classmethod
    def of(cls, spec: DriveSpec) -> Camera:
        """The camera that `spec` describes, at rest."""
        mount = spec.mount
        return cls(
            spec.width_px,
            spec.height_px,
            spec.focal_px,
            mount.k1,
            mount.height_m,
            mount.pitch_deg,
            mount.roll_deg,
            mount.yaw_deg,
            mount.k2,
        )

    @property
    def centre_px(self) -> tuple[float, float]:
        """The principal point: the picture's centre."""
        return self.width_px / 2, self.height_px / 2

    def axes(self) -> Floats:
        """Rotation (3, 3): its columns are the camera's x, y and z axes in the vehicle frame."""
        pitch, roll, yaw = np.radians([self.pitch_deg, self.roll_deg, self.yaw_deg])
        ahead = np.array([np.cos(pitch) * np.cos(yaw), -np.cos(pitch) * np.sin(yaw), -np.sin(pitch)])
        right = np.array([-np.sin(yaw), -np.cos(yaw), 0.0])
        down = np.cross(ahead, right)
        return np.stack(
            [np.cos(roll) * right - np.sin(roll) * down, np.cos(roll) * down + np.sin(roll) * right, ahead], axis=1
        )

    def normalised(self) -> Floats32:
        """Undistorted image coordinates (2, h, w) of every pixel's middle, divided by the focal length."""
        cx, cy = self.centre_px
        u, v = np.meshgrid(np.arange(self.width_px) + 0.5, np.arange(self.height_px) + 0.5)
        seen = np.stack([u - cx, v - cy]) / self.focal_px
        ideal = seen
        for _ in range(6):
            radius2 = (ideal**2).sum(axis=0)
            ideal = seen / (1 + (self.k1 + self.k2 * radius2) * radius2)
        return ideal.astype(np.float32)

    def rays(self, normalised: Floats32, body: Floats | None = None) -> Floats32:
        """Directions (3, …) of undistorted image coordinates (2, …) in the vehicle frame, or as `body` (3, 3) turns it.

        Each is 1 long along the optical axis.
        """
        axes = (self.axes() if body is None else body @ self.axes()).astype(np.float32)
        x, y = normalised
        return np.stack([axes[i, 0] * x + axes[i, 1] * y + axes[i, 2] for i in range(3)])

    def project(self, points: Floats) -> Floats:
        """Pixels (n, 2) of points (n, 3) of the vehicle frame; NaN behind the camera."""
        inside = (points - np.array([0.0, 0.0, self.height_m])) @ self.axes()
        depth = np.where(inside[:, 2] > 0, inside[:, 2], np.nan)
        ideal = inside[:, :2] / depth[:, None]
        radius2 = (ideal**2).sum(axis=1, keepdims=True)
        seen = ideal * (1 + (self.k1 + self.k2 * radius2) * radius2)
        pixels: Floats = seen * self.focal_px + np.array(self.centre_px)
        return pixels

    def row_of(self, distance_m: float) -> float:
        """The row where the ground `distance_m` ahead appears in the middle of the picture."""
        return float(self.project(np.array([[distance_m, 0.0, 0.0]]))[0, 1])
