"""A drive's folder: where its files lie, and how a ZIP of one becomes one."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pavement.errors import BadInput, Fault
from pavement.sources.tracks import TRACK_SUFFIXES
from pavement.upload_path import RESERVED

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg"})
OTHER_PICTURES = frozenset({".heic", ".heif", ".png", ".webp", ".avif", ".dng", ".tif", ".tiff", ".mov", ".avi"})
_NO_TRACKS = frozenset({"frames.csv", "imu.csv", "truth.csv"})
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_BOMB_BYTES = 200_000_000  #: what unpacks to more …
_BOMB_TIMES = 50  #: … and to so many times the size of its ZIP is no drive: photos hardly shrink, tables 5 to 20 times
_MOST_MEMBERS = 300_000  #: a day of frames at 3 a second is 260,000
_MOST_DIRECTORY = 128 * 2**20  #: bytes of the list of members, all of which Python reads before the first is seen
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True)
class DriveFiles:
    """The files of a drive that are read, each kind in the order of names; `ignored` are pictures of other kinds."""

    photos: tuple[Path, ...]
    videos: tuple[Path, ...]
    tracks: tuple[Path, ...]
    tables: tuple[Path, ...]  #: frames.csv, imu.csv, drive.toml, where they exist
    ignored: tuple[Path, ...]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts IMG_9 before IMG_10.

    >>> sorted(["IMG_10.jpg", "IMG_9.jpg"], key=natural)
    ['IMG_9.jpg', 'IMG_10.jpg']
    """
    parts = re.split(r"(\d+)", name, flags=re.ASCII)
    return tuple((0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(parts))


def list_drive(folder: Path) -> DriveFiles:
    """The files of the drive in `folder`; raises BadInput where it holds neither photos nor videos.

    Photos lie in `frames/` and its subfolders, videos in `video/`; photos directly in the folder count where there is
    nothing else. What was measured for tests (`truth`) is never looked at.
    """
    if not folder.is_dir():
        raise BadInput("no such folder", file=folder, do="give the folder of a drive, or a ZIP of one")
    top = _files(folder.iterdir(), folder)
    frames = _files((folder / "frames").rglob("*"), folder)
    video = _files((folder / "video").rglob("*"), folder)
    photos = [p for p in frames if p.suffix.lower() in PHOTO_SUFFIXES]
    videos = [p for p in video if p.suffix.lower() == ".mp4"]
    if not photos and not videos:
        photos = [p for p in top if p.suffix.lower() in PHOTO_SUFFIXES]
    if not photos and not videos:
        raise BadInput("no photo or video in it", file=folder, do="put JPEGs in frames/ or MP4s in video/")
    return DriveFiles(
        photos=tuple(photos),
        videos=tuple(videos),
        tracks=tuple(p for p in top if p.suffix.lower() in TRACK_SUFFIXES and p.name.lower() not in _NO_TRACKS),
        tables=tuple(p for p in top if p.name in ("frames.csv", "imu.csv", "drive.toml")),
        ignored=tuple(p for p in (*frames, *video) if p.suffix.lower() in OTHER_PICTURES),
    )


def open_drive(path: Path, scratch: Path) -> Path:
    """The folder of a drive: `path` itself, or where its ZIP lies unpacked below `scratch`.

    A ZIP is unpacked to `scratch/<sha256 of the ZIP>/<name of the ZIP>`, whole or not at all, and once only. If all of
    it lies in one folder, that folder is the drive. A member whose bytes are damaged becomes an empty file, so that
    what reads the drive rejects that file. Raises BadInput for a file that is no ZIP, or one that would write outside
    its folder, hold links, need a password or more room than there is, or unpack to far more than any drive does;
    Fault where the disk is full.
    """
    if path.is_dir():
        return path
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        home = scratch / digest
        drive = home / (path.stem.strip(". ") or "drive")
        if not drive.is_dir():
            _check_directory(path)
            with zipfile.ZipFile(path) as archive:
                _unpack_whole(archive, path, home, drive.name)
    except FileNotFoundError as error:
        raise BadInput("no such file or folder", file=path, do="give the folder of a drive, or a ZIP of one") from error
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError) as error:
        raise BadInput(f"cannot be opened as a ZIP ({error})", file=path, do="send or copy the ZIP again") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Fault(f"{scratch}: disk is full while unpacking {path}") from error
        raise BadInput(f"cannot be unpacked ({error})", file=path, do="send or copy the ZIP again") from error
    return drive


def _check_directory(path: Path) -> None:
    """Raises BadInput for a list of members that would fill the memory; what is no ZIP at all is told later.

    The list's size stands in the end record, for large files in the ZIP64 record before it (APPNOTE 4.3.14, 4.3.16).
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(size - 65_557, 0))  # the end record's 22 bytes and the longest comment behind it
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + 22 > len(tail):
        return
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if listed == 0xFFFFFFFF:
        listed = max(size - (len(tail) - at), 0)  # where the ZIP64 record is wanted: not more than all that lies before
        wide = tail.rfind(b"PK\6\6", 0, at)
        if wide >= 0 and wide + 48 <= at:
            listed = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if listed > _MOST_DIRECTORY:
        raise BadInput(f"its list of members has {listed:,} bytes", file=path, do="zip the drive again, without others")


def _unpack_whole(archive: zipfile.ZipFile, path: Path, home: Path, name: str) -> None:
    members = _members(archive, path)
    home.parent.mkdir(parents=True, exist_ok=True)
    need, free = sum(info.file_size for info, _ in members), shutil.disk_usage(home.parent).free
    if need > max(_BOMB_BYTES, _BOMB_TIMES * path.stat().st_size):
        raise BadInput(
            f"would unpack to {need:,} bytes: no drive shrinks like that", file=path, do="zip the drive again"
        )
    if need > free:
        raise BadInput(f"unpacks to {need:,} bytes, only {free:,} are free", file=path, do="free some disk space")
    temporary = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        for info, member in members:
            _unpack(archive, info, temporary / name / member)
        (temporary / name).mkdir(exist_ok=True)
        home.mkdir(exist_ok=True)
        if not (home / name).is_dir():
            os.replace(temporary / name, home / name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _members(archive: zipfile.ZipFile, path: Path) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files in a ZIP and their paths below the drive's folder; one folder around all is taken off."""
    members = []
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise BadInput(f"more than {_MOST_MEMBERS:,} members", file=path, do="zip each drive by itself")
    for info in archive.infolist():
        name = PurePosixPath(_member_name(info).replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or re.match("[A-Za-z]:", str(name)):
            raise BadInput(f"member {str(name)!r} would lie outside the folder", file=path, do="zip the folder again")
        if not all(_is_plain(part) for part in name.parts):
            raise BadInput(f"member {str(name)!r} has a name that no disk takes", file=path, do="rename it, zip again")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise BadInput(f"member {str(name)!r} is a link", file=path, do="zip the files themselves")
        if info.flag_bits & 1:
            raise BadInput("is protected by a password", file=path, do="zip the folder without a password")
        if info.compress_type not in _METHODS:
            raise BadInput(f"compressed by method {info.compress_type}", file=path, do="zip the folder by 7-Zip")
        if name.parts and not info.is_dir() and not _is_litter(name):
            members.append((info, name))
    tops = {name.parts[0] for _, name in members}
    wrapped = len(tops) == 1 and all(len(name.parts) > 1 for _, name in members) and not tops & {"frames", "video"}
    return [(info, PurePosixPath(*name.parts[1:]) if wrapped else name) for info, name in members]


def _is_plain(name: str) -> bool:
    """Whether a name can be that of a file here and on Windows, and no device's."""
    return name.isprintable() and not RESERVED.fullmatch(name)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the UTF-8 flag, Windows writes CP932 in Japan and macOS UTF-8."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(info) as source, open(target, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):  # this member's bytes are damaged
        target.write_bytes(b"")


def _files(paths: Iterable[Path], folder: Path) -> list[Path]:
    """The files among `paths`, in natural order of their names below `folder`, without hidden and system files."""
    found = [p for p in paths if p.is_file() and not _is_litter(PurePosixPath(p.relative_to(folder).as_posix()))]
    return sorted(found, key=lambda p: natural(p.relative_to(folder).as_posix()))


def _is_litter(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part.lower() in _LITTER for part in name.parts)
