"""Reading a drive: every file once, each fault to the file that has it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from pathlib import Path

import numpy as np

from pavement.clock_words import JST
from pavement.drive import Drive, DriveFacts, Notice
from pavement.sources.clocks import Clocks, check_clocks, check_imu, check_photos, times_of
from pavement.sources.drive_toml import read_drive_toml
from pavement.sources.fix import Fix, Parsed
from pavement.sources.folder import DriveFiles, list_drive
from pavement.sources.frames_csv import frame_key, read_frames_csv
from pavement.sources.images import PhotoFile, scan_photo
from pavement.sources.imu_csv import IMU_FILE, read_imu
from pavement.sources.shots import Shot, flag_duplicates, photo_shot, shooting_order, video_shots
from pavement.sources.times import parse_zone
from pavement.sources.tracks import TrackFile, merge, read_tracks, to_track_file

Progress = Callable[[int, int], None]  #: files read so far, files in all
_READERS = 4


def read_drive(path: Path, *, progress: Progress | None = None) -> Drive:
    """The drive in folder `path` (for a ZIP: `open_drive` first).

    Every frame is in the result, rejected ones with their reason; what is wrong with tracks and tables is in the
    notices. Raises BadInput where the folder is no drive or its drive.toml is wrong.
    """
    files = list_drive(path)
    facts, toml_notices = read_drive_toml(path / "drive.toml")
    zone = parse_zone(facts.timezone) or JST
    given = read_frames_csv(path / "frames.csv", zone)
    photos, hashes = _scan(path, files, progress)

    shots = [
        photo_shot(_name(path, file), photo, given, zone) for file, photo in zip(files.photos, photos, strict=True)
    ]
    videos = [
        video_shots(name, path / name, hashes[name], given, zone) for name in (_name(path, v) for v in files.videos)
    ]
    shots = flag_duplicates(sorted((*shots, *(shot for video in videos for shot in video)), key=shooting_order))
    clocks = _clocks(path, files, shots, zone, facts)
    shots = sorted(clocks.shots, key=shooting_order)
    merged = merge(_with_exif(clocks.tracks, shots, facts.time_offset_s))
    keys = [frame_key(_name(path, file)) for file in (*files.photos, *files.videos)]
    imu = read_imu(path / IMU_FILE, zone)
    samples, imu_clock = check_imu(imu.samples, merged.track) if imu else (None, None)
    findings = (*clocks.findings, *((imu_clock,) if imu_clock else ()))
    notices = (
        *toml_notices,
        *given.notices,
        *given.missing(keys),
        *_ignored(path, files),
        *merged.notices,
        *(imu.notices if imu else ()),
        *(Notice(finding.clock, finding.message) for finding in findings),
    )
    return Drive(
        name=path.resolve().name,
        facts=facts,
        frames=tuple(shot.frame for shot in shots),
        track=merged.track,
        notices=notices,
        fingerprint=_fingerprint(hashes),
        fixes_in=merged.fixes_in,
        fixes_rejected=merged.rejected,
        imu=samples,
        clocks=(*(finding for track in clocks.tracks for finding in track.findings), *findings),
    )


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _scan(folder: Path, files: DriveFiles, progress: Progress | None) -> tuple[list[PhotoFile], dict[str, str]]:
    """The photos' files in order, and size and sha256 of every input file by name; each file is read once."""
    others = (*files.videos, *files.tracks, *files.tables)
    total = len(files.photos) + len(others)
    photos: list[PhotoFile] = []
    hashes: dict[str, str] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for file, photo in zip(files.photos, pool.map(scan_photo, files.photos), strict=True):
            photos.append(photo)
            hashes[_name(folder, file)] = f"{photo.size} {photo.sha256}"
            _tell(progress, len(hashes), total)
        for file, digest in zip(others, pool.map(_hash, others), strict=True):
            hashes[_name(folder, file)] = digest
            _tell(progress, len(hashes), total)
    return photos, hashes


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _hash(path: Path) -> str:
    """Size and sha256 of a file of any size; of an empty one where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return f"{path.stat().st_size} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError:
        return f"0 {hashlib.sha256().hexdigest()}"


def _fingerprint(hashes: dict[str, str]) -> str:
    lines = (f"{name}\0{digest}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _clocks(folder: Path, files: DriveFiles, shots: Sequence[Shot], zone: tzinfo, facts: DriveFacts) -> Clocks:
    """The shots and the track files with their clocks compared; photos come first, since they date a dateless log."""
    given = facts.time_offset_s if facts.time_offset_given else None
    times = times_of(check_photos(shots, given)[0]) + facts.time_offset_s
    near_s = float(np.median(times)) if len(times) else math.nan
    return check_clocks(shots, read_tracks(files.tracks, folder, zone, near_s), given)


def _with_exif(tracks: Sequence[TrackFile], shots: Sequence[Shot], offset_s: float) -> list[TrackFile]:
    """The tracks; where none has a good fix, also that which the photos' EXIF makes."""
    if any(flaw is None for track in tracks for flaw in track.flaws):
        return list(tracks)
    return [*tracks, _exif_track(shots, offset_s)]


def _exif_track(shots: Sequence[Shot], offset_s: float) -> TrackFile:
    """The EXIF positions of the photos in use, at the photos' own times on the track's clock."""
    placed = [
        Fix(
            shot.frame.timestamp.timestamp() + offset_s,
            *(shot.exif.lon, shot.exif.lat, shot.exif.accuracy_m, shot.exif.speed_mps, shot.exif.heading_deg),
        )
        for shot in shots
        if shot.frame.rejected is None and shot.frame.timestamp and math.isfinite(shot.exif.lon + shot.exif.lat)
    ]
    if placed:
        return to_track_file("EXIF", Parsed(placed, ["使える軌跡のファイルがないため、画像のEXIF位置を使います"]))
    return to_track_file("EXIF", Parsed((), ["使える軌跡のファイルも画像のEXIF位置もありません。位置が分かりません"]))


def _ignored(folder: Path, files: DriveFiles) -> Iterator[Notice]:
    if files.ignored:
        name = _name(folder, files.ignored[0])
        yield Notice(name, f"JPEG・MP4以外の画像{len(files.ignored)}個は読みません。JPEGで保存してください")
