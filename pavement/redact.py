"""Privacy by a keep list: only the road surface stays; all else becomes a coarse mosaic of averages.

Nothing is searched for (a missed face would be shown): what the model does not take for the own lane goes, and with it
people, plates, houses. No mask, no photo.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import COLUMNS, CRACK, POTHOLE, Image

Bools = NDArray[np.bool_]

TILES = 28  #: mosaic tiles across the picture
MIN_KEPT_SHARE = 0.02  #: with less road than this a photo shows nothing and is not given out
COLOURS = {CRACK: (36, 64, 240), POTHOLE: (0, 220, 255)}  #: BGR of the marks


def mask_photo(image: Image, keep: Bools) -> Image | None:
    """The photo (h, w, 3) with everything outside `keep` (h, w) as mosaic; None where hardly any road is left.

    The mask is drawn in by half a cell first, so that what stands at its edge goes too.
    """
    if keep.shape != image.shape[:2]:
        raise ValueError(f"the mask must have the photo's shape {image.shape[:2]}, got {keep.shape}")
    margin = max(image.shape[1] // (2 * COLUMNS), 1)
    kept = ndimage.minimum_filter(keep.astype(np.uint8), 2 * margin + 1, mode="nearest").astype(bool)
    if kept.mean() < MIN_KEPT_SHARE:
        return None
    return np.where(kept[..., None], image, mosaic(image)).astype(np.uint8)


def mosaic(image: Image) -> Image:
    """Tiles of averages, `TILES` across; nothing finer than a tile is left."""
    height, width = image.shape[:2]
    size = max(width // TILES, 8)
    rows, columns = -(-height // size), -(-width // size)
    padded = np.pad(image, ((0, rows * size - height), (0, columns * size - width), (0, 0)), mode="edge")
    means = padded.reshape(rows, size, columns, size, 3).mean((1, 3))
    return np.repeat(np.repeat(means, size, 0), size, 1)[:height, :width].astype(np.uint8)


def mark_photo(masked: Image, classes: Image) -> Image:
    """The masked photo with cracks and potholes of a class map (h, w) tinted and outlined."""
    marked = masked.copy()
    for value, colour in COLOURS.items():
        area = classes == value
        if not area.any():
            continue
        thick = max(masked.shape[1] // 500, 1)
        edge = area & ~ndimage.binary_erosion(area, iterations=thick)
        marked[area] = (0.7 * marked[area] + 0.3 * np.array(colour)).astype(np.uint8)
        marked[edge] = colour
    return marked
