"""Two frames laid on one assumed road plane, and the pixels of both that show the same texture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot, radians

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.camera.pinhole import Camera
from pavement.motion import Pair, block_means, block_shifts, level, whole_shift
from pavement.overlap import CORES, in_order

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

WORK_WIDTH = 1024  #: pictures are averaged down to about so many columns
GRID = (320, 160)  #: rows and columns of a picture of the plane
COARSE_GRID = (160, 80)
REACH = 8.0  #: pictures of the plane reach so many times as far as the nearest road that is seen
HEIGHTS_M = (0.7, 3.5)  #: of plausible mounts
SOFT_PX = (1.6, 0.8)  #: blur of near road, which the grid samples more coarsely than the picture shows it
COARSE_ROWS = 2.5  #: pixels a grid row from which it is taken from the blurred picture
MIN_BLOCKS = 12
SEARCHED_DEG = np.arange(1.0, 33.0, 1.0)  #: pitches that are tried where no edge tells
SEARCHED_PAIRS = 8


@dataclass(frozen=True)
class GreyPair:
    """Grey pictures (h, w) of work size, and the metres between them."""

    earlier: NDArray[np.uint8]
    later: NDArray[np.uint8]
    metres: float


@dataclass(frozen=True)
class Matches:
    """Pixels (n, 2) of the same texture in the later and the earlier frame; the whole shift in camera heights."""

    later: Floats
    earlier: Floats
    way: float
    correlation: float
    metres: float


@dataclass(frozen=True)
class _Plane:
    """A grid on the road below a camera of height 1."""

    camera: Camera
    forward: Floats
    right: Floats

    @classmethod
    def of(cls, camera: Camera, grid: tuple[int, int]) -> _Plane | None:
        """The road that `camera` sees, from the lower edge of its picture on; None where it sees none."""
        camera = replace(camera, height_m=1.0)
        near = float(camera.ground(camera.cx_px, camera.height - 2)[0])
        if not 0.1 < near < 20:
            return None
        half = 0.55 * camera.width / camera.focal_px * hypot(near, 1)
        return cls(camera, np.linspace(near, near * REACH, grid[0]), np.linspace(-half, half, grid[1]))

    @property
    def steps(self) -> tuple[float, float]:
        """Between rows and between columns."""
        return float(self.forward[1] - self.forward[0]), float(self.right[1] - self.right[0])

    def look(self, grey: NDArray[np.uint8]) -> Floats:
        """The levelled texture (rows, columns) of a picture."""
        u, v = self.camera.pixel(*np.meshgrid(self.forward, self.right, indexing="ij"))
        sharp: Floats32 = grey.astype(np.float32)
        soft = ndimage.gaussian_filter(sharp, SOFT_PX)
        seen, near = (
            ndimage.map_coordinates(each, [v - 0.5, u - 0.5], order=1, mode="nearest") for each in (sharp, soft)
        )
        flat = np.where(np.abs(np.gradient(v, axis=0)) > COARSE_ROWS, near, seen).astype(float)
        outside = (u < 1) | (u > self.camera.width - 1)
        flat[outside] = np.median(flat[~outside]) if not outside.all() else 0.0
        return level(flat)

    def shift(self, pair: GreyPair) -> tuple[int, int, float] | None:
        """The whole shift of a pair, as `whole_shift` tells it."""
        return whole_shift(self.look(pair.earlier), self.look(pair.later), self.limits(pair.metres))

    def limits(self, metres: float) -> tuple[int, int]:
        """The least and the greatest shift in rows that a plausible height gives."""
        step = self.steps[0]
        return int(metres / HEIGHTS_M[1] / step), int(metres / HEIGHTS_M[0] / step) + 1


def grey_pairs(pairs: Iterable[Pair]) -> tuple[list[GreyPair], int]:
    """The pairs in grey at work size, and how many pixels of the photo are one of theirs."""
    found: list[GreyPair] = []
    factor = 1
    for earlier, later, metres in pairs:
        factor = max(round(earlier.shape[1] / WORK_WIDTH), 1)
        grey = [block_means(each, factor).astype(np.uint8) for each in (earlier, later)]
        found.append(GreyPair(grey[0], grey[1], metres))
    return found, factor


def match_pair(pair: GreyPair, camera: Camera) -> Matches | None:
    """The same texture in both frames of a pair; None where they do not agree on a plane under this camera."""
    plane = _Plane.of(camera, GRID)
    if plane is None:
        return None
    earlier, later = plane.look(pair.earlier), plane.look(pair.later)
    found = whole_shift(earlier, later, plane.limits(pair.metres))
    if found is None:
        return None
    middles, moved = block_shifts(earlier, later, found[0], found[1])
    if len(middles) < MIN_BLOCKS:
        return None
    step, side = plane.steps
    forward, right = plane.forward[0] + middles[:, 0] * step, plane.right[0] + middles[:, 1] * side
    return Matches(
        later=np.stack(plane.camera.pixel(forward, right), axis=1),
        earlier=np.stack(plane.camera.pixel(forward + moved[:, 0] * step, right + moved[:, 1] * side), axis=1),
        way=found[0] * step,
        correlation=found[2],
        metres=pair.metres,
    )


def search_pitch(pairs: Sequence[GreyPair], camera: Camera) -> Camera | None:
    """`camera` with the pitch under which the pairs' textures agree best; None where they agree under none.

    For roads without edges: on a wrong plane near and far texture move differently, and no one shift fits.
    """
    some = pairs[:: max(len(pairs) // SEARCHED_PAIRS, 1)][:SEARCHED_PAIRS]
    scores = np.zeros(len(SEARCHED_DEG))
    for number, pitch in enumerate(SEARCHED_DEG):
        plane = _Plane.of(replace(camera, pitch=radians(float(pitch)), yaw=0.0), COARSE_GRID)
        if plane is None:
            continue
        for found in in_order(plane.shift, some, workers=CORES):
            scores[number] += found[2] if found else 0.0
    best = int(scores.argmax())
    if np.count_nonzero(scores) == 0 or scores[best] < 0.25 * len(some):
        return None
    return replace(camera, pitch=radians(float(SEARCHED_DEG[best])), yaw=0.0)
