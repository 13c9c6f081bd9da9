from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.sources import open_drive, read_drive
from tests.builders import make_drive


def zip_of(folder: Path, path: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def patched(path: Path, old: bytes, new: bytes) -> Path:
    """The ZIP with names that zipfile would not write."""
    path.write_bytes(path.read_bytes().replace(old, new))
    return path


def test_a_zip_is_the_same_drive_as_its_folder(tmp_path: Path) -> None:
    drive = make_drive(tmp_path / "d")
    expected = read_drive(drive)
    for prefix in ("", "走行1/"):
        path = zip_of(drive, tmp_path / f"z{len(prefix)}.zip", prefix)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("__MACOSX/._IMG_0.jpg", b"litter")
        opened = open_drive(path, tmp_path / "scratch")
        assert opened.name == path.stem
        assert read_drive(opened).fingerprint == expected.fingerprint
        stamp = (opened / "track.gpx").stat().st_mtime_ns
        assert open_drive(path, tmp_path / "scratch") == opened
        assert (opened / "track.gpx").stat().st_mtime_ns == stamp  # not unpacked again
    assert open_drive(drive, tmp_path / "scratch") == drive
    assert not list((tmp_path / "scratch").glob(".*"))


def test_names_of_windows_explorer_are_cp932(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("frames/12345678.jpg", b"")
    patched(path, b"12345678", "表示国道".encode("cp932"))  # 表 has a backslash in its bytes
    opened = open_drive(path, tmp_path / "s")
    assert [p.name for p in (opened / "frames").iterdir()] == ["表示国道.jpg"]


def evil_names(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../evil.jpg", b"")


def absolute_names(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X/etc/evil", b"")
    patched(path, b"X/etc", b"//etc")


def drive_letters(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("C:\\evil.jpg", b"")


def links(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("frames")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc")


def passwords(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


def bombs(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"x")
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 2**32 - 2)  # declares 4 GiB
    path.write_bytes(data)


def no_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and nothing more")


@pytest.mark.parametrize(
    ("write", "word"),
    [
        (evil_names, "outside the folder"),
        (absolute_names, "outside the folder"),
        (drive_letters, "outside the folder"),
        (links, "is a link"),
        (passwords, "password"),
        (bombs, "no drive shrinks like that|free some disk space"),
        (no_zip, "cannot be opened as a ZIP"),
        (Path.mkdir, "no photo or video"),
        (lambda path: None, "no such file"),
    ],
)
def test_bad_zips_are_refused_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], word: str
) -> None:
    monkeypatch.setattr("pavement.sources.folder.shutil.disk_usage", lambda path: type("usage", (), {"free": 2**20}))
    path = tmp_path / "drive.zip"
    write(path)
    with pytest.raises(BadInput, match=word) as error:
        read_drive(open_drive(path, tmp_path / "scratch"))
    assert "drive.zip" in str(error.value)
    assert "\n" not in str(error.value)
    assert not [p for p in tmp_path.rglob("*") if p.name != "drive.zip" and p != tmp_path / "scratch"]


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    path = zip_of(make_drive(tmp_path / "d"), tmp_path / "z.zip")
    patched(path, b"JFIF", b"JUNK")  # the checksums of the photos are wrong now
    drive = read_drive(open_drive(path, tmp_path / "s"))
    assert [f.rejected for f in drive.frames] == ["unreadable"] * 3
    assert len(drive.track) == 10
