"""Devices (phones, drive recorders, an office's intake PC) and their keys.

A key is 32 random bytes, so one SHA-256 is the right hash of it: nothing can be guessed that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select, update

from pavement.errors import BadInput
from pavement.store.audit import CONSOLE, record
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.tables import DEVICES

PREFIX = "pvd_"  #: a key that lands in a log or a mail is recognised by it


@dataclass(frozen=True)
class Device:
    """A device that may send drives, and see its own."""

    id: str
    name: str
    manager: str | None  #: 管理者
    office: str | None  #: 事務所
    created_at: datetime
    revoked_at: datetime | None


def add_device(database: Database, name: str, manager: str | None = None, office: str | None = None) -> str:
    """A new device's key, which is shown now and kept nowhere."""
    if not name.strip() or not name.isprintable():
        raise BadInput("a device has a name", do="give the phone's or the car's name")
    key = PREFIX + secrets.token_urlsafe(32)
    with database.writing() as connection:
        same = select(DEVICES.c.id).where(DEVICES.c.name == name, DEVICES.c.revoked_at.is_(None))
        if connection.execute(same).first():
            raise BadInput(f"there is a device '{name}'", do="choose another name, or revoke that one first")
        identity = new_id()
        values = {"name": name, "manager": manager, "office": office}
        connection.execute(
            insert(DEVICES).values(id=identity, key_hash=hash_of(key), created_at=utc_now(), revoked_at=None, **values)
        )
        record(connection, CONSOLE, "device.add", identity, values)
    return key


def revoke_device(database: Database, name: str) -> None:
    """Its key opens nothing from now on; what it sent stays."""
    mine = (DEVICES.c.name == name) & DEVICES.c.revoked_at.is_(None)
    with database.writing() as connection:
        identity = connection.execute(select(DEVICES.c.id).where(mine)).scalar()
        if identity is None:
            raise BadInput(f"there is no device '{name}'", do="see 'pavement device list'")
        connection.execute(update(DEVICES).where(DEVICES.c.id == identity).values(revoked_at=utc_now()))
        record(connection, CONSOLE, "device.revoke", identity)


def list_devices(database: Database) -> list[Device]:
    """All devices, revoked ones too, by age."""
    with database.reading() as connection:
        return [_device(row) for row in connection.execute(select(DEVICES).order_by(DEVICES.c.id))]


def device_of_key(database: Database, key: str) -> Device | None:
    """The device that holds `key`; None for a wrong or revoked one."""
    query = select(DEVICES).where(DEVICES.c.key_hash == hash_of(key), DEVICES.c.revoked_at.is_(None))
    with database.reading() as connection:
        row = connection.execute(query).first()
    return _device(row) if row else None


def hash_of(key: str) -> str:
    """SHA-256 (hex) of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _device(row: Row[tuple[object, ...]]) -> Device:
    return Device(row.id, row.name, row.manager, row.office, row.created_at, row.revoked_at)
