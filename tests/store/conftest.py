"""The databases that tests run on: SQLite always, PostgreSQL where its programs are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from pavement.store.database import Database, open_database
from tests.postgres import new_database

NUMBERS = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / '舗装.sqlite').as_posix()}"
    return new_database(request.getfixturevalue("postgres"), f"store{os.getpid()}x{next(NUMBERS)}")


@pytest.fixture
def open_empty(url: str) -> Iterator[Callable[[], Database]]:
    """Opens the empty database, as often as asked."""
    opened: list[Database] = []

    def again() -> Database:
        opened.append(open_database(url))
        return opened[-1]

    yield again
    for database in opened:
        database.close()
