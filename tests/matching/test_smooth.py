"""Smoothing along a line: noise becomes a motion that only goes forward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.matching.smooth import monotone, smooth


@pytest.mark.parametrize("sign", [1, -1])
def test_noise_becomes_a_motion_that_only_goes_forward(sign: int) -> None:
    rng = np.random.default_rng(0)
    time_s = np.arange(60.0)
    truth = sign * 8.0 * time_s
    noisy = truth + rng.normal(0, 5, 60)
    noisy[30] += 60  # Huber's weight: a jump of 12 sigmas moves nothing
    smoothed, sd = smooth(time_s, noisy, np.full(60, 5.0))
    assert (sign * np.diff(smoothed) >= 0).all()
    assert np.abs(smoothed - truth).max() < 10
    assert (sd < 5).all()


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30))
def test_monotone_is_monotone_and_keeps_what_is(values: list[float]) -> None:
    array = np.array(values)
    once = monotone(array)
    steps = np.diff(once)
    assert (steps >= 0).all() or (steps <= 0).all()
    assert monotone(np.sort(array)).tolist() == np.sort(array).tolist()
