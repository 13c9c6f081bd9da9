"""How far the road's texture moves between two frames, in a picture of the plane that needs no focal length.

With the vanishing point (u0, v0) of the road known, q = 1 / (v − v0) grows linearly with the distance ahead and
x = (u − u0) / (v − v0) with the distance beside (exact for a pinhole over a plane; k1 and roll neglected):

    q = (Z cos θ + H sin θ) cos θ / (f H)        x = Y cos θ / H

So on a grid uniform in q and x the road moves as a whole, by Δq = d cos² θ / (f H) between frames d metres apart, and
focal length × height follows from the car's own travel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import atan2, cos

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Pair = tuple[NDArray[np.uint8], NDArray[np.uint8], float]  # earlier picture, later picture, metres between them

ROWS, COLUMNS = 256, 128
REACHES = (4.0, 8.0)  #: grids reach so many times as far as the picture's lower edge: high and low mounts
PLAUSIBLE = (0.5, 2.5)  #: focal length over the picture's width: phones and survey cameras
HALF_WIDTH = 0.55  #: of x at the lower edge: about a lane on phones' mounts
MIN_CORRELATION = 0.25
MAX_SIDE = 8  #: columns that the texture may move sideways (the car wanders)
MIN_PAIRS = 6
AGREEMENT = 0.45  #: pairs farther than this from the median do not count; triggers and fixes vary by a metre or two


@dataclass(frozen=True)
class Moved:
    """The shift of one pair: Δq in 1/px, and the correlation of the shifted textures."""

    dq: float
    correlation: float


def flatten(image: NDArray[np.uint8], u0: float, v0: float, reach: float) -> Floats:
    """The road on the grid (ROWS, COLUMNS), near rows first; markings along the road and light are taken out."""
    height, width = image.shape[:2]
    near = 1 / (height - v0)
    q = np.linspace(near, reach * near, ROWS)
    half = HALF_WIDTH * width * near
    x = np.linspace(-half, half, COLUMNS)
    v = (v0 + 1 / q)[:, None].repeat(COLUMNS, 1)
    u = u0 + x[None] / q[:, None]
    grey = ndimage.map_coordinates(image.mean(2), [v, u], order=1, mode="nearest")
    grey -= ndimage.uniform_filter(grey, (31, 15), mode="nearest")
    grey -= np.median(grey, axis=0)
    spread = np.sqrt(ndimage.uniform_filter(grey**2, (31, 15), mode="nearest")) + 2.0
    return np.asarray(np.clip(grey / spread, -3, 3))


def texture_shift(earlier: Floats, later: Floats, step: float, limits: tuple[float, float]) -> Moved | None:
    """The shift between two flattened frames whose rows are `step` apart in q; None where their textures do not agree.

    `limits`: the least and the greatest Δq that any plausible camera gives; what stands still (the lens's own dirt, the
    grid) would answer outside.
    """
    first, last = max(int(limits[0] / step), 2), min(int(limits[1] / step) + 2, ROWS * 3 // 4)
    if last - first < 3:
        return None
    shape = (2 * ROWS, 2 * COLUMNS)
    spectrum = np.fft.rfft2(earlier, shape) * np.conj(np.fft.rfft2(later, shape))
    surface = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-6), shape)
    surface = ndimage.gaussian_filter(surface, 1.0, mode="wrap")
    side = np.r_[0 : MAX_SIDE + 1, -MAX_SIDE:0]
    window = surface[first:last][:, side]
    row, column = np.unravel_index(int(window.argmax()), window.shape)
    rows, columns = int(row) + first, int(side[column])
    correlation = overlap_correlation(earlier, later, rows, columns)
    if correlation < MIN_CORRELATION:
        return None
    return Moved((rows + peak_offset(surface[:, columns], rows)) * step, correlation)


def overlap_correlation(earlier: Floats, later: Floats, rows: int, columns: int) -> float:
    """Correlation of the parts that overlap when `later` is moved `rows` away and `columns` aside."""
    a = earlier[rows:, max(columns, 0) : COLUMNS + min(columns, 0)]
    b = later[: ROWS - rows, max(-columns, 0) : COLUMNS - max(columns, 0)]
    a, b = (ndimage.gaussian_filter(part, 1.0) for part in (a, b))
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def peak_offset(line: Floats, at: int) -> float:
    """Sub-sample place of a maximum by a parabola, -0.5 … 0.5."""
    before, here, after = line[at - 1], line[at], line[at + 1]
    bend = before - 2 * here + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0


@dataclass(frozen=True)
class Plane:
    """What the lane's edges tell of the mount (`camera.LaneEdges`), and the lane's width."""

    u0: float
    v0: float
    opening: float  #: lane width · cos θ / height
    lane_width_m: float
    width: int
    height: int
    cy_px: float

    def row_step(self, reach: float) -> float:
        """Δq between rows of the grid."""
        return (reach - 1) / (self.height - self.v0) / (ROWS - 1)

    def focal(self, metres: float, dq: float) -> float:
        """F = d cos θ · opening / (Δq · lane width), with tan θ = (cy − v0) / f."""
        flat = metres * self.opening / (dq * self.lane_width_m)
        focal = flat
        for _ in range(20):
            focal = flat * cos(atan2(self.cy_px - self.v0, focal))
        return focal

    def dq_limits(self, metres: float) -> tuple[float, float]:
        """The least and greatest Δq of plausible focal lengths."""
        at_one = metres * self.opening / self.lane_width_m
        low, high = (share * self.width for share in PLAUSIBLE)
        return (
            at_one * cos(atan2(self.cy_px - self.v0, high)) / high,
            at_one * cos(atan2(self.cy_px - self.v0, low)) / low,
        )


@dataclass(frozen=True)
class FocalEstimate:
    """Focal length in pixels, its relative error (1 sigma), and the pairs that agreed."""

    focal_px: float
    relative_sd: float
    pairs: int


def focal_from_motion(pairs: Iterable[Pair], plane: Plane) -> FocalEstimate | None:
    """Focal length from pairs of pictures and the metres between them; None where too few agree."""
    shifts: dict[float, list[tuple[float, Moved]]] = {reach: [] for reach in REACHES}
    for earlier, later, metres in pairs:
        for reach, found in shifts.items():
            a, b = (flatten(image, plane.u0, plane.v0, reach) for image in (earlier, later))
            if moved := texture_shift(a, b, plane.row_step(reach), plane.dq_limits(metres)):
                found.append((metres, moved))
    estimates = [estimate for found in shifts.values() if (estimate := agree(found, plane))]
    return max(estimates, key=lambda estimate: estimate.pairs, default=None)


def agree(shifts: list[tuple[float, Moved]], plane: Plane) -> FocalEstimate | None:
    """One focal length for all pairs near their median; None where they do not agree."""
    ratios = np.array([metres / moved.dq for metres, moved in shifts])
    if len(ratios) < MIN_PAIRS:
        return None
    middle = float(np.median(ratios))
    good = np.abs(ratios / middle - 1) < AGREEMENT
    if good.sum() < max(MIN_PAIRS, len(ratios) / 2):
        return None
    metres = sum(each for (each, _), use in zip(shifts, good, strict=True) if use)
    dq = sum(moved.dq for (_, moved), use in zip(shifts, good, strict=True) if use)
    focal = plane.focal(metres, dq)
    if not PLAUSIBLE[0] * 1.05 < focal / plane.width < PLAUSIBLE[1] * 0.95:
        return None  # at the search's edge: not a maximum
    return FocalEstimate(focal, float(ratios[good].std() / middle / np.sqrt(good.sum())), int(good.sum()))
