"""Which pass is adopted: a total order that does not depend on the order of arrival."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.errors import BadInput
from pavement.review.adoption import AdoptionRule, best, better, rule_from_table

GOOD: dict[str, Any] = {"drive_id": "a", "coverage_pct": 92.0, "flags": "推定", "surveyed_on": date(2026, 7, 1)}
GOOD |= {"crack_pct": 9.0, "rut_mm": 5.0, "iri_mm_per_m": 2.0}

passes = st.lists(
    st.builds(
        lambda coverage, day, doubt, sharp, rut: {
            **GOOD,
            "coverage_pct": coverage,
            "surveyed_on": date(2026, 4, 1) + timedelta(days=day),
            "flags": "位置不確か" if doubt else "",
            "sharpness": sharp,
            "rut_mm": rut,
        },
        st.sampled_from([None, 20.0, 85.0, 95.0]),
        st.integers(0, 364),
        st.booleans(),
        st.sampled_from([None, 0.1, 0.9]),
        st.sampled_from([None, 4.0]),
    ),
    min_size=1,
    max_size=6,
).map(lambda rows: [{**row, "drive_id": f"d{k}"} for k, row in enumerate(rows)])


@given(passes, st.randoms())
def test_the_same_pass_is_left_over_in_any_order(rows: list[dict[str, Any]], chance: Any) -> None:
    winner = rows[0]
    for row in rows[1:]:
        winner = row if better(row, winner) else winner
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert best(shuffled)["drive_id"] == winner["drive_id"]
    assert not better(winner, winner)


@pytest.mark.parametrize(
    "worse",
    [
        {"coverage_pct": 60.0},  # not valid, however new
        {"flags": "推定;位置不確か"},
        {"rut_mm": None},  # fewer indicators
        {"surveyed_on": date(2027, 2, 1)},  # snow
        {"surveyed_on": date(2026, 6, 30)},  # older
        {"surveyed_on": date(2026, 7, 9), "sharpness": 0.7},  # newer, but softer than most
    ],
)
def test_what_makes_a_pass_worse(worse: dict[str, Any]) -> None:
    assert better(GOOD, {**GOOD, "drive_id": "z", "surveyed_on": date(2026, 7, 1)} | worse)


def test_the_rule_can_be_overridden() -> None:
    winter = {**GOOD, "drive_id": "w", "surveyed_on": date(2027, 1, 20)}
    assert better(GOOD, winter)
    assert better(winter, GOOD, AdoptionRule(preferred=("w",)))
    assert better(winter, GOOD, rule_from_table({"months": [1]}))
    assert better(winter, GOOD, rule_from_table({"order": ["date"]}))
    assert better(GOOD, winter, rule_from_table({"order": ["date"], "latest": False}))
    with pytest.raises(BadInput, match="mont is not known"):
        rule_from_table({"mont": [1]})
