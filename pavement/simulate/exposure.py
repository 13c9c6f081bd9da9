"""What the phone makes of the light: lens blur, vignetting, exposure, noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.spec import DriveSpec

Image = NDArray[np.uint8]
Floats32 = NDArray[np.float32]


class Exposure:
    """Develops pictures; frame `index` always gets the same noise."""

    def __init__(self, spec: DriveSpec) -> None:
        self.spec = spec
        rng = np.random.default_rng([spec.seed, 10])
        height, width = spec.height_px, spec.width_px
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        radius2 = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
        self.vignette: Floats32 = ((1 - 0.20 * radius2) * 255).astype(np.float32)[..., None]
        noise = rng.normal(0, 1, (height + 64, width + 64, 1)) + 0.5 * rng.normal(0, 1, (height + 64, width + 64, 3))
        self.noise = (np.asarray(cv2.GaussianBlur(noise, (3, 3), 0.6)) * 3.0 * spec.noise).astype(np.float32)
        self.balance = (1 + rng.normal(0, 0.012, 3)).astype(np.float32)

    def develop(self, picture: Floats32, index: int) -> Image:
        """BGR uint8 (h, w, 3) of linear-ish BGR 0-1."""
        rng = np.random.default_rng([self.spec.seed, 11, index])
        gain = self.spec.brightness * (1 + 0.03 * rng.normal())
        seen = cv2.multiply(picture, self.vignette * (np.float32(gain) * self.balance))
        if self.spec.motion_blur_px > 1:
            size = int(self.spec.motion_blur_px)
            seen = cv2.blur(seen, (1, size))
        seen = cv2.GaussianBlur(seen, (3, 3), 0.45 * self.spec.width_px / 1024 + 0.05)
        top, left = rng.integers(0, 64, 2)
        seen = cv2.add(seen, self.noise[top : top + seen.shape[0], left : left + seen.shape[1]])
        return np.asarray(cv2.convertScaleAbs(np.maximum(seen, 0)), np.uint8)
