"""Drives as the server knows them: made once per idempotency key, completed when every listed file is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from pavement.analysis_state import State
from pavement.store.audit import record
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.scope import EVERYTHING, Scope, drives_within
from pavement.store.tables import DRIVES, FILES
from pavement.upload_path import BadPath, clean_path, files_used_as_folders
from pavement.upload_state import COMPLETE, RECEIVING


class NoSuchDrive(LookupError):
    """There is none, or it is another device's: nobody is told which."""


class NotComplete(ValueError):
    """`complete` cannot be accepted; the text says why."""


class QueueFull(ValueError):
    """So many drives wait for their analysis that no new one is taken for now; those that are here go on."""


class DeviceBusy(ValueError):
    """One sender has so many drives under way that it is to finish some first."""


@dataclass(frozen=True)
class Pressure:
    """How many drives may be under way before a new one is refused; what is here is never refused."""

    waiting: int | None = None  #: drives that wait for an analysis, of all senders
    of_sender: int | None = None  #: drives of one sender that are being received or wait


NO_PRESSURE = Pressure()


@dataclass(frozen=True)
class DriveRow:
    """A drive without its files."""

    id: str
    device_id: str
    vehicle: str
    started_at: datetime
    note: str | None
    status: str  #: one of pavement.upload_state.STATUSES
    created_at: datetime
    completed_at: datetime | None
    error: str | None
    queue: str | None = None  #: patrol / batch as the sender asked
    originals_deleted_at: datetime | None = None  #: by the retention policy


@dataclass(frozen=True)
class StoredFile:
    """A file that is stored and checked; `path` is the client's name, `blob_key` its place in the store."""

    path: str
    size: int
    sha256: str
    blob_key: str


@dataclass(frozen=True)
class Listed:
    """A file as `complete` names it."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class NewDrive:
    """What a sender says of a drive."""

    vehicle: str
    started_at: datetime
    note: str | None = None
    queue: str | None = None  #: patrol / batch; none: by its age


def create_drive(
    database: Database,
    device_id: str,
    idempotency_key: str,
    new: NewDrive,
    pressure: Pressure = NO_PRESSURE,
    who: str | None = None,
) -> str:
    """The id of the drive of this key: a new one, or the one that an earlier, unanswered request made.

    Raises QueueFull and DeviceBusy, for a new one only.
    """
    drive_id = new_id()
    values = {"vehicle": new.vehicle, "started_at": new.started_at, "note": new.note, "queue": new.queue}
    values |= {"device_id": device_id, "idempotency_key": idempotency_key, "status": RECEIVING}
    try:
        with database.writing() as connection:
            if (earlier := _of_key(connection, device_id, idempotency_key)) is not None:
                return earlier
            _check_pressure(connection, device_id, pressure)
            connection.execute(insert(DRIVES).values(id=drive_id, created_at=utc_now(), **values))
            record(connection, who or f"device:{device_id}", "drive.create", drive_id)
        return drive_id
    except IntegrityError:  # on PostgreSQL another request of the same key was between the look and the insert
        with database.reading() as connection:
            earlier = _of_key(connection, device_id, idempotency_key)
        if earlier is None:
            raise
        return earlier


def _check_pressure(connection: Connection, device_id: str, pressure: Pressure) -> None:
    counted = select(func.count()).select_from(DRIVES)
    if pressure.waiting is not None:
        waiting = connection.execute(counted.where(DRIVES.c.status == State.QUEUED)).scalar_one()
        if waiting >= pressure.waiting:
            raise QueueFull(f"{waiting} drives wait for their analysis; send new ones later")
    if pressure.of_sender is not None:
        open_ones = DRIVES.c.status.in_((RECEIVING, State.QUEUED, State.RUNNING))
        mine = connection.execute(counted.where(open_ones, DRIVES.c.device_id == device_id)).scalar_one()
        if mine >= pressure.of_sender:
            raise DeviceBusy(f"{mine} drives of this device are under way; complete them, or wait until some are done")


def find_drive(database: Database, drive_id: str, device_id: str | None = None, scope: Scope = EVERYTHING) -> DriveRow:
    """The drive, within `scope`, of this device only where one is given; raises NoSuchDrive."""
    query = select(DRIVES).where(DRIVES.c.id == drive_id, drives_within(scope))
    if device_id is not None:
        query = query.where(DRIVES.c.device_id == device_id)
    with database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise NoSuchDrive(drive_id)
    return _drive(row)


def stored_files(database: Database, drive_id: str) -> list[StoredFile]:
    """All files of a drive that are stored and still kept, by path."""
    kept = FILES.c.stored & FILES.c.blob_key.is_not(None)  # originals that the retention policy deleted have no place
    query = select(FILES).where(FILES.c.drive_id == drive_id, kept).order_by(FILES.c.path)
    with database.reading() as connection:
        return [StoredFile(row.path, row.size, row.sha256, row.blob_key) for row in connection.execute(query)]


def count_files(database: Database, drive_id: str) -> tuple[int, int]:
    """How many files of a drive are stored, and how many are begun and not."""
    query = select(FILES.c.stored, func.count()).where(FILES.c.drive_id == drive_id).group_by(FILES.c.stored)
    with database.reading() as connection:
        found = {bool(stored): number for stored, number in connection.execute(query)}
    return found.get(True, 0), found.get(False, 0)


def complete_drive(
    database: Database, drive_id: str, device_id: str, listed: Sequence[Listed], who: str | None = None
) -> tuple[str, list[str]]:
    """The drive's status after `complete`, and the paths of `listed` that are missing (then nothing has changed).

    Accepted again when it was accepted before. Raises NotComplete for a list that can never be accepted.
    """
    with database.writing() as connection:
        status = lock_drive(connection, drive_id, device_id)
        rows = connection.execute(select(FILES).where(FILES.c.drive_id == drive_id, FILES.c.stored)).all()
        held = {row.path: (row.size, row.sha256) for row in rows}
        missing = [each.path for each in listed if held.get(_clean(each.path)) != (each.size, each.sha256.lower())]
        if missing or status != RECEIVING:
            return status, missing
        if not held:
            raise NotComplete("the drive has no files")
        if both := files_used_as_folders(held):
            raise NotComplete(f"'{both[0]}' is a file and a folder")
        changes = {"status": COMPLETE, "completed_at": utc_now()}
        connection.execute(update(DRIVES).where(DRIVES.c.id == drive_id).values(**changes))
        record(connection, who or f"device:{device_id}", "drive.complete", drive_id, {"files": len(held)})
    return COMPLETE, []


def count_states(database: Database) -> dict[str, int]:
    """How many drives are in which state."""
    with database.reading() as connection:
        found = connection.execute(select(DRIVES.c.status, func.count()).group_by(DRIVES.c.status))
        return {row.status: row[1] for row in found}


def lock_drive(connection: Connection, drive_id: str, device_id: str | None = None) -> str:
    """The status of a drive that nobody else changes until the transaction ends; raises NoSuchDrive."""
    query = select(DRIVES.c.status).where(DRIVES.c.id == drive_id).with_for_update()
    if device_id is not None:
        query = query.where(DRIVES.c.device_id == device_id)
    status = connection.execute(query).scalar()
    if status is None:
        raise NoSuchDrive(drive_id)
    return str(status)


def _of_key(connection: Connection, device_id: str, idempotency_key: str) -> str | None:
    query = select(DRIVES.c.id).where(DRIVES.c.device_id == device_id, DRIVES.c.idempotency_key == idempotency_key)
    return connection.execute(query).scalar()


def _clean(path: str) -> str:
    try:
        return clean_path(path)
    except BadPath as error:
        raise NotComplete(f"'{path[:80]!a}': {error}") from error


def _drive(row: Row[tuple[object, ...]]) -> DriveRow:
    names = [field.name for field in fields(DriveRow)]
    return DriveRow(**{name: getattr(row, name) for name in names})
