"""The clocks of a drive compared: photos with satellite time, tracks with photos, tracks with each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from pavement.clock import (
    AGREE_S,
    ENDS_S,
    LEAST_PHOTOS,
    Cause,
    Comparison,
    Finding,
    Verdict,
    compare_clocks,
    covered,
    fit_spans,
    known_shift,
    outside,
)
from pavement.clock_words import about_ja, size_ja, span_ja
from pavement.drive import Reason, TimeSource
from pavement.imu.samples import ImuSamples
from pavement.sources.imu_csv import IMU_FILE
from pavement.sources.shots import Shot
from pavement.sources.times import parse_epoch_name
from pavement.sources.track_clocks import check_by_photos, check_each_other
from pavement.sources.tracks import TrackFile, join_good
from pavement.track import Track

Floats = NDArray[np.float64]

FRAMES = "frames"  #: stands where findings name a file
_CAMERA = (TimeSource.FRAMES_CSV, TimeSource.EXIF)
_WORDS = {TimeSource.FRAMES_CSV: "frames.csv", TimeSource.EXIF: "EXIFの撮影時刻"}


@dataclass(frozen=True)
class Clocks:
    """Shots and tracks with their clocks put right, and what was found besides what the tracks' own notices say."""

    shots: list[Shot]
    tracks: list[TrackFile]
    findings: tuple[Finding, ...]


def check_clocks(shots: Sequence[Shot], tracks: Sequence[TrackFile], given_offset_s: float | None) -> Clocks:
    """All the clocks of a drive. `given_offset_s`: what a person says of the frames' clock; then nothing is changed."""
    shots, of_photos = check_photos(shots, given_offset_s)
    tracks = check_by_photos(tracks, shots, given_offset_s is None)
    tracks = check_each_other(tracks, given_offset_s is None)
    shots, tracks, of_spans = check_spans(shots, tracks, given_offset_s)
    return Clocks(shots, tracks, (*of_photos, *of_spans))


def times_of(shots: Iterable[Shot]) -> Floats:
    """Seconds since 1970 (n,) of the frames in use."""
    used = (shot.frame for shot in shots if shot.frame.rejected is None)
    return np.array([frame.timestamp.timestamp() for frame in used if frame.timestamp], float)


def check_photos(shots: Sequence[Shot], given_offset_s: float | None = None) -> tuple[list[Shot], list[Finding]]:
    """Photos' times against the satellite time in the same photos or epoch seconds in their names, camera by camera.

    A steady shift is taken off, an unsteady one costs the photos that do not agree with their satellite time.
    """
    changed = list(shots)
    findings = []
    order = sorted(range(len(shots)), key=lambda i: _camera(shots[i]))
    for (source, folder), group in groupby(order, lambda i: _camera(shots[i])):
        members = [i for i in group if shots[i].frame.timestamp is not None]
        if source not in _CAMERA or not members:
            continue
        time_s = np.array([_seconds(shots[i]) for i in members]) + (given_offset_s or 0.0)
        reference_s = np.array([_reference(shots[i]) for i in members])
        found = compare_clocks(time_s, reference_s)
        if found is None or (abs(found.shift_s) <= AGREE_S and (found.steady or found.photos < LEAST_PHOTOS)):
            continue
        name = f"{folder} {_WORDS[TimeSource(source)]}"
        finding = _judge(name, found, given_offset_s is not None)
        if finding is None:
            continue
        findings.append(finding)
        for i, time, reference in zip(members, time_s, reference_s, strict=True):
            changed[i] = _corrected(changed[i], finding, found, time, reference)
    return changed, findings


def _camera(shot: Shot) -> tuple[str, str]:
    return (shot.frame.time_source or "", PurePosixPath(shot.frame.file).parent.as_posix())


def _seconds(shot: Shot) -> float:
    return shot.frame.timestamp.timestamp() if shot.frame.timestamp else math.nan


def _reference(shot: Shot) -> float:
    sure = shot.exif.gps_time or parse_epoch_name(PurePosixPath(shot.frame.file).stem)
    return sure.timestamp() if sure else math.nan


def _judge(name: str, found: Comparison, offset_given: bool) -> Finding | None:
    """What a comparison that is not in order says of a camera's clock."""
    against = f"画像のGPS時刻・ファイル名の通算秒との差の中央値{found.shift_s:+,.1f}秒(画像{found.photos}枚)"
    if found.photos < LEAST_PHOTOS:
        far = abs(found.shift_s) > ENDS_S
        return Finding(name, Cause.CLOCK_ERROR, Verdict.TOLD, found.shift_s, against) if far else None
    if found.steady:
        only_zone = found.zone_s and abs(found.shift_s - found.zone_s) <= AGREE_S
        cause, shift = (Cause.ZONE, found.zone_s) if only_zone else (Cause.CLOCK_ERROR, found.shift_s)
        return Finding(name, cause, Verdict.TOLD if offset_given else Verdict.CORRECTED, shift, f"{against}。差は一定")
    scatter = f"{against}。ばらつき{found.spread_s:,.0f}秒、変化{found.drift_s:+,.0f}秒"
    verdict = Verdict.TOLD if offset_given else Verdict.REFUSED
    return Finding(name, Cause.UNSTEADY, verdict, found.zone_s or None, scatter)


def _corrected(shot: Shot, finding: Finding, found: Comparison, time_s: float, reference_s: float) -> Shot:
    frame = shot.frame
    if finding.verdict is Verdict.TOLD or frame.timestamp is None:
        return shot
    frame = replace(frame, timestamp=frame.timestamp - timedelta(seconds=finding.shift_s or 0.0))
    agrees = abs(time_s - found.zone_s - reference_s) <= AGREE_S
    if finding.verdict is Verdict.REFUSED and not agrees and frame.rejected is None:
        frame = replace(frame, rejected=Reason.DOUBTFUL_TIME)
    return replace(shot, frame=frame, offset="GPS")


def check_spans(
    shots: Sequence[Shot], tracks: Sequence[TrackFile], given_offset_s: float | None = None
) -> tuple[list[Shot], list[TrackFile], list[Finding]]:
    """The frames' times against the tracks': a certain shift is taken off the clock that is likelier wrong.

    That is the frames' where their times bear no offset from UTC, or a Z and are ahead: Japan's time written as UTC.
    Else it is the track's.
    """
    shots, tracks = list(shots), list(tracks)
    frame_s = times_of(shots) + (given_offset_s or 0.0)
    track = join_good(tracks)
    if not len(frame_s) or not len(track):
        return shots, tracks, []
    begin, end = float(track.time_s[0]), float(track.time_s[-1])
    fit = fit_spans(frame_s, begin, end, dateless=any(file.dateless for file in tracks))
    spans = f"画像({span_ja(frame_s)})とGPS軌跡({span_ja(track.time_s)})"
    if fit is None or not fit.certain or given_offset_s is not None:
        return shots, tracks, _unexplained(frame_s, track.time_s, spans, fit.shift_s if fit else None)
    evidence = f"{spans}の時刻は、差を{size_ja(fit.shift_s)}とみたときだけ重なります"
    believed = sum(_believed(shot, fit.shift_s < 0) for shot in shots if shot.frame.rejected is None)
    cause = known_shift(fit.shift_s, begin)[0]
    if cause is Cause.ZONE and believed <= len(frame_s) / 2:
        finding = Finding(FRAMES, cause, Verdict.CORRECTED, -fit.shift_s, evidence)
        return [_moved(shot, fit.shift_s) for shot in shots], tracks, [finding]
    cause = cause if cause in (Cause.ZONE, Cause.ROLLOVER) else Cause.DAY
    tracks = [
        file.shifted(Finding(file.file, cause, Verdict.CORRECTED, fit.shift_s, evidence)) if len(file.good()) else file
        for file in tracks
    ]
    return shots, tracks, []


def check_imu(samples: ImuSamples, track: Track) -> tuple[ImuSamples, Finding | None]:
    """The motion sensors' times against the track's: a certain shift is taken off."""
    if not len(samples) or not len(track):
        return samples, None
    fit = fit_spans(samples.time_s, float(track.time_s.min()), float(track.time_s.max()))
    if fit is None or not fit.certain:
        return samples, None
    evidence = f"GPS軌跡の時刻とは、差を{size_ja(fit.shift_s)}とみたときだけ重なります"
    finding = Finding(IMU_FILE, known_shift(-fit.shift_s, 0.0)[0], Verdict.CORRECTED, -fit.shift_s, evidence)
    return replace(samples, time_s=samples.time_s + fit.shift_s), finding


def _believed(shot: Shot, ahead: bool) -> bool:
    """Whether a frame's offset from UTC is to be believed rather than the track's clock."""
    return bool(shot.offset) and not (ahead and shot.offset.upper() == "Z")


def _moved(shot: Shot, by_s: float) -> Shot:
    time = shot.frame.timestamp
    return shot if time is None else replace(shot, frame=replace(shot.frame, timestamp=time + timedelta(seconds=by_s)))


def _unexplained(frame_s: Floats, time_s: Floats, spans: str, perhaps_s: float | None) -> list[Finding]:
    """What to say of frames outside the track's times where no shift is certain."""
    begin, end = float(time_s[0]), float(time_s[-1])
    far, most_s = outside(frame_s, time_s)
    if covered(frame_s, begin, end, 0.0) == 0:
        gap = max(begin - float(frame_s.max()), float(frame_s.min()) - end)
        hint = f"差は{size_ja(perhaps_s)}かもしれません" if perhaps_s else f"間は{about_ja(gap)}"
        return [Finding(FRAMES, Cause.NO_OVERLAP, Verdict.REFUSED, perhaps_s, f"{spans}。{hint}")]
    if far:
        evidence = f"{spans}。画像{far}枚が軌跡の時刻の外にあります(最大{most_s / 60:,.0f}分)"
        return [Finding(FRAMES, Cause.NO_OVERLAP, Verdict.REFUSED, None, evidence)]
    return []
