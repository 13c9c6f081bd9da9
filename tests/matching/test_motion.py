"""Smoothing along a line: noise becomes a motion, and its deviation is that of the model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import cholesky_banded

from pavement.matching.motion import Coupling, Motion, marginal_variances, monotone, smooth

Floats = NDArray[np.float64]


def smoothed(along: Floats, across: Floats | None = None, speed: Floats | None = None) -> Motion:
    """Fixes of one stretch, one a second."""
    n = len(along)
    unknown = np.full(n, np.nan)
    sides = np.zeros(n) if across is None else across
    return smooth(
        np.arange(float(n)), along, sides, unknown, unknown if speed is None else speed, np.zeros(n, np.int64)
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_noise_becomes_a_motion(sign: int) -> None:
    rng = np.random.default_rng(0)
    truth = sign * 8.0 * np.arange(60)
    noisy = truth + rng.normal(0, 5, 60)
    noisy[30] += 60  # Student's weight: a jump of 12 sigmas moves nothing
    motion = smoothed(noisy, rng.normal(0, 5, 60))
    assert np.abs(motion.along_m - truth).max() < 8
    assert np.median(motion.speed_mps) == pytest.approx(sign * 8, abs=0.5)


def test_a_fix_far_aside_is_not_believed_along_the_line_either() -> None:
    rng = np.random.default_rng(1)
    truth = 10.0 * np.arange(80)
    along, across = truth + rng.normal(0, 1, 80), 2 + rng.normal(0, 1, 80)
    along[40:44] += 15
    with_sides, without = smoothed(along, across + np.where(along > truth + 8, 25.0, 0.0)), smoothed(along, across)
    errors = [np.abs(motion.along_m - truth)[38:46].max() for motion in (with_sides, without)]
    assert errors[0] < 3
    assert errors[0] < errors[1]


def test_measured_speeds_carry_over_a_hole() -> None:
    truth = np.concatenate([10.0 * np.arange(20), np.full(20, 190.0), 190 + 10.0 * np.arange(1, 21)])
    seen = truth.copy()
    seen[18:42] = np.nan
    speed = np.gradient(truth).astype(np.float64)
    error, blind = (np.abs(smoothed(seen, speed=s).along_m - truth).max() for s in (speed, None))
    assert error < 6 < blind


def test_the_deviation_grows_where_nothing_was_seen() -> None:
    along = np.linspace(0.0, 590.0, 60)
    along[20:40] = np.nan
    sd = smoothed(along).sd_m
    assert sd[30] > 2 * sd[10]


def test_stretches_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(2)
    along = np.concatenate([10.0 * np.arange(40), 5000 - 10.0 * np.arange(40)]) + rng.normal(0, 2, 80)
    time_s, group = np.arange(80.0), np.repeat([0, 1], 40)
    unknown = np.full(80, np.nan)
    both = smooth(time_s, along, np.zeros(80), np.full(80, 4.0), unknown, group)
    assert both.speed_mps[:40] == pytest.approx(10, abs=2)
    assert both.speed_mps[40:] == pytest.approx(-10, abs=2)


def test_one_fix_is_where_it_is() -> None:
    assert smoothed(np.array([7.0])).along_m == pytest.approx([7.0], abs=0.01)


def test_variances_are_those_of_the_inverse() -> None:
    rng = np.random.default_rng(3)
    n = 260
    coupling = Coupling.of(np.cumsum(rng.uniform(0.5, 2, n)), np.repeat([0, 1], n // 2))
    weight = rng.uniform(0.05, 1, n)
    weight[60:66] = 0
    band = coupling.motion(weight, np.zeros(n))
    whole = np.zeros((2 * n, 2 * n))
    for k in range(4):
        for j in range(k, 2 * n):
            whole[j - k, j] = whole[j, j - k] = band[3 - k, j]
    expected = np.diag(np.linalg.inv(whole))[0::2]
    assert marginal_variances(cholesky_banded(band)) == pytest.approx(expected, rel=1e-6)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30))
def test_monotone_is_monotone_and_keeps_what_is(values: list[float]) -> None:
    array = np.array(values)
    steps = np.diff(monotone(array))
    assert (steps >= 0).all() or (steps <= 0).all()
    assert monotone(np.sort(array)).tolist() == np.sort(array).tolist()
