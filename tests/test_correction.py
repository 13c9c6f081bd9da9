"""Effective values: a person's where there are any, the diagnosis follows, never a false Ⅰ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.correction import COMPUTED, RATINGS, Decided, Decision, Value, check_value, effective
from pavement.errors import BadInput
from pavement.rating import Limits, Rules

MACHINE: dict[str, Any] = {"crack_pct": 12.0, "rut_mm": 8.0, "rut_se_mm": 1.0, "iri_mm_per_m": None}
MACHINE |= {
    "iri_se_mm_per_m": None,
    "potholes": 1,
    "mci": 5.6,
    "rating": None,
    "rating_basis": "ひび割れ率;わだち掘れ量",
}
MACHINE |= {"flags": "要確認;推定", "coverage_pct": 95.0, "analysis_id": "a", "surveyed_on": date(2026, 7, 1)}


def said(analysis: str = "a", **values: Value) -> Decided:
    return decided(values, analysis)


def decided(values: Mapping[str, Value], analysis: str = "a") -> Decided:
    at = datetime(2026, 8, 1, tzinfo=UTC)
    return Decided({name: Decision(value, "person:1", at, name, analysis) for name, value in values.items()})


def accepted(analysis: str, held: Decided | None = None) -> Decided:
    held = held or Decided()
    return Decided(held.values, Decision(True, "person:1", datetime(2026, 8, 1, tzinfo=UTC), "x", analysis))


def test_without_a_decision_everything_is_the_machines() -> None:
    assert effective(MACHINE, Decided()) == {name: MACHINE[name] for name in COMPUTED}


def test_the_diagnosis_follows_a_corrected_indicator() -> None:
    row = effective(MACHINE, said(crack_pct=45.0))
    assert (row["crack_pct"], row["rating"], row["flags"]) == (45.0, "Ⅲ", "要確認;少なくとも;推定")
    assert row["mci"] < 5.6
    row = effective(MACHINE, said(iri_mm_per_m=2.0))
    assert (row["rating"], row["rating_basis"]) == ("Ⅰ", "ひび割れ率;わだち掘れ量;IRI")
    assert row["flags"] == "推定"
    own = Rules(by_manager={"青森県": Limits(crack_pct=(10.0, 30.0))})
    assert effective({**MACHINE, "manager": "青森県"}, said(iri_mm_per_m=2.0), own)["rating"] == "Ⅱ"


def test_an_uncalibrated_cars_iri_proves_nothing_after_a_correction_either() -> None:
    row = effective({**MACHINE, "iri_mm_per_m": 2.0}, said(crack_pct=5.0))
    assert (row["rating"], row["rating_basis"], "要確認" in row["flags"]) == (None, "ひび割れ率;わだち掘れ量", True)


def test_a_persons_diagnosis_holds_and_needs_no_review() -> None:
    row = effective(MACHINE, said(rating="Ⅱ", crack_pct=45.0))
    assert (row["rating"], row["flags"]) == ("Ⅱ", "推定")


def test_accepting_holds_until_another_pass_is_adopted() -> None:
    assert effective(MACHINE, accepted("a"))["flags"] == "推定"
    assert effective(MACHINE, accepted("before"))["flags"] == "要確認;推定"
    assert "要確認" in effective(MACHINE, said("before", rating="Ⅱ"))["flags"]
    assert "要確認" not in effective(MACHINE, accepted("a", said("before", rating="Ⅱ")))["flags"]


def test_potholes_are_the_machines_and_what_people_changed() -> None:
    assert effective(MACHINE, Decided(potholes=-1))["potholes"] == 0
    assert effective(MACHINE, Decided(potholes=-3))["potholes"] == 0
    assert effective({**MACHINE, "potholes": None}, Decided(potholes=1))["potholes"] == 1
    assert effective(MACHINE, Decided(said(potholes=7).values, potholes=-1))["potholes"] == 7


NUMBERS = st.none() | st.floats(0, 100)


@given(NUMBERS, NUMBERS, NUMBERS, st.floats(0, 100), st.dictionaries(st.sampled_from(["crack_pct", "rut_mm"]), NUMBERS))
def test_never_a_false_one(
    crack: float | None, rut: float | None, iri: float | None, coverage: float, values: dict[str, float | None]
) -> None:
    machine = {**MACHINE, "crack_pct": crack, "rut_mm": rut, "iri_mm_per_m": iri, "coverage_pct": coverage}
    machine |= {"rating_basis": "ひび割れ率;わだち掘れ量;IRI", "iri_se_mm_per_m": 0.1}
    row = effective(machine, decided(values))
    assert {row[name] for name in values} == set(values.values()) or len(values) == 2
    if values and row["rating"] == "Ⅰ":
        known = [row[name] for name in ("crack_pct", "rut_mm", "iri_mm_per_m")]
        assert None not in known
        assert coverage >= 80
        assert row["crack_pct"] < 20
        assert row["rut_mm"] < 20
        assert row["iri_mm_per_m"] < 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crack_pct", 101),
        ("rut_mm", -1),
        ("iri_mm_per_m", float("nan")),
        ("potholes", 1.5),
        ("rating", "4"),
        ("mci", 3),
    ],
)
def test_impossible_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadInput):
        check_value(name, value)
    with pytest.raises(BadInput):
        check_value("rut_mm", True)
    assert [check_value("rating", each) for each in RATINGS] == list(RATINGS)
