"""How far the car went between two pictures, in camera heights, before anything is known of the camera.

The road is laid on a plane under a camera of an ordinary lens; the pitch is the one under which neighbouring pictures
agree best. The lens being a guess the ways are true to one unknown factor, which is all that comparing them with a
track's speed needs (`pavement.time_offset`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, radians

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.camera.pinhole import Camera
from pavement.drive import CameraFacts
from pavement.motion import block_means, level, whole_shift
from pavement.overlap import CORES, in_order

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]

WORK_WIDTH = 512  #: pictures are averaged down to about so many columns
GRID = (160, 80)  #: rows and columns of a picture of the plane
REACH = 8.0  #: it reaches so many times as far as the nearest road that is seen
LENS = 0.8  #: focal length of an ordinary phone in widths of its picture
PITCHES_DEG = np.arange(2.0, 40.0, 2.0)
FINER_DEG = (-1.0, 0.0, 1.0)
LEAST_AGREEMENT = 0.25  #: mean correlation of the pictures under the best pitch
SAME = 0.9  #: correlation of two pictures laid over each other from which the car stood still
NEAREST_ROWS = 2  #: shifts that are less look like dirt on the glass


@dataclass(frozen=True)
class Flow:
    """From one picture to the next: metres along and to the right per metre of camera height, and the correlation.

    `way` NaN: the textures do not agree.
    """

    way: float
    aside: float
    correlation: float


NO_FLOW = Flow(float("nan"), float("nan"), 0.0)


@dataclass(frozen=True)
class FlowMeter:
    """Measures flow under one assumed camera; `u`, `v` (rows, columns) are where its plane is looked at."""

    camera: Camera
    u: Floats
    v: Floats
    steps: tuple[float, float]

    @classmethod
    def of(cls, camera: Camera) -> FlowMeter | None:
        """A meter for pictures of the camera's size; None where it sees no road."""
        camera = replace(camera, height_m=1.0)
        near = float(camera.ground(camera.cx_px, camera.height - 2)[0])
        far = float(camera.ground(camera.cx_px, 1.0)[0])
        if not 0.1 < near < 20:
            return None
        far = min(near * REACH, far) if far > near else near * REACH
        half = 0.55 * camera.width / camera.focal_px * hypot(near, 1)
        forward, right = np.linspace(near, far, GRID[0]), np.linspace(-half, half, GRID[1])
        u, v = camera.pixel(*np.meshgrid(forward, right, indexing="ij"))
        return cls(camera, u, v, (float(forward[1] - forward[0]), float(right[1] - right[0])))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the pictures that it looks at."""
        return self.camera.height, self.camera.width

    def look(self, grey: Floats) -> Floats:
        """The levelled texture (rows, columns) of a picture that `shrink` made."""
        seen = ndimage.map_coordinates(grey, [self.v - 0.5, self.u - 0.5], order=1, mode="nearest")
        outside = (self.u < 1) | (self.u > self.camera.width - 1)
        seen[outside] = np.median(seen[~outside]) if not outside.all() else 0.0
        return level(np.asarray(seen, np.float64))

    def flow(self, earlier: Floats, later: Floats) -> Flow:
        """From one look to the next."""
        still = _correlation(earlier, later)
        if still >= SAME:
            return Flow(0.0, 0.0, still)
        found = whole_shift(earlier, later, (NEAREST_ROWS, GRID[0]))
        if found is None or found[0] <= NEAREST_ROWS + 1:  # the flank of what stands still, not a shift
            return NO_FLOW
        return Flow(found[0] * self.steps[0], found[1] * self.steps[1], found[2])


def shrink(image: Picture) -> Floats:
    """A picture (h, w, 3) or (h, w) in grey, averaged down to about `WORK_WIDTH` columns."""
    factor = max(round(image.shape[1] / WORK_WIDTH), 1)
    return block_means(image[..., 1] if image.ndim == 3 else image, factor).astype(np.float64)


def find_meter(pairs: Sequence[tuple[Floats, Floats]], facts: CameraFacts, full_width: int) -> FlowMeter | None:
    """The meter under which the pairs (earlier, later), shrunk from pictures `full_width` wide, agree best.

    Focal length and pitch that drive.toml gives are taken. None where they agree under no pitch.
    """
    rows, columns = pairs[0][0].shape
    focal = (facts.focal_px or LENS * full_width) * columns / full_width
    camera = Camera(columns, rows, focal, columns / 2, rows / 2, 1.0, 0.0)
    if facts.pitch_deg is not None:
        return FlowMeter.of(replace(camera, pitch=radians(facts.pitch_deg)))

    def agreement(degrees: float) -> float:
        meter = FlowMeter.of(replace(camera, pitch=radians(degrees)))
        if meter is None:
            return -1.0
        return sum(meter.flow(meter.look(a), meter.look(b)).correlation for a, b in pairs) / len(pairs)

    best, score = 0.0, -1.0
    for angles in (PITCHES_DEG, FINER_DEG):
        tried = [(best if angles is FINER_DEG else 0.0) + float(angle) for angle in angles]
        for angle, found in zip(tried, in_order(agreement, tried, workers=CORES), strict=True):
            if found > score:
                best, score = angle, found
    return FlowMeter.of(replace(camera, pitch=radians(best))) if score >= LEAST_AGREEMENT else None


def _correlation(a: Floats, b: Floats) -> float:
    spread = float(np.sqrt((a**2).mean() * (b**2).mean()))
    return float((a * b).mean()) / spread if spread > 1e-9 else 0.0
