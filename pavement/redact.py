"""Privacy by a keep list: only the road surface stays; all else becomes a coarse mosaic of averages.

Nothing is searched for beside the road (a missed face would be shown): what the model does not take for the own lane
goes, and with it people, plates, houses. What stands on the lane is taken out by the guard, a network that knows road
surface and calls all else foreign. No mask, no photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import CRACK, POTHOLE, Detection, Image, Thresholds, lane_mask

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

TILES = 28  #: mosaic tiles across the picture
EDGES = 1000  #: the mask is drawn in by 1 / EDGES of the width
SURE = 0.8  #: the guard's probability from which even a pothole is foreign
MIN_KEPT_SHARE = 0.02  #: with less road than this a photo shows nothing and is not given out
GRAIN_LEVELS = 16.0  #: grey levels, 1 sigma: road at a metre
MIN_PIECE = 0.002  #: smaller pieces of road are cut off by what stands between them and the rest: they go
COLOURS = {CRACK: (36, 64, 240), POTHOLE: (0, 220, 255)}  #: BGR of the marks


class Guard(Protocol):
    """Knows road surface, and calls what stands on it foreign."""

    @property
    def sha256(self) -> str:
        """Hash of the weights."""

    @property
    def threshold(self) -> float:
        """The probability from which a cell is foreign."""

    def foreign(self, images: Sequence[Image]) -> list[Floats]:
        """Of each BGR image (h, w, 3) the probability (rows, columns) that a cell, width / 64 square, is foreign."""


def road_mask(detection: Detection, thresholds: Thresholds, foreign: Floats, threshold: float) -> Bools:
    """Pixels (h, w) of a photo that stay, from what the detector and the guard (`foreign`: rows, columns) say of it.

    A pothole is a thing to the guard that it has seldom seen: where the detector calls it one, the guard must be sure.
    """
    hole = detection.probabilities(*foreign.shape)[2] >= thresholds.pothole
    stands = foreign >= np.where(hole, SURE, threshold)
    return keep_mask(lane_mask(detection, thresholds, detection.height, detection.width), stands)


def keep_mask(lane: Bools, foreign: Bools) -> Bools:
    """Pixels (h, w) that stay: own lane (h, w) without foreign cells (rows, columns) and what touches them.

    The uppermost cells never stay: what only just reaches into the picture cannot be told from road.
    """
    around = ndimage.binary_dilation(ndimage.binary_closing(np.pad(foreign, 2)), structure=np.ones((3, 3), bool))
    near = ndimage.binary_fill_holes(around)
    cells = near[2:-2, 2:-2]
    cells[:1] = True
    rows = np.arange(lane.shape[0]) * cells.shape[0] // lane.shape[0]
    columns = np.arange(lane.shape[1]) * cells.shape[1] // lane.shape[1]
    kept = lane & ~cells[rows][:, columns]
    pieces, count = ndimage.label(kept)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    large = sizes >= MIN_PIECE * lane.size
    large[0] = False
    return np.asarray(large[pieces], bool)


def mask_photo(image: Image, keep: Bools, fill: Callable[[Image], Image] | None = None) -> Image | None:
    """The photo (h, w, 3) with everything outside `keep` (h, w) as mosaic; None where hardly any road is left.

    `fill` makes what stands there instead of the mosaic.

    The mask is drawn in a little first, so that what stands at its edge goes too.
    """
    if keep.shape != image.shape[:2]:
        raise ValueError(f"the mask must have the photo's shape {image.shape[:2]}, got {keep.shape}")
    kept = drawn_in(keep)
    if kept.mean() < MIN_KEPT_SHARE:
        return None
    return np.where(kept[..., None], image, (fill or mosaic)(image)).astype(np.uint8)


def drawn_in(keep: Bools) -> Bools:
    """A mask (h, w) without a thin line along its edges."""
    margin = max(keep.shape[1] // EDGES, 1)
    height, width = keep.shape
    wide = np.pad(keep, margin, mode="edge")
    rows = np.logical_and.reduce([wide[shift : shift + height] for shift in range(2 * margin + 1)])
    return np.asarray(np.logical_and.reduce([rows[:, shift : shift + width] for shift in range(2 * margin + 1)]))


def mosaic_size(width: int) -> int:
    """Side of a mosaic tile, pixels, in a photo of `width`."""
    return max(width // TILES, 8)


def mosaic(image: Image) -> Image:
    """Tiles of averages, `TILES` across; nothing finer than a tile is left."""
    height, width = image.shape[:2]
    size = mosaic_size(width)
    rows, columns = -(-height // size), -(-width // size)
    padded = np.pad(image, ((0, rows * size - height), (0, columns * size - width), (0, 0)), mode="edge")
    tall = padded.reshape(rows, size, -1).sum(1, dtype=np.uint32)
    means = (tall.reshape(rows, columns, size, 3).sum(2, dtype=np.uint64) / size**2).astype(np.uint8)
    return np.repeat(np.repeat(means, size, 0), size, 1)[:height, :width]


def grain(image: Image) -> Image:
    """The mosaic's averages flowing into each other, with noise as rough as a road: for photos that are analysed again.

    Beside smooth tiles a detector takes the road's own grain for cracks.
    """
    height, width = image.shape[:2]
    size = mosaic_size(width)
    tiles = mosaic(image)[size // 2 :: size, size // 2 :: size].astype(np.float32)
    rows, columns = (
        np.clip((np.arange(n) + 0.5) / size - 0.5, 0, m - 1) for n, m in zip((height, width), tiles.shape, strict=False)
    )
    low_r, low_c = rows.astype(int), columns.astype(int)
    high_r, high_c = np.minimum(low_r + 1, tiles.shape[0] - 1), np.minimum(low_c + 1, tiles.shape[1] - 1)
    down, right = (rows - low_r)[:, None, None], (columns - low_c)[None, :, None]
    above = tiles[low_r][:, low_c] * (1 - right) + tiles[low_r][:, high_c] * right
    below = tiles[high_r][:, low_c] * (1 - right) + tiles[high_r][:, high_c] * right
    rough = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 1, (height, width)), 0.7)
    noise = (rough * (GRAIN_LEVELS / rough.std()))[..., None]
    return np.asarray(np.clip(above * (1 - down) + below * down + noise, 0, 255), np.uint8)


def mark_photo(masked: Image, classes: Image) -> Image:
    """The masked photo with cracks and potholes of a class map (h, w) tinted and outlined."""
    marked = masked.copy()
    for value, colour in COLOURS.items():
        area = classes == value
        if not area.any():
            continue
        thick = max(masked.shape[1] // 500, 1)
        (box,) = ndimage.find_objects(area.view(np.uint8))
        area, part = area[box], marked[box]
        edge = area & ~ndimage.binary_erosion(area, iterations=thick)
        part[area] = (0.7 * part[area] + 0.3 * np.array(colour)).astype(np.uint8)
        part[edge] = colour
    return marked
