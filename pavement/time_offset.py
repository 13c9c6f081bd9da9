"""The camera's clock against the receiver's, from how fast the pictures say that the car went and turned.

What moves between two pictures (`pavement.picture_flow`), divided by the time between them, follows the track's speed,
and what moves sideways its rate of turn. The offset is where both fit best. Stops, starts and bends carry it; an even
drive straight ahead does not tell it, and the result then says so. Lessons: mapillary_tools #86.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pavement.clock import Cause, Finding, Verdict, leap_seconds
from pavement.clock_words import shift_ja
from pavement.offset_fit import LEAST_PAIRS, STEP_S, Channel, Window, likelihood, lowest
from pavement.track import Track
from pavement.track_motion import motion_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEARCH_S = 30.0  #: either way; the leap seconds lie within
BLOCKS = 10  #: of a drive, each of which is left out once
FLOOR_SD_S = 0.1  #: receivers and cameras lag by so much, each in its own way
LEAST_S = 0.3  #: smaller offsets are not worth applying: 4 m at 50 km/h, less than the fixes' own error
SIGMAS = 3.0
FINEST = 0.005  #: of the way: pictures tell no smaller difference along or aside
WORST_SD_S = 0.5
EXPLAINED = 0.5  #: least share of the variance of speed or turning that the track explains
RIVAL = 8.0  #: least log-likelihood ratio against any other minimum …
RIVAL_S = 2.0  #: … farther away
NAMED_S = (
    4.0  #: about the leap seconds, which GPS time written as UTC explains: they need only beat the offsets about 0,
)
NAMED_EXPLAINED = 0.4  #: with this share of the variance


class Doubt(StrEnum):
    """Why an offset is not certain; `DOUBT_JA` is what people read."""

    FEW = "few_pairs"
    EVEN = "even_drive"
    POOR = "poor_fit"
    RIVALS = "several_fit"
    EDGE = "at_the_edge"


DOUBT_JA = {
    Doubt.FEW: "比べられる画像が少ない",
    Doubt.EVEN: "加減速・停止・曲線が少なく、ずれが決まらない",
    Doubt.POOR: "画像の動きとGPSの速度が合わない",
    Doubt.RIVALS: "合うずれが複数ある",
    Doubt.EDGE: f"ずれが{SEARCH_S:.0f}秒以上ある可能性がある",
}


@dataclass(frozen=True)
class PictureFlow:
    """Flow between neighbouring pictures; arrays (n,): seconds since 1970 UTC of both, metres along and to the right
    in an unknown unit (NaN = not measured).
    """

    start_s: Floats
    end_s: Floats
    way: Floats
    aside: Floats


@dataclass(frozen=True)
class TimeOffset:
    """Seconds to add to the frames' times to get the track's, one standard deviation, and whether that is certain."""

    offset_s: float
    sd_s: float
    explained: float
    pairs: int
    doubt: Doubt | None
    gps_time: bool = False  #: the offset is the leap seconds: the track bears GPS time for UTC
    agrees: bool = True  #: an offset of `RIVAL_S` or less is not excluded

    @property
    def certain(self) -> bool:
        """Whether the offset is known."""
        return self.doubt is None

    @property
    def applied_s(self) -> float:
        """What is to be added to the frames' times: nothing where the offset is not certain or too small to matter."""
        large = self.gps_time or abs(self.offset_s) > max(LEAST_S, SIGMAS * self.sd_s)
        return self.offset_s if self.certain and large else 0.0

    def finding(self) -> Finding | None:
        """A clock that was put right, or is wrong for certain by an uncertain time; None where there is none."""
        if not self.applied_s and self.agrees:
            return None
        evidence = (
            f"画像の動きとGPS軌跡の速度・向きは、画像の時刻に{self.offset_s:+.2f}±{self.sd_s:.2f}秒を足すと合います"
            f"(画像{self.pairs}組、説明できる割合{100 * self.explained:.0f} %)"
        )
        if self.gps_time:
            return Finding("track", Cause.GPS_TIME, Verdict.CORRECTED, self.offset_s, evidence)
        verdict = Verdict.CORRECTED if self.applied_s else Verdict.TOLD
        return Finding("frames", Cause.CLOCK_ERROR, verdict, -self.offset_s, evidence)

    def report(self) -> dict[str, object]:
        """For run.json; unknown numbers are None."""
        return {
            "offset_s": _number(self.offset_s),
            "sd_s": _number(self.sd_s),
            "explained": _number(self.explained),
            "pairs": self.pairs,
            "certain": self.certain,
            "doubt": self.doubt.value if self.doubt else None,
            "applied_s": round(self.applied_s, 3),
        }

    def message(self) -> str:
        """In Japanese, for the report."""
        if self.doubt:
            return f"画像とGPSの時計のずれは推定できませんでした({DOUBT_JA[self.doubt]})。補正していません"
        done = f"{shift_ja(-self.offset_s)}いるとして補正しました" if self.applied_s else "補正の必要はありません"
        return f"画像の時計のずれの推定: {self.offset_s:+.2f}±{self.sd_s:.2f}秒。{done}"


def estimate_offset(flow: PictureFlow, track: Track) -> TimeOffset:
    """The offset of the frames' clock against the track's. A low likelihood elsewhere, agreement of all parts of the
    drive, and a track that explains most of what the pictures show make it certain.
    """
    motion = motion_of(track)
    seen = np.isfinite(flow.way) & (flow.end_s > flow.start_s)
    if motion is None or seen.sum() < LEAST_PAIRS:
        return TimeOffset(np.nan, np.nan, np.nan, int(seen.sum()), Doubt.FEW)
    start_s, end_s, way, aside = (each[seen] for each in (flow.start_s, flow.end_s, flow.way, flow.aside))
    shifts = np.arange(-SEARCH_S, SEARCH_S + STEP_S / 2, STEP_S)
    told = [motion.between(start_s + shift, end_s + shift) for shift in shifts]
    window = Window.of(start_s, end_s)
    speed, turn = (np.array([window.mean(each[k]) for each in told]) for k in (0, 1))
    turn = np.where(np.isnan(speed), np.nan, turn)
    rate = window.mean(way / (end_s - start_s))
    finest = FINEST * float(np.median(rate)) + 1e-9
    parts = [
        Channel.of(rate, speed, finest, through_zero=True),
        Channel.of(window.mean(aside / (end_s - start_s)), turn, finest, through_zero=False),
    ]
    everything = np.ones(len(way), bool)
    curve, explained = likelihood(parts, everything)
    best = int(curve.argmin())
    offset = lowest(shifts, curve, best)
    block = (np.arange(len(way)) * BLOCKS) // len(way)
    near = np.flatnonzero(np.abs(shifts - offset) <= 3 * RIVAL_S)
    nearby = [part.at(near) for part in parts]
    others = []
    for k in range(BLOCKS):
        part, _ = likelihood(nearby, block != k)
        others.append(lowest(shifts[near], part, int(part.argmin())))
    scatter = float(np.sqrt((BLOCKS - 1) / BLOCKS * np.sum((np.array(others) - np.mean(others)) ** 2)))
    sd = float(np.hypot(scatter, FLOOR_SD_S))
    rivals = curve[np.abs(shifts - offset) > RIVAL_S]
    doubt = None
    if best in (0, len(shifts) - 1):
        doubt = Doubt.EDGE
    elif sd > WORST_SD_S or rivals.min(initial=np.inf) - curve[best] < RIVAL:
        doubt = Doubt.RIVALS if sd <= WORST_SD_S and explained[best] >= EXPLAINED else Doubt.EVEN
    elif explained[best] < EXPLAINED:
        doubt = Doubt.POOR
    leap = leap_seconds(float(track.time_s[0]))
    if abs(offset - leap) <= NAMED_S and explained[best] >= NAMED_EXPLAINED:
        ordinary = curve[np.abs(shifts) <= NAMED_S].min()
        if ordinary - curve[best] >= RIVAL and (doubt or abs(offset - leap) <= max(1.0, SIGMAS * sd)):
            return TimeOffset(leap, max(sd, FLOOR_SD_S), float(explained[best]), len(way), None, gps_time=True)
    agrees = curve[np.abs(shifts) <= RIVAL_S].min() - curve[best] < RIVAL or explained[best] < NAMED_EXPLAINED
    return TimeOffset(offset, sd, float(explained[best]), len(way), doubt, agrees=bool(agrees))


def _number(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None
