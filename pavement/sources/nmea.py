"""NMEA 0183: position from GGA and RMC sentences of any constellation, also with a logger's prefix and suffix."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import reduce
from pathlib import PurePosixPath

from pavement.clock import Cause, Finding, Verdict, leap_seconds
from pavement.sources.fix import HDOP_TO_M, Fix, Parsed, number
from pavement.sources.text import at_most
from pavement.sources.times import parse_file_name
from pavement.track import Flaw

_SENTENCE = re.compile(r"\$([A-Z]{2}(RMC|GGA),[^$*]*)(?:\*([0-9A-Fa-f]{2}))?(?:\s*,(\d{13})(?!\d))?")
_DAMAGED = "damaged"  #: the kind of a sentence whose checksum is wrong or missing
_LEAST_LOGGED = 5  #: sentences with the logger's clock from which that is believed
_LATE_S = 4.0  #: so late a logger may write a sentence down
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


def parse_nmea(text: str, file: str, zone: tzinfo, near_s: float = math.nan) -> Parsed:
    """The fixes of NMEA text in input order; neighbouring RMC and GGA of the same second make one fix.

    RMC gives date, speed and course; GGA the finer position and the accuracy (hdop × 5 m). A GGA sentence takes the day
    that brings it nearest to the last known time: of the sentence before, else of the first RMC, else of the logger's
    clock, else of the file's name, else `near_s` (when the photos were taken). A sentence whose checksum is wrong or
    missing is not used; a moment that no sound sentence tells is a damaged fix.
    """
    matches = list(at_most(_SENTENCE.finditer(text)))
    sentences = [_sentence(m) for m in matches]
    sound = [s for s in sentences if s.kind != _DAMAGED]
    dateless = bool(sound) and not any(math.isfinite(s.date_s + s.clock_s) or math.isfinite(s.logged_s) for s in sound)
    named = parse_file_name(PurePosixPath(file).stem, zone)
    start_s = named.timestamp() if named else near_s
    fixes = list(_merged(_dated(sentences, start_s)))
    remarks = []
    if broken := len(sentences) - len(sound):
        remarks.append(f"チェックサムの合わない{broken}文を使いませんでした")
    if not matches:
        remarks.append("NMEAの測位文(RMC, GGA)がありません。このファイルは使いません")
    elif dateless:
        source = "ファイル名" if named else "画像の撮影時刻" if math.isfinite(near_s) else ""
        remarks.append(
            f"日付のある文(RMC)がありません。{source}から日付を補いました"
            if source
            else "日付のある文(RMC)がなく、日付が分かりません。RMC文も記録するか、ファイル名に日時を付けてください"
        )
    ahead_s = _ahead_of_utc(sound)
    if not ahead_s:
        return Parsed(fixes, remarks, dateless)
    evidence = "記録した端末の時計より、ちょうど閏秒の分だけ先の時刻が書かれています"
    finding = Finding(file, Cause.GPS_TIME, Verdict.CORRECTED, ahead_s, evidence)
    return Parsed([replace(fix, time_s=fix.time_s - ahead_s) for fix in fixes], remarks, dateless, (finding,))


def _ahead_of_utc(sentences: Sequence[Sentence]) -> float:
    """The leap seconds where GPS time was written as UTC, else 0: the logger's own clock is earlier by just as much.

    A logger writes a sentence down some seconds after its moment, never before.
    """
    logged = [s for s in sentences if math.isfinite(s.date_s + s.clock_s + s.logged_s)]
    if len(logged) < _LEAST_LOGGED:
        return 0.0
    leap = leap_seconds(logged[0].logged_s)
    early = [s.date_s + s.clock_s - s.logged_s for s in logged]
    return leap if all(leap - _LATE_S <= each <= leap + 1 for each in early) else 0.0


def _sentence(match: re.Match[str]) -> Sentence:
    fields = match[1].split(",") + [""] * 12
    logged = int(match[4]) / 1000 if match[4] else math.nan
    clock = _clock(fields[1])
    if match[3] is None or checksum(match[1]) != int(match[3], 16):
        return Sentence(_DAMAGED, clock, math.nan, math.nan, Fix(flaw=Flaw.DAMAGED))
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


def _dated(sentences: Sequence[Sentence], start_s: float) -> Iterator[tuple[Sentence, float]]:
    """Each sentence with its time in seconds since 1970; NaN where no source tells the day."""
    dated = (s.date_s + s.clock_s for s in sentences if math.isfinite(s.date_s + s.clock_s))
    near = next(dated, start_s)
    for sentence in sentences:
        if sentence.kind == _DAMAGED:
            yield sentence, math.nan
            continue
        if math.isfinite(sentence.date_s):
            time = sentence.date_s + sentence.clock_s
        else:
            anchor = sentence.logged_s if math.isfinite(sentence.logged_s) else near
            time = sentence.clock_s + _DAY_S * _round((anchor - sentence.clock_s) / _DAY_S)
        near = time if math.isfinite(time) else near
        yield sentence, time


def _merged(dated: Iterator[tuple[Sentence, float]]) -> Iterator[Fix]:
    """One fix for neighbouring sentences of one moment; a kind that comes twice starts another fix.

    A damaged sentence adds nothing to a sound one of its moment; a fix that is left without a day beside it is damaged.
    """
    open_fix, open_kinds, clock = Fix(), set[str](), math.nan
    for sentence, time in dated:
        fix = replace(sentence.fix, time_s=time)
        one_moment = sentence.clock_s == clock and not abs(time - open_fix.time_s) > 0  # an unknown day may be the same
        if open_kinds and one_moment and sentence.kind not in open_kinds:
            if _DAMAGED in (sentence.kind, *open_kinds):
                sound = open_fix if sentence.kind == _DAMAGED else fix
                open_fix = sound if math.isfinite(sound.time_s) else replace(sound, flaw=Flaw.DAMAGED)
            else:
                open_fix = _both(open_fix, fix) if sentence.kind == "RMC" else _both(fix, open_fix)
            open_kinds.add(sentence.kind)
            continue
        if open_kinds:
            yield open_fix
        open_fix, open_kinds, clock = fix, {sentence.kind}, sentence.clock_s
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
