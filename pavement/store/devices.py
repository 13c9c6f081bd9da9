"""Devices (phones, drive recorders, an office's intake PC) and their keys.

A key is 32 random bytes, so one SHA-256 is the right hash of it: nothing can be guessed that a slow hash would protect.
A person who uploads from a session is a hidden device, one for each place: drives stay where they were sent from.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from pavement.errors import BadInput
from pavement.store.audit import CONSOLE, record
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.scope import EVERYTHING, Place, Scope, within
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

    @property
    def who(self) -> str:
        """As the audit log names it."""
        return f"device:{self.id}"

    @property
    def scope(self) -> Scope:
        """Its own drives and what was found on them."""
        return Scope(device_id=self.id)


def add_device(
    database: Database,
    name: str,
    manager: str | None = None,
    office: str | None = None,
    who: str = CONSOLE,
    scope: Scope = EVERYTHING,
) -> str:
    """A new device's key, which is shown now and kept nowhere; raises BadInput for a name taken within `scope`."""
    with database.writing() as connection:
        _device_id, key = insert_device(connection, name, Place(manager, office), who, scope)
    return key


def insert_device(
    connection: Connection, name: str, place: Place, who: str, scope: Scope = EVERYTHING
) -> tuple[str, str]:
    """The id and the key of a new device, the only one of its name within `scope`; raises BadInput."""
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise BadInput("a device has a name", do="give the phone's or the car's name")
    same = [DEVICES.c.name == name, DEVICES.c.revoked_at.is_(None), *_shown(scope)]
    if connection.execute(select(DEVICES.c.id).where(*same)).first():
        raise BadInput(f"there is a device '{name}'", do="choose another name, or revoke that one first")
    identity, key = new_id(), PREFIX + secrets.token_urlsafe(32)
    values = {"name": name, "manager": place.manager, "office": place.office}
    connection.execute(insert(DEVICES).values(id=identity, key_hash=hash_of(key), created_at=utc_now(), **values))
    record(connection, who, "device.add", identity, values)
    return identity, key


def revoke_device(database: Database, name_or_id: str, scope: Scope = EVERYTHING, who: str = CONSOLE) -> Device:
    """Its key opens nothing from now on; what it sent stays. Raises BadInput where there is none within `scope`."""
    named = (DEVICES.c.name == name_or_id) | (DEVICES.c.id == name_or_id)
    live = [named, DEVICES.c.revoked_at.is_(None), *_shown(scope)]
    with database.writing() as connection:
        rows = connection.execute(select(DEVICES).where(*live)).all()
        if not rows:
            raise BadInput(f"there is no device '{name_or_id}'", do="see 'pavement device list'")
        if len(rows) > 1:
            ids = ", ".join(row.id for row in rows)
            raise BadInput(f"{len(rows)} devices are called '{name_or_id}'", do=f"give the id of one: {ids}")
        at = utc_now()
        connection.execute(update(DEVICES).where(DEVICES.c.id == rows[0].id).values(revoked_at=at))
        record(connection, who, "device.revoke", rows[0].id)
    return replace(_device(rows[0]), revoked_at=at)


def list_devices(database: Database, scope: Scope = EVERYTHING) -> list[Device]:
    """The devices within `scope`, revoked ones too, by age."""
    with database.reading() as connection:
        return [
            _device(row) for row in connection.execute(select(DEVICES).where(*_shown(scope)).order_by(DEVICES.c.id))
        ]


def device_of_key(database: Database, key: str) -> Device | None:
    """The device that holds `key`; None for a wrong or revoked one."""
    query = select(DEVICES).where(DEVICES.c.key_hash == hash_of(key), DEVICES.c.revoked_at.is_(None))
    with database.reading() as connection:
        row = connection.execute(query).first()
    return _device(row) if row else None


def device_of_person(database: Database, person_id: str, name: str, place: Place) -> str:
    """The id of the hidden device that stands for a person who uploads at `place`; no key opens it."""
    no_key = f"{person_id} {place.manager or ''} {place.office or ''}"  # no SHA-256 looks like this; unique
    query = select(DEVICES.c.id).where(DEVICES.c.key_hash == no_key)
    with database.reading() as connection:
        found = connection.execute(query).scalar()
    if found is not None:
        return str(found)
    values = {"name": name, "manager": place.manager, "office": place.office, "person_id": person_id}
    try:
        with database.writing() as connection:
            connection.execute(insert(DEVICES).values(id=new_id(), key_hash=no_key, created_at=utc_now(), **values))
    except IntegrityError:  # another request of the same person was faster
        pass
    with database.reading() as connection:
        return str(connection.execute(query).scalar_one())


def hash_of(key: str) -> str:
    """SHA-256 (hex) of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _shown(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return DEVICES.c.person_id.is_(None), within(scope, DEVICES.c.manager, DEVICES.c.office)


def _device(row: Row[tuple[object, ...]]) -> Device:
    return Device(row.id, row.name, row.manager, row.office, row.created_at, row.revoked_at)
