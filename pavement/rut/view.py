"""One frame laid on the road plane: grey values at ground points, and the texture that is left without light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.camera import Camera

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]

FOOTPRINT_M = 0.08  #: a pixel that covers more road than this is too far away
LOCAL_M = 0.30  #: light and contrast are levelled within windows of this size
LEAST_CONTRAST = 1.5  #: grey levels; weaker texture is not amplified further
EDGE_PX = 4.0


@dataclass(frozen=True)
class RoadView:
    """A frame as cubic spline coefficients (rows, width) of its grey values from row `first_row` down."""

    coefficients: Floats32
    first_row: int
    camera: Camera

    @classmethod
    def of(cls, image: Image, camera: Camera) -> RoadView:
        """The view of a BGR picture (h, w, 3) whose camera is `camera`."""
        if image.shape[:2] != (camera.height, camera.width):
            raise ValueError(
                f"the camera is for pictures of shape ({camera.height}, {camera.width}), but got {image.shape[:2]}"
            )
        _, top = camera.pixel(far_limit_m(camera) + 0.5, 0.0)
        first = int(np.clip(float(top) - 20, 0, camera.height - 32))
        grey = image[first:].astype(np.float32).sum(2) / 3
        return cls(np.asarray(ndimage.spline_filter(grey, order=3, output=np.float32)), first, camera)

    def look(self, forward: Floats, right: Floats) -> Floats32:
        """Grey values at ground points; NaN where the picture does not show them."""
        u, v = self.camera.pixel(forward, right)
        seen = (u > EDGE_PX) & (u < self.camera.width - EDGE_PX) & (v < self.camera.height - EDGE_PX)
        seen &= v > self.first_row + EDGE_PX
        grey = ndimage.map_coordinates(
            self.coefficients, [v - 0.5 - self.first_row, u - 0.5], order=3, prefilter=False, mode="nearest"
        )
        return np.where(seen, grey, np.float32(np.nan)).astype(np.float32)


def far_limit_m(camera: Camera) -> float:
    """The distance ahead where a pixel covers `FOOTPRINT_M` of the road: (x² + H²) / (f H) metres a pixel."""
    square = FOOTPRINT_M * camera.focal_px * camera.height_m - camera.height_m**2
    return float(np.sqrt(max(square, 0.0)))


def near_limit_m(camera: Camera, right_m: float = 0.0) -> float:
    """The nearest road that the picture shows `right_m` beside the camera."""
    for forward in np.arange(0.5, 12.0, 0.05):
        u, v = camera.pixel(forward, right_m)
        if EDGE_PX < float(u) < camera.width - EDGE_PX and float(v) < camera.height - EDGE_PX:
            return float(forward)
    return 12.0


def texture(grey: Floats32, step_m: float) -> Floats32:
    """Grey values levelled in mean and contrast within `LOCAL_M`, about -3 … 3; 0 where nothing was seen."""
    size = max(round(LOCAL_M / step_m), 3)
    seen = np.isfinite(grey)
    filled = np.where(seen, grey, 0).astype(np.float32)
    share = np.maximum(ndimage.uniform_filter(seen.astype(np.float32), size), np.float32(1e-3))
    rest = np.where(seen, filled - ndimage.uniform_filter(filled, size) / share, 0)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(rest * rest, size) / share, 0)) + np.float32(LEAST_CONTRAST)
    return np.asarray(np.clip(rest / spread, -3, 3), np.float32)
