"""How well a frame can be judged: measured in tiles of the own lane, and limits beyond which there is no answer.

Only differences of pixels one and four apart and mean colours are used, of a quarter of the pixels. The limits were
chosen on sound photos and on photos made unfit (`pavement evaluate gate`); docs/accuracy.md says what they find.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from pavement.drive import Reason

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]

TILE_PX = 16  #: of the network's input; the limits were set where that is 768 px wide
STEP = 4  #: one in so many pixels is looked at
EDGE = 15  #: grey levels from which a tile holds an edge whose sharpness can be told
EDGES = 8  #: so many such tiles are needed, else nothing is sharp in the photo
LEAST_LANE = 0.04  #: share of the photo; with less lane the lower half is measured


@dataclass(frozen=True)
class Quality:
    """What was measured of a frame; shares are of the own lane's tiles (of the lower half where there is no lane).

    "Smooth" is less texture than half of the lane's median, relative to brightness.
    """

    brightness: float  #: mean grey level 0-255
    white_share: float  #: share of pixels that are blown out
    sharpness: float  #: of the sharpest edges in the photo, along the way of travel: 1 = one pixel wide
    grain: float  #: median share of the texture that is one pixel wide: near 1, it is noise
    smear_share: float  #: strong but soft texture: seen through water
    dark_share: float  #: black: something before the lens, or a shade in which nothing is seen
    foreign_share: float  #: smooth, and of another brightness or colour than the lane
    coloured_share: float  #: smooth, and of another colour than the lane
    tint_share: float  #: of another colour than the lane
    snow_share: float  #: bright, without texture or colour
    patch_share: float  #: as snow, a little darker, and clearly brighter than the rest of the lane


MEASURES = tuple(each.name for each in fields(Quality))
MEASURING = 2  #: number of this way of measuring: raise it with every change, lest finished steps be misread
#: A frame that nothing is wrong with.
SOUND = Quality(120.0, 0.0, 0.8, 0.6, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class QualityLimits:
    """Limits beyond which a frame is not judged: better no answer than a wrong one."""

    dark: float = 40.0
    white_share: float = 0.12
    sharpness: float = 0.55
    dim: float = 80.0  #: brightness below which grain is noise; above it may be a sharpened road
    grain: float = 0.79
    smear_share: float = 0.48
    dark_share: float = 0.32
    foreign_share: float = 0.13
    coloured_share: float = 0.03
    tint_share: float = 0.38
    snow_share: float = 0.46
    patch_share: float = 0.22

    def judge(self, quality: Quality) -> Reason | None:
        """Why a frame cannot be judged, or None; the first that holds."""
        if quality.brightness < self.dark or (quality.brightness < self.dim and quality.grain > self.grain):
            return Reason.DARK
        if quality.white_share > self.white_share:
            return Reason.OVEREXPOSED
        if quality.sharpness < self.sharpness:
            return Reason.BLURRED
        if (
            quality.dark_share > self.dark_share
            or quality.coloured_share > self.coloured_share
            or quality.tint_share > self.tint_share
        ):
            return Reason.OBSTRUCTED
        if quality.smear_share > self.smear_share:
            return Reason.RAIN
        if quality.snow_share > self.snow_share or quality.patch_share > self.patch_share:
            return Reason.COVERED
        return Reason.OBSTRUCTED if quality.foreign_share > self.foreign_share else None


def measure_quality(image: Image, lane: Floats) -> Quality:
    """Quality of a BGR image (h, w, 3) of the network's input size; `lane`: own lane's probability (rows, columns)."""
    rows, columns = image.shape[0] // TILE_PX, image.shape[1] // TILE_PX
    if rows < 2 or columns < 2:
        return SOUND  # too small to tell
    image = image[: rows * TILE_PX, : columns * TILE_PX]
    road = road_tiles(lane, rows, columns)
    across = texture(np.ascontiguousarray(image[::STEP, :, 1].T), columns, rows)
    along = texture(np.ascontiguousarray(image[:, ::STEP, 1]), rows, columns)
    fine, coarse = across.fine.T + along.fine, across.coarse.T + along.coarse
    bands = np.ascontiguousarray(image[STEP // 2 :: STEP, STEP // 2 :: STEP].transpose(2, 0, 1))
    b, g, r = (tile_means(band, rows, columns) for band in bands)
    grey = 0.114 * b + 0.587 * g + 0.299 * r
    white = tile_means(bands.min(0) >= 245, rows, columns)

    # from here on one value per tile of the road
    b, g, r, grey, fine, coarse = (each[road] for each in (b, g, r, grey, fine, coarse))
    relative, softness = fine / np.maximum(grey, 8), fine / np.maximum(coarse, 0.5)
    base = np.maximum(grey, 12)
    red, green = (r - b) / base, (2 * g - b - r) / base
    colour = np.hypot(red - np.median(red), green - np.median(green))
    shade = np.abs(np.log(np.maximum(grey, 4) / max(float(np.median(grey)), 4)))
    smooth = relative < 0.5 * np.median(relative)
    return Quality(
        brightness=float(grey.mean()),
        white_share=float(white[road].mean()),
        sharpness=along.sharpness(),
        grain=float(np.median(softness)),
        smear_share=share((softness < 0.36) & (coarse > 0.05 * grey)),
        dark_share=share(grey < 30),
        foreign_share=share(smooth & ((shade > 0.3) | (colour > 0.2))),
        coloured_share=share(smooth & (colour > 0.25)),
        tint_share=share(colour > 0.25),
        snow_share=share((grey > 165) & (relative < 0.02) & (np.abs(red) < 0.08)),
        patch_share=share(
            (grey > np.maximum(110, 1.25 * np.quantile(grey, 0.1))) & (relative < 0.022) & (red > -0.12) & (red < 0.05)
        ),
    )


def road_tiles(lane: Floats, rows: int, columns: int) -> Bools:
    """The tiles (rows, columns) in whose middle is own lane; the lower half where there is hardly any."""
    at = (
        ((np.arange(size) + 0.5) * have / size).astype(int)
        for size, have in zip((rows, columns), lane.shape, strict=True)
    )
    found = np.asarray(lane[np.ix_(*at)] >= 0.5)
    if found.mean() < LEAST_LANE:
        found = np.broadcast_to(np.arange(rows)[:, None] >= rows // 2, (rows, columns))
    return found


@dataclass(frozen=True)
class Texture:
    """Differences down the columns of an image, per tile (rows, columns): means and largest ones."""

    fine: Floats  #: mean of pixels one apart
    coarse: Floats  #: mean of pixels four apart
    fine_most: NDArray[np.int16]
    coarse_most: NDArray[np.int16]

    def sharpness(self) -> float:
        """How much of the strongest edges' height lies within one pixel; 0 where there are no edges."""
        edges = self.coarse_most > EDGE
        if edges.sum() <= EDGES:
            return 0.0
        return float(np.quantile(self.fine_most[edges] / self.coarse_most[edges], 0.95))


def texture(grey: NDArray[np.uint8], rows: int, columns: int) -> Texture:
    """The texture of a channel (h, w), cut into tiles (rows, columns); its last pixels count as even."""
    values = grey.astype(np.int16)
    found = []
    for apart in (1, 4):
        steps = np.zeros_like(values)
        np.abs(values[apart:] - values[:-apart], out=steps[:-apart])
        tall = steps.reshape(rows, -1, values.shape[1])
        means = tall.sum(1, dtype=np.int32).reshape(rows, columns, -1).mean(2, dtype=np.float32) / tall.shape[1]
        found.append((means, tall.max(1).reshape(rows, columns, -1).max(2)))
    return Texture(found[0][0], found[1][0], found[0][1], found[1][1])


def tile_means(values: NDArray[np.uint8] | Bools, rows: int, columns: int) -> Floats:
    """Means of a channel (h, w) per tile (rows, columns)."""
    tall = values.reshape(rows, -1, values.shape[1])
    sums = tall.sum(1, dtype=np.int32).reshape(rows, columns, -1)
    return np.asarray(sums.mean(2, dtype=np.float32) / tall.shape[1], np.float32)


def share(tiles: Bools) -> float:
    """Share of the tiles that hold."""
    return float(tiles.mean())
