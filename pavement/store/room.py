"""Whether there is room for an upload, asked before a byte of it is read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pavement.store.database import Database
from pavement.store.parts import use_of
from pavement.upload_state import Held, Piece


class TooLarge(ValueError):
    """More than a limit allows, whatever the room."""


class NoRoom(ValueError):
    """The quota or the disk is full."""


@dataclass(frozen=True)
class Limits:
    """What a sender may use."""

    file_bytes: int
    drive_files: int
    quota_bytes: int | None  #: of all uploads
    keep_free_bytes: int  #: of the disk


def check_room(
    database: Database, limits: Limits, incoming: Path, drive_id: str, piece: Piece, held: Held | None
) -> None:
    """Raises TooLarge or NoRoom where a piece of a file, of which `held` is there, is not to be taken."""
    if piece.size > limits.file_bytes:
        raise TooLarge(f"a file has at most {limits.file_bytes:,} bytes here")
    if held is None or held.size != piece.size:
        use, more = use_of(database, drive_id), piece.size - (held.size if held else 0)
        if held is None and use.drive_files >= limits.drive_files:
            raise TooLarge(f"a drive has at most {limits.drive_files:,} files here")
        if limits.quota_bytes is not None and use.all_bytes + more > limits.quota_bytes:
            raise NoRoom(f"the quota of {limits.quota_bytes:,} bytes is used up")
    free = shutil.disk_usage(incoming).free - limits.keep_free_bytes
    if piece.size - piece.start > free:
        raise NoRoom("the server's disk is full")
