"""Many pairs' profiles become the rut depth of a block, with its standard error, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erf, hypot, sqrt

import numpy as np

from pavement.rut.average import MIN_PAIRS, Placed, mean_profile, nearby, redrawn_profiles, stack, within
from pavement.rut.bow import Bow
from pavement.rut.lowering import Lowering
from pavement.rut.straight_edge import gaps_m
from pavement.rut.view import Floats

MAX_SE_MM = 6.0  #: beyond this no millimetres are given
MIN_CORRELATION = 0.35  #: median over the pairs
LEAST_SEEN = 0.8  #: share of the lane's strips
FEWEST_PAIRS = 2  #: that check each other: docs/accuracy.md, Ruts on real sections
PAIR_MM = 3.0  #: 1 sigma of the depth that one pair shows, simulated and real; few pairs may agree by chance
COMMON_MM = 0.8  #: 1 sigma that all pairs of a block share: the renderings' and lenses' small print
COMMON_SHARE = 0.025  #: … and of the depth: rolling shutter, wandering lanes
DRAWS = 200
AS_GIVEN = Lowering()  #: the camera is as high as was said, whatever the ruts
LEAST_STRIPS = 5  #: that a profile can be smoothed over


class NoRut(StrEnum):
    """Why a block has no rut depth."""

    FEW_PAIRS = "too few pairs"
    BLURRED = "correlation too low"
    NARROW = "too little of the lane seen"
    UNSURE = "standard error too large"


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
    placed: Sequence[Placed],
    from_m: float,
    to_m: float,
    *,
    bow: Bow | None = None,
    height_sd: float = 0.01,
    lowering: Lowering = AS_GIVEN,
) -> Rut:
    """The rut depth between two places along the line; `height_sd`: relative 1 sigma of the camera's height."""
    bow = bow or Bow()
    inside = within(placed, from_m, to_m)
    count = len(inside)
    if count < FEWEST_PAIRS:
        return Rut(count, NoRut.FEW_PAIRS)
    if float(np.median([each.profile.correlation for each in inside])) < MIN_CORRELATION:
        return Rut(count, NoRut.BLURRED)
    near = nearby(placed, from_m, to_m)
    pairs = stack(near, bow.straightened(near), from_m, to_m)
    seen = pairs.seen_by(FEWEST_PAIRS)
    if seen.mean() < LEAST_SEEN:
        return Rut(count, NoRut.NARROW)
    pairs = pairs.cut(seen)
    across, mean = pairs.across_m, mean_profile(pairs)
    depths = _depths(across, mean[None])[:, 0]
    drawn = _depths(across, redrawn_profiles(pairs, mean, DRAWS))
    sides = _without_noise(depths, drawn)
    height = 1 + lowering.per_m * float(sides.max()) / 1000  # over the given one
    sides, mean = sides * height, mean * height
    worse = int(sides.argmax())
    depth = float(sides[worse])
    feigned = np.mean([each.profile.lens_height_m for each in inside], axis=0)[seen] * bow.lens_sd
    feigned = np.hypot(feigned, bow.excess_sd * across**2)
    bent = np.abs(_depths(across, np.stack([mean + feigned, mean - feigned])) - depths[:, None]).mean(1)
    scatter = max(float(drawn[worse].std()), PAIR_MM / sqrt(count))
    lowered = lowering.sd * depth**2 / 1000
    parts = (scatter, height_sd * depth, lowered, bent[worse], COMMON_MM, COMMON_SHARE * depth)
    here = float(np.sqrt(sum(part**2 for part in parts)))
    unsure = here > MAX_SE_MM
    se = hypot(here, _change(placed, (from_m, to_m), bow, depths))  # of the stretch that bears this block's name
    return Rut(
        pairs=count,
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


def _without_noise(depths: Floats, drawn: Floats) -> Floats:
    """Depths (2,) less what noise has added, as noise added once more (2, draws) shows it.

    A gap is a maximum: noise makes one even on a flat road. Extrapolated to none (SIMEX, Cook & Stefanski 1994) in the
    square of the depth, which grows with the noise's variance where there is nothing else.
    """
    return np.asarray(np.sqrt(np.maximum(2 * depths**2 - (drawn**2).mean(1), 0)))


def _change(placed: Sequence[Placed], stretch: tuple[float, float], bow: Bow, depths: Floats) -> float:
    """1 sigma in mm of the larger depth for not knowing better where along the line the pairs are."""
    sd = float(np.median([each.position_sd_m for each in within(placed, *stretch)]))
    changes = []
    for shift in (-sd, sd) if sd else ():
        there = stretch[0] + shift, stretch[1] + shift
        near = nearby(placed, *there)
        if len(within(near, *there)) < MIN_PAIRS:
            continue
        pairs = stack(near, bow.straightened(near), *there)
        pairs = pairs.cut(pairs.seen_by(MIN_PAIRS))
        if len(pairs.across_m) > LEAST_STRIPS:
            changes.append(_depths(pairs.across_m, mean_profile(pairs)[None]).max() - depths.max())
    return float(np.sqrt(np.mean(np.square(changes)))) if changes else 0.0


def _depths(across: Floats, profiles: Floats) -> Floats:
    """Straight-edge depths (2, k) in mm of profiles (k, n): left and right."""
    return np.stack(gaps_m(across, profiles)) * 1000
