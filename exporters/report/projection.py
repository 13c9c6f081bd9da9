"""Degrees to the pixels of the report's map, with its scale bar and north."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exporters.lines import DEGREE_M
from exporters.svg import element, line, nice_step, text

WIDTH, MIN_HEIGHT, MAX_HEIGHT, EDGE = 1080.0, 300.0, 640.0, 46.0  #: pixels
INK = "#343a40"

Point = tuple[float, float]


@dataclass(frozen=True)
class Projection:
    """Equirectangular, true to scale at the middle latitude; y grows downwards as in SVG."""

    west: float
    north: float
    squeeze: float
    px_per_degree: float  #: of latitude
    x0: float
    y0: float
    height: float

    @classmethod
    def around(cls, lonlat: Sequence[Point]) -> Projection:
        """The projection that shows all points as large as the page allows."""
        lons, lats = [p[0] for p in lonlat], [p[1] for p in lonlat]
        west, east, south, north = min(lons), max(lons), min(lats), max(lats)
        squeeze = math.cos(math.radians((south + north) / 2))
        wide, high = max((east - west) * squeeze, 1e-4), max(north - south, 1e-4)
        scale = min((WIDTH - 2 * EDGE) / wide, (MAX_HEIGHT - 2 * EDGE) / high)
        height = max(MIN_HEIGHT, high * scale + 2 * EDGE)
        return cls(west, north, squeeze, scale, (WIDTH - wide * scale) / 2, (height - high * scale) / 2, height)

    def __call__(self, lon: float, lat: float) -> Point:
        """Pixels of a place."""
        x = self.x0 + (lon - self.west) * self.squeeze * self.px_per_degree
        return x, self.y0 + (self.north - lat) * self.px_per_degree

    def many(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of places (n, 2)."""
        x = self.x0 + (lonlat[:, 0] - self.west) * self.squeeze * self.px_per_degree
        return np.column_stack((x, self.y0 + (self.north - lonlat[:, 1]) * self.px_per_degree))


def scale_bar(project: Projection) -> str:
    """A bar of a round length, lower left."""
    px_per_m = project.px_per_degree / DEGREE_M
    metres = nice_step(150 / px_per_m, 1)
    metres = metres if metres * px_per_m <= 240 else metres / 2
    x, y, length = 20.0, project.height - 20, metres * px_per_m
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    ticks = "".join(line(at, y - 5, at, y, stroke=INK, stroke_width=1.5) for at in (x, x + length))
    return line(x, y, x + length, y, stroke=INK, stroke_width=1.5) + ticks + text(x + 4, y - 8, words, class_="kp")


def north_arrow() -> str:
    """North is up."""
    arrow = element("path", d=f"M{WIDTH - 30} 20 l8 24 l-8 -6 l-8 6 z", fill=INK)
    return arrow + text(WIDTH - 30, 58, "N", class_="kp", text_anchor="middle")
