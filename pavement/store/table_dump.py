"""Every table of a database as lines of JSON, of one moment, and back: from SQLite to PostgreSQL and the other way too.

Tables and types are read from the database itself, so rows are dumped and loaded at the revision that they are of;
the migrations then bring them up to date. The engine of the jobs keeps tables of its own, which nobody needs to keep:
workers hand what waits to the engine again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    null,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from pavement.errors import BadInput
from pavement.store.database import Database, current_revision, migrate, revisions, unmigrate

NOT_OURS = ("alembic_version", "spatial_ref_sys")
OF_THE_MOMENT = ("sessions", "pairings")  #: who was logged in then, or had a code of ten minutes, begins again
FILLED_BY_PEOPLE = ("devices", "drives", "people")  #: a database is empty where these are; migrations fill others
SOME = 500  #: rows at a time


def dump_tables(database: Database, folder: Path) -> str:
    """Write `folder`/<table>.jsonl of every table as they are at one moment; the revision that they are of."""
    with database.reading() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        revision = current_revision(connection)
        if revision is None:
            raise BadInput("the database has no tables: there is nothing to back up", do="check --data")
        for table in _tables(connection):
            with open(folder / f"{table.name}.jsonl", "w", encoding="utf-8") as file:
                file.write(json.dumps([column.name for column in table.columns]) + "\n")
                found = connection.execution_options(yield_per=SOME).execute(select(table))
                file.writelines(
                    json.dumps([_plain(value) for value in row], ensure_ascii=False) + "\n" for row in found
                )
    return revision


def load_tables(database: Database, revision: str, folder: Path) -> None:
    """Fill an empty database with what `dump_tables` wrote, in one transaction, and bring it up to date."""
    if revision not in revisions():
        raise BadInput(f"the backup is of a newer version ({revision})", do="update pavement first")
    if not is_empty(database):
        raise BadInput("the database holds data already", do="give a new one")
    migrate(database)
    unmigrate(database, revision)
    with database.writing() as connection:
        tables = _tables(connection)
        for table in reversed(tables):  # what migrations put there
            connection.execute(delete(table))
        for table in tables:
            _fill(connection, table, folder / f"{table.name}.jsonl")
    migrate(database)


def is_empty(database: Database) -> bool:
    """Whether nobody has used it yet."""
    with database.reading() as connection:
        there = set(inspect(connection).get_table_names()) & set(FILLED_BY_PEOPLE)
        return not any(connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() for name in sorted(there))


def read_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of one table as JSON has them."""
    with open(file, encoding="utf-8") as lines:
        names = json.loads(next(lines, "none"))
        for line in lines:
            yield dict(zip(names, json.loads(line), strict=True))


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in (*NOT_OURS, *OF_THE_MOMENT)]


def _fill(connection: Connection, table: Table, file: Path) -> None:
    naive = connection.dialect.name == "sqlite"
    rows: list[dict[str, Any]] = []
    for row in read_rows(file):
        rows.append({name: _value(each, table.c[name].type, naive) for name, each in row.items()})
        if len(rows) == SOME:
            _insert(connection, table, rows)
            rows = []
    _insert(connection, table, rows)
    if not naive:
        _move_counters(connection, table)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    documents = [column.name for column in table.c if isinstance(column.type, JSON)]
    groups: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:  # an absent document is left out: None would be written as JSON's null
        absent = frozenset(name for name in documents if row[name] is None)
        groups.setdefault(absent, []).append({name: each for name, each in row.items() if name not in absent})
    for absent, some in groups.items():
        connection.execute(insert(table).values({name: null() for name in absent}) if absent else insert(table), some)


def _move_counters(connection: Connection, table: Table) -> None:
    """The numbers that PostgreSQL gives to new rows go on behind those that are there."""
    for column in table.primary_key:
        if isinstance(column.type, Integer):
            names = {"table": table.name, "column": column.name}
            counter = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), names).scalar()
            most = connection.execute(select(func.max(column))).scalar()
            if counter is not None and most is not None:
                connection.execute(text("SELECT setval(:counter, :most)"), {"counter": counter, "most": most})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def _value(plain: Any, kind: TypeEngine[Any], naive: bool) -> Any:
    if plain is None:
        return None
    if isinstance(kind, DateTime):
        time = datetime.fromisoformat(plain)
        return time.replace(tzinfo=None) if naive else time
    if isinstance(kind, Date):
        return date.fromisoformat(plain)
    return base64.b64decode(plain) if isinstance(kind, LargeBinary) else plain
