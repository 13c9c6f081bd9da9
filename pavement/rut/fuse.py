"""Many pairs' profiles become the rut depth of a block, with its standard error, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import erf, sqrt

import numpy as np
from scipy import signal

from pavement.rut.pair import PairProfile
from pavement.rut.rows import tukey
from pavement.rut.straight_edge import gaps_m
from pavement.rut.view import Bools, Floats

MIN_PAIRS = 3
MIN_OVERLAP = 0.25  #: share of a pair's stretch that lies in the block
MAX_SE_MM = 6.0  #: beyond this no millimetres are given
MIN_CORRELATION = 0.35  #: median over the pairs
FLOOR_M = 0.0015  #: 1 sigma of a strip that no pair betters: what the pairs of one block have in common
PAIR_MM = 3.0  #: 1 sigma of the depth that one pair shows, simulated and real; few pairs may agree by chance
COMMON_MM = 0.8  #: 1 sigma that all pairs of a block share: the renderings' and lenses' small print
COMMON_SHARE = 0.03  #: … and of the depth: strips and smoothing make a trough a little shallower, lanes wander
BOOTSTRAP = 200
LENS_PRIOR = 0.03  #: 1 sigma of k1 where nobody knows it; phones straighten their pictures more or less
LENS_GIVEN = 0.005  #: … where it is given
CROWNS = (-0.0065, 0.0015)  #: parabolas of real lanes in 1/m (2 % of mean fall is -0.006); the rest is the camera's
EXCESS_SD = 0.3  #: 1 sigma of what is taken out beyond that, relative
CROWN_SD = 0.002  #: … and in 1/m of the crown itself, where the camera bends more than any crown
LENS_COMMON = 0.010  #: 1 sigma of k1 from the rows' bow however many pairs there are
RIDGE_M = 0.13  #: of road at each edge and, three times as much, in the middle, where no wheel runs


class NoRut(StrEnum):
    """Why a block has no rut depth."""

    FEW_PAIRS = "too few pairs"
    BLURRED = "correlation too low"
    NARROW = "too little of the lane seen"
    UNSURE = "standard error too large"


@dataclass(frozen=True)
class Placed:
    """A pair's profile and the stretch of road that it is of, metres along the line, from < to."""

    profile: PairProfile
    from_m: float
    to_m: float


@dataclass(frozen=True)
class Bow:
    """What bends all profiles of a drive alike: the lens, which is taken out, and the crown, which is real.

    `lens`: error of k1, as the rows' bow shows it that grows towards the car, with its 1 sigma. `crown` in 1/m: the
    parabola (height = … + crown · y², negative = raised in the middle) that the lane has over the whole drive; a
    straight edge lies on it, so it stays in. `excess` in 1/m: what was found beyond any road's crown, and is taken out
    too. `blocks`: that they were found from.
    """

    lens: float = 0.0
    lens_sd: float = LENS_PRIOR
    crown: float | None = None
    excess: float = 0.0
    blocks: int = 0

    @property
    def excess_sd(self) -> float:
        """1 sigma in 1/m of the parabola that is left when `excess` has been taken out."""
        return sqrt((EXCESS_SD * self.excess) ** 2 + CROWN_SD**2) if self.excess else 0.0


@dataclass(frozen=True)
class Rut:
    """Rut depth of a block. Without millimetres `refused` says why; `left_mm` and `right_mm` are the wheel paths'.

    `height_m` (n,) at `across_m` (n,): the fused profile less the lens's bow, right of the lane's middle.
    """

    pairs: int
    refused: NoRut | None = None
    rut_mm: float | None = None
    rut_se_mm: float | None = None
    left_mm: float | None = None
    right_mm: float | None = None
    across_m: Floats | None = None
    height_m: Floats | None = None
    estimate_mm: float | None = None  #: also where it is too unsure to be given
    estimate_se_mm: float | None = None

    def probability(self, limit_mm: float) -> float | None:
        """That the depth is at least `limit_mm`, by the normal law; None where nothing could be estimated.

        >>> Rut(5, estimate_mm=20.0, estimate_se_mm=7.0, refused=NoRut.UNSURE).probability(20.0)
        0.5
        """
        if self.estimate_mm is None or not self.estimate_se_mm:
            return None
        return 0.5 * (1 + erf((self.estimate_mm - limit_mm) / self.estimate_se_mm / sqrt(2)))


def fuse(
    placed: Sequence[Placed], from_m: float, to_m: float, *, bow: Bow | None = None, height_sd: float = 0.01
) -> Rut:
    """The rut depth between two places along the line; `height_sd`: relative 1 sigma of the camera's height."""
    bow = bow or Bow()
    inside = within(placed, from_m, to_m)
    if len(inside) < MIN_PAIRS:
        return Rut(len(inside), NoRut.FEW_PAIRS)
    if float(np.median([each.profile.correlation for each, _ in inside])) < MIN_CORRELATION:
        return Rut(len(inside), NoRut.BLURRED)
    across, heights, weight = stack(inside, bow)
    seen = (weight > 0).sum(0) >= MIN_PAIRS
    if seen.mean() < 0.8:
        return Rut(len(inside), NoRut.NARROW)
    across, heights, weight = across[seen], heights[:, seen], weight[:, seen]
    depths = _depths(across, mean_profile(across, heights, weight)[None])[:, 0]
    drawn = _bootstrap(across, heights, weight)
    sides = np.maximum(2 * depths - drawn.mean(1), 0)  # noise makes gaps: the bootstrap shows how much
    worse = int(sides.argmax())
    depth = float(sides[worse])
    feigned = np.mean([each.profile.lens_height_m for each, _ in inside], axis=0)[seen] * bow.lens_sd
    feigned = np.hypot(feigned, bow.excess_sd * across**2)
    mean = mean_profile(across, heights, weight)
    bent = np.abs(_depths(across, np.stack([mean + feigned, mean - feigned])) - depths[:, None]).mean(1)
    count = len(inside)
    scatter = max(float(drawn[worse].std()) * sqrt(count / (count - 1)), PAIR_MM / sqrt(count))
    parts = (scatter, height_sd * depth, bent[worse], COMMON_MM, COMMON_SHARE * depth)
    se = float(np.sqrt(sum(part**2 for part in parts)))
    unsure = se > MAX_SE_MM
    return Rut(
        pairs=len(inside),
        refused=NoRut.UNSURE if unsure else None,
        rut_mm=None if unsure else depth,
        rut_se_mm=None if unsure else se,
        left_mm=None if unsure else float(sides[0]),
        right_mm=None if unsure else float(sides[1]),
        across_m=across,
        height_m=mean,
        estimate_mm=depth,
        estimate_se_mm=se,
    )


def within(placed: Sequence[Placed], from_m: float, to_m: float) -> list[tuple[Placed, float]]:
    """The pairs that lie in a stretch by at least `MIN_OVERLAP`, and by how much."""
    shares = [
        (each, (min(each.to_m, to_m) - max(each.from_m, from_m)) / max(each.to_m - each.from_m, 1e-6))
        for each in placed
    ]
    return [(each, share) for each, share in shares if share >= MIN_OVERLAP]


def stack(inside: Sequence[tuple[Placed, float]], bow: Bow) -> tuple[Floats, Floats, Floats]:
    """Strips (n,), heights (pairs, n) with the lines of outliers' making taken out, and weights (pairs, n)."""
    profiles = [each.profile for each, _ in inside]
    across = profiles[0].across_m
    heights = np.array([each.height_m - bow.lens * each.lens_height_m for each in profiles])
    variance = np.array([each.sd_m**2 for each in profiles]) + FLOOR_M**2
    share = np.array([share for _, share in inside])
    known = np.isfinite(heights)
    heights = heights - bow.excess * across**2
    heights, weight = np.where(known, heights, 0.0), np.where(known, share[:, None] / variance, 0.0)
    for _ in range(3):
        middle = mean_profile(across, heights, weight, smooth=False)
        rest = heights - middle
        robust = weight * tukey(rest, known)
        for pair in range(len(heights)):
            if (robust[pair] > 0).sum() > 4:
                line = np.polyfit(across, rest[pair], 1, w=np.sqrt(robust[pair]))
                heights[pair] -= np.polyval(line, across)
    return across, heights, np.where(tukey(heights - middle, known) > 0, weight, 0.0)


def mean_profile(across: Floats, heights: Floats, weight: Floats, *, smooth: bool = True) -> Floats:
    """Weighted mean (n,) over pairs, without a line of its own."""
    mean = (heights * weight).sum(0) / np.maximum(weight.sum(0), 1e-12)
    mean = mean - np.polyval(np.polyfit(across, mean, 1), across)
    return np.asarray(smoothed(mean) if smooth else mean)


def smoothed(heights: Floats) -> Floats:
    """Heights (…, n) smoothed by parabolas over five strips (Savitzky-Golay): a trough keeps its depth."""
    return np.asarray(signal.savgol_filter(heights, 5, 2, axis=-1))


def _depths(across: Floats, profiles: Floats) -> Floats:
    """Straight-edge depths (2, k) in mm of profiles (k, n): left and right."""
    return np.stack(gaps_m(across, profiles)) * 1000


def _bootstrap(across: Floats, heights: Floats, weight: Floats) -> Floats:
    """Depths (2, BOOTSTRAP) in mm of the same block from pairs drawn with replacement; the same draw every time."""
    rng = np.random.default_rng(len(heights))
    count = rng.multinomial(len(heights), np.full(len(heights), 1 / len(heights)), BOOTSTRAP).astype(float)
    total = np.maximum(count @ weight, 1e-9)
    means = (count @ (weight * heights)) / total
    return _depths(across, smoothed(means))


def estimate_bow(
    placed: Sequence[Placed], blocks: Sequence[tuple[float, float]] = (), *, lens_given: bool = False
) -> Bow:
    """What bends all profiles alike; `blocks`: stretches (from, to) in metres, for the crown.

    The lens and the crown differ in this: an error of the lens bends near rows more, the crown all rows alike.
    """
    prior = LENS_GIVEN if lens_given else LENS_PRIOR
    if len(placed) < MIN_PAIRS:
        return Bow(lens_sd=prior)
    found = np.array([each.profile.lens for each in placed])
    middle = float(np.median(found))
    spread = 1.48 * float(np.median(np.abs(found - middle)))
    variance = LENS_COMMON**2 + (1.25 * spread) ** 2 / len(found)
    share = prior**2 / (prior**2 + variance)
    bow = Bow(lens=share * middle, lens_sd=sqrt(share * variance))
    crowns = []
    for from_m, to_m in blocks:
        inside = within(placed, from_m, to_m)
        if len(inside) >= MIN_PAIRS:
            across, heights, weight = stack(inside, bow)
            crowns.append(_ridge_curvature(across, mean_profile(across, heights, weight), weight.sum(0) > 0))
    if not crowns:
        return bow
    common = float(np.median(crowns))
    crown = float(np.clip(common, *CROWNS))
    return replace(bow, crown=crown, excess=common - crown, blocks=len(crowns))


def _ridge_curvature(across: Floats, height: Floats, seen: Bools) -> float:
    """Curvature in 1/m of the parabola through the three ridges of a lane."""
    half = float(np.abs(across).max())
    ridge = ((np.abs(across) > half - RIDGE_M) | (np.abs(across) < 1.5 * RIDGE_M)) & seen
    return float(np.polyfit(across[ridge], height[ridge], 2)[0])
