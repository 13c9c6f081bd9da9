"""A large network's review is made in another process, with the same answer."""

from __future__ import annotations

import json
from datetime import date

import pytest

from api import review_process
from api.review_process import Order, answer_of, make_answer
from pavement.errors import BadInput
from pavement.review.settings import ReviewSettings
from pavement.store.database import open_database
from pavement.store.scope import EVERYTHING
from tests.review.conftest import Stored


def order(url: str, year: int = 2026) -> Order:
    return Order(url, year, EVERYTHING, ReviewSettings(), date(2027, 4, 5), public=True)


def test_the_same_answer_from_another_process(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    here = make_answer(stored.database, order(stored.database.url))
    monkeypatch.setattr(review_process, "MOST_HERE", 0)
    there = answer_of(stored.database, order(stored.database.url))
    assert here is not None
    assert there is not None
    assert json.loads(here) == json.loads(there)
    assert answer_of(stored.database, order(stored.database.url, 2031)) is None


def test_what_is_wrong_is_told(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pavement.store.database import migrate

    database = open_database(f"sqlite:///{tmp_path}/empty.sqlite")
    migrate(database)
    monkeypatch.setattr(review_process, "MOST_HERE", -1)
    with pytest.raises(BadInput, match="no sections of a network"):
        answer_of(database, order(database.url))
    database.close()
