"""What stands above the road: sky and a line of trees, as a panorama around the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.noise import periodic

Floats32 = NDArray[np.float32]

DEGREE_PX = 9  #: pixels of the panorama per degree
LOW_DEG, HIGH_DEG = -3.0, 30.0


class Panorama:
    """A picture of the surroundings by azimuth (left of 下り, degrees) and elevation (degrees)."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 8])
        rows, columns = round((HIGH_DEG - LOW_DEG) * DEGREE_PX), 360 * DEGREE_PX
        elevation = HIGH_DEG - (np.arange(rows) + 0.5) / DEGREE_PX
        sky = np.array([0.93, 0.88, 0.82]) + np.outer(np.clip(elevation / 40, 0, 1), [-0.05, -0.16, -0.27])
        clouds = 0.05 * periodic(rows, columns, 1.5, rng)[..., None]
        picture = np.clip(sky[:, None, :] + clouds, 0, 1)
        azimuth = np.arange(columns) / DEGREE_PX
        beside = np.abs(np.sin(np.radians(azimuth)))  # 0 along the road, 1 across it
        outline = periodic(4, columns, 1.1, rng)[0]
        top = 1.2 + 9.5 * np.clip(beside * 1.6, 0, 1) * (1 + 0.22 * outline) + 0.35 * outline
        leaves = periodic(rows, columns, 0.7, rng)
        over = (elevation[:, None] - top[None, :] + 0.5 * leaves) * 2.5
        wood = np.array([0.20, 0.29, 0.22]) * (1 + 0.38 * leaves[..., None])
        wood *= (0.75 + 0.25 * np.clip(elevation / 8, 0, 1))[:, None, None]
        haze = np.exp(-beside * 3)[None, :, None] * 0.35
        wood = wood * (1 - haze) + haze * sky[:, None, :]
        share = np.clip(0.5 - over, 0, 1)[..., None]
        self.picture: Floats32 = np.clip(picture * (1 - share) + wood * share, 0, 1).astype(np.float32)

    def look(self, rays: Floats32, yaw: float) -> Floats32:
        """BGR 0-1 (h, w, 3) along rays (3, h, w) of a car that points `yaw` radians to the left of 下り."""
        azimuth = np.degrees(np.arctan2(rays[1], rays[0]) + yaw) % 360
        elevation = np.degrees(np.arctan2(rays[2], np.hypot(rays[0], rays[1])))
        x = (azimuth * DEGREE_PX - 0.5).astype(np.float32)
        y = ((HIGH_DEG - elevation) * DEGREE_PX - 0.5).astype(np.float32)
        seen = cv2.remap(self.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float32)
