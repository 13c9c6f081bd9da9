"""Pairing of phones: an admin's screen shows a code for ten minutes, the phone that reads it gets a key, once."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.devices import Device, device_of_key, hash_of, insert_device
from pavement.store.people_tables import PAIRINGS
from pavement.store.scope import EVERYTHING, Place, Scope

LASTS = timedelta(minutes=10)
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  #: none that looks like another; 12 of them are 60 bits


@dataclass(frozen=True)
class Pairing:
    """A code that is shown now and kept nowhere."""

    code: str  #: ABCD-EFGH-JKLM
    expires_at: datetime


def begin_pairing(database: Database, name: str, place: Place, who: str) -> Pairing:
    """A code that makes one device of this name at this place."""
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    now = utc_now()
    row = {"code_hash": _hash(code), "name": name, "manager": place.manager, "office": place.office, "who": who}
    with database.writing() as connection:
        connection.execute(insert(PAIRINGS).values(**row, expires_at=now + LASTS))
    return Pairing(code, now + LASTS)


def claim(database: Database, code: str, now: datetime | None = None) -> tuple[str, Device] | None:
    """The key and the device that a code becomes; None for a wrong, used or old one. Raises BadInput for its name."""
    own = (PAIRINGS.c.code_hash == _hash(code)) & PAIRINGS.c.device_id.is_(None)
    own &= PAIRINGS.c.expires_at > (now or utc_now())
    with database.writing() as connection:
        row = connection.execute(select(PAIRINGS).where(own).with_for_update()).first()
        if row is None:
            return None
        place = Place(row.manager, row.office)
        scope = Scope((place,)) if place != Place() else EVERYTHING
        device_id, key = insert_device(connection, row.name, place, row.who, scope)
        connection.execute(update(PAIRINGS).where(own).values(device_id=device_id))
    device = device_of_key(database, key)
    return None if device is None else (key, device)


def drop_old_pairings(database: Database) -> None:
    """Delete codes that no longer serve."""
    with database.writing() as connection:
        connection.execute(delete(PAIRINGS).where(PAIRINGS.c.expires_at < utc_now()))


def _hash(code: str) -> str:
    return hash_of(re.sub(r"[\s-]", "", code).upper())
