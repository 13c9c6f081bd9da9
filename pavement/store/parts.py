"""The rows of files: what is held of each, changed in one transaction together with the drive's sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.drives import lock_drive
from pavement.store.tables import DRIVES, FILES
from pavement.upload_path import folded
from pavement.upload_state import RECEIVING, Held


class NameTaken(ValueError):
    """A file of the drive has this name but for the case of its letters."""


class Closed(ValueError):
    """The drive was completed: it takes no more files."""


@dataclass(frozen=True)
class Part:
    """One file of a drive, by its name there."""

    drive_id: str
    path: str


@dataclass(frozen=True)
class Use:
    """What is used of the limits."""

    drive_files: int
    all_bytes: int


def held_of(database: Database, part: Part) -> Held | None:
    """What is held of a file; None where nothing was begun."""
    query = select(FILES.c.size, FILES.c.sha256, FILES.c.received, FILES.c.stored).where(_is(part))
    with database.reading() as connection:
        row = connection.execute(query).first()
    return Held(*row) if row else None


def keep(database: Database, part: Part, held: Held, blob_key: str | None = None) -> None:
    """Commit what is held of a file now. Raises Closed, NameTaken.

    A file that is stored stays as it is: of two requests that end at the same moment the later changes nothing.
    """
    values = {
        "size": held.size,
        "sha256": held.sha256,
        "received": held.received,
        "stored": held.stored,
        "blob_key": blob_key,
        "changed_at": utc_now(),
    }
    try:
        with database.writing() as connection:
            status = lock_drive(connection, part.drive_id)
            before = connection.execute(select(FILES.c.size, FILES.c.stored).where(_is(part))).first()
            if before is not None and before.stored:
                return
            if status != RECEIVING:
                raise Closed(f"the drive is {status}: it takes no more files")
            if before is None:
                row = {"drive_id": part.drive_id, "path": part.path, "folded": folded(part.path)}
                connection.execute(insert(FILES).values(**row, **values))
                _add_to_drive(connection, part.drive_id, held.size, 1)
            else:
                connection.execute(update(FILES).where(_is(part)).values(**values))
                if held.size != before.size:
                    _add_to_drive(connection, part.drive_id, held.size - before.size, 0)
    except IntegrityError as error:
        raise NameTaken(f"the drive has a file named like '{part.path}' but for upper and lower case") from error


def forget(database: Database, part: Part, *, before: datetime | None = None) -> bool:
    """Drop the row of a file that is not stored (and was not touched since `before`); whether there was one."""
    unfinished = _is(part) & ~FILES.c.stored
    if before is not None:
        unfinished &= FILES.c.changed_at < before
    with database.writing() as connection:
        lock_drive(connection, part.drive_id)
        size = connection.execute(select(FILES.c.size).where(unfinished)).scalar()
        if size is None:
            return False
        connection.execute(delete(FILES).where(unfinished))
        _add_to_drive(connection, part.drive_id, -size, -1)
    return True


def abandoned(database: Database, before: datetime) -> Sequence[Part]:
    """Files that were begun and not touched since `before`."""
    query = select(FILES.c.drive_id, FILES.c.path).where(~FILES.c.stored, FILES.c.changed_at < before)
    with database.reading() as connection:
        return [Part(row.drive_id, row.path) for row in connection.execute(query)]


def use_of(database: Database, drive_id: str) -> Use:
    """What is used of the limits before a new file."""
    with database.reading() as connection:
        files = connection.execute(select(DRIVES.c.file_count).where(DRIVES.c.id == drive_id)).scalar()
        total = connection.execute(select(func.sum(DRIVES.c.bytes))).scalar()
    return Use(files or 0, int(total or 0))


def _is(part: Part) -> ColumnElement[bool]:
    return (FILES.c.drive_id == part.drive_id) & (FILES.c.path == part.path)


def _add_to_drive(connection: Connection, drive_id: str, size: int, files: int) -> None:
    connection.execute(
        update(DRIVES)
        .where(DRIVES.c.id == drive_id)
        .values(bytes=DRIVES.c.bytes + size, file_count=DRIVES.c.file_count + files)
    )
