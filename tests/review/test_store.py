"""What is read from the store, on SQLite and on PostgreSQL: adopted values, and the mean of several passes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete

from pavement.store.adopted_tables import ADOPTED
from pavement.store.database import Database, migrate, open_database
from pavement.store.review_data import read_material
from pavement.store.scope import Place, Scope
from tests.postgres import new_database
from tests.review.builders import fill_store
from tests.store.results_builders import add_drive, analysed, blocks, segment

NUMBERS = count(1)
ROAD = {"road_type": "一般国道", "route_no": "1", "office": "東青", "manager": "青森県"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{(tmp_path / 'p.sqlite').as_posix()}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"), f"review{os.getpid()}x{next(NUMBERS)}")
    opened = open_database(url)
    migrate(opened)
    yield opened
    opened.close()


def test_a_year_is_read_alike_on_both(database: Database) -> None:
    filled = fill_store(database, roads=6, km=0.4, passes=1)
    material = read_material(database, 2026)
    assert len(material.segments) == 6 * 2 * 4
    assert len(material.blocks) == len(filled.blocks)
    year = material.block_years[-1]
    assert [each.fiscal_year for each in material.block_years] == [2025, 2026]
    assert year.inspected.sum() == len(filled.blocks) - 20 * 2  # road 5 saw too little on its first 0.4
    assert str(year.day[0]) == "2026-06-10"
    assert set(np.unique(year.paved_on).astype(str)) == {"2012-10-01", "2024-06-01"}
    assert {p.repaired_on for p in material.potholes[2026] if p.repaired_on} == {date(2026, 7, 21)}
    part = read_material(database, 2026, Scope((Place("青森県", "東青"),)))
    assert part.segments.office.names == ("東青",)


def test_several_passes_are_averaged_but_not_the_spoilt_one(database: Database) -> None:
    fill_store(database, roads=2, km=0.2, passes=1)
    with database.writing() as connection:
        connection.execute(delete(ADOPTED))
    nowhere = dict.fromkeys(("from_lon", "from_lat", "to_lon", "to_lat"))  # its own are those of another road
    for day, crack, flags in ((3, 10.0, "推定"), (9, 20.0, "推定"), (12, 90.0, "推定;位置不確か")):
        rows = [
            row | ROAD | nowhere | {"surveyed_on": date(2026, 7, day), "crack_pct": crack, "flags": flags}
            for row in [segment(0.0), *blocks(0.0)]
        ]
        analysed(database, add_drive(database), rows)
    year = read_material(database, 2026).block_years[-1]
    assert year.passes[:5].tolist() == [2] * 5
    assert year.crack_pct[:5].tolist() == [15.0] * 5
    assert year.rut_se_mm[0] == pytest.approx(1.0 / np.sqrt(2))
    assert not year.inspected[5:].any()
