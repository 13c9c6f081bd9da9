"""健全性の診断: the table of thresholds, 「少なくとも」, Ⅲ-1/Ⅲ-2, and that Ⅰ is never given without proof."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.rating import Limits, Measured, mci, rate
from pavement.segment import Flag

REVIEW, AT_LEAST, LOW, VISUAL = Flag.REVIEW, Flag.AT_LEAST, Flag.LOW_COVERAGE, Flag.VISUAL


@pytest.mark.parametrize(
    ("crack", "rut", "iri", "value"),
    [
        (0, 0, 0, "Ⅰ"),
        (19.99, 19.99, 2.99, "Ⅰ"),
        (20, 0, 0, "Ⅱ"),  # each limit belongs to the worse side
        (0, 20, 0, "Ⅱ"),
        (0, 0, 3, "Ⅱ"),
        (39.99, 39.99, 7.99, "Ⅱ"),
        (40, 0, 0, "Ⅲ-2"),
        (0, 40, 0, "Ⅲ-2"),
        (0, 0, 8, "Ⅲ-2"),
        (45, 25, 1, "Ⅲ-2"),  # the worst of the three decides
    ],
)
def test_the_table_of_thresholds(crack: float, rut: float, iri: float, value: str) -> None:
    paved = {"paved_on": date(2020, 4, 1), "surveyed_on": date(2026, 6, 3), "design_life_years": 10.0}
    rating = rate(Measured(crack, rut, iri, coverage_pct=100, **paved))  # type: ignore[arg-type]
    assert rating.value == value
    assert rating.basis == ("ひび割れ率", "わだち掘れ量", "IRI")
    assert rating.flags == ()


@pytest.mark.parametrize(
    ("crack", "rut", "iri", "coverage", "value", "flags"),
    [
        (5, None, None, 100, None, (REVIEW,)),  # two indicators unknown: Ⅰ is not proven
        (5, 5, None, 100, None, (REVIEW,)),
        (None, None, None, 0, None, (REVIEW, LOW)),
        (5, 5, 1, 79.99, None, (REVIEW, LOW)),
        (5, 5, 1, 80, "Ⅰ", ()),
        (20, None, None, 100, "Ⅱ", (REVIEW, AT_LEAST)),
        (20, 5, 1, 50, "Ⅱ", (REVIEW, AT_LEAST, LOW)),
        (40, None, None, 100, "Ⅲ", (REVIEW, AT_LEAST)),  # no paving date: Ⅲ-1 or Ⅲ-2 is not known
        (40, 5, 1, 100, "Ⅲ", (REVIEW,)),
        (40, None, None, 50, "Ⅲ", (REVIEW, AT_LEAST, LOW)),
    ],
)
def test_with_less_than_everything_measured(
    crack: float | None,
    rut: float | None,
    iri: float | None,
    coverage: float,
    value: str | None,
    flags: tuple[Flag, ...],
) -> None:
    rating = rate(Measured(crack, rut, iri, coverage_pct=coverage))
    assert (rating.value, rating.flags) == (value, flags)
    given = {"ひび割れ率": crack, "わだち掘れ量": rut, "IRI": iri}
    assert rating.basis == tuple(name for name, known in given.items() if known is not None)


@pytest.mark.parametrize(
    ("paved_on", "life", "road_class", "value"),
    [
        (date(2006, 6, 2), 20.0, None, "Ⅲ-1"),  # 20 years and a day in use
        (date(2006, 6, 5), 20.0, None, "Ⅲ-2"),  # two days short of 20 years
        (date(2020, 4, 1), 13.0, "B", "Ⅲ-2"),  # 6 of 13 years
        (date(2020, 4, 1), 13.0, "C", "Ⅲ"),  # classes C and D have no subdivision
        (date(2020, 4, 1), 13.0, "D", "Ⅲ"),
    ],
)
def test_damage_before_the_design_life_is_damage_below(
    paved_on: date, life: float, road_class: str | None, value: str
) -> None:
    rating = rate(
        Measured(
            *(45.0, 25.0, 5.0, 100.0),
            road_class=road_class,
            paved_on=paved_on,
            design_life_years=life,
            surveyed_on=date(2026, 6, 3),
        )
    )
    assert (rating.value, rating.flags) == (value, ())


def test_concrete_is_not_judged_by_machine() -> None:
    rating = rate(Measured(1.0, 1.0, 1.0, coverage_pct=100, surface="コンクリート"))
    assert (rating.value, rating.basis, rating.flags) == (None, (), (REVIEW, VISUAL))


def test_motorways_have_one_threshold() -> None:
    limits = Limits(crack_pct=(20, 20), rut_mm=(25, 25), iri_mm_per_m=(3.5, 3.5))
    assert rate(Measured(19.0, 24.0, 3.4, coverage_pct=100), limits).value == "Ⅰ"
    assert rate(Measured(19.0, 25.0, 3.4, coverage_pct=100), limits).value == "Ⅲ"


unknown_or = st.none() | st.just(math.nan) | st.floats(0, 10) | st.sampled_from([2.99, 3.0, 19.99, 20.0])


@given(
    unknown_or,
    unknown_or,
    unknown_or,
    st.sampled_from([79.9, 80.0, 100.0, math.nan]),
    st.sampled_from(["アスファルト", "砂利"]),
)
def test_never_a_false_sound(
    crack: float | None, rut: float | None, iri: float | None, coverage: float, surface: str
) -> None:
    rating = rate(Measured(crack, rut, iri, coverage_pct=coverage, surface=surface))
    proven = (
        (crack is not None and crack < 20)
        and (rut is not None and rut < 20)
        and (iri is not None and iri < 3)
        and coverage >= 80
        and surface == "アスファルト"
    )
    assert (rating.value == "Ⅰ") == proven
    if rating.value is None:
        assert REVIEW in rating.flags


@pytest.mark.parametrize(
    ("crack", "rut", "iri", "expected"),
    [
        # C^0.3 = 14.2^0.3 = 2.21662, D^0.7 = 12.1^0.7 = 5.72702
        (14.2, 12.1, None, 4.935),  # of 4.935 | 10 − 2.23·2.21662 = 5.057 | 10 − 0.54·5.72702 = 6.907: the least
        (14.2, 12.1, 5.013, 4.477),  # σ = (5.013 − 0.75)/1.47 = 2.9: 10 − 3.2806 − 1.6608 − 0.47·2.9^0.2 (1.2373)
        (0.0, 0.0, None, 10.0),
        (0.0, 40.0, None, 2.859),  # 10 − 0.54·40^0.7 (13.2238)
        (60.0, 0.0, None, 2.384),  # 10 − 2.23·60^0.3 (3.4154)
        (100.0, 100.0, None, 0.0),  # 10 − 6.01 − 7.54 is below 0
        (0.0, 0.0, 0.3, 10.0),  # IRI < 0.75: σ = 0
        (14.2, None, None, None),
        (None, 12.1, 2.0, None),
    ],
)
def test_mci(crack: float | None, rut: float | None, iri: float | None, expected: float | None) -> None:
    value = mci(crack, rut, iri)
    assert value == (None if expected is None else pytest.approx(expected, abs=2e-3))


def test_a_rut_is_sound_only_beyond_its_error() -> None:
    assert rate(Measured(5, 15, 1, coverage_pct=100, rut_se_mm=2.4)).value == "Ⅰ"
    unsure = rate(Measured(5, 15, 1, coverage_pct=100, rut_se_mm=2.6))
    assert (unsure.value, unsure.flags) == (None, (REVIEW,))
    assert rate(Measured(5, 21, 1, coverage_pct=100, rut_se_mm=2.6)).value == "Ⅱ"
