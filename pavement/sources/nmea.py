"""NMEA 0183: position from GGA and RMC sentences of any constellation, also with a logger's prefix and suffix."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import reduce
from pathlib import PurePosixPath

from pavement.sources.fix import HDOP_TO_M, Fix, Parsed, number
from pavement.sources.times import parse_file_name
from pavement.track import Flaw

_SENTENCE = re.compile(r"\$([A-Z]{2}(RMC|GGA),[^$*]*)(?:\*([0-9A-Fa-f]{2}))?(?:\s*,(\d{13})(?!\d))?")
_DAY_S = 86400.0
_KNOT_MPS = 1852 / 3600


@dataclass(frozen=True)
class Sentence:
    """A GGA or RMC sentence: seconds of its day, seconds of its date (NaN in GGA), the logger's clock, and the fix."""

    kind: str
    clock_s: float
    date_s: float
    logged_s: float
    fix: Fix


def checksum(body: str) -> int:
    """The checksum of what stands between `$` and `*`.

    >>> f"{checksum('GPGGA,220134.00,3725.4168121,N,12205.6498009,W,1,14,1.0,2.70,M,-32.64,M,,'):02X}"
    '53'
    """
    return reduce(lambda total, letter: total ^ letter, body.encode("utf-8", errors="replace"), 0)


def parse_nmea(text: str, file: str, zone: tzinfo) -> Parsed:
    """The fixes of NMEA text in input order; neighbouring RMC and GGA of the same second make one fix.

    RMC gives date, speed and course; GGA the finer position and the accuracy (hdop × 5 m). A GGA sentence takes the day
    that brings it nearest to the last known time: of the sentence before, else of the first RMC, else of the logger's
    clock, else of the file's name. A sentence whose checksum is wrong or missing is not used.
    """
    matches = list(_SENTENCE.finditer(text))
    good = [m for m in matches if m[3] is not None and checksum(m[1]) == int(m[3], 16)]
    named = parse_file_name(PurePosixPath(file).stem, zone)
    fixes = list(_merged(_dated([_sentence(m) for m in good], named)))
    lost = {m[1].split(",")[1] for m in matches} - {m[1].split(",")[1] for m in good}
    fixes += [Fix(flaw=Flaw.DAMAGED)] * len(lost)
    remarks = []
    if broken := len(matches) - len(good):
        remarks.append(f"チェックサムの合わない{broken}文を使いませんでした")
    if not matches:
        remarks.append("NMEAの測位文(RMC, GGA)がありません。このファイルは使いません")
    return Parsed(fixes, remarks)


def _sentence(match: re.Match[str]) -> Sentence:
    fields = match[1].split(",") + [""] * 12
    logged = int(match[4]) / 1000 if match[4] else math.nan
    clock = _clock(fields[1])
    if match[2] == "RMC":
        flaw = None if fields[2] == "A" else Flaw.NO_FIX
        fix = Fix(
            lat=_degrees(fields[3], fields[4]),
            lon=_degrees(fields[5], fields[6]),
            speed_mps=number(fields[7]) * _KNOT_MPS,
            heading_deg=number(fields[8]),
            flaw=flaw,
        )
        return Sentence("RMC", clock, _date(fields[9]), logged, fix)
    fix = Fix(
        lat=_degrees(fields[2], fields[3]),
        lon=_degrees(fields[4], fields[5]),
        accuracy_m=number(fields[8]) * HDOP_TO_M,
        flaw=Flaw.NO_FIX if fields[6] in ("", "0") else None,
    )
    return Sentence("GGA", clock, math.nan, logged, fix)


def _dated(sentences: Sequence[Sentence], named: datetime | None) -> Iterator[tuple[Sentence, float]]:
    """Each sentence with its time in seconds since 1970; NaN where no source tells the day."""
    dated = (s.date_s + s.clock_s for s in sentences if math.isfinite(s.date_s + s.clock_s))
    near = next(dated, named.timestamp() if named else math.nan)
    for sentence in sentences:
        if math.isfinite(sentence.date_s):
            time = sentence.date_s + sentence.clock_s
        else:
            anchor = sentence.logged_s if math.isfinite(sentence.logged_s) else near
            time = sentence.clock_s + _DAY_S * _round((anchor - sentence.clock_s) / _DAY_S)
        near = time if math.isfinite(time) else near
        yield sentence, time


def _merged(dated: Iterator[tuple[Sentence, float]]) -> Iterator[Fix]:
    """One fix for neighbouring sentences of one time; a kind that comes twice starts another fix."""
    open_fix, open_kinds = Fix(), set[str]()
    for sentence, time in dated:
        fix = replace(sentence.fix, time_s=time)
        if open_kinds and time == open_fix.time_s and sentence.kind not in open_kinds:
            open_fix = _both(open_fix, fix) if sentence.kind == "RMC" else _both(fix, open_fix)
            open_kinds.add(sentence.kind)
            continue
        if open_kinds:
            yield open_fix
        open_fix, open_kinds = fix, {sentence.kind}
    if open_kinds:
        yield open_fix


def _both(gga: Fix, rmc: Fix) -> Fix:
    flaw = rmc.flaw or gga.flaw
    return replace(gga, speed_mps=rmc.speed_mps, heading_deg=rmc.heading_deg, flaw=flaw)


def _clock(text: str) -> float:
    """Seconds of the day of `hhmmss[.sss]`; NaN for anything else."""
    if not re.fullmatch(r"\d{6}(\.\d*)?", text, re.ASCII):
        return math.nan
    seconds = int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:])
    return seconds if seconds <= _DAY_S else math.nan


def _date(text: str) -> float:
    """Seconds since 1970 of the midnight that begins `ddmmyy`; NaN for anything else."""
    try:
        return datetime.strptime(text, "%d%m%y").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return math.nan


def _degrees(text: str, side: str) -> float:
    """Degrees of `dddmm.mmmm` and N, S, E or W; NaN for anything else."""
    match = re.fullmatch(r"(\d{1,3})(\d\d(?:\.\d*)?)", text, re.ASCII)
    if match is None or side not in "NSEW" or not side or float(match[2]) >= 60:
        return math.nan
    degrees = int(match[1]) + float(match[2]) / 60
    return -degrees if side in "SW" else degrees


def _round(days: float) -> float:
    return math.floor(days + 0.5) if math.isfinite(days) else math.nan
