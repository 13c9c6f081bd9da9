"""One database, SQLite or PostgreSQL, with transactions that behave alike on both, and its migrations.

SQLite: WAL, `synchronous=FULL` (a receipt lets a phone delete its copy, so a commit must survive the power going), a
busy timeout; writing transactions begin IMMEDIATE, since two that read first and write later would fail at once.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pavement.errors import BadInput, Fault

BUSY_SECONDS = 30.0  #: how long a transaction waits for another's end before it gives up
MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 0x70617665  #: advisory lock on PostgreSQL: servers and workers may start at the same moment


class DatabaseGone(Fault):
    """The database does not answer now; the same request may succeed later."""


@dataclass(frozen=True)
class Database:
    """An open database; made by `open_database`, passed down, closed by who opened it."""

    url: str  #: as SQLAlchemy wants it, with the driver's name
    engine: Engine
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file on this machine."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write; committed when the block ends well. Raises DatabaseGone."""
        # SQLite has one writer; this process's threads wait in line here, not in its polling, which is slow and unfair
        with _answering(), self._turn if self.is_sqlite else nullcontext(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; on SQLite it holds up no writer."""
        with _answering(), self.engine.connect() as plain:
            connection = plain.execution_options(reading=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database at `url` (sqlite:///FILE, postgresql://…); its tables are made by `migrate`."""
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        elif parsed.get_backend_name() == "postgresql":
            engine = create_engine(
                parsed, hide_parameters=True, pool_pre_ping=True, pool_size=10, connect_args={"connect_timeout": 5}
            )
        else:
            raise BadInput(f"the database is a {parsed.get_backend_name()}", do="give sqlite:///FILE or postgresql://…")
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput("PAVEMENT_DATABASE_URL is no URL", do="give sqlite:///FILE or postgresql://…") from error
    except ModuleNotFoundError as error:
        raise BadInput("PostgreSQL needs its driver", do="pip install 'pavement[postgres]'") from error
    return Database(parsed.render_as_string(hide_password=False), engine)


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the tables up to `revision`; servers and workers that do so at the same time wait for each other."""
    from alembic import command

    with database.writing() as connection:
        _lock_migrations(connection)
        command.upgrade(_alembic(connection), revision)


def unmigrate(database: Database, revision: str = "base") -> None:
    """Take the tables down to `revision`; what only newer tables hold is gone."""
    from alembic import command

    with database.writing() as connection:
        _lock_migrations(connection)
        command.downgrade(_alembic(connection), revision)


def current_revision(connection: Connection) -> str | None:
    """The revision that the tables are of; None where there are none."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """Every revision that this version knows."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def _alembic(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event says BEGIN, not the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _answering() -> Iterator[None]:
    """A database that is away, busy for too long or full is a DatabaseGone; a wrong statement stays what it is."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise DatabaseGone("the database is busy; try again in a moment") from error
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in ("OperationalError", "InterfaceError"):
            reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
            raise DatabaseGone(f"the database does not answer ({reason})") from error
        if type(error).__name__ == "DataError":  # PostgreSQL keeps no NUL in texts, and no number beyond its type
            raise BadInput("a text or a number cannot be kept", do="leave out unusual characters") from error
        raise
