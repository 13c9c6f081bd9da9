"""The statistics of the comparison: probabilities that hold, noise that is learnt, windows beside their place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.evaluation.change import evaluate_change
from pavement.evaluation.change_years import NetworkSpec, NoiseSpec, make_sections, make_years
from pavement.review.change import YOUNG, Verdict, compare
from pavement.review.noise import align, shift_effect
from pavement.review.runs import choose, find_runs

SIZES = np.array([-10.0, -5.0, 0.0, 5.0, 10.0])


def test_nothing_planted_is_hardly_ever_reported() -> None:
    spec = NetworkSpec(roads=12, blocks=400, share=0.0)
    sections = make_sections(spec)
    for passes in (1, 6):
        then, now, _ = make_years(sections, passes, NoiseSpec(), spec)
        change = compare(sections, then, now)
        assert (change.verdict == Verdict.WORSE).mean() < 0.001
        assert (change.verdict == Verdict.SUSPECT).mean() < 0.02


def test_what_is_reported_is_planted() -> None:
    spec = NetworkSpec(roads=12, blocks=400, share=0.01)
    sections = make_sections(spec)
    then, now, planted = make_years(sections, 12, NoiseSpec(), spec)
    change = compare(sections, then, now)
    worse = change.verdict == Verdict.WORSE
    maybe = worse | (change.verdict == Verdict.SUSPECT)
    one_class = (planted.points == 20) & (planted.length > 1)
    five_points = (planted.points == 5) & (planted.length == 10)
    assert worse[one_class].mean() > 0.97
    assert maybe[five_points].mean() > 0.9
    assert maybe[planted.length == 0].mean() <= 0.05
    assert (planted.length[worse] == 0).mean() < 0.1


def test_the_noise_of_a_worse_phone_is_learnt() -> None:
    spec = NetworkSpec(roads=12, blocks=400, share=0.0)
    sections = make_sections(spec)
    then, now, _ = make_years(sections, 1, NoiseSpec(detection_sd=11.0), spec)
    change = compare(sections, then, now)
    assert 1.4 < float(np.median(change.indicators["crack_pct"].noise.scale)) < 2.3
    assert (change.verdict == Verdict.WORSE).mean() < 0.001


def test_the_bias_of_a_year_is_taken_from_young_roads_where_there_are_some() -> None:
    spec = NetworkSpec(roads=6, blocks=400, share=0.0)
    sections = make_sections(spec)
    then, now, _ = make_years(sections, 12, NoiseSpec(ageing=0.0, year_bias=4.0), spec)
    paved = now.paved_on.copy()
    paved[:1000] = np.datetime64("2024-05-01")
    one = compare(sections, then, dataclasses.replace(now, paved_on=paved)).indicators["crack_pct"]
    assert one.bias_from == YOUNG
    assert float(np.median(one.bias)) == pytest.approx(4.0, abs=0.6)


def test_a_window_beside_its_place_is_seen_at_joints() -> None:
    rng = np.random.default_rng(3)
    chains = np.array([0, 600])
    road = np.repeat(rng.choice([5.0, 40.0], 60), 10)
    ahead = np.full(600, 6.0)
    change = shift_effect(road, ahead, chains) + rng.normal(0, 1, 600)
    found, sd = align(change, road, np.full(600, 1.0), np.full(600, 7.0), chains)
    assert float(np.median(found)) == pytest.approx(6.0, abs=1.0)
    assert (sd < 3.0).mean() > 0.75


def test_chosen_blocks_are_wrong_as_rarely_as_said() -> None:
    rng = np.random.default_rng(1)
    chains = np.arange(0, 20_001, 200)
    true = np.zeros(20_000)
    for start in rng.integers(0, 1990, 150) * 10:
        true[start : start + 10] = 10.0
    change = true + rng.normal(0, 3, len(true))
    runs = find_runs(change, np.full(len(true), 9.0), np.ones(len(true), np.int64), chains, SIZES)
    chosen = choose(runs.worse, 0.05)
    assert (true[chosen] == 0).mean() < 0.08
    assert chosen[true > 0].mean() > 0.85


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-50, 50)), min_size=1, max_size=40), st.integers(1, 39))
def test_probabilities_are_probabilities(values: list[float | None], cut: int) -> None:
    change = np.array([np.nan if v is None else v for v in values], float)
    chains = np.unique([0, min(cut, len(values)), len(values)])
    runs = find_runs(change, np.full(len(values), 25.0), np.ones(len(values), np.int64), chains, SIZES)
    known = np.isfinite(change)
    assert np.isnan(runs.worse[~known]).all()
    assert ((runs.worse[known] >= 0) & (runs.worse[known] + runs.better[known] <= 1 + 1e-9)).all()
    assert runs.shares.sum() == pytest.approx(1.0)


def test_the_table_names_every_length() -> None:
    report = evaluate_change(NetworkSpec(roads=3, blocks=200), passes=[2])
    text = report.to_markdown()
    assert "10: 悪化" in text
    assert "one class (20 points), 2 passes" in text
