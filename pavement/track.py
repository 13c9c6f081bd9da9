"""A track: the fixes of a receiver as arrays, in input order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EARLIEST_S = 946_684_800.0  #: 2000-01-01: a receiver that has not yet seen a satellite says 1980 or 1970
LATEST_S = 4_102_444_800.0  #: 2100-01-01


class Flaw(StrEnum):
    """Why a fix is not used. The word goes to run.json; `FLAW_JA` is what people read."""

    DAMAGED = "damaged"  #: a row or sentence that cannot be read, or whose checksum is wrong
    NO_FIX = "no_fix"  #: the receiver itself says that it had no position
    NO_TIME = "no_time"
    BAD_POSITION = "bad_position"  #: not on the earth, or (0, 0)
    DUPLICATE_TIME = "duplicate_time"  #: the same time as an earlier fix
    DOUBTFUL_TIME = "doubtful_time"  #: the file's clock or way contradicts other records


FLAW_JA: dict[Flaw, str] = {
    Flaw.DAMAGED: "記録が壊れている",
    Flaw.NO_FIX: "受信機が測位できていない",
    Flaw.NO_TIME: "時刻がない",
    Flaw.BAD_POSITION: "緯度経度が正しくない",
    Flaw.DUPLICATE_TIME: "時刻が重複",
    Flaw.DOUBTFUL_TIME: "ほかの記録と食い違い、時計が確かでない",
}


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


def flaws_of(track: Track) -> tuple[Flaw | None, ...]:
    """What is wrong with each fix by itself, shape (n,): no time, or a position that cannot be.

    >>> flaws_of(Track.of(np.array([1e9, np.nan, 1e9]), np.array([140.7, 140.7, 0]), np.array([40.8, 40.8, 0])))
    (None, <Flaw.NO_TIME: 'no_time'>, <Flaw.BAD_POSITION: 'bad_position'>)
    """
    timed = (track.time_s >= EARLIEST_S) & (track.time_s < LATEST_S)
    placed = (np.abs(track.lon) <= 180) & (np.abs(track.lat) <= 90) & ((track.lon != 0) | (track.lat != 0))
    return tuple(
        Flaw.NO_TIME if not t else Flaw.BAD_POSITION if not p else None for t, p in zip(timed, placed, strict=True)
    )


def join(tracks: Sequence[Track]) -> Track:
    """All fixes of `tracks`, one after the other."""
    if not tracks:
        return no_track()
    return Track(*(np.concatenate([getattr(t, name) for t in tracks]) for name in Track.__dataclass_fields__))


def in_time_order(track: Track) -> Track:
    """The fixes sorted by time; of those with equal times the first in input order stays."""
    _, first = np.unique(track.time_s, return_index=True)
    return track.take(first)


def backward_steps(track: Track) -> int:
    """How many fixes are earlier than the one before them.

    >>> backward_steps(Track.of(np.array([1.0, 3, 2, 4]), np.zeros(4), np.zeros(4)))
    1
    """
    return int((np.diff(track.time_s) < 0).sum())
