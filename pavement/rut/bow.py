"""What bends the profiles of a whole drive alike: the lens, which is taken out, and the crown, which is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from pavement.rut.average import MIN_PAIRS, Placed, mean_profile, nearby, stack, within
from pavement.rut.view import Bools, Floats

LENS_PRIOR = 0.03  #: 1 sigma of k1 where nobody knows it; phones straighten their pictures more or less
LENS_GIVEN = 0.005  #: … where it is given
CROWNS = (-0.0065, 0.0015)  #: parabolas of real lanes in 1/m (2 % of mean fall is -0.006); the rest is the camera's
EXCESS_SD = 0.3  #: 1 sigma of what is taken out beyond that, relative
CROWN_SD = 0.002  #: … and in 1/m of the crown itself, where the camera bends more than any crown
LENS_COMMON = 0.010  #: 1 sigma of k1 from the rows' bow however many pairs there are
RIDGE_M = 0.13  #: of road at each edge and, three times as much, in the middle, where no wheel runs


@dataclass(frozen=True)
class Bow:
    """What bends all profiles of a drive alike.

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

    def straightened(self, placed: Sequence[Placed]) -> Floats:
        """Heights (pairs, strips) without the lens's bow and the excess."""
        return np.array(
            [
                each.profile.height_m - self.lens * each.profile.lens_height_m - self.excess * each.profile.across_m**2
                for each in placed
            ]
        )


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
        near = nearby(placed, from_m, to_m)
        if len(within(near, from_m, to_m)) >= MIN_PAIRS:
            pairs = stack(near, bow.straightened(near), from_m, to_m)
            crowns.append(_ridge_curvature(pairs.across_m, mean_profile(pairs), pairs.weight.sum(0) > 0))
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
