"""How the road's texture moves between two frames that were laid on the road plane (pavement.camera.plane).

On the true plane the car's own travel is one shift along the road. It is found for the whole first, then block by
block around it: what differs from block to block tells how the assumed plane differs from the true one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Pair = tuple[NDArray[np.uint8], NDArray[np.uint8], float]  # earlier picture, later picture, metres between them

WINDOW = (41, 21)  #: rows and columns within which light and contrast are levelled
BLOCK = 20  #: rows and columns of a block
MAX_SIDE = 14  #: columns that the whole may move sideways (the car wanders, the camera looks aside)
SEARCH = (7, 6)  #: rows and columns around the whole shift in which a block is looked for
MIN_CORRELATION = 0.20  #: of the whole
MIN_BLOCK = 0.35  #: of a block


def block_means(picture: NDArray[np.uint8], factor: int) -> NDArray[np.float32]:
    """Means over squares of `factor` pixels of a picture (h, w) or, over its channels too, (h, w, c).

    Added whole first, which is exact in any order; what fills no square is left out.

    >>> block_means(np.arange(10, dtype=np.uint8).reshape(2, 5), 2).tolist()
    [[3.0, 5.0]]
    """
    rows, columns = (size // factor * factor for size in picture.shape[:2])
    planes = np.moveaxis(picture.reshape(*picture.shape[:2], -1)[:rows, :columns], 2, 0)
    total = np.zeros((rows // factor, columns // factor), np.uint32)
    for plane in planes:
        for i, j in np.ndindex(factor, factor):
            total += plane[i::factor, j::factor]
    return total.astype(np.float32) / np.float32(len(planes) * factor**2)


def level(grey: Floats) -> Floats:
    """A picture of the plane without light and lines along the road, in units of its local contrast, -3 … 3."""
    rest = grey - ndimage.uniform_filter(grey, WINDOW, mode="nearest")
    rest -= np.median(rest, axis=0)
    power = ndimage.uniform_filter(rest**2, WINDOW, mode="nearest")  # its running sums may fall a little below 0
    spread = np.sqrt(np.maximum(power, 0)) + 2.0
    return np.asarray(np.clip(rest / spread, -3, 3))


def whole_shift(earlier: Floats, later: Floats, limits: tuple[int, int]) -> tuple[int, int, float] | None:
    """(rows, columns, correlation) by which `later` lies nearer and aside; None where the textures do not agree.

    `limits`: the least and the greatest rows that any plausible mount gives; what stands still (dirt on the lens, the
    grid) would answer outside.
    """
    rows, columns = earlier.shape
    first, last = max(limits[0], 2), min(limits[1], rows * 4 // 5)
    if last - first < 3:
        return None
    shape = (2 * rows, 2 * columns)
    spectrum = np.fft.rfft2(earlier, shape) * np.conj(np.fft.rfft2(later, shape))
    surface = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-6), shape)
    surface = ndimage.gaussian_filter(surface, 1.5, mode="wrap")
    side = np.r_[0 : MAX_SIDE + 1, -MAX_SIDE:0]
    window = surface[first:last][:, side]
    row, column = np.unravel_index(int(window.argmax()), window.shape)
    down, aside = int(row) + first, int(side[column])
    a = earlier[down:, max(aside, 0) : columns + min(aside, 0)]
    b = later[: rows - down, max(-aside, 0) : columns - max(aside, 0)]
    a, b = (ndimage.gaussian_filter(part, 1.5) for part in (a, b))
    if min(a.std(), b.std()) < 1e-6:
        return None
    correlation = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    return (down, aside, correlation) if correlation >= MIN_CORRELATION else None


def block_shifts(earlier: Floats, later: Floats, rows: int, columns: int) -> tuple[Floats, Floats]:
    """Blocks of `later` found again in `earlier` near the whole shift (rows, columns).

    Their middles (n, 2) as (row, column), and how far each moved (n, 2), to a part of a cell.
    """
    high, wide = (size // BLOCK * BLOCK for size in later.shape)
    later, count = later[:high, :wide], (high // BLOCK, wide // BLOCK)
    pad = (SEARCH[0] + rows, SEARCH[1] + abs(columns))
    padded = np.pad(earlier, ((0, pad[0]), (pad[1], pad[1])))
    power = padded**2

    def sums(values: Floats) -> Floats:
        return np.asarray(values.reshape(count[0], BLOCK, count[1], BLOCK).sum((1, 3)))

    down, aside = (np.arange(-reach, reach + 1) for reach in SEARCH)
    score = np.full((len(down), len(aside), *count), -1.0)
    own = sums(later**2)
    tops, lefts = np.arange(count[0]) * BLOCK, np.arange(count[1]) * BLOCK
    for i, j in np.ndindex(len(down), len(aside)):
        top, left = rows + int(down[i]), pad[1] + columns + int(aside[j])
        if top < 0:
            continue
        there = slice(top, top + high), slice(left, left + wide)
        alike = sums(later * padded[there]) / np.sqrt(own * sums(power[there]) + 1e-9)
        low, side = top + tops, left - pad[1] + lefts
        seen = np.outer(low + BLOCK <= earlier.shape[0], (side >= 0) & (side + BLOCK <= earlier.shape[1]))
        score[i, j] = np.where(seen, alike, -1.0)
    flat = score.reshape(-1, *count)
    i, j = np.unravel_index(flat.argmax(0), (len(down), len(aside)))
    inside = (i > 0) & (i < len(down) - 1) & (j > 0) & (j < len(aside) - 1)
    r, c = np.nonzero((flat.max(0) > MIN_BLOCK) & inside)
    i, j = i[r, c], j[r, c]
    here = score[i, j, r, c]
    moved = np.stack(
        [
            rows + down[i] + peak_offset(score[i - 1, j, r, c], here, score[i + 1, j, r, c]),
            columns + aside[j] + peak_offset(score[i, j - 1, r, c], here, score[i, j + 1, r, c]),
        ],
        axis=1,
    )
    middles = np.stack([r, c], axis=1) * BLOCK + (BLOCK - 1) / 2
    return np.asarray(middles, np.float64), np.asarray(moved, np.float64)


def peak_offset(before: Floats, here: Floats, after: Floats) -> Floats:
    """Sub-sample place of maxima by a parabola, -0.5 … 0.5.

    >>> peak_offset(np.array([1.0, 2.0]), np.array([3.0, 3.0]), np.array([1.5, 3.0])).round(2).tolist()
    [0.07, 0.5]
    """
    bend = np.minimum(before - 2 * here + after, -1e-9)
    return np.asarray(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
