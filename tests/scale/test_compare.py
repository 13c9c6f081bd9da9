"""A small part of the generated year on SQLite by one process, and on PostgreSQL and S3 by two: the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench_scale import Setting, rows_of, year
from tests.faults.s3 import BUCKET, environment, moto, private_bucket
from tests.scale.compare import Side, differences
from tests.scale.goals import goals_of
from tests.scale.stages import YEAR
from tests.scale.storing import open_store

STORING = ("network", "measure")
Took = dict[str, Any]


def test_two_processes_on_postgres_and_s3_store_what_one_stores(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (program := moto()) is None:
        pytest.skip("moto_server is not installed (pip install 'moto[server]')")
    with private_bucket(program) as port:
        for name, value in environment(port).items():
            monkeypatch.setenv(name, value)
        one = Setting(0.001, tmp_path / "one", roads=2)
        two = Setting(0.001, tmp_path / "two", processes=2, url=postgres, store=f"{BUCKET}/two", roads=2)
        found = [year(setting, stages=STORING) for setting in (one, two)]
        assert found[0]["store"][0]["work"] == found[1]["store"][0]["work"] > 100
        sides = [Side(*open_store(each.folder, each.address, each.files)) for each in (one, two)]
        told = differences((sides[0], sides[1]), [YEAR])
        for side in sides:
            side.database.close()
    assert not told, "\n".join(told)


def test_a_year_that_was_cut_off_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    setting = Setting(0.001, tmp_path / "year", roads=1)
    first = year(setting, stages=("network",))
    (tmp_path / "year" / "network.gpkg").unlink()  # would be missed if the stage ran again
    assert year(setting, resume=True, stages=("network",)) == first
    again = year(setting, resume=True, again=("network",), stages=("network",))
    assert again["sections"][0]["work"] == first["sections"][0]["work"]
    assert (tmp_path / "year" / "network.gpkg").exists()


def test_the_table_tells_the_goals() -> None:
    def of(scale: float) -> dict[str, tuple[Took, float]]:
        names = ("review: read", "review: write", "様式A, a book a road", "tiles: overview", "tiles: zoom 05", "store")
        step: Took = {"work": 100 * scale, "unit": "rows", "core_s": 2 * scale, "wall_s": 3 * scale}
        page: Took = {"work": 1.0, "unit": "tile", "core_s": 0.0, "wall_s": 0.1}
        return dict.fromkeys(names, (step, 100 * scale)) | {"tile p95: zoom 05": (page, 50.0)}

    rows = {row.stage: row for row in goals_of({0.1: of(1.0), 1.0: of(10.0)}, "year")}
    assert rows["review, all its files"].ratio == pytest.approx(120 / 60)
    assert rows["all 様式A books"].ratio == pytest.approx(180 / 30)
    assert rows["all tiles"].against == "120 s"
    assert rows["largest memory"].ratio == pytest.approx(2048 / 1000)
    assert rows["growth of the worst stage"].slope == pytest.approx(1.0)
    assert rows["tile p95: zoom 05"].ratio == pytest.approx(1.0)
    small = {row.stage: row for row in goals_of({0.1: of(1.0)}, "year")}
    assert small["all tiles"].against == "12 s"
    assert "growth of the worst stage" not in small
    assert [row.slope for row in rows_of({0.1: of(1.0), 1.0: of(10.0)}, "SQLite") if row.stage == "store"] == [
        pytest.approx(1.0)
    ]
