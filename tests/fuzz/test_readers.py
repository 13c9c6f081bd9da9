"""Damaged files of every kind: the drive is read, its bad files are rejected or it is BadInput; nothing else."""

from __future__ import annotations

import shutil
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pavement.clock_words import JST
from pavement.drive import Drive
from pavement.errors import BadInput
from pavement.sources import iter_images, open_drive, read_drive
from pavement.sources.images import decode_photo, scan_photo
from pavement.sources.tracks import parse_track
from tests.fuzz.seeds import Cut, injure, injuries, photo, seed_files, zipped

MB = 2**20
more = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return seed_files(tmp_path_factory.mktemp("seeds"))


def read(folder: Path) -> Drive | None:
    """The drive with every picture decoded, or None for BadInput of one line."""
    try:
        drive = read_drive(folder)
    except BadInput as error:
        one_line(error)
        return None
    names = [frame.file for frame in drive.frames]
    assert [name for name, _ in iter_images(folder, names)] == names
    assert drive.fixes_in == len(drive.track) + sum(drive.fixes_rejected.values())
    return drive


def one_line(error: BadInput) -> None:
    assert "\n" not in str(error)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_the_seeds_are_sound(seeds: dict[str, bytes], tmp_path: Path) -> None:
    drive = read(write(tmp_path / "d", seeds))
    assert drive is not None
    assert len(drive.frames) > 4
    assert drive.fixes_rejected.keys() <= {"duplicate_time", "duplicate time"}
    assert drive.imu is not None


@more
@given(data=st.data(), cuts=injuries)
def test_one_injured_file_of_a_drive(
    seeds: dict[str, bytes], tmp_path: Path, data: st.DataObject, cuts: list[Cut]
) -> None:
    name = data.draw(st.sampled_from(sorted(seeds)))
    read(write(tmp_path / "d", {**seeds, name: injure(seeds[name], cuts)}))


@more
@given(cuts=injuries)
def test_an_injured_zip(seeds: dict[str, bytes], tmp_path: Path, cuts: list[Cut]) -> None:
    file = tmp_path / "走行.zip"
    file.write_bytes(injure(zipped(seeds), cuts))
    try:
        folder = open_drive(file, tmp_path / "scratch")
    except BadInput as error:
        one_line(error)
        return
    read(folder)


@more
@given(cuts=injuries)
def test_an_injured_photo_decodes_or_is_rejected(tmp_path: Path, cuts: list[Cut]) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(injure(photo(1), cuts))
    image = decode_photo(file.read_bytes())
    assert image is None or (scan_photo(file).whole and image.size < 10**6 * 3)


def zeros(file: Path, megabytes: int) -> Path:
    """A ZIP of nothing but zeros."""
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("frames/a.jpg", "w") as member,
    ):
        for _ in range(megabytes):
            member.write(b"\0" * MB)
    return file


@pytest.mark.parametrize("claims", [300 * MB, 10**9 * 4, 1000])
def test_a_zip_of_zeros_is_refused_or_cut_where_it_lies(tmp_path: Path, claims: int) -> None:
    file = zeros(tmp_path / "走行.zip", 300)
    data = bytearray(file.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, claims)  # the size that it declares
    file.write_bytes(data)
    tracemalloc.start()
    if claims > 200 * MB:
        with pytest.raises(BadInput, match="no drive shrinks like that"):
            open_drive(file, tmp_path / "scratch")
        assert not list((tmp_path / "scratch").glob("*/*"))
    else:
        drive = read(open_drive(file, tmp_path / "scratch"))
        assert drive is not None
        assert drive.frames[0].rejected is not None
    assert tracemalloc.get_traced_memory()[1] < 20 * MB
    tracemalloc.stop()


def test_a_photo_that_claims_sixty_thousand_pixels_a_side(tmp_path: Path) -> None:
    data = photo(1)
    at = data.index(b"\xff\xc0") + 5
    file = tmp_path / "a.jpg"
    file.write_bytes(data[:at] + (60_000).to_bytes(2) * 2 + data[at + 4 :])
    tracemalloc.start()
    assert not scan_photo(file).whole
    assert decode_photo(file.read_bytes()) is None
    assert tracemalloc.get_traced_memory()[1] < 20 * MB
    tracemalloc.stop()


def test_a_file_too_large_for_its_kind_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pavement.sources.images.MAX_BYTES", MB)
    monkeypatch.setattr("pavement.sources.text.MAX_BYTES", MB)
    (tmp_path / "frames").mkdir()
    for name in ("frames/a.jpg", "track.csv", "track.gpx", "frames.csv", "imu.csv"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(40 * MB)
    tracemalloc.start()
    drive = read(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 20 * MB
    tracemalloc.stop()
    assert drive is not None
    assert [frame.rejected is not None for frame in drive.frames] == [True]


def test_entities_that_grow(seeds: dict[str, bytes], tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY l0 "{"a" * 100}">{lines}]><gpx><trkpt>&l9;</trkpt></gpx>'
    tracemalloc.start()
    read(write(tmp_path / "d", {**seeds, "e.gpx": bomb.encode()}))
    assert tracemalloc.get_traced_memory()[1] < 100 * MB
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows.csv", b"timestamp,lon,lat\n" + b"1\n" * 1_000_001),
        ("columns.csv", b",".join(b"%d" % n for n in range(100_000)) + b"\n" + b"1\n" * 101),
        ("sentences.nmea", b"$GPRMC,,,,,\n" * 1_000_001),
    ],
)
def test_a_small_file_of_tiny_rows_fills_no_memory(name: str, data: bytes) -> None:
    track = parse_track(data, name, JST)
    assert len(track.track) == 0
    (notice,) = track.notices
    assert "多すぎます" in notice.message
    assert "\n" not in notice.message
