"""How much two years of the same block differ without any change of the road: detection, and a window that is not quite
at its place. Learnt from the data themselves, so that a noisier phone makes the review more careful, not wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pavement.review.rows import Bools, Floats, Ints

BLOCK_M = 20.0
MAD_TO_SD = 1.4826
LEAST_PAIRS = 200  #: neighbours compared, below which the figures of the settings are kept
RUN = 5  #: blocks of a run by which errors that neighbours share are found
REACH = 12  #: blocks (240 m) over which the position error of a pass stays about the same
MOST_BINS, LEAST_IN_BIN = 8, 400
TAIL, TAIL_SD = 0.05, 1.645  #: the lower quantile that tells the tails of the errors, in sd of normal ones
BISECTIONS = 30
LEAST_SCALE, MOST_SCALE = 0.25, 4.0  #: of the sd against the settings'


@dataclass(frozen=True, eq=False)
class Noise:
    """What was found of the errors of one indicator."""

    scale: Floats  #: (n,) the sd of the errors over what the settings and standard errors say
    shared: float  #: variance (points², mm², …) of what neighbouring blocks have in common
    learnt: bool  #: from the data; else the settings' figures hold


def crack_variance(level_pct: Floats, at_zero: float, by_level: float) -> Floats:
    """Variance of ひび割れ率 of one pass on a block whose ratio is `level_pct` (n,) %: sd `at_zero` points near 0 %,
    more where cracked and sound cells lie side by side, as a share counted in alike cells has it.

    >>> crack_variance(np.array([0.0, 50.0]), 2.0, 0.5).tolist()
    [4.0, 10.25]
    """
    level = np.clip(level_pct, 0.0, 100.0)
    return np.asarray(at_zero**2 + by_level**2 * level * (100.0 - level) / 100.0)


def neighbours_differ(values: Floats, chains: Ints) -> Floats:
    """(n,) mean squared difference of a block from its neighbours along the road; NaN where it has none."""
    step = np.full(len(values) + 1, np.nan)
    step[1:-1] = np.diff(values)
    step[chains[:-1]] = np.nan
    step[chains[1:]] = np.nan
    square = step * step
    known = np.isfinite(square)
    count = known[1:].astype(float) + known[:-1]
    total = np.where(known, square, 0.0)
    mean = np.divide(total[1:] + total[:-1], count, out=np.full(len(values), np.nan), where=count > 0)
    return np.asarray(mean, float)


def shift_variance(values: Floats, noise_variance: Floats, sd_m: Floats, chains: Ints) -> Floats:
    """(n,) variance that a window beside its place adds: it takes in |shift| / 20 m of a neighbour.

    `values` what is known of the road (the mean of both years), `noise_variance` of these values, `sd_m` of the shift
    of one year against the other.
    """
    slope = neighbours_differ(values, chains)
    true = np.maximum(slope - 2 * noise_variance, 0.0)
    return np.asarray(np.where(np.isfinite(true), true, 0.0) * np.minimum(sd_m / BLOCK_M, 1.0) ** 2)


def windows(values: Floats, chains: Ints, reach: int) -> Floats:
    """(n,) sums over the blocks up to `reach` away on the same road; NaN counts as 0."""
    sums = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(values), values, 0.0))])
    at = np.arange(len(values))
    lengths = np.diff(chains)
    first, last = np.repeat(chains[:-1], lengths), np.repeat(chains[1:], lengths)
    return np.asarray(sums[np.minimum(at + reach + 1, last)] - sums[np.maximum(at - reach, first)])


def align(change: Floats, values: Floats, variance: Floats, sd_m: Floats, chains: Ints) -> tuple[Floats, Floats]:
    """How far the windows of one year lie ahead of the other's, (n,) metres, and its sd: told by the joints and patches
    of the road on `REACH` blocks about, drawn towards 0 by what the receivers say (`sd_m`).
    """
    slope = np.full(len(values), np.nan)
    slope[1:-1] = (values[2:] - values[:-2]) / (2 * BLOCK_M)
    slope[chains[:-1]] = np.nan
    slope[chains[1:] - 1] = np.nan
    error = np.sqrt(variance / 8) / BLOCK_M  # of the slope: `values` are the mean of two years
    usable = np.isfinite(slope) & np.isfinite(change) & (np.abs(slope) > 2 * error)
    slope = np.where(usable, slope, 0.0)
    most = 3 * np.sqrt(variance + 2 * (slope * sd_m) ** 2)  # more than that is no shift
    told = np.where(usable, np.clip(change, -most, most), 0.0)
    precision = windows(slope * slope / variance, chains, REACH) / 2 + 1 / np.maximum(sd_m, 0.1) ** 2
    return windows(slope * told / variance, chains, REACH) / 2 / precision, np.sqrt(1 / precision)


def shift_effect(values: Floats, ahead_m: Floats, chains: Ints) -> Floats:
    """(n,) what a window `ahead_m` metres ahead of its place takes in of its neighbour in that direction."""
    step = np.zeros(len(values) + 1)
    step[1:-1] = np.nan_to_num(np.diff(values))
    step[chains] = 0.0
    share = np.clip(ahead_m / BLOCK_M, -1.0, 1.0)
    return np.asarray(share * np.where(ahead_m > 0, step[1:], step[:-1]))


def learn_noise(change: Floats, variance: Floats, level: Floats, chains: Ints, calm: Bools) -> Noise:
    """The errors of `change` (n,) against the `variance` expected of them, from blocks that are `calm` (even along the
    road, not worked on), by `level` of the road: a crack ratio near 0 errs less. Differences of neighbours do not see
    slow changes; the median does not see the few large ones.
    """
    usable = np.where(calm, change, np.nan)
    step = np.full(len(usable), np.nan)
    step[:-1] = np.diff(usable) / np.sqrt(variance[1:] + variance[:-1])
    step[chains[1:] - 1] = np.nan
    known = np.isfinite(step)
    if np.count_nonzero(known) < LEAST_PAIRS:
        return Noise(np.ones(len(change)), 0.0, False)
    edges = bins(level[known])
    which = np.searchsorted(edges, level)
    scales = [MAD_TO_SD * float(np.median(np.abs(step[known & (which == k)]))) for k in range(len(edges) + 1)]
    return Noise(np.clip(scales, LEAST_SCALE, MOST_SCALE)[which], 0.0, True)


def residual_scale(rest: Floats, variance: Floats) -> Floats:
    """(n,) sd of what is left, `rest` (n,; NaN where a block tells nothing), over that of `variance`, by size of the
    latter. The wider of the middle and of the lower tail: values cut off at 0 % have a narrow middle and wide tails.
    """
    known = np.isfinite(rest)
    if np.count_nonzero(known) < LEAST_PAIRS:
        return np.ones(len(rest))
    normal = rest / np.sqrt(variance)
    edges = bins(variance[known])
    which = np.searchsorted(edges, variance)
    scales = [_width(normal[known & (which == k)]) for k in range(len(edges) + 1)]
    return np.asarray(np.clip(scales, LEAST_SCALE, MOST_SCALE)[which])


def _width(normal: Floats) -> float:
    if not len(normal):
        return 1.0
    middle = normal - np.median(normal)
    return float(max(MAD_TO_SD * np.median(np.abs(middle)), -np.quantile(middle, TAIL) / TAIL_SD))


def shared_variance(rest: Floats, variance: Floats, chains: Ints) -> float:
    """Variance of what neighbouring blocks have in common: by how much the means of `RUN` blocks of what is left,
    `rest` (n,), scatter (median of squares) beyond independent errors of `variance`.
    """
    n = len(rest) // RUN * RUN
    chain = np.repeat(np.arange(len(chains) - 1), np.diff(chains))[:n].reshape(-1, RUN)
    means = rest[:n].reshape(-1, RUN).mean(axis=1)
    usable = np.isfinite(means) & (chain[:, 0] == chain[:, -1])
    if np.count_nonzero(usable) < LEAST_PAIRS:
        return 0.0
    square = (means[usable] - np.median(means[usable])) ** 2
    white = variance[:n].reshape(-1, RUN).mean(axis=1)[usable] / RUN
    low, high = 0.0, float(square.max())
    if MAD_TO_SD**2 * np.median(square / white) <= 1:
        return 0.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        too_little = MAD_TO_SD**2 * np.median(square / (white + middle)) > 1
        low, high = (middle, high) if too_little else (low, middle)
    return high


def bins(level: Floats) -> Floats:
    """Limits between bins of levels, each of at least `LEAST_IN_BIN` values; none where there are few."""
    count = min(MOST_BINS, len(level) // LEAST_IN_BIN)
    return np.unique(np.quantile(level, np.arange(1, count) / count)) if count > 1 else np.empty(0)
