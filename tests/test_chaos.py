"""The short version of `make chaos`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos import chaos
from tests.postgres import new_database


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_doubled_while_processes_die(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, quick_drive: Path, calm: dict[str, object]
) -> None:
    url = ""
    if kind == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), f"chaos{os.getpid()}")
    outcome = chaos(tmp_path, quick_drive, calm, kills=4, pace_s=2.0, url=url, seed=7)
    assert outcome.wrong == []
    assert outcome.drives >= 3
