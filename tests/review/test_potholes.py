"""Potholes over the years: by the ground, whatever the kiloposts are called, and against every earlier year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pavement.review.pothole import Fate, Pothole
from pavement.review.pothole_pairs import pair_potholes
from pavement.review.potholes import compare_potholes
from pavement.road import Direction, RoadKey

R4 = RoadKey("一般国道", "4", "000", "現道")
R7 = RoadKey("一般県道", "7", "000", "現道")
METRE = 1 / 111_320  #: of latitude


def hole(name: str, north_m: float, year: int = 2026, **facts: object) -> Pothole:
    """One on a road that runs north, 下り."""
    values = {"area_m2": 0.2, "found_on": date(year, 7, 1), "seen_on": date(year, 7, 1), "course_deg": 0.0, **facts}
    road = values.pop("road", R4)
    direction = values.pop("direction", Direction.DOWN)
    return Pothole(name, road, direction, north_m / 1000, 140.7, 40.8 + north_m * METRE, **values)  # type: ignore[arg-type]


def always(_year: int, potholes: Sequence[Pothole]) -> list[bool]:
    return [True] * len(potholes)


def never(_year: int, potholes: Sequence[Pothole]) -> list[bool]:
    return [False] * len(potholes)


def fates(by_year: dict[int, list[Pothole]], looked: object = always) -> dict[str, Fate]:
    return {each.pothole.id: each.fate for each in compare_potholes(by_year, 2026, looked)}  # type: ignore[arg-type]


def test_the_ground_decides_and_not_the_kilopost() -> None:
    then = hole("a", 100, 2025, road=R7, direction=Direction.UP)  # the road was turned and renamed since
    assert fates({2025: [then], 2026: [hole("b", 106)]}) == {"b": Fate.STILL}
    assert fates({2025: [hole("a", 100, 2025)], 2026: [hole("b", 120)]}) == {"b": Fate.NEW, "a": Fate.VANISHED}


def test_the_other_lane_is_another_pothole() -> None:
    other = hole("a", 100, 2025, direction=Direction.UP, course_deg=180.0)
    assert fates({2025: [other], 2026: [hole("b", 100)]}) == {"b": Fate.NEW, "a": Fate.VANISHED}


def test_a_year_without_a_look_is_no_end() -> None:
    def looked(year: int, potholes: Sequence[Pothole]) -> list[bool]:
        return [year != 2025] * len(potholes)

    found = compare_potholes({2024: [hole("a", 5, 2024)], 2025: [], 2026: [hole("b", 5)]}, 2026, looked)
    assert [(each.fate, each.seen_in, each.pothole.found_on) for each in found] == [
        (Fate.STILL, 2024, date(2024, 7, 1))
    ]


def test_what_vanished_before_is_not_told_again_and_may_come_again() -> None:
    assert fates({2024: [hole("a", 5, 2024)], 2025: [], 2026: []}) == {}
    assert fates({2024: [hole("a", 5, 2024)], 2025: [], 2026: [hole("b", 5)]}) == {"b": Fate.AGAIN}


def test_repaired_in_this_year_and_before() -> None:
    mended = hole("a", 5, 2025, repaired_on=date(2026, 5, 1))
    assert fates({2025: [mended], 2026: []}) == {"a": Fate.REPAIRED}
    long_ago = hole("a", 5, 2025, repaired_on=date(2025, 8, 1))
    assert fates({2025: [long_ago], 2026: []}) == {}
    assert fates({2025: [long_ago], 2026: [hole("b", 5)]}) == {"b": Fate.AGAIN}


def test_new_needs_somebody_who_had_looked() -> None:
    assert fates({2026: [hole("a", 5)]}, always) == {"a": Fate.FIRST}
    assert fates({2025: [], 2026: [hole("a", 5)]}, never) == {"a": Fate.FIRST}
    assert fates({2025: [], 2026: [hole("a", 5)]}, always) == {"a": Fate.NEW}


def test_grown_needs_both() -> None:
    before = hole("a", 5, 2025, area_m2=0.1)
    assert fates({2025: [before], 2026: [hole("b", 5, area_m2=0.3)]}) == {"b": Fate.GROWN}
    assert fates({2025: [before], 2026: [hole("b", 5, area_m2=0.14)]}) == {"b": Fate.STILL}


@given(st.lists(st.floats(0, 200), max_size=12), st.lists(st.floats(0, 200), max_size=12))
def test_nothing_is_paired_twice(then: list[float], now: list[float]) -> None:
    old, new = ([hole(f"{word}{k}", at) for k, at in enumerate(each)] for word, each in (("a", then), ("b", now)))
    pairs = pair_potholes(old, new)
    assert len(set(pairs.values())) == len(pairs)
    assert all(abs(then[i] - now[j]) <= 12.1 for j, i in pairs.items())
