"""RTKLIB's solution files (.pos): positions in degrees, in GPS time, UTC or Japan's time as the header says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from pavement.clock import leap_seconds
from pavement.clock_words import JST
from pavement.sources.fix import Fix, Parsed, number
from pavement.sources.text import at_most, lines_of
from pavement.sources.times import parse_iso
from pavement.track import Flaw

_CLOCKS = {"GPST": UTC, "UTC": UTC, "JST": JST}
_GPS_EPOCH_S = 315_964_800.0  #: 1980-01-06
_WEEK_S = 604_800.0


def parse_pos(text: str, file: str = "", zone: tzinfo = UTC, near_s: float = math.nan) -> Parsed:
    """The fixes of a .pos file, one a row; accuracy_m is the horizontal standard deviation. Only `text` is needed.

    Times in GPST become UTC by the leap seconds of their day. A file whose header names no clock or no latitude and
    longitude in degrees (ECEF, baselines, degrees-minutes-seconds) gives no fix and a remark.
    """
    lines = list(at_most(lines_of(text)))
    header = next((line[1:].split() for line in lines if line.startswith("%") and "latitude(deg)" in line), [])
    if not header or header[0] not in _CLOCKS or "longitude(deg)" not in header:
        remark = "RTKLIBの見出し(GPST・UTC・JST と latitude(deg) longitude(deg))がないため、軌跡として使いません"
        return Parsed(remarks=[remark])
    names = [re.sub(r"\(.*\)", "", name) for name in header[1:]]
    return Parsed(list(_fixes(lines, header[0], names)))


def _fixes(lines: Sequence[str], clock: str, names: Sequence[str]) -> Iterator[Fix]:
    for line in lines:
        cells = line.replace(",", " ").split()
        if not cells or line.startswith("%"):
            continue
        if len(cells) < 4:
            yield Fix(flaw=Flaw.DAMAGED)
            continue
        row = dict(zip(names, map(number, cells[2:]), strict=False))
        yield _fix(_time(cells[0], cells[1], clock), row)


def _fix(time_s: float, row: Mapping[str, float]) -> Fix:
    north, east = row.get("vn", math.nan), row.get("ve", math.nan)
    return Fix(
        time_s=time_s,
        lon=row.get("longitude", math.nan),
        lat=row.get("latitude", math.nan),
        accuracy_m=math.hypot(row.get("sdn", math.nan), row.get("sde", math.nan)),
        speed_mps=math.hypot(north, east),
        heading_deg=math.degrees(math.atan2(east, north)) % 360,
        flaw=Flaw.NO_FIX if row.get("Q") == 0 else None,
    )


def _time(day: str, clock: str, kind: str) -> float:
    """Seconds since 1970 UTC of a date and a clock, or of a GPS week and its seconds; NaN for anything else."""
    time = parse_iso(f"{day} {clock}", _CLOCKS[kind])
    if time is not None:
        seconds = time.timestamp()
    elif re.fullmatch(r"\d{4}", day, re.ASCII):
        seconds = _GPS_EPOCH_S + int(day) * _WEEK_S + number(clock)
    else:
        return math.nan
    if kind != "GPST":
        return seconds
    return seconds - leap_seconds(seconds - leap_seconds(seconds))  # those of the day in UTC
