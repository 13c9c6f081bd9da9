"""What storing a drive costs must not hang on how many are stored already: no statement walks through a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pavement.store.database import Database, migrate, open_database
from tests.store.results_builders import add_drive, analysed, blocks, photo, pothole, segment

GROWING = ("segments", "defects", "photos", "adopted", "adopted_defects", "sections", "corrections", "alerts")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{(tmp_path / 'plans.sqlite').as_posix()}")
    migrate(database)
    yield database
    database.close()


@contextmanager
def plans(database: Database) -> Iterator[list[str]]:
    """SQLite's plan of every statement within: 'STEP: statement'."""
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            beside = cursor.connection.cursor()
            beside.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters)
            found.extend(f"{step[3]}: {statement}" for step in beside.fetchall())

    event.listen(database.engine, "before_cursor_execute", explain)
    yield found
    event.remove(database.engine, "before_cursor_execute", explain)


def test_a_drive_is_stored_without_walking_through_a_table(sqlite: Database) -> None:
    rows = [*blocks(112.3), *(segment(112.3 + k / 10) for k in range(120))]  # SQLite plans by how many are asked for
    analysed(sqlite, add_drive(sqlite), rows, [pothole()], [photo()])
    with plans(sqlite) as found:
        again = [photo(number="P02", analysis="b")]
        analysed(sqlite, add_drive(sqlite, "八戸2"), rows, [pothole(112.36, "h2")], again)
    walks = [step for step in found if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)]
    assert not walks, "\n".join(walks)
    for table in ("segments", "defects"):
        placed = [step for step in found if f"{table}.segment_place IN" in step and f" {table} USING" in step]
        assert placed
        assert all("segment_place_fiscal_year" in step.split(": ")[0] for step in placed), "\n".join(placed)
