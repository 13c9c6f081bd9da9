"""How the camera's height changes with the depth of the ruts below the car.

A car whose wheels run in the ruts carries its camera lower over the mean road, by 1 % where they are 40 mm deep; over
one that keeps beside them the mean road lies 1 % deeper. The travel between two frames tells which: metres that the
receiver counts, over metres that the texture moves on a plane at the given height, are height over given height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from pavement.rut.average import MIN_PAIRS, Placed, mean_profile, nearby, stack, within
from pavement.rut.bow import Bow
from pavement.rut.straight_edge import gaps_m

MIN_BLOCKS = 10
PRIOR_SD = 0.32  #: per metre of depth at 1.4 m: wheels in the ruts make it -0.32, wheels beside them 0.26
NEIGHBOURLY = 2.0  #: variance of a sum over blocks, to that of independent ones: a receiver's errors last


@dataclass(frozen=True)
class Lowering:
    """Relative change of the camera's height over the mean road for every metre of rut depth, with its 1 sigma."""

    per_m: float = 0.0
    sd: float = PRIOR_SD


def estimate_lowering(placed: Sequence[Placed], blocks: Sequence[tuple[float, float]], bow: Bow) -> Lowering:
    """From depth and travel of `blocks` (from, to) in metres; without ruts of different depths it stays at nothing."""
    found = []
    for from_m, to_m in blocks:
        inside = within(placed, from_m, to_m)
        if len(inside) < MIN_PAIRS:
            continue
        near = nearby(placed, from_m, to_m)
        pairs = stack(near, bow.straightened(near), from_m, to_m)
        depth = max(float(gap[0]) for gap in gaps_m(pairs.across_m, mean_profile(pairs)[None]))
        told, shown = (sum(getattr(each.profile, name) for each in inside) for name in ("told_m", "metres"))
        found.append((depth, float(np.log(told / shown))))
    if len(found) < MIN_BLOCKS:
        return Lowering()
    depth, ratio = np.array(found).T
    apart = ratio - np.median(ratio)
    limit = 3 * 1.48 * float(np.median(np.abs(apart))) + 1e-6
    good = np.abs(apart) < limit
    depth, ratio = depth[good] - depth[good].mean(), ratio[good] - ratio[good].mean()
    power = max(float((depth**2).sum()), 1e-9)
    slope = float((depth * ratio).sum()) / power
    variance = NEIGHBOURLY * float(((ratio - slope * depth) ** 2).mean()) / power
    share = PRIOR_SD**2 / (PRIOR_SD**2 + variance)
    return Lowering(share * slope, sqrt(share * variance))
