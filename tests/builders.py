"""Small builders of what tests need: tracks, photos, track files, videos, drives."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.ExifTags import IFD

from pavement.track import Track

START = datetime(2026, 6, 3, 1, 15, tzinfo=UTC)  #: 10:15 in Japan
AOMORI = (140.74, 40.82)


def make_track(fixes: Sequence[tuple[float, float, float]]) -> Track:
    """A track of (time_s, lon, lat)."""
    time_s, lon, lat = np.array(fixes, float).reshape(-1, 3).T
    return Track.of(time_s, lon, lat)


def write_jpeg(
    path: Path,
    *,
    shade: int = 128,
    size: tuple[int, int] = (48, 32),
    photo: Mapping[int, Any] | None = None,
    gps: Mapping[int, Any] | None = None,
) -> Path:
    """A JPEG of noise seeded by `shade` (so that its bytes differ); `photo` and `gps` are tags of the two EXIF IFDs."""
    pixels = np.random.default_rng(shade).integers(0, 255, (size[1], size[0], 3), np.uint8)
    exif = Image.Exif()
    if photo:
        exif.get_ifd(IFD.Exif).update(photo)
    if gps:
        exif.get_ifd(IFD.GPSInfo).update(gps)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "JPEG", exif=exif.tobytes() if photo or gps else b"")
    return path


def gpx_point(time: datetime, lon: float, lat: float) -> str:
    """One `trkpt`."""
    return f'<trkpt lat="{lat}" lon="{lon}"><time>{time:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'


def gpx_text(points: Iterable[str]) -> str:
    """A GPX file of one segment."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><trkseg>\n{chr(10).join(points)}\n</trkseg></trk></gpx>"


def write_gpx(path: Path, *, start: datetime = START, fixes: int = 10, lonlat: tuple[float, float] = AOMORI) -> Path:
    """A 1 Hz track going north by about 10 m/s."""
    times = (start + timedelta(seconds=k) for k in range(fixes))
    points = [gpx_point(time, lonlat[0], lonlat[1] + 9e-5 * k) for k, time in enumerate(times)]
    path.write_text(gpx_text(points), encoding="utf-8")
    return path


def write_video(path: Path, *, frames: int = 20, fps: float = 10.0, created: datetime | None = None) -> Path:
    """An MP4 whose frame i is grey of the shade 10·i; `created` goes to its mvhd box."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), 10 * i, np.uint8))
    writer.release()
    if created is not None:
        data = bytearray(path.read_bytes())
        seconds = int((created - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds())
        struct.pack_into(">I", data, data.index(b"mvhd") + 8, seconds)
        path.write_bytes(data)
    return path


def make_drive(folder: Path, *, frames: int = 3, start: datetime = START) -> Path:
    """A good drive: photos each second with times in frames.csv, and a track over them."""
    rows = ["file,timestamp"]
    for k in range(frames):
        write_jpeg(folder / "frames" / f"IMG_{k}.jpg", shade=k)
        rows.append(f"frames/IMG_{k}.jpg,{(start + timedelta(seconds=k + 0.25)).isoformat()}")
    (folder / "frames.csv").write_text("\n".join(rows), encoding="utf-8")
    write_gpx(folder / "track.gpx", start=start)
    return folder
