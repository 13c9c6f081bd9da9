"""Web Mercator tiles: where one lies, and places as coordinates within it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096  #: coordinates of a tile's side
MARGIN = 96  #: beyond the sides, so that lines drawn beside their place are whole in both tiles


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
        size = 1 << self.z

        def lon(x: float) -> float:
            return x / size * 360.0 - 180.0

        def lat(y: float) -> float:
            return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / size))))

        return lon(self.x - more), lat(self.y + 1 + more), lon(self.x + 1 + more), lat(self.y - more)

    def coordinates(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees, shape (n, 2), as whole coordinates of the tile, downwards, shape (n, 2)."""
        size = 1 << self.z
        x = (lonlat[:, 0] + 180.0) / 360.0 * size - self.x
        y = (1 - np.arcsinh(np.tan(np.radians(lonlat[:, 1]))) / math.pi) / 2 * size - self.y
        return np.rint(np.column_stack([x, y]) * EXTENT)

    def lines(self, wkb: Sequence[bytes]) -> list[shapely.Geometry]:
        """Lines in degrees as lines of the tile."""
        if not wkb:
            return []
        return list(shapely.transform(shapely.from_wkb(np.array(wkb, dtype=object)), self.coordinates))

    def points(self, lonlat: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
        """Places in degrees as coordinates of the tile, shape (n, 2)."""
        return self.coordinates(np.array(lonlat, dtype=np.float64).reshape(-1, 2))
