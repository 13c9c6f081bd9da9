"""Bytes of uploads on their way to the store. What is answered is on disk first; the order is docs/decisions/0016.

An incomplete file lies in `incoming/<drive>/<sha1 of its path>.part`, and its row says how many bytes are flushed.
Whole: its digest is checked, it goes to the store, and its row says so in one transaction. Wherever the process
dies, `look` puts row and disk in agreement.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pavement.store.blobs import PIECE, Blobs, flush_folder
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.parts import Closed, NameTaken, Part, abandoned, forget, held_of, keep
from pavement.store.room import Limits, check_room
from pavement.upload_state import Held, Piece, Take, decide

UNTOLD = ""  #: in place of a SHA-256 that the sender does not tell (tus): what arrives is believed
CHECKPOINT = 16 * 1024 * 1024  #: bytes between two flushes of one long body: so much is sent again after a crash


class TooLong(ValueError):
    """A body has more bytes than it said."""


class DigestDiffers(ValueError):
    """All bytes are there and are not those that the digest was made of; they were dropped."""


@dataclass(frozen=True)
class Receiver:
    """The folder, the rows and the store that uploads go through. Of one file only one piece is written at a time."""

    incoming: Path
    database: Database
    blobs: Blobs
    limits: Limits

    def look(self, part: Part) -> Held | None:
        """What is held of a file, with row and disk brought into agreement after a crash."""
        held = held_of(self.database, part)
        if held is None or held.stored:
            return held
        staged = _size(self.place(part))
        if staged >= held.received:  # what lies behind the flushed bytes is written over
            return self.finish(part, held) if held.received == held.size else held
        if self.blobs.size(key := blob_key(part, held.sha256)) == held.size:
            held = replace(held, received=held.size, stored=True)  # it died between the store and the row
            keep(self.database, part, held, key)
            return held
        held = replace(held, received=staged)  # the disk was changed under us
        keep(self.database, part, held)
        return held

    def take(self, part: Part, piece: Piece) -> tuple[Take, Held | None]:
        """What is to be done with a piece, and what is held. Raises TooLarge and NoRoom before a byte is read."""
        held = self.look(part)
        taken = decide(held, piece)
        if taken in (Take.WRITE, Take.RESTART):
            check_room(self.database, self.limits, self.incoming, part.drive_id, piece, held)
        return taken, held

    def reserve(self, part: Part, size: int, sha256: str = UNTOLD) -> Held:
        """Begin a file anew before a byte of it comes: what is held then. Raises TooLarge and NoRoom."""
        held = self.look(part)
        if held is not None and held.stored:
            return held
        piece = Piece(0, size, size, sha256)
        check_room(self.database, self.limits, self.incoming, part.drive_id, piece, held)
        if size == 0:
            return self.open(part, piece, Take.WRITE).finish()
        held = Held(size, sha256, 0, stored=False)
        keep(self.database, part, held)
        return held

    def drop(self, part: Part) -> bool:
        """Forget a file that is not stored; whether there was one."""
        dropped = forget(self.database, part)
        if dropped:
            self.place(part).unlink(missing_ok=True)
        return dropped

    def open(self, part: Part, piece: Piece, taken: Take, *, kept_midway: bool = True) -> Writing:
        """The open end of a file, to write a piece to; what was written is kept by its `close`.

        `kept_midway`: what comes is kept while it comes, not only when all of the piece is there.
        """
        if taken is Take.RESTART:
            keep(self.database, part, Held(piece.size, piece.sha256, 0, stored=False))
        place = self.place(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        file = open(place, "r+b" if piece.start else "wb")  # noqa: SIM115 (Writing.close closes it)
        try:
            file.truncate(piece.start)
            file.seek(piece.start)
        except BaseException:
            file.close()
            raise
        return Writing(self, part, piece, file, kept_midway=kept_midway)

    def place(self, part: Part) -> Path:
        """Where a file is staged; a client's path is never a name on this disk."""
        return self.incoming / part.drive_id / f"{_name(part)}.part"

    def finish(self, part: Part, held: Held, digest: str | None = None) -> Held | None:
        """Check a file that is staged whole, move it to the store and say so in its row; None where it was dropped."""
        digest = digest or _digest_of(self.place(part))
        if held.sha256 == UNTOLD:
            held = replace(held, sha256=digest)
            keep(self.database, part, held)  # its place in the store is known before it is there
        if digest != held.sha256:
            forget(self.database, part)  # first the row, then the bytes, which nothing names then
            self.place(part).unlink(missing_ok=True)
            return None
        key = blob_key(part, held.sha256)
        self.blobs.put_file(key, self.place(part))
        held = replace(held, received=held.size, stored=True)
        try:
            keep(self.database, part, held, key)
        except (Closed, NameTaken):
            self.blobs.delete(key)
            raise
        return held

    def expire(self, before: datetime) -> int:
        """Drop what was begun and not touched since `before`; how many files. Stored files stay."""
        dropped = 0
        for part in abandoned(self.database, before):
            if forget(self.database, part, before=before):
                self.place(part).unlink(missing_ok=True)
                dropped += 1
        named = {self.place(part) for part in abandoned(self.database, utc_now())}
        for stray in set(self.incoming.glob("*/*.part")) - named:  # begun, and no row was ever written
            if _modified(stray) < before.timestamp():
                stray.unlink(missing_ok=True)
                dropped += 1
        return dropped


class Writing:
    """The open end of one file. Its methods run in threads, one after another even where a request is cut off."""

    def __init__(
        self, receiver: Receiver, part: Part, piece: Piece, file: BinaryIO, *, kept_midway: bool = True
    ) -> None:
        self._receiver, self._part, self._piece, self._file = receiver, part, piece, file
        self._end = self._saved = piece.start
        self._kept_midway = kept_midway
        self._digest = hashlib.sha256() if piece.start == 0 else None  # a continued file is read again at its end
        self._one_at_a_time = threading.Lock()

    def write(self, data: bytes | bytearray) -> None:
        """Append; every CHECKPOINT bytes are flushed and counted. Raises TooLong."""
        with self._one_at_a_time:
            self._write(data)
            if self._kept_midway and self._end - self._saved >= CHECKPOINT and self._end < self._piece.size:
                self._save()

    def finish(self, data: bytes | bytearray = b"") -> Held:
        """Append the piece's last bytes: what is held then; the whole file goes to the store. Raises DigestDiffers.

        Nothing is to be closed after it.
        """
        with self._one_at_a_time:
            self._write(data)
            if self._end < self._piece.size:
                self._save()
                self._file.close()
                return self._held()
            self._flush()
            self._file.close()
            digest = self._digest.hexdigest() if self._digest else _digest_of(self._receiver.place(self._part))
            begun = self._held()
            self._piece = replace(self._piece, sha256=begun.sha256 or digest)  # what `close` keeps if this fails
            held = self._receiver.finish(self._part, begun, digest)
            self._saved = self._end
        if held is None:
            raise DigestDiffers("the bytes that arrived are not those of the Digest; send the file again")
        return held

    def close(self) -> None:
        """Keep what has come, whatever ended the request; nothing where a piece counts as a whole only."""
        with self._one_at_a_time:
            try:
                if self._kept_midway:
                    self._save()
            finally:
                self._file.close()

    def _write(self, data: bytes | bytearray) -> None:
        if self._end + len(data) > self._piece.end:
            raise TooLong("the body is longer than it said")
        self._file.write(data)
        if self._digest is not None:
            self._digest.update(data)
        self._end += len(data)

    def _save(self) -> None:
        if self._end > self._saved:
            self._flush()
            if self._saved == 0:
                flush_folder(self._receiver.place(self._part).parent)
            keep(self._receiver.database, self._part, self._held())
            self._saved = self._end

    def _flush(self) -> None:
        if self._file.closed:  # flushed before it was closed
            return
        self._file.flush()
        os.fsync(self._file.fileno())

    def _held(self) -> Held:
        return Held(self._piece.size, self._piece.sha256, self._end, stored=False)


def blob_key(part: Part, sha256: str) -> str:
    """The place of a file in the store: the same for the same content of the same file, however often it is put."""
    return f"drives/{part.drive_id}/{_name(part)}-{sha256[:16]}"


def _name(part: Part) -> str:
    return hashlib.sha1(part.path.encode(), usedforsecurity=False).hexdigest()


def _size(place: Path) -> int:
    try:
        return place.stat().st_size
    except FileNotFoundError:
        return 0


def _modified(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _digest_of(place: Path) -> str:
    digest = hashlib.sha256()
    with open(place, "rb") as file:
        while data := file.read(PIECE):
            digest.update(data)
    return digest.hexdigest()
