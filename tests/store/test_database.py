"""Migrations up and down, transactions that behave alike on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select

from pavement.errors import BadInput
from pavement.store import adopted_tables, operations_tables, people_tables, result_tables, survey_tables, tables
from pavement.store.columns import new_id
from pavement.store.database import Database, DatabaseGone, migrate, open_database, unmigrate

Open = Callable[[], Database]
TABLES = (result_tables, people_tables, adopted_tables, operations_tables, survey_tables)  # on the same METADATA


def test_migrations_lead_to_the_tables_and_back(open_empty: Open) -> None:
    database = open_empty()
    for _ in range(2):
        migrate(database)
        migrate(database)  # nothing to do
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.METADATA) == []
        unmigrate(database)
        assert inspect(database.engine).get_table_names() == ["alembic_version"]


def test_every_single_migration_goes_up_and_down(open_empty: Open) -> None:
    database = open_empty()
    migrate(database, "0001")
    assert "drives" in inspect(database.engine).get_table_names()
    for _ in range(2):
        migrate(database, "+1")
        unmigrate(database, "-1")
    assert set(inspect(database.engine).get_table_names()) == {
        *("alembic_version", "audit", "devices", "drives", "files")
    }


def test_a_server_and_a_worker_may_migrate_at_the_same_time(open_empty: Open) -> None:
    databases = [open_empty() for _ in range(4)]
    failed: list[Exception] = []

    def up(database: Database) -> None:
        try:
            migrate(database)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=up, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def device(number: int) -> dict[str, object]:
    at = datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    return {"id": new_id(), "name": f"号車{number}", "key_hash": str(number), "created_at": at}


def test_times_come_back_as_utc(open_empty: Open) -> None:
    database = open_empty()
    migrate(database)
    with database.writing() as connection:
        connection.execute(insert(tables.DEVICES).values(device(1)))
    with database.reading() as connection:
        (at,) = connection.execute(select(tables.DEVICES.c.created_at)).one()
    assert (at, at.tzinfo) == (datetime(2026, 5, 1, 0, tzinfo=UTC), UTC) or at.utcoffset() is not None
    naive = {**device(2), "created_at": datetime(2026, 5, 1)}
    with pytest.raises(Exception, match="aware"), database.writing() as connection:
        connection.execute(insert(tables.DEVICES).values(naive))


def test_a_failed_block_leaves_nothing(open_empty: Open) -> None:
    database = open_empty()
    migrate(database)

    def fail_halfway() -> None:
        with database.writing() as connection:
            connection.execute(insert(tables.DEVICES).values(device(1)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with database.reading() as connection:
        assert connection.execute(select(tables.DEVICES)).all() == []


def test_writers_wait_for_each_other(open_empty: Open) -> None:
    here, there = open_empty(), open_empty()
    migrate(here)

    def write(database: Database, first: int) -> None:
        for number in range(first, first + 20):
            with database.writing() as connection:
                connection.execute(select(tables.DEVICES)).all()  # reads first: on SQLite the upgrade of a lock fails
                connection.execute(insert(tables.DEVICES).values(device(number)))

    threads = [threading.Thread(target=write, args=(each, 100 * n)) for n, each in enumerate((here, here, there))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with there.reading() as connection:
        assert len(connection.execute(select(tables.DEVICES)).all()) == 60


def test_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(each[14] == "7" and each[19] in "89ab" for each in ids)


def test_a_database_that_is_away_is_a_fault_of_its_own(tmp_path: Path) -> None:
    gone = open_database(f"sqlite:///{tmp_path / 'no folder' / 'x.sqlite'}")
    with pytest.raises(DatabaseGone, match="does not answer"), gone.writing():
        pass
    pytest.importorskip("psycopg")
    away = open_database("postgresql://nobody@/none?host=/nowhere")
    with pytest.raises(DatabaseGone, match="does not answer"), away.reading():
        pass
    away.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite+nothing:///x"])
def test_an_address_of_no_database(url: str) -> None:
    with pytest.raises(BadInput, match=r"PAVEMENT_DATABASE_URL|database is"):
        open_database(url)


def test_a_text_that_postgresql_does_not_keep_is_the_senders_fault(open_empty: Open) -> None:
    database = open_empty()
    migrate(database)
    query = select(tables.DEVICES).where(tables.DEVICES.c.name == "a\0b")
    if database.is_sqlite:
        with database.reading() as connection:
            assert connection.execute(query).all() == []
        return
    with pytest.raises(BadInput, match="cannot be kept"), database.reading() as connection:
        connection.execute(query)
