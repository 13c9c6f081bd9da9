"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from pavement import bootstrap
from pavement.settings import Settings
from pavement.simulate import simulate_drive, tiny_spec
from pavement.simulate.spec import Reveal
from tests.jobs.builders import analysed_calmly
from tests.postgres import private_postgres, program

settings.register_profile("busy machine", deadline=None)  # a training or another suite may run beside
settings.load_profile("busy machine")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The read-only data beside the repository; tests that need it are skipped where it is missing."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is missing")
    return folder


@pytest.fixture(scope="session")
def tiny_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated drive of 120 m with its network.gpkg and truth; not to be changed."""
    drive = tmp_path_factory.mktemp("simulated") / "走行"
    simulate_drive(drive, tiny_spec())
    return drive


@pytest.fixture(scope="session")
def tiny_result(tiny_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run over `tiny_drive` that nobody disturbed; not to be changed."""
    out = tmp_path_factory.mktemp("結果") / "out"
    bootstrap.run([tiny_drive], tiny_drive / "network.gpkg", out, Settings(), lambda stage, done, total: None)
    return out


@pytest.fixture(scope="session")
def quick_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same road with a camera that drive.toml tells: a tenth of the time to analyse. Not to be changed."""
    drive = tmp_path_factory.mktemp("simulated") / "走行"
    simulate_drive(drive, replace(tiny_spec(), reveal=Reveal.ALL))
    return drive


@pytest.fixture(scope="session")
def calm(quick_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What one worker that nobody disturbs finds in `quick_drive`."""
    return analysed_calmly(tmp_path_factory.mktemp("calm") / "data", quick_drive)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a private PostgreSQL, with %s for a database's name; see `tests.postgres.new_database`."""
    if program("initdb") is None or program("pg_ctl") is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="pip install 'pavement[postgres]'")
    with private_postgres(Path(f"/tmp/pavement-pg-{os.getpid()}")) as address:  # sockets have short names
        yield address
