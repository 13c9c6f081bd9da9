"""By how much all blocks of a road and direction differ together between two years: the day that it was driven."""

from __future__ import annotations

import numpy as np

from pavement.review.rows import Floats, Ints

KNOTS = np.array([0.0, 2.0, 5.0, 10.0, 20.0, 100.0])  #: levels; close at 0, where values are cut off, a line above 20
TUKEY, ROUNDS = 4.0, 8  #: sd beyond which a block tells nothing of its road's bias
LEAST_ROADS = 6  #: road and direction, below which their spread is not known
PRIOR_ROADS = 6.0  #: roads that the first guess of their spread counts for
FIRST_OFFSET, FIRST_GAIN = 1.0, 0.1  #: of that guess: sd of a knot of its own, and share of the level


def road_bias(
    change: Floats, variance: Floats, level: Floats, chains: Ints, same: Floats | None = None
) -> tuple[Floats, Floats]:
    """(n,) what the blocks of a road and direction differ by together, as a curve over their `level`, and its variance:
    the light, the lens and the mount of a day add a few points and a share of the level, cut off at 0 %.

    Straight between `KNOTS`, laid so that few changed blocks do not move it (Tukey's biweight from the median on;
    `same` (n,) weighs blocks by how likely they are unchanged), and drawn to 0 as far as the roads' own curves say
    (empirical Bayes, the spread of the knots' values by EM; Efron and Morris 1975).
    """
    known = np.isfinite(change)
    roads, m = len(chains) - 1, len(KNOTS)
    chain = np.repeat(np.arange(roads), np.diff(chains))
    driven = np.bincount(chain[known], minlength=roads) > 0
    if np.count_nonzero(driven) < LEAST_ROADS:
        return np.zeros(len(change)), np.zeros(len(change))
    medians = np.zeros(roads)
    for road in np.flatnonzero(driven):
        part = change[chains[road] : chains[road + 1]]
        medians[road] = np.median(part[np.isfinite(part)])
    at = np.clip(np.searchsorted(KNOTS, level, side="right") - 1, 0, m - 2)
    right = (np.clip(level, KNOTS[0], KNOTS[-1]) - KNOTS[at]) / (KNOTS[at + 1] - KNOTS[at])
    left = 1 - right
    y = np.where(known, change, 0.0)
    first = medians.var() + FIRST_OFFSET**2 * np.eye(m) + FIRST_GAIN**2 * np.outer(KNOTS, KNOTS)
    spread: Floats = first
    fitted: Floats = medians[chain]
    doubt: Floats = np.zeros((roads, m, m))
    for _ in range(ROUNDS):
        rest = np.where(known, change - fitted, np.inf) / np.sqrt(variance)
        weight = np.maximum(1 - (rest / TUKEY) ** 2, 0.0) ** 2 / variance * (1.0 if same is None else same)
        precision, told = _normal_equations(y, weight, left, right, chain * m + at, roads)
        doubt = np.linalg.inv(precision + np.linalg.inv(spread))
        curve = (doubt @ told[:, :, None])[:, :, 0]
        square = curve[driven, :, None] * curve[driven, None, :] + doubt[driven]
        spread = (PRIOR_ROADS * first + square.sum(axis=0)) / (PRIOR_ROADS + len(square))
        fitted = left * curve[chain, at] + right * curve[chain, at + 1]
    own = left**2 * doubt[chain, at, at] + right**2 * doubt[chain, at + 1, at + 1]
    return fitted, own + 2 * left * right * doubt[chain, at, at + 1]


def _normal_equations(
    y: Floats, weight: Floats, left: Floats, right: Floats, cell: Ints, roads: int
) -> tuple[Floats, Floats]:
    """Of each road's values at the knots: (roads, m, m), (roads, m). `cell` (n,) = road · m + left knot."""
    m = len(KNOTS)

    def total(values: Floats, step: int = 0) -> Floats:
        sums = np.bincount(cell + step, values, minlength=roads * m + 1)
        return np.asarray(sums[: roads * m].reshape(roads, m), float)

    precision = np.zeros((roads, m, m))
    k = np.arange(m)
    precision[:, k, k] = total(weight * left * left) + total(weight * right * right, 1)
    beside = total(weight * left * right)[:, :-1]
    precision[:, k[:-1], k[1:]] = precision[:, k[1:], k[:-1]] = beside
    return precision, total(weight * left * y) + total(weight * right * y, 1)
