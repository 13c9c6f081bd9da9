"""Rates over several years: the truth is found, works start anew, two years give none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pavement.evaluation.change_years import NetworkSpec, make_sections
from pavement.review.rows import Year, empty_year
from pavement.review.trend import long_rates, slopes

SECTIONS = make_sections(NetworkSpec(roads=30, blocks=40, seed=3))
RATE = 1.2


def years(count: int, noise: float = 2.0, bias: float = 0.0) -> list[Year]:
    chance = np.random.default_rng(4)
    n = len(SECTIONS)
    base = chance.uniform(5, 40, n)
    made = []
    for k in range(count):
        values = base + RATE * k + chance.normal(0, noise, n) + chance.normal(0, bias)
        blank = empty_year(2022 + k, n)
        day = np.full(n, np.datetime64(f"{2022 + k}-07-01"))
        made.append(replace(blank, inspected=np.ones(n, bool), day=day, crack_pct=values))
    return made


def test_the_true_rate_lies_in_the_interval() -> None:
    (whole, *_) = long_rates(SECTIONS, years(4))
    assert (whole.indicator, whole.group, whole.years) == ("ひび割れ率", "全体", 4)
    assert whole.per_year == pytest.approx(RATE, abs=0.1)
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low <= RATE <= whole.high


def test_a_bias_of_years_widens_it() -> None:
    plain, biased = (long_rates(SECTIONS, years(4, bias=each))[0] for each in (0.0, 3.0))
    assert biased.low is not None
    assert biased.high is not None
    assert plain.low is not None
    assert plain.high is not None
    assert biased.high - biased.low > 2 * (plain.high - plain.low)


def test_what_was_before_works_does_not_count() -> None:
    made = years(4)
    made[-1] = replace(made[-1], repaired_on=np.full(len(SECTIONS), np.datetime64("2023-12-01")))
    assert long_rates(SECTIONS, made) == ()  # two passes since
    made = years(5)
    made = [*made[:1], *made[1:]]
    made[0] = replace(made[0], crack_pct=made[0].crack_pct + 50)
    made[-1] = replace(made[-1], repaired_on=np.full(len(SECTIONS), np.datetime64("2022-12-01")))
    assert long_rates(SECTIONS, made)[0].per_year == pytest.approx(RATE, abs=0.1)


def test_two_years_give_none() -> None:
    assert long_rates(SECTIONS, years(2)) == ()


def test_a_slope_needs_three_passes_over_time() -> None:
    times = np.array([[0.0, 0.0], [0.2, 1.0], [0.4, 2.0]])
    slope, known = slopes(times * 3, times, np.ones((3, 2), bool))
    assert known.tolist() == [False, True]
    assert slope[1] == pytest.approx(3.0)
