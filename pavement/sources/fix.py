"""A fix as a parser of a track file finds it, before it becomes a row of a `Track`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pavement.clock import Finding
from pavement.track import Flaw, Track

HDOP_TO_M = 5.0  #: accuracy_m of a horizontal dilution of 1: the usual range error of a single-frequency receiver


@dataclass(frozen=True, slots=True)
class Fix:
    """One fix; NaN where not known. `flaw` is what the file itself says against it."""

    time_s: float = math.nan
    lon: float = math.nan
    lat: float = math.nan
    accuracy_m: float = math.nan
    speed_mps: float = math.nan
    heading_deg: float = math.nan
    flaw: Flaw | None = None


@dataclass(frozen=True)
class Parsed:
    """The fixes of one file in input order, and what a person should know of the file (Japanese).

    `dateless`: its day is a guess; `findings`: what is wrong with its clock by its own account, put right in `fixes`.
    """

    fixes: Sequence[Fix] = ()
    remarks: Sequence[str] = ()
    dateless: bool = False
    findings: Sequence[Finding] = ()


def number(text: str | None) -> float:
    """The number that `text` says; NaN for anything else, also for infinity."""
    try:
        value = float(text or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def to_track(fixes: Sequence[Fix]) -> Track:
    """The fixes as arrays, in the same order."""
    rows = np.array([(f.time_s, f.lon, f.lat, f.accuracy_m, f.speed_mps, f.heading_deg) for f in fixes], float)
    return Track(*rows.reshape(-1, 6).T)
