"""The mean profile of the pairs of a block, and how far chance may have moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import signal

from pavement.rut.pair import PairProfile
from pavement.rut.view import Bools, Floats

MIN_PAIRS = 3
MIN_OVERLAP = 0.25  #: share of a pair's stretch that lies in the block
FLOOR_M = 0.0015  #: 1 sigma of a strip that no pair betters: what the pairs of one block have in common
BEYOND_M = 10.0  #: of road before and after a block, whose pairs are looked at beside its own
NEIGHBOURS = 5  #: pairs along the road among which one that lies apart is wrong
LEAST_SPREAD_M = 0.002  #: 1 sigma of a strip, so that a road that changes is not taken for error
CUT = 4.7  #: sigmas beyond which a strip of a pair does not count (Tukey)


@dataclass(frozen=True)
class Placed:
    """A pair's profile and the stretch of road that it is of, metres along the line, from < to, with its 1 sigma."""

    profile: PairProfile
    from_m: float
    to_m: float
    position_sd_m: float = 0.0


@dataclass(frozen=True)
class Stack:
    """The pairs of a block: heights (pairs, strips) in metres at `across_m` (strips,), and their weights.

    `rest_m` (pairs, strips): what is left of a height when the road's own change along the block is taken out.
    """

    across_m: Floats
    height_m: Floats
    weight: Floats
    rest_m: Floats

    def seen_by(self, pairs: int) -> Bools:
        """(strips,) whether at least so many pairs tell."""
        return np.asarray((self.weight > 0).sum(0) >= pairs)

    def cut(self, strips: Bools) -> Stack:
        """Some of the strips."""
        return Stack(self.across_m[strips], self.height_m[:, strips], self.weight[:, strips], self.rest_m[:, strips])


def nearby(placed: Sequence[Placed], from_m: float, to_m: float) -> list[Placed]:
    """The pairs of a stretch and its neighbourhood."""
    return [each for each in placed if each.to_m > from_m - BEYOND_M and each.from_m < to_m + BEYOND_M]


def within(placed: Sequence[Placed], from_m: float, to_m: float) -> list[Placed]:
    """The pairs that lie in a stretch by at least `MIN_OVERLAP`."""
    return [each for each in placed if _overlap(each, from_m, to_m) >= MIN_OVERLAP]


def _overlap(each: Placed, from_m: float, to_m: float) -> float:
    """Share of a pair's stretch that lies between two places."""
    return (min(each.to_m, to_m) - max(each.from_m, from_m)) / max(each.to_m - each.from_m, 1e-6)


def stack(placed: Sequence[Placed], heights: Floats, from_m: float, to_m: float) -> Stack:
    """The pairs `within` a stretch, with the lines of outliers' making taken out; `heights` (placed, strips).

    A pair is compared with its neighbours along the road, also those beyond the stretch, and not with all others: where
    ruts begin or end within a block, the few pairs on one side are not wrong.
    """
    order = np.argsort([each.from_m + each.to_m for each in placed], kind="stable")
    profiles, heights = [placed[index].profile for index in order], heights[order]
    share = np.array([_overlap(placed[index], from_m, to_m) for index in order])
    across = profiles[0].across_m
    known = np.isfinite(heights)
    weight = np.where(known, 1 / (np.array([each.sd_m**2 for each in profiles]) + FLOOR_M**2), 0.0)
    rest = heights - running_median(heights)
    for _ in range(3):
        near = _nearness(rest, known) * weight
        for pair in range(len(heights)):
            if (near[pair] > 0).sum() > 4:
                good = known[pair]
                line = np.polyfit(across[good], rest[pair, good], 1, w=np.sqrt(near[pair, good]))
                heights[pair] -= np.polyval(line, across)
        rest = heights - running_median(heights)
    weight = np.where(_nearness(rest, known) > 0, weight * share[:, None], 0.0)
    inside = share >= MIN_OVERLAP
    filled, left = np.where(known, heights, 0.0), np.where(known, rest, 0.0)
    return Stack(across, filled[inside], weight[inside], left[inside])


def running_median(heights: Floats) -> Floats:
    """Medians (pairs, strips) over `NEIGHBOURS` pairs along the road, of what is known; an edge stays an edge."""
    count = len(heights)
    size = min(NEIGHBOURS, count)
    first = np.clip(np.arange(count) - size // 2, 0, count - size)
    windows = heights[first[:, None] + np.arange(size)]
    unknown = ~np.isfinite(windows)
    windows = np.where(unknown.all(1, keepdims=True), 0.0, windows)
    return np.asarray(np.nanmedian(windows, axis=1))


def _nearness(rest: Floats, known: Bools) -> Floats:
    """Tukey's weights (0 … 1) of residuals."""
    spread = 1.48 * float(np.median(np.abs(rest[known]))) if known.any() else 1.0
    share = np.where(known, rest, np.inf) / (CUT * max(spread, LEAST_SPREAD_M))
    return np.asarray(np.clip(1 - share**2, 0, None) ** 2)


def mean_profile(pairs: Stack) -> Floats:
    """Weighted mean (strips,) over pairs, smoothed, without a line of its own."""
    mean = (pairs.height_m * pairs.weight).sum(0) / np.maximum(pairs.weight.sum(0), 1e-12)
    return smoothed(mean - np.polyval(np.polyfit(pairs.across_m, mean, 1), pairs.across_m))


def redrawn_profiles(pairs: Stack, mean: Floats, draws: int) -> Floats:
    """Profiles (draws, strips) as other pairs of the same road might have shown it; the same draws every time.

    Bootstrap of the residuals against neighbouring pairs (Davison & Hinkley 1997, 6.2): the road's own change along the
    block is no error.
    """
    count = len(pairs.height_m)
    size = min(NEIGHBOURS, count)
    rest = pairs.rest_m * np.sqrt(size / (size - 1))  # a median of `size` has its share in what it is compared with
    rest = rest - (rest * pairs.weight).sum(0) / np.maximum(pairs.weight.sum(0), 1e-12)
    drawn = np.random.default_rng(count).multinomial(count, np.full(count, 1 / count), draws).astype(float)
    return mean + smoothed((drawn @ (pairs.weight * rest)) / np.maximum(drawn @ pairs.weight, 1e-9))


def smoothed(heights: Floats) -> Floats:
    """Heights (…, n) smoothed by parabolas over five strips (Savitzky-Golay), then what that took away smoothed again.

    Twicing (Tukey 1977): a trough keeps its depth to 0.1 %, where once would take 0.5 %.
    """
    once = signal.savgol_filter(heights, 5, 2, axis=-1)
    return np.asarray(once + signal.savgol_filter(heights - once, 5, 2, axis=-1))
