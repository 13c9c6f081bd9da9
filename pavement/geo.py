"""Degrees to metres and back: a local plane in which lengths are true."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LocalPlane:
    """Transverse Mercator about one point, scale 1 there (error < 0.05 % within 200 km); x east, y north, metres."""

    lon0: float
    lat0: float
    _to: Transformer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        crs = f"+proj=tmerc +lat_0={self.lat0!r} +lon_0={self.lon0!r} +k=1 +ellps=GRS80 +units=m +no_defs"
        object.__setattr__(self, "_to", Transformer.from_crs("EPSG:6668", crs, always_xy=True))

    def to_metres(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Points (n, 2) in metres of lon and lat (n,) in degrees."""
        x, y = self._to.transform(np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float)))
        return np.column_stack([x, y])

    def to_degrees(self, xy: ArrayLike) -> Floats:
        """Points (n, 2) lon, lat of points (n, 2) in metres."""
        points = np.atleast_2d(np.asarray(xy, float))
        lon, lat = self._to.transform(points[:, 0], points[:, 1], direction="INVERSE")
        return np.column_stack([lon, lat])
