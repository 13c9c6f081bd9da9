"""Web Mercator tiles: where one lies, places as coordinates within it, and in which tiles a thing lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096  #: coordinates of a tile's side
MARGIN = 96  #: beyond the sides, so that lines drawn beside their place are whole in both tiles
PIXEL = EXTENT / 512  #: coordinates of a pixel, as browsers draw tiles


@dataclass(frozen=True)
class TileKey:
    """A tile of the usual grid: x from the west, y from the north.

    >>> TileKey(1, 1, 0).bounds()
    (0.0, 0.0, 180.0, 85.0511287798066)
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= 22 and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise ValueError(f"expected a tile of the grid, got {self.z}/{self.x}/{self.y}")

    def bounds(self, margin: bool = False) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; with `margin` a little more on each side."""
        more = MARGIN / EXTENT if margin else 0.0
        corners = np.array([(self.x - more, self.y + 1 + more), (self.x + 1 + more, self.y - more)]) / (1 << self.z)
        (west, south), (east, north) = degrees(corners).tolist()
        return west, south, east, north

    def coordinates(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees, shape (n, 2), as whole coordinates of the tile, downwards, shape (n, 2)."""
        return np.rint((mercator(lonlat) * (1 << self.z) - (self.x, self.y)) * EXTENT)

    def lines(self, wkb: Sequence[bytes]) -> list[shapely.Geometry]:
        """Lines in degrees as lines of the tile."""
        if not wkb:
            return []
        return list(shapely.transform(shapely.from_wkb(np.array(wkb, dtype=object)), self.coordinates))

    def points(self, lonlat: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
        """Places in degrees as coordinates of the tile, shape (n, 2)."""
        return self.coordinates(np.array(lonlat, dtype=np.float64).reshape(-1, 2))


def mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees (n, 2) on the square world of 0 to 1, eastwards and downwards, (n, 2)."""
    east = (lonlat[:, 0] + 180.0) / 360.0
    return np.column_stack([east, (1 - np.arcsinh(np.tan(np.radians(lonlat[:, 1]))) / math.pi) / 2])


def degrees(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitude and latitude (n, 2) of places (n, 2) as `mercator` has them."""
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * places[:, 1]))))
    return np.column_stack([places[:, 0] * 360.0 - 180.0, lat])


def tiles_under(boxes: NDArray[np.float64], zoom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of boxes (n, 4) in coordinates of a zoom's whole world: box (m,) and tile x, y (m, 2), box by box.

    Boxes count as larger by `MARGIN`. Boxes of numbers that are none lie nowhere.
    """
    there = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    last = (1 << zoom) - 1
    low = np.clip(np.floor((boxes[there, :2] - MARGIN) / EXTENT), 0, last).astype(np.int64)
    high = np.clip(np.floor((boxes[there, 2:] + MARGIN) / EXTENT), 0, last).astype(np.int64)
    sides = high - low + 1
    counts = sides.prod(axis=1)
    own = np.repeat(np.arange(len(there)), counts)
    within = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
    across = sides[own, 0]
    return there[own], low[own] + np.column_stack([within % across, within // across])
