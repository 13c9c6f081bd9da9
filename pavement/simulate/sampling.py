"""What the renderer does to whole bands of pixels: look up pictures of the road, mix, darken, classify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.texture import FAR_M, GROUND_HALF_M, LEVELS, Pixels, Strip

Image = NDArray[np.uint8]
Floats32 = NDArray[np.float32]

LANE_UNTIL_M = 30.0  #: the class map shows the own lane up to here
CRACK_FROM, HOLE_FROM = 70, 128  #: of the detail picture's 255


@dataclass(frozen=True)
class Where:
    """Ground seen by some rows of pixels: metres along from the camera's foot, across the road, and ahead.

    `reach`: length along the rays = depth along the optical axis.
    """

    along: Floats32
    across: Floats32
    ahead: Floats32
    reach: Floats32


def blend(picture: Floats32, colour: Floats32, first: int, last: int, done: int) -> None:
    """Put `colour` on rows first to last; above row `done` it fades into what is there already."""
    overlap = max(min(done, last) - first, 0)
    weight = ((np.arange(overlap, dtype=np.float32) + np.float32(0.5)) / max(overlap, 1))[:, None, None]
    upper = picture[first : first + overlap]
    upper += (colour[:overlap] - upper) * weight
    picture[first + overlap : last] = colour[overlap:]


def darkening(detail: Image, grain: Floats32) -> Floats32:
    """Factor (h, w) of brightness: grain, cracks with their edges, and the ragged rims of holes."""
    factor = grain * (1 + np.float32(0.0005) * detail[..., 1].astype(np.float32) * grain)
    if detail[..., 0].any():
        crack = detail[..., 0].astype(np.float32) * np.float32(1 / 255)
        factor *= 1 - 0.86 * np.clip(crack * (1.75 - 0.75 * grain), 0, 1)
    if detail[..., 3].any():
        hole = detail[..., 3].astype(np.float32) * np.float32(1 / 255)
        factor *= 1 - 2.2 * hole * (1 - hole)
        factor = np.where(hole > 0, 1 + (factor - 1) * (1 + 0.9 * hole), factor)
    return factor


def classes_of(where: Where, detail: Image, middle_m: float, lane_width_m: float) -> Image:
    """Class map (h, w): 1 own lane (its middle `middle_m` left of the line), 2 crack, 3 pothole, 0 elsewhere."""
    inside = np.abs(where.across - np.float32(middle_m)) < lane_width_m / 2
    inside &= where.ahead < LANE_UNTIL_M
    classes = np.where(detail[..., 0] > CRACK_FROM, 2, 1)
    classes = np.where(detail[..., 3] > HOLE_FROM, 3, classes)
    return np.where(inside, classes, 0).astype(np.uint8)


def span(along: Floats32) -> tuple[float, float]:
    """The arc lengths, from the camera's foot, that a picture of the road must cover."""
    return max(float(along.min()), -FAR_M) - 0.1, min(float(along.max()), FAR_M) + 0.1


def fold(across: Floats32) -> Floats32:
    """Distances beyond the picture of the ground, mirrored back into its grassy border."""
    far = np.abs(across)
    back = GROUND_HALF_M - 2 + np.abs((far - (GROUND_HALF_M - 2)) % 6 - 3) * np.float32(0.6)
    return np.where(far > GROUND_HALF_M - 2, np.sign(across) * back, across)


def sample(strip: Strip[Pixels], where: Where, s: float, size_m: tuple[float, float], half_m: float) -> Pixels:
    """The strip's values at `where`; nothing (0) outside pictures of 4 channels, the nearest value outside others.

    `s`: arc length of the camera's foot. `size_m`: metres per pixel along and across. `half_m`: half the strip's width.
    """
    x = (half_m - where.across) * np.float32(1 / size_m[1]) - np.float32(0.5)
    y = (where.along + np.float32(s - strip.start_m)) * np.float32(1 / size_m[0]) - np.float32(0.5)
    border = cv2.BORDER_CONSTANT if strip.picture.shape[2:] == (4,) else cv2.BORDER_REPLICATE
    seen = cv2.remap(strip.picture, x, y, cv2.INTER_LINEAR, borderMode=border)
    return cast(Pixels, seen)


def grain_level(grain: Floats32, size_m: tuple[float, float]) -> Floats32:
    """The grain as it averages out at a level's resolution; contrast is kept up a little, as eyes and phones do."""
    finest = LEVELS[0].grain_m
    rows, columns = round(grain.shape[0] * finest[0] / size_m[0]), round(grain.shape[1] * finest[1] / size_m[1])
    small = np.asarray(cv2.resize(grain, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    averaged: Floats32 = 1 + (small - small.mean()) * np.float32(1.25)
    return averaged
