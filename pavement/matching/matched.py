"""What matching gives: the status of every fix, runs on one line in one direction, and the place at any time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pavement.drive import Reason
from pavement.matching.motion import ACCELERATION
from pavement.road import Direction, Route

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CERTAIN = 0.9  #: confidence of road and direction below which a fix is doubtful
SHORT_GAP_S = 3.0  #: a frame this close in time to a fix is in no hole
LONG_GAP_S = 20.0  #: no place is given in a longer hole of the track
STOP_AND_GO = 8.0  #: in a hole a car may brake and start again: so much more than ACCELERATION


class Status(StrEnum):
    """What became of a fix."""

    OK = "ok"
    OFF_NETWORK = "off_network"  #: 管理路線外
    GAP = "gap"  #: at the edge of a hole of the track, or an error inside a run: the position is bridged
    DOUBTFUL = "doubtful"  #: another road or direction is nearly as likely
    REJECTED = "rejected"  #: a spike


@dataclass(frozen=True)
class Located:
    """A place on a managed route at one time; kp_km is None where the posts do not allow one."""

    route: Route
    direction: Direction
    along_m: float
    kp_km: float | None
    position_sd_m: float
    confidence: float
    also: tuple[Route, ...] = ()  #: 重複区間: the other routes on the same road


@dataclass(frozen=True)
class SharedStretch:
    """A stretch of a run's route, in metres along it, on which another route lies too."""

    from_m: float
    to_m: float
    other: Route


@dataclass(frozen=True)
class Run:
    """Fixes in a row on one managed line in one direction; arrays (m,) over its fixes, time rising."""

    route: Route
    direction: Direction
    fixes: Ints  #: positions in the track
    time_s: Floats
    along_m: Floats
    speed_mps: Floats  #: along the line: negative against its digitising
    sd_m: Floats
    confidence: Floats
    bridged: NDArray[np.bool_]  #: fixes whose place is not their own
    shared: tuple[SharedStretch, ...] = ()

    def at(self, time_s: float) -> Located:
        """The place at a time (held at the ends); the deviation grows in holes of the track."""
        along, sd, nearest = self.place(time_s)
        kp = float(self.route.scale.kp_at(along))
        also = tuple({id(s.other): s.other for s in self.shared if s.from_m <= along <= s.to_m}.values())
        confidence = float(self.confidence[nearest])
        return Located(self.route, self.direction, along, None if np.isnan(kp) else kp, sd, confidence, also)

    def place(self, time_s: float) -> tuple[float, float, int]:
        """Metres along, standard deviation, and the fix nearest in time.

        Between two fixes the place is the cubic through both places and speeds, which is the mean of the smoother's
        motion there; its bridge adds q dt³ u³ (1 - u)³ / 3 to the variance.
        """
        time = self.time_s
        i = int(np.searchsorted(time, time_s, side="right")) - 1
        if i < 0 or i >= len(time) - 1:
            edge = 0 if i < 0 else len(time) - 1
            away = abs(time_s - float(time[edge]))
            return float(self.along_m[edge]), float(self.sd_m[edge]) + away * abs(float(self.speed_mps[edge])), edge
        dt = float(time[i + 1] - time[i])
        u = (time_s - float(time[i])) / dt
        a, b = float(self.along_m[i]), float(self.along_m[i + 1])
        slope_a, slope_b = (float(v) * dt for v in self.speed_mps[i : i + 2])
        along = (2 * u**3 - 3 * u**2 + 1) * a + (u**3 - 2 * u**2 + u) * slope_a
        along += (3 * u**2 - 2 * u**3) * b + (u**3 - u**2) * slope_b
        sd = (1 - u) * float(self.sd_m[i]) + u * float(self.sd_m[i + 1])
        bridge = STOP_AND_GO * ACCELERATION * dt**3 * (u * (1 - u)) ** 3 / 3
        return float(np.clip(along, min(a, b), max(a, b))), float(np.hypot(sd, np.sqrt(bridge))), i + int(u > 0.5)


@dataclass(frozen=True)
class MatchedTrack:
    """A matched track: per fix (n,) its status and line, and the runs, in time order, from which places are read."""

    time_s: Floats
    status: NDArray[np.object_]
    line: Ints  #: index of the route, or of the background road beyond them, or -1: on none
    confidence: Floats  #: of road and direction; of being on no managed road where it is off the network
    runs: tuple[Run, ...]

    @cached_property
    def _owners(self) -> tuple[Floats, Ints, Ints]:
        """Of the fixes that count: their times, their positions, and the run that holds each (-1: none)."""
        run = np.full(len(self.time_s), -1, np.int64)
        for i, each in enumerate(self.runs):
            run[each.fixes] = i
        counts = np.flatnonzero(self.status != Status.REJECTED)
        return self.time_s[counts], counts, run[counts]

    def locate(self, time_s: float) -> Located | Reason:
        """The place at a time, or why there is none."""
        times, fixes, _ = self._owners
        if not len(times):
            return Reason.NO_POSITION
        after = int(np.searchsorted(times, time_s))
        before, after = max(after - 1, 0), min(after, len(times) - 1)
        gaps = abs(float(times[after]) - time_s), abs(time_s - float(times[before]))
        hole = 0.0 if min(gaps) <= SHORT_GAP_S else sum(gaps)
        if not times[0] - SHORT_GAP_S <= time_s <= times[-1] + SHORT_GAP_S or hole > LONG_GAP_S:
            return Reason.NO_POSITION
        if self.status[fixes[self._nearest(time_s)]] == Status.DOUBTFUL:
            return Reason.DOUBTFUL_POSITION
        return self.guess(time_s) or Reason.OFF_NETWORK

    def guess(self, time_s: float) -> Located | None:
        """The most likely place at a time, however doubtful; None where that is on no managed road."""
        times, _, runs = self._owners
        run = int(runs[self._nearest(time_s)]) if len(times) else -1
        return self.runs[run].at(time_s) if run >= 0 else None

    def _nearest(self, time_s: float) -> int:
        """Position, among the fixes that count, of the one nearest in time."""
        times = self._owners[0]
        after = int(np.clip(np.searchsorted(times, time_s), 0, len(times) - 1))
        before = max(after - 1, 0)
        return before if time_s - times[before] <= times[after] - time_s else after
