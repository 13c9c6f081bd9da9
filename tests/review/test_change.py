"""The statistics of the comparison: probabilities that hold, noise that is learnt, windows beside their place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.evaluation.change import evaluate_change, settings_for
from pavement.evaluation.change_years import AGAINST_LABELS, NetworkSpec, NoiseSpec, make_sections, make_years
from pavement.review.change import YOUNG, Verdict, compare
from pavement.review.noise import align, crack_variance, residual_scale, shared_variance, shift_effect
from pavement.review.road_bias import road_bias
from pavement.review.runs import choose, find_runs

SIZES = np.array([-10.0, -5.0, 0.0, 5.0, 10.0])


def test_nothing_planted_is_hardly_ever_reported() -> None:
    spec = NetworkSpec(roads=12, blocks=400, share=0.0)
    sections = make_sections(spec)
    for passes in (1, 6):
        then, now, _ = make_years(sections, passes, AGAINST_LABELS, spec)
        change = compare(sections, then, now, settings_for(AGAINST_LABELS))
        assert (change.verdict == Verdict.WORSE).mean() < 0.001
        assert (change.verdict == Verdict.SUSPECT).mean() < 0.02


def test_roads_driven_on_other_days_are_seldom_reported() -> None:
    """A pass's own bias and gain are taken out as a curve by road."""
    spec = NetworkSpec(roads=12, blocks=400, share=0.0)
    sections = make_sections(spec)
    for passes in (1, 6):
        then, now, _ = make_years(sections, passes, NoiseSpec(), spec)
        assert (compare(sections, then, now).verdict == Verdict.WORSE).mean() < 0.002


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
    worse = dataclasses.replace(AGAINST_LABELS, detection_sd=11.0)
    then, now, _ = make_years(sections, 1, worse, spec)
    change = compare(sections, then, now, settings_for(AGAINST_LABELS))
    assert 1.4 < float(np.median(change.indicators["crack_pct"].noise.scale)) < 2.3
    assert (change.verdict == Verdict.WORSE).mean() < 0.001


def test_the_bias_of_a_year_is_taken_from_young_roads_where_there_are_some() -> None:
    spec = NetworkSpec(roads=6, blocks=400, share=0.0)
    sections = make_sections(spec)
    then, now, _ = make_years(sections, 12, dataclasses.replace(AGAINST_LABELS, ageing=0.0, year_bias=4.0), spec)
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


def test_what_a_road_differs_by_as_a_whole_is_no_decay() -> None:
    rng = np.random.default_rng(2)
    roads, blocks = 40, 300
    chains = np.arange(0, roads * blocks + 1, blocks)
    level = rng.gamma(1.2, 12.0, roads * blocks)
    day, gain = np.repeat(rng.normal(0, 2.0, roads), blocks), np.repeat(rng.normal(0, 0.1, roads), blocks)
    change = day + gain * level + rng.normal(0, 2.0, roads * blocks)
    change[1000:1010] += 20.0  # one stretch did decay
    change[50] = np.nan
    found, doubt = road_bias(change, np.full(roads * blocks, 4.0), level, chains)
    assert np.abs(found - day - gain * level)[level < 40].mean() < 0.3
    assert (doubt >= 0).all()
    alone, _ = road_bias(change[:blocks], np.full(blocks, 4.0), level[:blocks], np.array([0, blocks]))
    assert (alone == 0).all()  # of one road it cannot be told from its decay


def test_roads_that_differ_by_chance_only_keep_their_changes() -> None:
    rng = np.random.default_rng(5)
    chains = np.arange(0, 12_001, 300)
    change = rng.normal(0, 2.0, 12_000)
    found, _ = road_bias(change, np.full(12_000, 4.0), np.full(12_000, 10.0), chains)
    assert np.abs(found).max() < 0.3  # 2.6 sd of the mean of a road's 300 blocks
    assert np.abs(found).mean() < 0.1


def test_a_road_cut_off_at_zero_is_no_decay() -> None:
    """One year reads 12 points too high: where the other is cut off at 0 % the difference bends."""
    rng = np.random.default_rng(4)
    roads, blocks = 20, 300
    chains = np.arange(0, roads * blocks + 1, blocks)
    true, day = rng.gamma(1.2, 8.0, roads * blocks), np.repeat(rng.normal(0, 6.0, roads), blocks)
    then = np.clip(true + rng.normal(0, 1.0, len(true)) - day, 0, 100)
    now = np.clip(true + rng.normal(0, 1.0, len(true)) + day, 0, 100)
    found, _ = road_bias(now - then, np.full(len(true), 2.0), (then + now) / 2, chains)
    low = (then + now) / 2 < 10
    assert np.sqrt(np.mean((now - then - found)[low] ** 2)) < 1.7


def test_what_neighbours_share_is_told_from_what_they_do_not() -> None:
    rng = np.random.default_rng(6)
    chains = np.arange(0, 20_001, 200)
    alone = rng.normal(0, 3.0, 20_000)
    assert shared_variance(alone, np.full(20_000, 9.0), chains) < 0.2
    together = alone + np.repeat(rng.normal(0, 2.0, 4_000), 5)
    assert shared_variance(together, np.full(20_000, 9.0), chains) == pytest.approx(4.0, rel=0.15)


def test_errors_with_wide_tails_count_as_wide() -> None:
    rng = np.random.default_rng(7)
    wide = np.where(rng.random(20_000) < 0.3, 3.0, 0.5)
    scale = residual_scale(wide * rng.normal(0, 1.0, 20_000), np.ones(20_000))
    assert (scale > 1.3).all()
    assert residual_scale(rng.normal(0, 1.0, 20_000), np.ones(20_000)) == pytest.approx(1.0, abs=0.12)


@settings(max_examples=50, deadline=None)
@given(st.floats(-10, 110), st.floats(0, 6), st.floats(0, 1))
def test_the_noise_is_least_where_all_cells_are_alike(level: float, at_zero: float, by_level: float) -> None:
    found = float(crack_variance(np.array([level]), at_zero, by_level)[0])
    ends = crack_variance(np.array([0.0, 100.0]), at_zero, by_level)
    assert found >= ends.max() - 1e-9
    assert ends[0] == ends[1] == pytest.approx(at_zero**2)


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


def test_what_is_reported_with_one_pass_is_planted() -> None:
    spec = NetworkSpec(roads=20, blocks=400, share=0.01)
    sections = make_sections(spec)
    then, now, planted = make_years(sections, 1, NoiseSpec(), spec)
    change = compare(sections, then, now)
    worse, nothing = change.verdict == Verdict.WORSE, planted.length == 0
    assert (nothing[worse]).mean() < 0.1
    assert (worse | (change.verdict == Verdict.SUSPECT))[nothing].mean() <= 0.055


def test_the_table_names_every_length() -> None:
    report = evaluate_change(NetworkSpec(roads=3, blocks=200), passes=[2])
    text = report.to_markdown()
    assert [section.key for section in report.sections] == [
        "found_repeatability",
        "alarms_repeatability",
        "found_without_margin",
        "alarms_without_margin",
        "found_error_against_labels",
        "alarms_error_against_labels",
    ]
    assert "10: 悪化" in text
    assert "one class (20 points), 2 passes" in text
