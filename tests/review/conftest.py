"""A small store that is filled once, and the review made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pavement.review.candidates import WORKS, WorkSettings
from pavement.review.kpi import KpiSettings
from pavement.review.review import Material, Review, make_review
from pavement.review.settings import ReviewSettings
from pavement.store.database import Database, migrate, open_database
from pavement.store.review_data import read_material
from tests.review.builders import Filled, fill_store

SETTINGS = ReviewSettings(
    kpi=KpiSettings(days_to_repair=10.0, yearly_cost=1_000_000.0, survey_vehicle_cost_per_km=50_000.0),
    work=WorkSettings(unit_price={WORKS["ひび割れ率"]: 1000.0}, survey_price_per_km=200_000.0, budget=3_000_000.0),
)


@dataclass(frozen=True)
class Stored:
    """A filled store and what came of it."""

    database: Database
    filled: Filled
    material: Material
    review: Review


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    folder: Path = tmp_path_factory.mktemp("review")
    database = open_database(f"sqlite:///{(folder / 'pavement.sqlite').as_posix()}")
    migrate(database)
    filled = fill_store(database, roads=10, km=4.0, passes=12)
    material = read_material(database, 2026)
    yield Stored(database, filled, material, make_review(material, SETTINGS, date(2027, 4, 5)))
    database.close()
