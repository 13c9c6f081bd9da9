"""A server's database and files in one TAR, made while it runs, and back into an empty place.

The database is copied first (SQLite's online backup: one moment of it), then the files: whatever a row of that moment
names is in the store already. `SHA256SUMS` at the end covers every member; a restore is only taken for good, by the
database's last rename, when all agree.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select

from pavement.errors import BadInput, Fault
from pavement.files import whole_file
from pavement.server_settings import ServerSettings
from pavement.store.blobs import PIECE, Blobs, NoKey, open_blobs
from pavement.store.database import Database, migrate, open_database
from pavement.store.tables import FILES

DATABASE = "database.sqlite"
SUMS = "SHA256SUMS"
STORE = "store/"


@dataclass(frozen=True)
class Kept:
    """What a backup holds."""

    files: int
    bytes: int


def back_up(settings: ServerSettings, out: Path) -> Kept:
    """Write the backup `out`, whole or not at all. Raises BadInput where there is no SQLite database."""
    source = _database_file(settings)
    if not source.is_file():
        raise BadInput("is missing: there is nothing to back up", file=source, do="check --data")
    blobs = open_blobs(settings.store_url)
    sums: list[str] = []
    files = size = 0
    with whole_file(out) as temporary, tempfile.TemporaryDirectory(dir=out.absolute().parent) as folder:
        copy = Path(folder) / DATABASE
        _copy_database(source, copy)
        with tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as tar:
            with open(copy, "rb") as file:
                sums.append(_add(tar, DATABASE, copy.stat().st_size, file))
            for key, length in sorted(blobs.list()):
                sums.append(_add(tar, STORE + key, length, Stream(blobs.stream(key))))
                files, size = files + 1, size + length
            text = "".join(sums).encode()
            _add(tar, SUMS, len(text), io.BytesIO(text))
    return Kept(files, size)


def restore(backup: Path, settings: ServerSettings) -> Kept:
    """Put a backup into `settings`' places, where there is no database yet. Raises BadInput."""
    target = _database_file(settings)
    if target.exists():
        raise BadInput("is there already", file=target, do="give --data a new folder")
    settings.data.mkdir(parents=True, exist_ok=True)
    blobs = open_blobs(settings.store_url)
    temporary = tempfile.TemporaryDirectory(dir=settings.data)
    with temporary as folder, whole_file(target) as database, _readable(backup):
        sums: dict[str, str] = {}
        kept = Kept(0, 0)
        told: str | None = None
        for name, member, size in _members(backup):
            if name == SUMS:
                told = member.read().decode()
                continue
            place = database if name == DATABASE else Path(folder) / "file"
            sums[name] = _write(member, place)
            if name.startswith(STORE):
                blobs.put_file(name.removeprefix(STORE), place)
                kept = Kept(kept.files + 1, kept.bytes + size)
        lines = (line.split("  ", 1) for line in (told or "").splitlines())
        expected = {name: digest for digest, name in lines}
        if told is None or sums != expected or DATABASE not in sums:
            raise BadInput("is damaged or not whole", file=backup, do="take another backup")
        _check_files(database, blobs)
    restored = open_database(settings.database_url)
    try:
        migrate(restored)
    finally:
        restored.close()
    return kept


class Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end."""
        parts, missing = [], size if size >= 0 else 1 << 62
        while missing and (self._rest or (piece := next(self._pieces, b""))):
            self._rest = self._rest or piece
            part, self._rest = self._rest[:missing], self._rest[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


class _Hashing(io.RawIOBase):
    """A file whose bytes are counted as they are read."""

    def __init__(self, file: IO[bytes] | Stream) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _add(tar: tarfile.TarFile, name: str, size: int, file: IO[bytes] | Stream) -> str:
    """Add a member; its line of SHA256SUMS."""
    info = tarfile.TarInfo(name)
    info.size = size
    counted = _Hashing(file)
    tar.addfile(info, counted)
    return f"{counted.digest.hexdigest()}  {name}\n"


def _members(backup: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with tarfile.open(backup, "r:") as tar:
        for info in tar:
            member = tar.extractfile(info) if info.isfile() else None
            if member is None or not (info.name in (DATABASE, SUMS) or info.name.startswith(STORE)):
                raise BadInput(f"has '{info.name}', which no backup has", file=backup)
            yield info.name, member, info.size


@contextmanager
def _readable(backup: Path) -> Iterator[None]:
    """What is wrong with the file is the user's to know."""
    try:
        yield
    except (tarfile.TarError, EOFError, UnicodeDecodeError, NoKey) as error:
        raise BadInput(f"is damaged ({error})", file=backup, do="take another backup") from error
    except FileNotFoundError as error:
        raise BadInput("is missing", file=backup, do="check its name") from error


def _write(member: IO[bytes], place: Path) -> str:
    """Write a member to `place`; its SHA-256 (hex)."""
    digest = hashlib.sha256()
    with open(place, "wb") as file:
        while data := member.read(PIECE):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def _copy_database(source: Path, to: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(to)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _check_files(database: Path, blobs: Blobs) -> None:
    """Every file that a row calls stored is there, in its size."""
    opened: Database = open_database(f"sqlite:///{database.as_posix()}")
    try:
        with opened.reading() as connection:
            rows = connection.execute(select(FILES.c.blob_key, FILES.c.size).where(FILES.c.stored)).all()
    finally:
        opened.close()
    sizes = dict(blobs.list())
    missing = [key for key, size in rows if sizes.get(key) != size]
    if missing:
        raise Fault(f"{len(missing)} files that the database names are not in the backup, the first is {missing[0]}")


def _database_file(settings: ServerSettings) -> Path:
    database = open_database(settings.database_url)
    file = database.file
    database.close()
    if file is None:
        raise BadInput("the database is no SQLite file", do="use pg_dump, and your bucket's own copies")
    return file
