"""True IRI of a stretch: ASTM E1926's quarter-car over the profile of both wheel paths, one continuous pass each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.roughness import suspension_rates
from pavement.simulate.path import Route
from pavement.simulate.relief import longitudinal_profile_m
from pavement.simulate.world import World

Floats = NDArray[np.float64]

STEP_M = 0.05
LEAD_M = 100.0  #: the pass begins this far before the survey


@dataclass(frozen=True)
class Evenness:
    """|Stroke| per metre (n,), m/m, at arc lengths s (n,), in the direction of travel; the mean of both wheel paths."""

    s: Floats
    rate: Floats

    @classmethod
    def of(cls, world: World, route: Route, direction: Direction) -> Evenness:
        """The pass over the survey and `LEAD_M` before it."""
        down = direction is Direction.DOWN
        start, end = (route.start_m, route.end_m) if down else (route.end_m, route.start_m)
        way = STEP_M if down else -STEP_M
        s = start + way * np.arange(-LEAD_M / STEP_M, abs(end - start) / STEP_M + 2)
        rates = [suspension_rates(longitudinal_profile_m(world, s, direction, side), STEP_M) for side in (0, 1)]
        return cls((s[1:] + s[:-1]) / 2, np.mean(rates, axis=0))

    def iri_mm_per_m(self, s0: float, s1: float) -> float:
        """IRI between two arc lengths: the mean of the left and the right wheel path's IRI (MRI)."""
        return float(self.rate[(self.s >= s0) & (self.s < s1)].mean() * 1000)
