"""The same hole on two drives is one object; two holes beside each other stay two."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pavement.identity import Sighting, same_objects


def row(*along: float, across: float = 0.5, area: float = 0.3) -> list[Sighting]:
    return [Sighting(each, across, area) for each in along]


def test_two_holes_close_together_are_told_apart() -> None:
    assert same_objects(row(100, 101.5), row(103.8, 105.4)) == [(0, 0), (1, 1)]
    assert same_objects(row(101.5, 100), row(103.8, 105.4)) == [(0, 1), (1, 0)]


def test_the_shift_between_drives_is_learnt_from_the_others() -> None:
    # one of two neighbours was not seen on the second drive: the shift of the rest tells which
    first, second = row(20, 50, 80, 100, 101.5), row(24, 54, 84, 105.5)
    assert same_objects(first, second) == [(0, 0), (1, 1), (2, 2), (4, 3)]


def test_what_lies_elsewhere_is_another_object() -> None:
    assert same_objects(row(100), row(113)) == []
    assert same_objects(row(100, across=-0.8), row(100, across=0.8)) == []
    assert same_objects(row(100, area=0.1), row(100, area=2.0)) == []
    assert same_objects([], row(1)) == same_objects(row(1), []) == []


@given(
    st.lists(st.floats(0, 500), min_size=1, max_size=12, unique_by=lambda value: round(value / 30)),
    st.floats(-8, 8),
    st.integers(0, 2**32 - 1),
)
def test_objects_well_apart_are_all_found_again(places: list[float], shift: float, seed: int) -> None:
    apart: list[float] = []
    for place in sorted(places):
        if not apart or place - apart[-1] > 25:
            apart.append(place)
    noise = np.random.default_rng(seed).uniform(-1, 1, len(apart))
    again = [place + shift + float(n) for place, n in zip(apart, noise, strict=True)]
    assert same_objects(row(*apart), row(*again)) == [(i, i) for i in range(len(apart))]
