"""All the damage of a road as values, in road coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.cracks import Crack, Network, alligator
from pavement.simulate.spec import Crown, Roughness, Stretch

Floats = NDArray[np.float64]

WHEEL_M = 0.85  #: of a wheel path from the middle of its lane
NEAR_M = 5.0  #: beyond a stretch's ends: how far it is felt at most


@dataclass(frozen=True)
class Pothole:
    """A hole: its middle and its half axes in metres, depth in mm."""

    s: float
    across: float
    half_s_m: float
    half_across_m: float
    depth_mm: float
    seed: int

    def radius(self, s: Floats, across: Floats) -> Floats:
        """Distance from the middle in units of the ragged rim's distance (1 on the rim)."""
        rng = np.random.default_rng([self.seed, 77])
        u, v = (s - self.s) / self.half_s_m, (across - self.across) / self.half_across_m
        angle = np.arctan2(v, u)
        rim = np.ones_like(u)
        for order in range(2, 12):
            rim += 0.17 / order**0.9 * rng.normal() * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
        radius: Floats = np.hypot(u, v) / np.maximum(rim, 0.45)
        return radius


@dataclass(frozen=True)
class Patch:
    """A repaired rectangle; metres. `tone`: its brightness relative to the road."""

    s_m: tuple[float, float]
    across_m: tuple[float, float]
    tone: float
    seed: int


@dataclass(frozen=True)
class Step:
    """A 段差: a sudden change of height.

    A joint (`manhole` False) goes over the whole road: the surface jumps up by `height_mm` in the sense of rising s
    (down where negative), and comes back to it over some metres on its lower side, as beside a bridge. A manhole's lid
    stands out by `height_mm` (lies deeper where negative) around (s, across).
    """

    s: float
    across: float
    height_mm: float
    manhole: bool


@dataclass(frozen=True)
class World:
    """All damage of a road, in road coordinates (s along, across to the left of the centre line; metres)."""

    cracks: tuple[Crack, ...]
    networks: tuple[Network, ...]
    potholes: tuple[Pothole, ...]
    patches: tuple[Patch, ...]
    stretches: tuple[Stretch, ...]  #: here in arc length of the route
    rut_mm: tuple[float, float]
    rut_seed: int
    lane_width_m: float
    rut_width_m: float = 0.70
    crown_pct: float = 0.0
    crown: Crown = Crown.ROOF
    cross_fall_pct: float = 0.0
    roughness: Roughness = Roughness.NONE
    steps: tuple[Step, ...] = ()

    @cached_property
    def _extents(self) -> tuple[Floats, Floats]:
        """Lowest and highest s of each crack, (n,) both."""
        s = [crack.points[..., 0] for crack in self.cracks]
        return np.array([part.min() for part in s]), np.array([part.max() for part in s])

    def cracks_between(self, s0: float, s1: float) -> Iterator[Crack]:
        """The cracks, those of networks included, that may touch s0 to s1."""
        low, high = self._extents
        for index in np.flatnonzero((high >= s0) & (low <= s1)):
            yield self.cracks[index]
        for network in self.networks:
            if network.s_m[1] >= s0 - 1 and network.s_m[0] <= s1 + 1:
                yield _shape(network)

    def stretches_at(self, s: Floats, direction: Direction) -> Iterator[Stretch]:
        """The stretches of one direction that may touch the arc lengths s, some metres around them included."""
        low, high = (float(s.min()) - NEAR_M, float(s.max()) + NEAR_M) if s.size else (0.0, 0.0)
        for stretch in self.stretches:
            if stretch.direction is direction and stretch.from_m < high and stretch.to_m > low:
                yield stretch

    def wheel_path(self, direction: Direction, side: int) -> float:
        """Metres left of the centre line of a wheel path; `side` 0 = the driver's left, 1 = right."""
        left = 1.0 if (direction is Direction.DOWN) == (side == 0) else -1.0
        return lane_middle(direction, self.lane_width_m) + left * WHEEL_M


@lru_cache(maxsize=64)
def _shape(network: Network) -> Crack:
    return alligator(network)


def lane_middle(direction: Direction, lane_width_m: float) -> float:
    """Metres left of the centre line, seen along 下り, of the lane in which `direction` drives (on the left)."""
    return lane_width_m / 2 if direction is Direction.DOWN else -lane_width_m / 2
