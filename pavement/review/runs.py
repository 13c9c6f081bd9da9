"""Which blocks of a road have changed, told along the road: change comes in runs, noise does not.

A hidden Markov chain along each road: a block's true change is one of a few sizes, and with the chance `stay` it is
that of the block before, else drawn anew. From its posterior the blocks are chosen of which at most a given share is
wrong over the whole network: Sun and Cai (2009), Large-scale multiple testing under dependence, JRSS B 71, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.review.rows import Bools, Floats, Ints

STAY = 0.8  #: chance that a block has the change of the block before: runs of five blocks (100 m)
SPREAD = 0.2  #: of the true change within a state, as a share of its size
OUTLIERS, OUTLIER_SD = 0.03, 3.0  #: so many blocks err by three times the usual: shade, leaves, a car ahead
ROUNDS = 12  #: of estimating how frequent each size is
LEAST_SHARE = 1e-4
LEAST_SUSPICION = 0.01


@dataclass(frozen=True, eq=False)
class Runs:
    """What is known of every block: (n,) arrays; NaN where nothing was compared."""

    worse: Floats  #: probability that it changed upwards
    better: Floats  #: … downwards
    expected: Floats  #: the change, drawn together along the road
    shares: Floats  #: (s,) how frequent each size of change is


def find_runs(change: Floats, variance: Floats, passes: Ints, chains: Ints, sizes: Floats, stay: float = STAY) -> Runs:
    """Posterior of the change of blocks. `change` (n,) observed, NaN where not compared; `variance` (n,) of its error,
    `passes` (n,) that the values of a year are the mean of; `chains` (k + 1,) where roads begin; `sizes` (s,) the
    changes that are thought of, 0 among them.
    """
    likely = _likelihood(change, variance, passes, sizes)
    lanes = _lanes(chains)
    shares = np.where(sizes == 0, 0.9, 0.1 / max(len(sizes) - 1, 1))
    posterior = np.empty_like(likely)
    for _ in range(ROUNDS):
        posterior = _smooth(likely, lanes, shares, stay)
        compared = posterior[np.isfinite(change)]
        if not len(compared):
            break
        before, shares = shares, np.maximum(compared.mean(axis=0), LEAST_SHARE)
        shares = shares / shares.sum()
        if np.abs(shares - before).max() < 1e-4:
            break
    unknown = ~np.isfinite(change)
    pull = (sizes * SPREAD) ** 2
    weight = pull / (pull + np.where(unknown, 1.0, variance)[:, None])
    inner = sizes + weight * (np.where(unknown, 0.0, change)[:, None] - sizes)
    parts = posterior[:, sizes > 0].sum(axis=1), posterior[:, sizes < 0].sum(axis=1), (posterior * inner).sum(axis=1)
    worse, better, expected = (np.where(unknown, np.nan, each) for each in parts)
    return Runs(worse, better, expected, shares)


def choose(probability: Floats, most_wrong: float) -> Bools:
    """The blocks to report: as many as there may be so that on average at most `most_wrong` of them are wrong.

    >>> choose(np.array([0.99, 0.2, 0.93, np.nan, 0.6]), 0.05).tolist()
    [True, False, True, False, False]
    """
    doubt = np.where(np.isfinite(probability), 1.0 - probability, 1.0)
    order = np.argsort(doubt, kind="stable")
    mean = np.cumsum(doubt[order]) / np.arange(1, len(doubt) + 1)
    chosen = np.zeros(len(doubt), bool)
    chosen[order[: int(np.count_nonzero(mean <= most_wrong))]] = True
    return chosen & np.isfinite(probability)


def suspected(probability: Floats, most_alarms: float) -> Bools:
    """The likeliest blocks, as many as there may be so that on average at most `most_alarms` of the unchanged blocks
    are among them, and of at least `LEAST_SUSPICION`: where nothing has happened hardly any block is suspected.

    >>> suspected(np.array([0.99, 0.6, 0.93, np.nan, 0.02, 0.01]), 0.3).tolist()
    [True, True, True, False, False, False]
    """
    known = np.isfinite(probability)
    doubt = np.where(known, 1.0 - probability, 1.0)
    order = np.argsort(doubt, kind="stable")
    alarms = np.cumsum(np.where(known[order], doubt[order], 0.0))
    chosen = np.zeros(len(doubt), bool)
    chosen[order[: int(np.count_nonzero(alarms <= most_alarms * max(doubt[known].sum(), 1e-9)))]] = True
    return chosen & known & (np.nan_to_num(probability) >= LEAST_SUSPICION)


def _likelihood(change: Floats, variance: Floats, passes: Ints, sizes: Floats) -> Floats:
    """(n, s) of the observation under each size, scaled; 1 where nothing was compared."""
    known = np.isfinite(change)
    d, v = np.where(known, change, 0.0)[:, None] - sizes, np.where(known, variance, 1.0)[:, None]
    wilder = (1 + (OUTLIER_SD**2 - 1) / passes)[:, None]  # of several passes one is spoilt: the mean of them less so
    often = np.minimum(OUTLIERS * passes, 0.3)[:, None]
    plain, wild = v + (SPREAD * sizes) ** 2, v * wilder + (SPREAD * sizes) ** 2
    density = (1 - often) * np.exp(-0.5 * d * d / plain) / np.sqrt(plain)
    density += often * np.exp(-0.5 * d * d / wild) / np.sqrt(wild) + 1e-12
    density /= density.max(axis=1, keepdims=True)
    density[~known] = 1.0
    return np.asarray(density)


def _lanes(chains: Ints) -> list[NDArray[np.intp]]:
    """Step by step the rows that stand at that step of their chains, longest chains first: all roads go in lockstep."""
    lengths = np.diff(chains)
    order = np.argsort(-lengths, kind="stable")
    starts, lengths = chains[:-1][order].astype(np.intp), lengths[order]
    longest = int(lengths[0]) if len(lengths) else 0
    alive = np.searchsorted(-lengths, -np.arange(longest), side="left")
    return [starts[: alive[step]] + step for step in range(longest)]


def _smooth(likely: Floats, lanes: list[NDArray[np.intp]], shares: Floats, stay: float) -> Floats:
    """(n, s) forward-backward; the transition is `stay`·I + (1 − `stay`)·(drawn anew), so a step costs O(s)."""
    forward = np.empty_like(likely)
    state = np.empty((0, likely.shape[1]))
    for step, rows in enumerate(lanes):
        prior = shares if step == 0 else stay * state[: len(rows)] + (1 - stay) * shares
        state = prior * likely[rows]
        state = state / state.sum(axis=1, keepdims=True)
        forward[rows] = state
    posterior = forward.copy()
    backward = np.empty((0, likely.shape[1]))
    for step in range(len(lanes) - 1, -1, -1):
        rows = lanes[step]
        following = np.ones((len(rows), likely.shape[1]))
        following[: len(backward)] = backward
        both = forward[rows] * following
        posterior[rows] = both / both.sum(axis=1, keepdims=True)
        seen = likely[rows] * following
        backward = stay * seen + (1 - stay) * (seen @ shares)[:, None]
        backward = backward / backward.max(axis=1, keepdims=True)
    return posterior
