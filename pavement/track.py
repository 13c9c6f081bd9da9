"""A track: the fixes of a receiver as arrays, in input order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """Fixes of one drive; every array has shape (n,). Unknown values are NaN.

    time_s: seconds since 1970-01-01 UTC. lon, lat: degrees (JGD2011/WGS84). accuracy_m: 1 sigma or what the
    receiver calls accuracy. heading_deg: clockwise from north.
    """

    time_s: Floats
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    speed_mps: Floats
    heading_deg: Floats

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in self.__dataclass_fields__}
        if len(set(shapes.values())) != 1 or len(self.time_s.shape) != 1:
            raise ValueError(f"a track needs arrays of one shape (n,), got {shapes}")

    def __len__(self) -> int:
        return len(self.time_s)

    @classmethod
    def of(
        cls,
        time_s: Floats,
        lon: Floats,
        lat: Floats,
        accuracy_m: Floats | None = None,
        speed_mps: Floats | None = None,
        heading_deg: Floats | None = None,
    ) -> Track:
        """A track from what is known; what is not given becomes NaN."""
        unknown = np.full(len(time_s), np.nan)
        arrays = (time_s, lon, lat, *(unknown if a is None else a for a in (accuracy_m, speed_mps, heading_deg)))
        return cls(*(np.asarray(a, float) for a in arrays))

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Track:
        """The fixes at `index` (positions or a mask), in that order."""
        return Track(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def no_track() -> Track:
    """A track without fixes."""
    empty = np.empty(0)
    return Track.of(empty, empty, empty)
