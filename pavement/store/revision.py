"""The counter that rises with every change of what is adopted: in the addresses of tiles, and for caches."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from pavement.store.adopted_tables import REVISION
from pavement.store.database import Database


def raise_revision(connection: Connection) -> int:
    """One more, in the transaction that changes something; its new value."""
    query = update(REVISION).where(REVISION.c.id == 1).values(value=REVISION.c.value + 1).returning(REVISION.c.value)
    return int(connection.execute(query).scalar_one())


def read_revision(database: Database) -> int:
    """Its value now."""
    with database.reading() as connection:
        return int(connection.execute(select(REVISION.c.value)).scalar_one())
