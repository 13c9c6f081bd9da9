"""The clocks of track files: against where the photos' own satellite fixes were, and against each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pavement.clock import AGREE_S, NINE_HOURS_S, Cause, Finding, Verdict, known_shift
from pavement.clock_places import APART_M, PlaceShift, apart_m, shift_by_places
from pavement.sources.shots import Shot
from pavement.sources.tracks import TrackFile

Floats = NDArray[np.float64]

ELSEWHERE_M = 300.0  #: a track so far from the photos' own positions at their times is not of this drive


def check_by_photos(tracks: Sequence[TrackFile], shots: Sequence[Shot], correct: bool = True) -> list[TrackFile]:
    """Each track against where the photos' own satellite fixes (time and position in EXIF) say that the car was."""
    seen = [shot.exif for shot in shots if shot.exif.gps_time and math.isfinite(shot.exif.lon + shot.exif.lat)]
    time_s = np.array([exif.gps_time.timestamp() for exif in seen if exif.gps_time], float)
    time_s, fresh = np.unique(time_s, return_index=True)
    lon, lat = np.array([(exif.lon, exif.lat) for exif in seen], float).reshape(-1, 2)[fresh].T
    return [_by_witness(track, time_s, lon, lat, "画像のEXIFのGPS", correct) for track in tracks]


def _by_witness(file: TrackFile, time_s: Floats, lon: Floats, lat: Floats, witness: str, correct: bool) -> TrackFile:
    track = file.good()
    if not len(track) or not len(time_s):
        return file
    found = shift_by_places(time_s, lon, lat, track)
    if found is not None and found.certain:
        return file if abs(found.shift_s) <= AGREE_S else _place_corrected(file, found, witness, correct)
    apart = apart_m(time_s, lon, lat, track)
    if not apart > ELSEWHERE_M:
        return file
    evidence = f"同じ時刻の{witness}の位置から{apart:,.0f} m離れています"
    finding = Finding(file.file, Cause.CONTRADICTION, Verdict.REFUSED if correct else Verdict.TOLD, None, evidence)
    return file.refused(finding) if correct else file.told(finding)


def _place_corrected(file: TrackFile, found: PlaceShift, witness: str, correct: bool) -> TrackFile:
    cause, shift = known_shift(found.shift_s, float(np.median(file.good().time_s)))
    evidence = f"{witness}と同じ場所を通った時刻の差が{found.shift_s:+,.1f}秒(一致{100 * found.support:.0f} %)"
    finding = Finding(file.file, cause, Verdict.CORRECTED if correct else Verdict.TOLD, shift, evidence)
    return file.shifted(finding) if correct else file.told(finding)


def check_each_other(tracks: Sequence[TrackFile], correct: bool = True) -> list[TrackFile]:
    """Tracks of one drive against each other: the later clock is the wrong one where the cause is known.

    Two that were at different places at the same times, or drove the same way with an unexplained shift, are both
    refused: nothing tells which of them is this drive's.
    """
    files = list(tracks)
    for a in range(len(files)):
        for b in range(a + 1, len(files)):
            files[a], files[b] = _pair(files[a], files[b], correct)
    return files


def _pair(a: TrackFile, b: TrackFile, correct: bool) -> tuple[TrackFile, TrackFile]:
    one, two = a.good(), b.good()
    if not len(one) or not len(two):
        return a, b
    apart = apart_m(two.time_s, two.lon, two.lat, one)
    found = shift_by_places(two.time_s, two.lon, two.lat, one)
    if found is not None and found.certain and abs(found.shift_s) > AGREE_S:
        size = abs(found.shift_s)
        cause, shift = known_shift(size, float(np.median(one.time_s)))
        late, early = (a, b) if found.shift_s > 0 else (b, a)
        if cause is Cause.ROLLOVER:
            late, early, shift = early, late, -shift
        if cause in (Cause.GPS_TIME, Cause.ROLLOVER) or shift == NINE_HOURS_S:
            evidence = f"{early.file}と同じ場所を通った時刻の差が{size:,.1f}秒(一致{100 * found.support:.0f} %)"
            finding = Finding(late.file, cause, Verdict.CORRECTED if correct else Verdict.TOLD, shift, evidence)
            right = late.shifted(finding) if correct else late.told(finding)
            return (right, b) if late is a else (a, right)
    if not apart > APART_M:
        return a, b
    return _contradicted(a, b, apart, correct), _contradicted(b, a, apart, correct)


def _contradicted(file: TrackFile, other: TrackFile, apart: float, correct: bool) -> TrackFile:
    evidence = f"同じ時刻の{other.file}の位置から{apart:,.0f} m離れています"
    finding = Finding(file.file, Cause.CONTRADICTION, Verdict.REFUSED if correct else Verdict.TOLD, None, evidence)
    return file.refused(finding) if correct else file.told(finding)
