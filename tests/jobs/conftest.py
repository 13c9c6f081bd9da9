"""Databases for the jobs, and one undisturbed analysis to compare with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pavement.jobs.work import Workplace
from tests.chaos_jobs import undisturbed
from tests.jobs.builders import make_place
from tests.postgres import new_database, private_postgres, program

NUMBERS = count(1)


@pytest.fixture(scope="session")
def jobs_postgres() -> Iterator[str]:
    """A private server: postgresql://…/%s for the database's name."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with private_postgres(Path(f"/tmp/pavement-jobs-{os.getpid()}")) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workplace]:
    """A workplace without a network on an empty database of each kind."""
    url = None
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("jobs_postgres"), f"jobs{next(NUMBERS)}")
    made = make_place(tmp_path / "data", url=url)
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def calm(tiny_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What one worker that nobody disturbs finds in `tiny_drive`."""
    return undisturbed(tmp_path_factory.mktemp("calm") / "data", tiny_drive)
