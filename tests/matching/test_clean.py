"""Cleaning: spikes, key fixes, headings, holes."""

from __future__ import annotations

import numpy as np
import pytest

from pavement.matching.clean import headings, holes, key_fixes, spikes, travelled

SECONDS = np.arange(60.0)
EAST = np.column_stack([10 * SECONDS, np.zeros(60)])
UNKNOWN = np.full(60, np.nan)


@pytest.mark.parametrize("fixes", [[20], [20, 40], [20, 21, 22], [1], [58]])
def test_what_nothing_can_reach_is_a_spike(fixes: list[int]) -> None:
    xy = EAST.copy()
    xy[fixes] += (0.0, 900.0)
    assert np.flatnonzero(spikes(SECONDS, xy)).tolist() == fixes


def test_a_swerve_of_40_m_there_and_back_is_one_too() -> None:
    xy = EAST.copy()
    xy[20] += (0.0, 45.0)
    assert np.flatnonzero(spikes(SECONDS, xy)).tolist() == [20]


def test_what_lasts_is_no_spike() -> None:
    xy = EAST.copy()
    xy[30:] += (0.0, 900.0)  # the receiver stays there: who knows which half is right
    assert not spikes(SECONDS, xy).any()


def test_key_fixes_are_apart_and_stops_collapse() -> None:
    stop = np.concatenate([EAST[:30], np.repeat(EAST[29:30], 25, axis=0), EAST[30:]])
    keys = key_fixes(stop, travelled(np.arange(85.0), np.full(85, np.nan)))
    assert keys[0] == 0
    assert keys[-1] == 84
    assert (np.hypot(*np.diff(stop[keys], axis=0).T) >= 15)[:-1].all()


def test_a_receiver_that_jumps_while_the_car_creeps_makes_no_key_fix() -> None:
    xy = np.zeros((60, 2))
    xy[::2] += (20.0, 0.0)
    assert key_fixes(xy, travelled(SECONDS, np.full(60, 0.05))).tolist() == [0, 30, 59]
    assert len(key_fixes(xy, travelled(SECONDS, UNKNOWN))) > 30


def test_headings_tell_where_the_car_moves() -> None:
    xy = EAST[::2]
    unit, told = headings(xy, UNKNOWN[::2], UNKNOWN[::2])
    assert told.all()
    assert unit == pytest.approx(np.tile([1.0, 0.0], (30, 1)))
    own, _ = headings(xy, np.full(30, 10.0), np.zeros(30))
    assert own == pytest.approx(np.tile([0.0, 1.0], (30, 1)))  # the receiver's own: north
    assert not headings(xy * 0.01, UNKNOWN[::2], UNKNOWN[::2])[1].any()
    assert not headings(xy * 10, UNKNOWN[::2], UNKNOWN[::2])[1].any()  # 200 m apart: the road may bend


def test_holes_are_longer_than_the_usual_step() -> None:
    assert holes(np.array([0.0, 1, 2, 7, 8])).tolist() == [False, False, True, False]
    assert not holes(np.arange(0.0, 100, 10)).any()
