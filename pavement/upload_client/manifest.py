"""What there is to send: the files of a folder, a ZIP or a video, each with its size and SHA-256."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pavement.errors import BadInput
from pavement.upload_path import BadPath, clean_path
from pavement.upload_state import Piece

ARCHIVES = {".zip": "", ".mp4": "video/", ".mov": "video/"}  #: suffix of a drive in one file: its folder on the server
DRIVE_FOLDERS = ("frames", "video")
PIECE = 4 * 1024 * 1024


@dataclass(frozen=True)
class LocalFile:
    """A file as it lies here."""

    place: Path
    path: str  #: its name in the drive
    size: int
    modified_ns: int


@dataclass(frozen=True)
class LocalDrive:
    """A drive as it lies here."""

    place: Path  #: folder, ZIP or video
    files: tuple[LocalFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def started_at(self) -> datetime:
        """When the oldest file was written."""
        return datetime.fromtimestamp(min(file.modified_ns for file in self.files) / 1e9, UTC)

    @property
    def vehicle(self) -> str:
        """`vehicle` of its drive.toml, else its name."""
        try:
            told = tomllib.loads((self.place / "drive.toml").read_text(encoding="utf-8-sig")).get("vehicle")
        except (OSError, ValueError):
            told = None
        return str(told or self.place.stem)[:200]


def open_local_drive(place: Path) -> LocalDrive:
    """The drive at `place`; raises BadInput."""
    if place.is_file() and place.suffix.lower() in ARCHIVES:
        return LocalDrive(place, (_local_file(place, ARCHIVES[place.suffix.lower()] + place.name),))
    if not place.is_dir():
        raise BadInput("is no drive", file=place, do="give a drive's folder, ZIP or MP4")
    found = sorted(each for each in place.rglob("*") if each.is_file() and not _is_hidden(each.relative_to(place)))
    if not found:
        raise BadInput("has no files", file=place, do="give a drive's folder, ZIP or MP4")
    return LocalDrive(place, tuple(_local_file(each, each.relative_to(place).as_posix()) for each in found))


def find_drives(folder: Path) -> list[Path]:
    """The drives directly in `folder` (a USB stick, an office's inbox), or `folder` itself where it is one."""
    if not folder.is_dir():
        raise BadInput("is no folder", file=folder, do="give --all the folder that the drives are in")
    if any((folder / name).is_dir() for name in DRIVE_FOLDERS):
        return [folder]
    inside = sorted(each for each in folder.iterdir() if not _is_hidden(Path(each.name)))
    found = [each for each in inside if each.is_file() and each.suffix.lower() in ARCHIVES]
    found += [each for each in inside if any((each / name).is_dir() for name in DRIVE_FOLDERS)]
    if not found:
        raise BadInput("has no drives", file=folder, do="a drive is a ZIP, an MP4, or a folder with frames or video")
    return sorted(found)


def sha256_of(place: Path, progress: Callable[[int], None]) -> str:
    """SHA-256 (hex) of a file; `progress` gets the bytes of each step."""
    digest = hashlib.sha256()
    with open(place, "rb") as file:
        while data := file.read(PIECE):
            digest.update(data)
            progress(len(data))
    return digest.hexdigest()


def fingerprint(entries: Sequence[tuple[str, int, str]]) -> str:
    """One text for a drive's (path, size, sha256): the same drive found again without its journal is no new drive."""
    digest = hashlib.sha256()
    for path, size, sha256 in sorted(entries):
        digest.update(f"{path}\0{size}\0{sha256}\n".encode())
    return digest.hexdigest()


def pieces_of(size: int, start: int, sha256: str) -> Piece:
    """The next piece of a file of which `start` bytes are there."""
    return Piece(start, min(start + PIECE, size), size, sha256)


def _local_file(place: Path, path: str) -> LocalFile:
    try:
        cleaned = clean_path(path)
    except BadPath as error:
        raise BadInput(f"cannot be sent under this name: {error}", file=place, do="rename it") from error
    state = place.stat()
    return LocalFile(place, cleaned, state.st_size, state.st_mtime_ns)


def _is_hidden(path: Path) -> bool:
    return any(name.startswith(".") or name == "System Volume Information" for name in path.parts)
