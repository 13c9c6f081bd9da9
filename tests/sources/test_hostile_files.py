"""Files that are not what their names say, or that would fill memory or disk: refused before anything is decoded."""

from __future__ import annotations

import struct
import time
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from pavement.errors import BadInput
from pavement.sources import folder as folders
from pavement.sources import pixels
from pavement.sources.folder import open_drive
from pavement.sources.gpx import parse_gpx
from pavement.sources.images import decode_photo, is_whole
from pavement.sources.pixels import VideoReader
from pavement.sources.video import read_video
from tests.builders import write_video


@pytest.mark.parametrize("name", ["a\0b.jpg", "frames/a\n.jpg", "frames/CON", "aux.csv", "frames/\u202egpj.exe"])
def test_names_that_no_disk_takes(tmp_path: Path, name: str) -> None:
    path = tmp_path / "drive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = info.orig_filename = name
        archive.writestr(info, b"x")
    with pytest.raises(BadInput, match="no disk takes"):
        open_drive(path, tmp_path / "scratch")
    assert not list((tmp_path / "scratch").rglob("*"))


def test_a_zip_of_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "drive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(11):
            archive.writestr(f"frames/{n}.jpg", b"")
    monkeypatch.setattr(folders, "_MOST_MEMBERS", 10)
    with pytest.raises(BadInput, match="more than 10 members"):
        open_drive(path, tmp_path / "scratch")


@pytest.mark.parametrize("wide", [False, True])
def test_a_list_of_members_that_would_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: bool
) -> None:
    path = tmp_path / "drive.zip"
    if wide:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)  # zipfile then writes the ZIP64 records
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(11):
            archive.writestr(f"frames/{n}.jpg", b"")
    assert (b"PK\6\6" in path.read_bytes()) == wide
    assert open_drive(path, tmp_path / "good").is_dir()
    monkeypatch.setattr(folders, "_MOST_DIRECTORY", 500)
    read = zipfile.ZipFile.__init__
    monkeypatch.setattr(zipfile.ZipFile, "__init__", lambda *_a, **_k: pytest.fail("it was read"))
    with pytest.raises(BadInput, match="list of members has"):
        open_drive(path, tmp_path / "scratch")
    monkeypatch.setattr(zipfile.ZipFile, "__init__", read)


@pytest.mark.parametrize("start", [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile x\n"])
def test_a_list_of_other_files_is_no_video(tmp_path: Path, start: bytes) -> None:
    (size,) = struct.unpack(">I", start[:4])
    video = write_video(tmp_path / "a.mp4").read_bytes()
    at = video.index(b"moov") - 4
    path = tmp_path / "b.mp4"
    with open(path, "wb") as file:  # sparse: its first box is as large as its text says, behind it a real one
        file.write(start)
        file.seek(size)
        file.write(video[at:])
    assert read_video(path) is None
    assert read_video(tmp_path / "a.mp4") is not None


def test_a_video_of_unbelievable_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "a.mp4")
    with VideoReader(path) as video:
        assert video.read(0) is not None
    monkeypatch.setattr(pixels, "MAX_PIXELS", 100)
    with VideoReader(path) as video:
        assert video.read(0) is None
        assert video.read(1) is None


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * min((width + 1) * height, 10**6))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_png_that_claims_a_gigapixel() -> None:
    assert decode_photo(png(20, 10)) is not None
    assert decode_photo(png(30_000, 30_000)) is None
    assert decode_photo(png(0, 10)) is None
    assert decode_photo(b"\x89PNG\r\n\x1a\nIEND") is None


def test_a_jpeg_of_endless_scans() -> None:
    _, made = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    data = made.tobytes()
    assert is_whole(data)
    last = data.rindex(b"\xff\xda")
    assert not is_whole(data[:last] + data[last:-2] * 1000 + data[-2:])
    assert is_whole(data + b"\xff\xda" * 1000)  # what a phone appends is not part of the picture


def test_a_photo_that_is_also_something_else_is_only_its_picture() -> None:
    _, made = cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))
    plain = decode_photo(made.tobytes())
    both = decode_photo(made.tobytes() + b"<script>alert(1)</script>PK\5\6" + b"\0" * 18)
    assert plain is not None
    assert both is not None
    assert np.array_equal(plain, both)


def test_an_xml_bomb_ends_at_once() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a0 "{"x" * 1000}">{entities}]><gpx><trk>&a11;</trk></gpx>'
    began = time.process_time()
    assert not parse_gpx(bomb).fixes
    assert time.process_time() - began < 5
