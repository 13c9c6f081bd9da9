"""Frames as their files give them: time, source of the time, and why one is not used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from pathlib import Path, PurePosixPath

from pavement.drive import Frame, Reason, TimeSource
from pavement.sources.exif import NO_EXIF, Exif, parse_exif_block
from pavement.sources.folder import natural
from pavement.sources.frames_csv import FrameTimes, frame_key
from pavement.sources.images import PhotoFile
from pavement.sources.times import parse_epoch_name, parse_file_name
from pavement.sources.video import picked_frames, read_video, start_time


@dataclass(frozen=True)
class Shot:
    """A frame with what its file said beyond it. `offset`: the time's own, "" = the drive's zone was taken."""

    frame: Frame
    sha256: str
    exif: Exif = NO_EXIF
    offset: str = ""


def photo_shot(file: str, photo: PhotoFile, given: FrameTimes, zone: tzinfo) -> Shot:
    """The frame of a photo named `file`, with the first time that the contract's sources give."""
    exif = parse_exif_block(photo.exif)
    stem = PurePosixPath(file).stem
    sources = (
        (TimeSource.FRAMES_CSV, given.times.get(frame_key(file))),
        (TimeSource.EXIF, exif.taken_at(zone)),
        (TimeSource.EXIF_GPS, exif.gps_time),
        (TimeSource.FILE_NAME, parse_file_name(stem, zone)),
    )
    time, source = next(((time, source) for source, time in sources if time is not None), (None, None))
    sound, refused = given.judged(frame_key(file))
    rejected = Reason.UNREADABLE if not photo.whole else Reason.NO_TIME if time is None else refused
    epoch = time is not None and time == parse_epoch_name(stem)
    offsets = {
        TimeSource.FRAMES_CSV: given.offsets.get(frame_key(file), ""),
        TimeSource.EXIF: exif.offset,
        TimeSource.EXIF_GPS: "GPS",
        TimeSource.FILE_NAME: "epoch" if epoch else "",
    }
    return Shot(Frame(file, time, source, rejected, sound), photo.sha256, exif, offsets[source] if source else "")


def video_shots(file: str, path: Path, digest: str, given: FrameTimes, zone: tzinfo) -> list[Shot]:
    """The picked frames of the video named `file`; a video that cannot be opened is one unreadable frame."""
    video = read_video(path)
    if video is None:
        return [Shot(Frame(file, None, None, Reason.UNREADABLE), digest)]
    row, named = given.times.get(frame_key(file)), parse_file_name(path.stem, zone)
    source = TimeSource.FRAMES_CSV if row else TimeSource.VIDEO if video.created else TimeSource.FILE_NAME
    start = row or start_time(video.created, named, video.duration_s)
    shots = []
    for index in picked_frames(video.times_s):
        name = f"{file}#{index:06d}"
        time = None if start is None else start + timedelta(seconds=float(video.times_s[index]))
        frame = Frame(name, time, source if time else None, None if time else Reason.NO_TIME)
        shots.append(Shot(frame, f"{digest}#{index}"))
    return shots


def shooting_order(shot: Shot) -> tuple[bool, float, tuple[tuple[int, int, str], ...]]:
    """By time, then by name; without a time last."""
    time = shot.frame.timestamp
    return time is None, 0.0 if time is None else time.timestamp(), natural(shot.frame.file)


def flag_duplicates(shots: Iterable[Shot]) -> list[Shot]:
    """The same shots; those with the bytes of an earlier one are rejected as duplicates."""
    seen: set[str] = set()
    kept = []
    for shot in shots:
        if shot.frame.rejected is not Reason.UNREADABLE and shot.sha256 in seen:
            shot = replace(shot, frame=replace(shot.frame, rejected=Reason.DUPLICATE))
        seen.add(shot.sha256)
        kept.append(shot)
    return kept
