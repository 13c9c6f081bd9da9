"""From noisy places along a line to a smooth motion with its standard deviation.

The car's speed is a random walk (Särkkä 2013, example 4.3: constant velocity with white acceleration); the most likely
motion solves one banded system over all fixes (the information form of the Rauch-Tung-Striebel smoother). Receivers err
by bursts and in both axes at once, so a fix's weight comes from its residuals along *and* across the line together,
under Student's t (iteratively reweighted least squares, Lange, Little & Taylor 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded, solveh_banded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACCELERATION = 0.5  #: m²/s³: spectral density of the car's changes of speed
SIDEWAYS = 0.03  #: m²/s: spectral density of changes of lane, and of the line's own error across
FREEDOM = 3.0  #: degrees of freedom of Student's t
ROUNDS = 5
ACCURACY_M = 5.0  #: where the receiver states none: a start, the scale is estimated
SCALE_FIXES = 300  #: the receiver's scale is estimated over so many fixes
LEAST_SIGMA_M = 1.0
SPEED_SIGMA_MPS = 0.5  #: of a Doppler speed
CORRELATED = 4.0  #: neighbouring errors are alike: variances of means are so much larger than of independent errors
RECEIVER_BIAS_M = 3.0  #: the receiver's error that stays for minutes, which no smoothing can see
WINDOW, WARM_UP = 64, 32  #: fixes whose variances are computed in lockstep; the recursion forgets its start in so many


@dataclass(frozen=True)
class Motion:
    """Smoothed metres along, speed along the line (m/s) and standard deviation of the place (m); arrays (n,)."""

    along_m: Floats
    speed_mps: Floats
    sd_m: Floats

    def take(self, rows: NDArray[np.bool_]) -> Motion:
        """Some of the fixes."""
        return Motion(self.along_m[rows], self.speed_mps[rows], self.sd_m[rows])


def smooth(
    time_s: Floats,
    along_m: Floats,
    across_m: Floats,
    accuracy_m: Floats,
    speed_mps: Floats,
    group: Ints,
) -> Motion:
    """The motion through places along and across lines; `group` (n,), rising, tells the stretches that hang together.

    Time rises within a group. NaN in `along_m`: no observation there; in `accuracy_m`, `speed_mps`: not known. Speeds
    are signed along the line.
    """
    seen = np.isfinite(along_m)
    places, sides = np.where(seen, along_m, 0.0), np.where(seen & np.isfinite(across_m), across_m, 0.0)
    claimed = np.where(np.isfinite(accuracy_m), np.clip(accuracy_m, LEAST_SIGMA_M, 50.0), ACCURACY_M)
    doppler = np.where(np.isfinite(speed_mps), 1 / SPEED_SIGMA_MPS**2, 0.0)
    speeds = np.where(np.isfinite(speed_mps), speed_mps, 0.0)
    coupling = Coupling.of(time_s, group)
    weight = seen / claimed**2
    for _ in range(ROUNDS):
        factor = cholesky_banded(coupling.motion(weight, doppler), check_finite=False)
        right = np.empty(2 * len(places))
        right[0::2], right[1::2] = weight * places, doppler * speeds
        state = cho_solve_banded((factor, False), right, check_finite=False)
        middle = solveh_banded(coupling.drift(weight), weight * sides, check_finite=False) if len(sides) > 1 else sides
        square = ((places - state[0::2]) ** 2 + (sides - middle) ** 2) / claimed**2
        sigma = np.maximum(claimed * running_scale(square, seen), LEAST_SIGMA_M)
        weight = seen * (FREEDOM + 2) / (FREEDOM * sigma**2 + square * claimed**2)
    variance = marginal_variances(factor)
    return Motion(state[0::2], state[1::2], np.sqrt(CORRELATED * variance + RECEIVER_BIAS_M**2))


def running_scale(square: Floats, seen: NDArray[np.bool_]) -> Floats:
    """The receiver's sigma in units of what it claims, from squared residuals in two axes, over SCALE_FIXES fixes.

    The median of a chi-square with two degrees of freedom is 2 ln 2.
    """
    n = len(square)
    parts = max(round(n / SCALE_FIXES), 1)
    bounds = np.linspace(0, n, parts + 1).astype(int)
    medians = [np.median(square[a:b][seen[a:b]]) if seen[a:b].any() else 1.0 for a, b in pairwise(bounds)]
    middles = (bounds[1:] + bounds[:-1]) / 2
    return np.asarray(np.sqrt(np.interp(np.arange(n), middles, medians) / (2 * np.log(2))))


@dataclass(frozen=True)
class Coupling:
    """What ties each fix to the next: seconds between them; infinite where a new stretch begins."""

    seconds: Floats  #: (n - 1,)

    @classmethod
    def of(cls, time_s: Floats, group: Ints) -> Coupling:
        """From times and groups."""
        return cls(np.where(np.diff(group) == 0, np.maximum(np.diff(time_s), 0.01), np.inf))

    def motion(self, weight: Floats, doppler: Floats) -> Floats:
        """Upper banded information matrix (4, 2n) of (place, speed) at every fix (Särkkä 2013, eq. 4.21 inverted)."""
        dt, n = self.seconds, len(weight)
        cubic, square, line = (k / dt**p / ACCELERATION for k, p in ((12, 3), (6, 2), (2, 1)))
        band = np.zeros((4, 2 * n))
        band[3, 0::2], band[3, 1::2] = weight, doppler + 1e-4  # a car's speed is within 100 m/s
        band[3, 0:-2:2] += cubic
        band[3, 2::2] += cubic
        band[3, 1:-2:2] += 2 * line
        band[3, 3::2] += 2 * line
        band[2, 1:-2:2] += square
        band[2, 3::2] -= square
        band[1, 2::2], band[0, 3::2] = -cubic, square
        band[2, 2::2], band[1, 3::2] = -square, line
        if n:
            band[3, 0::2] += 1e-9  # a stretch without any observation
        return band

    def drift(self, weight: Floats) -> Floats:
        """Upper banded information matrix (2, n) of the place across the line, a random walk."""
        tie = 1 / (SIDEWAYS * self.seconds)
        band = np.zeros((2, len(weight)))
        band[1] = weight + 1e-4
        band[1, :-1] += tie
        band[1, 1:] += tie
        band[0, 1:] = -tie
        return band


def marginal_variances(factor: Floats) -> Floats:
    """Variances (n,) of the places from the upper Cholesky factor (4, 2n): P_k = D_k + G_k P_{k+1} G_k' backwards
    (Särkkä 2013, eq. 8.6, in information form), for windows of fixes in lockstep.
    """
    n = factor.shape[1] // 2
    a, b, c = factor[3, 0::2], factor[2, 1::2], factor[3, 1::2]
    ahead = np.zeros((4, n))  # the factor's block between a fix and the next
    ahead[0, :-1], ahead[1, :-1] = factor[1, 2::2], factor[0, 3::2]
    ahead[2, :-1], ahead[3, :-1] = factor[2, 2::2], factor[1, 3::2]
    d00, d01, d11 = 1 / a**2 + (b / (a * c)) ** 2, -b / (a * c**2), 1 / c**2
    g00, g01 = (ahead[0] - b / c * ahead[2]) / a, (ahead[1] - b / c * ahead[3]) / a
    g10, g11 = ahead[2] / c, ahead[3] / c
    first = np.arange(0, n, WINDOW)
    p00, p01, p11 = np.full(len(first), 25.0), np.zeros(len(first)), np.full(len(first), 4.0)
    variances = np.empty(n)
    for step in range(WINDOW + WARM_UP - 1, -1, -1):
        here = first + step
        k = np.minimum(here, n - 1)
        x00, x01 = g00[k] * p00 + g01[k] * p01, g00[k] * p01 + g01[k] * p11
        x10, x11 = g10[k] * p00 + g11[k] * p01, g10[k] * p01 + g11[k] * p11
        inside = here < n
        p00, p01, p11 = (
            np.where(inside, new, old)
            for new, old in (
                (d00[k] + x00 * g00[k] + x01 * g01[k], p00),
                (d01[k] + x00 * g10[k] + x01 * g11[k], p01),
                (d11[k] + x10 * g10[k] + x11 * g11[k], p11),
            )
        )
        if step < WINDOW:
            variances[here[inside]] = p00[inside]
    return variances


def monotone(values: Floats) -> Floats:
    """The nearest monotone curve: mean of the running maximum and the running minimum from behind.

    >>> monotone(np.array([0.0, 2.0, 1.0, 3.0])).tolist()
    [0.0, 1.5, 1.5, 3.0]
    """
    sign = 1.0 if values[-1] >= values[0] else -1.0
    rising = values * sign
    above = np.maximum.accumulate(rising)
    below = np.minimum.accumulate(rising[::-1])[::-1]
    return np.asarray(sign * (above + below) / 2)
