"""Workplaces for the jobs, on a database of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pavement.jobs.work import Workplace
from tests.jobs.builders import make_place
from tests.postgres import new_database

NUMBERS = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workplace]:
    """A workplace without a network on an empty database of each kind."""
    url = None
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), f"jobs{os.getpid()}x{next(NUMBERS)}")
    made = make_place(tmp_path / "data", url=url)
    yield made
    made.database.close()
