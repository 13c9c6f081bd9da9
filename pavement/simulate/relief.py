"""The height of the road's surface: ruts, potholes and slight unevenness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.world import WHEEL_M, World, lane_middle

Floats = NDArray[np.float64]

RUT_SIGMA_M = 0.22  #: a trough some 0.7 m wide
RIM_M = 0.05  #: of a pothole: its wall slopes over about this width
STRAIGHT_EDGE_STEP_M = 0.02


def rut_depth_mm(world: World, s: Floats, direction: Direction, side: int) -> Floats:
    """Depth (n,) of a wheel path's trough along s; `side` 0 = the driver's left, 1 = right."""
    rng = np.random.default_rng([world.rut_seed, 5, list(Direction).index(direction), side])
    phases = rng.uniform(0, 2 * np.pi, 3)
    waves = sum(np.sin(2 * np.pi * s / wave + phase) for wave, phase in zip((13.0, 31.0, 83.0), phases, strict=True))
    factor = np.ones_like(s)
    for stretch in world.stretches:
        if stretch.direction is direction:
            into = np.minimum(s - stretch.from_m, stretch.to_m - s)
            factor += (stretch.rut_factor - 1) * np.clip(into / 4 + 0.5, 0, 1)
    depth: Floats = world.rut_mm[side] * (1 + 0.12 * waves) * factor
    return np.maximum(depth, 0)


def rut_height_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height (n, m) in metres, at most 0, of the ruts at arc lengths s (n,) and across (m,)."""
    height = np.zeros((len(s), len(across)))
    for direction in Direction:
        middle = lane_middle(direction, world.lane_width_m)
        left = 1.0 if direction is Direction.DOWN else -1.0
        for side in (0, 1):
            wheel = middle + left * (WHEEL_M if side == 0 else -WHEEL_M)
            trough = np.exp(-((across - wheel) ** 2) / (2 * RUT_SIGMA_M**2))
            height -= np.outer(rut_depth_mm(world, s, direction, side) / 1000, trough)
    return height


def height_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height (n, m) in metres of the whole relief at arc lengths s (n,) and across (m,), both rising."""
    height = rut_height_m(world, s, across)
    for hole in world.potholes:
        rows = slice(*np.searchsorted(s, (hole.s - 2 * hole.half_s_m, hole.s + 2 * hole.half_s_m)))
        columns = slice(
            *np.searchsorted(across, (hole.across - 2 * hole.half_across_m, hole.across + 2 * hole.half_across_m))
        )
        if rows.start == rows.stop or columns.start == columns.stop:
            continue
        radius = hole.radius(*np.meshgrid(s[rows], across[columns], indexing="ij"))
        wall = RIM_M / min(hole.half_s_m, hole.half_across_m)
        inside = np.clip((1 - radius) / wall, 0, 1)
        height[rows, columns] -= (
            hole.depth_mm / 1000 * inside * (2 - inside) * (0.75 + 0.25 * np.clip(1 - radius, 0, 1))
        )
    return height


def straight_edge_mm(across: Floats, profile_m: Floats) -> float:
    """Largest gap in mm under a straight edge laid on the profile: its upper convex hull minus the profile."""
    hull: list[int] = []
    for index in range(len(across)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            turn = (across[b] - across[a]) * (profile_m[index] - profile_m[a])
            if turn - (profile_m[b] - profile_m[a]) * (across[index] - across[a]) < 0:
                break
            hull.pop()
        hull.append(index)
    return float((np.interp(across, across[hull], profile_m[hull]) - profile_m).max() * 1000)


def lane_rut_mm(world: World, s: Floats, direction: Direction) -> float:
    """Mean over s of the straight-edge depth in mm of each wheel path; the larger of the two paths' means."""
    middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
    means = []
    for low, high in ((middle - half, middle), (middle, middle + half)):
        across = np.arange(low, high + 1e-9, STRAIGHT_EDGE_STEP_M)
        means.append(np.mean([straight_edge_mm(across, row) for row in rut_height_m(world, s, across)]))
    return float(max(means))
