"""The database of a server that was set up already, for commands and notebooks beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pavement.errors import BadInput
from pavement.server_settings import ServerSettings
from pavement.store.database import Database, migrate, open_database


@contextmanager
def existing_database(server: ServerSettings) -> Iterator[Database]:
    """The server's database, its tables up to date; BadInput where its data folder does not exist."""
    if server.database_url.startswith("sqlite") and not server.data.is_dir():
        raise BadInput("does not exist", file=server.data, do="give the folder of `pavement serve --data`")
    database = open_database(server.database_url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()
