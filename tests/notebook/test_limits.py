"""Other limits: what they make of a year."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from pavement.notebook.limits import decided_otherwise, effect_frame, effects_by_limit, limits_toml, sweep
from pavement.notebook.made_year import made_material
from pavement.rating import Rules
from pavement.review.candidates import SURVEY, WORKS, WorkSettings
from pavement.review.review import Material
from pavement.review.rows import RATINGS


@pytest.fixture(scope="module")
def material() -> Material:
    return made_material(roads=4, blocks=100)


def test_the_present_rules_give_the_present_lengths(material: Material) -> None:
    segments, year = material.segments, material.segment_years[-1]
    (effect,) = sweep(segments, year, {"現行": {}})
    seen = year.inspected & ~segments.closed.known
    for k, name in enumerate(RATINGS):
        assert effect.km[name] == pytest.approx(float(segments.length_m[seen & (year.rating == k)].sum()) / 1000)
    assert effect.cost is None  # no price is set
    assert effect.kept_km == 0.0


def test_a_lower_limit_finds_more(material: Material) -> None:
    segments, year = material.segments, material.segment_years[-1]
    km = effects_by_limit(segments, year, "crack_pct", 2, [20, 30, 40, 50, 100])
    assert km == sorted(km, reverse=True)
    assert km[0] > km[-1]
    assert effects_by_limit(segments, year, "crack_pct", 1, [5, 20])[0] > km[2]


def test_what_a_person_decided_stays(material: Material) -> None:
    segments, year = material.segments, material.segment_years[-1]
    row = int(np.flatnonzero((year.rating == 1) & year.inspected & ~segments.closed.known)[0])
    rating = year.rating.copy()
    rating[row] = 3
    changed = replace(year, rating=rating)
    assert np.flatnonzero(decided_otherwise(segments, changed)).tolist() == [row]
    (effect,) = sweep(segments, changed, {"緩い": {"default": {"crack_pct": [90, 95]}}}, present=Rules())
    assert effect.kept_km == pytest.approx(0.1)
    assert effect.km["Ⅲ"] >= 0.1


def test_with_prices_there_is_a_cost(material: Material) -> None:
    work = WorkSettings(unit_price={**dict.fromkeys(WORKS.values(), 1000.0), SURVEY: 9000.0})
    effects = sweep(
        material.segments, material.segment_years[-1], {"a": {}, "b": {"default": {"crack_pct": [20, 30]}}}, work
    )
    assert effects[0].cost is not None
    assert effects[1].cost is not None
    assert effects[1].cost > effects[0].cost > 0
    assert effect_frame(effects)["概算(百万円)"].tolist() == [round((each.cost or 0) / 1e6, 1) for each in effects]


def test_a_table_as_toml() -> None:
    table: dict[str, dict[str, object]] = {"default": {"rut_mm": [15, 40]}, "class": {"C": {"crack_pct": [30, 50]}}}
    assert tomllib.loads(limits_toml(table)) == table
