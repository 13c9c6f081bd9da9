"""Answers about the whole network are found once a version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.kept import MOST, KeptAnswers
from pavement.store.database import Database, migrate, open_database
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Place, Scope


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{(tmp_path / 'a.sqlite').as_posix()}")
    migrate(opened)
    yield opened
    opened.close()


def test_found_once_until_something_changes(database: Database) -> None:
    kept, looked = KeptAnswers(), []

    def ask(question: str, scope: Scope = EVERYTHING) -> str:
        def find() -> str:
            looked.append(question)
            return f"{question} {len(looked)}"

        return kept.answer(database, scope, question, find)

    assert [ask("roads"), ask("roads"), ask("years")] == ["roads 1", "roads 1", "years 2"]
    assert ask("roads", Scope((Place("県", "北"),))) == "roads 3"  # of another office: never the same answer
    with database.writing() as connection:
        raise_revision(connection)
    assert ask("roads") == "roads 4"


def test_it_does_not_grow_for_ever(database: Database) -> None:
    kept = KeptAnswers()
    for number in range(MOST + 10):
        assert kept.answer(database, EVERYTHING, number, lambda number=number: number) == number  # type: ignore[misc]
    assert kept.answer(database, EVERYTHING, 0, lambda: "again") == "again"
    assert kept.answer(database, EVERYTHING, MOST + 9, lambda: -1) == MOST + 9
