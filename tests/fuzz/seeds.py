"""Small real files of every kind that a drive may hold, and ways to damage them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

SPLICES = (b"\0" * 64, b"\xff" * 16, b"\xff\xd9", b"PK\x03\x04", b'"', b"\n" * 20, b"<trkpt ", b"-1e999", b"9" * 400)


@dataclass(frozen=True)
class Cut:
    """One injury: bytes from a share of the file on are lost, doubled or replaced."""

    at: float
    length: int
    splice: bytes
    twice: bool

    def apply(self, data: bytes) -> bytes:
        """The injured bytes."""
        start = int(self.at * len(data))
        taken = data[start : start + self.length]
        return data[:start] + (taken * 2 if self.twice else self.splice) + data[start + self.length :]


injuries = st.lists(
    st.builds(
        Cut,
        at=st.floats(0, 1, exclude_max=True),
        length=st.integers(0, 40) | st.sampled_from([200, 5000, 10**9]),
        splice=st.binary(max_size=12) | st.sampled_from(SPLICES),
        twice=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def injure(data: bytes, cuts: list[Cut]) -> bytes:
    """All injuries, one after the other."""
    for cut in cuts:
        data = cut.apply(data)
    return data


def photo(seconds: int) -> bytes:
    """A JPEG with EXIF and GPS."""
    picture = Image.fromarray(np.random.default_rng(seconds).integers(80, 120, (60, 96, 3)).astype(np.uint8))
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = f"2026:06:03 09:00:{seconds:02}"
    exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] = "+09:00"
    place: dict[int, object] = {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (40.0, 49.0, 12.5 + seconds / 10)}
    place |= {GPS.GPSLongitudeRef: "E", GPS.GPSLongitude: (140.0, 44.0, 30.25)}
    exif.get_ifd(IFD.GPSInfo).update(place)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def video(folder: Path) -> bytes:
    """Two seconds of MP4."""
    file = folder / "seed.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 10, (96, 64))
    for shade in range(20):
        writer.write(np.full((64, 96, 3), 60 + 5 * shade, np.uint8))
    writer.release()
    return file.read_bytes()


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of a drive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def seed_files(folder: Path) -> dict[str, bytes]:
    """Path in the drive -> bytes: one of each kind."""
    clock = [f"2026-06-03T00:00:{n:02}Z" for n in range(10)]
    points = "".join(
        f'<trkpt lat="{40.82 + n / 1e4}" lon="140.74"><time>{at}</time><hdop>1</hdop></trkpt>'
        for n, at in enumerate(clock)
    )
    rows = "".join(f"{at},140.74,{40.82 + n / 1e4},3\n" for n, at in enumerate(clock))
    motion = "".join(f"2026-06-03T00:00:{n // 50:02}.{n % 50 * 20:03}Z,0.1,0.2,{9.8 + n % 3}\n" for n in range(300))
    body = "GPRMC,000001,A,4049.2000,N,14044.4000,E,10,0,030626,,"
    check = 0
    for letter in body.encode():
        check ^= letter
    return {
        "frames/a.jpg": photo(1),
        "frames/b.jpg": photo(3),
        "frames/c.jpg": photo(5),
        "video/d.mp4": video(folder),
        "e.gpx": f'<?xml version="1.0"?><gpx version="1.1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode(),
        "f.csv": f"timestamp,lon,lat,accuracy_m\n{rows}".encode(),
        "g.nmea": f"${body}*{check:02X}\r\n".encode() * 3,
        "frames.csv": f"file,timestamp\na.jpg,{clock[1]}\nb.jpg,{clock[3]}\n".encode(),
        "imu.csv": f"timestamp,ax,ay,az\n{motion}".encode(),
        "drive.toml": b'vehicle = "A"\n[camera]\nheight_m = 1.3\n',
    }
