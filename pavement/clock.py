"""Wrong clocks, found by comparing sources: what is off by how much, why, and whether that is certain.

All times are seconds since 1970 UTC. A shift is what a clock shows minus what is right. It is certain where two sources
that know nothing of each other agree on it: a camera's clock and the satellite time in the same photos, photos'
positions and a track's, or the two spans of time that fit into each other after a whole number of hours only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pavement.clock_words import shift_ja

Floats = NDArray[np.float64]

HALF_HOUR_S = 1800.0  #: zones differ by whole numbers of it
NINE_HOURS_S = 9 * 3600.0  #: Japan's time against UTC: the usual confusion
ROLLOVER_S = 1024 * 7 * 86400.0  #: GPS counts weeks to 1024; an old receiver then starts again
FAR_S = 14 * 3600.0  #: no two zones that a drive may mean differ by more
AGREE_S = 3.0  #: satellite time in EXIF is in whole seconds and up to a fix or two old
EXACT_S = 2.0  #: how near a shift must be to a known one to be that
LEAST_PHOTOS = 3  #: from which a constant shift of a camera's clock is believed
SHARE = 0.9  #: of the photos that must agree: the first ones often bear a position of yesterday
LEAST_STALE = 10  #: photos in each half of a drive from which a stale satellite time is recognised …
STALE_SHARE = 0.3  #: … by so many that are not
ALL = 0.99  #: of the frames within the track's times
ENDS_S = 60.0  #: both ends of two spans so near each other: they record the same drive
_GPS_MINUS_UTC = (  # from day, seconds: IERS Bulletin C; the next leap second is not announced
    (datetime(1999, 1, 1, tzinfo=UTC), 13.0),
    (datetime(2006, 1, 1, tzinfo=UTC), 14.0),
    (datetime(2009, 1, 1, tzinfo=UTC), 15.0),
    (datetime(2012, 7, 1, tzinfo=UTC), 16.0),
    (datetime(2015, 7, 1, tzinfo=UTC), 17.0),
    (datetime(2017, 1, 1, tzinfo=UTC), 18.0),
)
_DAYS = tuple(day.timestamp() for day, _ in _GPS_MINUS_UTC)


class Cause(StrEnum):
    """Why a clock is wrong. The word goes to run.json."""

    ZONE = "zone"  #: off by whole or half hours
    GPS_TIME = "gps_time"  #: GPS time without its leap seconds
    ROLLOVER = "week_rollover"  #: 1024 weeks early
    DAY = "day"  #: a log without dates that was given the wrong day
    CLOCK_ERROR = "clock_error"  #: off by a constant time that nothing explains
    UNSTEADY = "unsteady"  #: two clocks of the same photos that do not keep their distance
    CONTRADICTION = "contradiction"  #: two sources that no shift reconciles
    NO_OVERLAP = "no_overlap"  #: times that do not meet, and no certain reason


class Verdict(StrEnum):
    """What was done. The word goes to run.json."""

    CORRECTED = "corrected"
    REFUSED = "refused"  #: what hangs on the clock is not used
    TOLD = "told"  #: nothing was changed


@dataclass(frozen=True)
class Finding:
    """One wrong or doubtful clock: `clock` is the file or the kind of time, `evidence` Japanese words for people."""

    clock: str
    cause: Cause
    verdict: Verdict
    shift_s: float | None  #: what the clock shows minus what is right; None = not known
    evidence: str

    @property
    def message(self) -> str:
        """The whole in Japanese, for notices and the report."""
        return f"{_WHAT[self.cause](self.shift_s)}{self.evidence}。{_DONE[self.verdict]}"

    def report(self) -> dict[str, object]:
        """For run.json."""
        shift = None if self.shift_s is None else round(self.shift_s, 3)
        return {"clock": self.clock, "cause": self.cause.value, "verdict": self.verdict.value, "shift_s": shift}


_WHAT: dict[Cause, Callable[[float | None], str]] = {
    Cause.ZONE: lambda s: f"時刻が{shift_ja(s)}います(時差の取り違え、日本時間とUTCの混同など)。",
    Cause.GPS_TIME: lambda s: f"時刻が{shift_ja(s)}います(GPS時刻をUTCとして記録)。",
    Cause.ROLLOVER: lambda s: f"日付が{shift_ja(s)}います(GPS受信機の週番号の不具合)。",
    Cause.DAY: lambda s: f"日付が{shift_ja(s)}います(日付のない記録)。",
    Cause.CLOCK_ERROR: lambda s: f"時計が{shift_ja(s)}います。",
    Cause.UNSTEADY: lambda s: "時計の差が一定でなく、どちらが正しいか決められません。",
    Cause.CONTRADICTION: lambda s: "ほかの記録と食い違い、時刻の差だけでは説明できません。",
    Cause.NO_OVERLAP: lambda s: "画像の撮影時刻とGPS軌跡の時刻が重なりません。",
}
_DONE = {
    Verdict.CORRECTED: "補正して使いました",
    Verdict.REFUSED: "確かでないため使いませんでした",
    Verdict.TOLD: "補正していません。時計と drive.toml の timezone, time_offset_s を確認してください",
}


def leap_seconds(time_s: float) -> float:
    """GPS time minus UTC at a time since 1970 (13 s before 2006).

    >>> leap_seconds(datetime(2026, 6, 3, tzinfo=UTC).timestamp()), leap_seconds(datetime(2016, 6, 3).timestamp())
    (18.0, 17.0)
    """
    return _GPS_MINUS_UTC[max(bisect_right(_DAYS, time_s) - 1, 0)][1]


def known_shift(shift_s: float, time_s: float, slack_s: float = EXACT_S) -> tuple[Cause, float]:
    """The cause of a measured shift at about `time_s`, and the exact shift where the cause has one.

    >>> known_shift(32401.2, 1.78e9), known_shift(17.4, 1.78e9), known_shift(47.3, 1.78e9)
    ((<Cause.ZONE: 'zone'>, 32400.0), (<Cause.GPS_TIME: 'gps_time'>, 18.0), (<Cause.CLOCK_ERROR: 'clock_error'>, 47.3))
    """
    rollovers = round(shift_s / ROLLOVER_S)
    if rollovers and abs(shift_s - rollovers * ROLLOVER_S) <= ENDS_S:
        return Cause.ROLLOVER, rollovers * ROLLOVER_S
    hours = round(shift_s / HALF_HOUR_S) * HALF_HOUR_S
    if hours and abs(hours) <= FAR_S and abs(shift_s - hours) <= slack_s:
        return Cause.ZONE, hours
    leap = leap_seconds(time_s)
    if abs(shift_s - leap) <= slack_s:
        return Cause.GPS_TIME, leap
    return Cause.CLOCK_ERROR, shift_s


@dataclass(frozen=True)
class Comparison:
    """Two clocks of the same `photos`: the first minus the second."""

    shift_s: float  #: median; where the second is stale at times, of the photos where it is not
    spread_s: float  #: within which SHARE of the photos lie around the median
    drift_s: float  #: from the first photo to the last, by the straight line through the medians of both halves
    photos: int
    stale: bool = False  #: the second lags now and then (a phone that repeats its last fix), the first keeps time

    @property
    def steady(self) -> bool:
        """Whether the two keep their distance, so far as satellite time in EXIF can tell."""
        return self.photos >= LEAST_PHOTOS and (self.stale or max(self.spread_s, abs(self.drift_s)) <= AGREE_S)

    @property
    def zone_s(self) -> float:
        """The whole half hours in the shift."""
        return round(self.shift_s / HALF_HOUR_S) * HALF_HOUR_S


def compare_clocks(time_s: Floats, reference_s: Floats) -> Comparison | None:
    """How the clock that gave `time_s` (n,) runs against `reference_s` (n,; NaN = none), in the order of shooting.

    Of photos that repeat one reference (a phone writes its last fix again and again) only the first counts. None
    where no photo has both.
    """
    both = np.isfinite(time_s) & np.isfinite(reference_s)
    time_s, reference_s = time_s[both], reference_s[both]
    if not len(time_s):
        return None
    fresh = np.concatenate([[True], np.diff(reference_s) != 0])
    time_s, apart = time_s[fresh], (time_s - reference_s)[fresh]
    shift = float(np.median(apart))
    spread = float(np.quantile(np.abs(apart - shift), SHARE, method="lower"))
    half = len(apart) // 2
    drift = 2 * float(np.median(apart[-half:]) - np.median(apart[:half])) if half else 0.0
    if half >= LEAST_STALE and max(spread, abs(drift)) > AGREE_S:
        floors = [float(np.quantile(part, 0.1)) for part in (apart[:half], apart[-half:])]
        floor = float(np.mean(floors))
        if abs(floors[1] - floors[0]) <= AGREE_S / 2 and np.mean(np.abs(apart - floor) <= EXACT_S) >= STALE_SHARE:
            return Comparison(floor, spread, drift, len(apart), stale=True)
    return Comparison(shift, spread, drift, len(apart))


@dataclass(frozen=True)
class Fit:
    """The frames' times fit into the track's once `shift_s` is taken off the track's."""

    shift_s: float
    certain: bool


def covered(frame_s: Floats, begin_s: float, end_s: float, slack_s: float = EXACT_S) -> float:
    """Share of the frames' times within a span.

    >>> covered(np.array([0.0, 5.0, 99.0, 100.0]), 4.0, 99.0)
    0.75
    """
    return float(np.mean((frame_s >= begin_s - slack_s) & (frame_s <= end_s + slack_s)))


def fit_spans(frame_s: Floats, begin_s: float, end_s: float, *, dateless: bool = False) -> Fit | None:
    """The shift of a track's span against the frames' times (n,) where they hardly meet; None where no shift does it.

    The candidates are whole and half hours, weeks of a rollover and, for a log without dates, days. A shift is certain
    where the frames hardly meet the track unshifted and all lie in it shifted, and either it is one of the usual
    confusions (9 hours, rollover, days) and the only one of these that fits, or both ends agree within a minute.
    """
    first, last = float(frame_s.min()), float(frame_s.max())
    usual = [NINE_HOURS_S, -NINE_HOURS_S, *(n * ROLLOVER_S for n in (-2, -1, 1))]
    usual += [n * 86400.0 for n in (-2, -1, 1, 2)] if dateless else []
    other = [n * HALF_HOUR_S for n in range(-28, 29) if n and n * HALF_HOUR_S not in usual]
    here = covered(frame_s, begin_s, end_s)
    fits = [s for s in (*usual, *other) if covered(frame_s, begin_s - s, end_s - s) >= ALL]
    if here > 0.5 or not fits:
        return None
    both_ends = [s for s in fits if abs(begin_s - s - first) <= ENDS_S and abs(end_s - s - last) <= ENDS_S]
    likely = [s for s in fits if s in usual]
    if len(both_ends) == 1 and end_s - begin_s > 2 * ENDS_S:
        return Fit(both_ends[0], True)
    if len(likely) == 1 and here == 0:
        return Fit(likely[0], True)
    return Fit((both_ends or likely or sorted(fits, key=abs))[0], False)


def outside(frame_s: Floats, time_s: Floats) -> tuple[int, float]:
    """How many frames lie more than a minute before or after a track's times, and by how much at most.

    >>> outside(np.array([0.0, 3600.0]), np.array([0.0, 60.0]))
    (1, 3540.0)
    """
    far = np.maximum(float(time_s.min()) - frame_s, frame_s - float(time_s.max()))
    return int((far > ENDS_S).sum()), float(max(far.max(initial=0.0), 0.0))
