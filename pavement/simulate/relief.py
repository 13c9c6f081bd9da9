"""The height of the road's surface: crown, ruts, unevenness, steps and potholes, one geometry for pictures and truth.

Functions take arc lengths s and distances across in metres, in arrays of shapes that broadcast against each other:
(n, 1) and (1, m) for a grid, (n,) and (n,) for the points of a line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.spec import Crown
from pavement.simulate.unevenness import unevenness_m
from pavement.simulate.world import Step, World, lane_middle

Floats = NDArray[np.float64]

RUT_SIGMA_M, RUT_WIDTH_M = 0.22, 0.70  #: standard deviation of a trough that is called this wide
RIM_M = 0.05  #: of a pothole: its wall slopes over about this width
ROOF_RIDGE_M = 0.3  #: over which the ridge of a roof-shaped crown is rounded
FALL_UNTIL_M = 4.0  #: the road's fall ends here, on the verge
STEP_RAMP_M = 0.04  #: a step rises within this length
APPROACH_M = 6.0  #: over which the settled ground beside a joint comes back to its height
LID_RADIUS_M, LID_RAMP_M = 0.32, 0.06
STRAIGHT_EDGE_STEP_M = 0.02
PIECE = 8192  #: points of a long line that are looked at together


def rut_depth_mm(world: World, s: Floats, direction: Direction, side: int) -> Floats:
    """Depth of a wheel path's trough at arc lengths s (any shape); `side` 0 = the driver's left, 1 = right."""
    rng = np.random.default_rng([world.rut_seed, 5, list(Direction).index(direction), side])
    phases = rng.uniform(0, 2 * np.pi, 3)
    waves = sum(np.sin(2 * np.pi * s / wave + phase) for wave, phase in zip((13.0, 31.0, 83.0), phases, strict=True))
    factor = np.ones_like(s)
    for stretch in world.stretches_at(s, direction):
        if stretch.rut_factor != 1:
            into = np.minimum(s - stretch.from_m, stretch.to_m - s)
            factor += (stretch.rut_factor - 1) * np.clip(into / 4 + 0.5, 0, 1)
    depth: Floats = world.rut_mm[side] * (1 + 0.12 * waves) * factor
    return np.maximum(depth, 0)


def rut_height_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height (n, m) in metres, at most 0, of the ruts at arc lengths s (n,) and across (m,)."""
    return _ruts_m(world, s[:, None], across[None, :])


def _ruts_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height of the ruts."""
    height = np.zeros(np.broadcast_shapes(s.shape, across.shape))
    sigma = RUT_SIGMA_M * world.rut_width_m / RUT_WIDTH_M
    for direction in Direction:
        for side in (0, 1):
            trough = np.exp(-((across - world.wheel_path(direction, side)) ** 2) / (2 * sigma**2))
            height -= rut_depth_mm(world, s, direction, side) / 1000 * trough
    return height


def crown_m(world: World, across: Floats) -> Floats:
    """Height of the ideal cross-section: the crown, and the fall of the whole road; 0 on the centre line."""
    within = np.clip(across, -FALL_UNTIL_M, FALL_UNTIL_M)
    fall = world.crown_pct / 100
    if world.crown is Crown.ROOF:
        crown = fall * (ROOF_RIDGE_M - np.hypot(within, ROOF_RIDGE_M))
    else:
        crown = -fall * within**2 / world.lane_width_m
    height: Floats = crown + world.cross_fall_pct / 100 * within
    return height


def _step_m(step: Step, s: Floats, across: Floats) -> Floats:
    """Height that one step adds."""
    if step.manhole:
        rim = (LID_RADIUS_M - np.hypot(s - step.s, across - step.across)) / LID_RAMP_M
        lid: Floats = step.height_mm / 1000 * np.clip(rim + 0.5, 0, 1)
        return lid
    after = np.clip((s - step.s) / STEP_RAMP_M + 0.5, 0, 1)
    if step.height_mm >= 0:  # up onto a bridge: the ground before it has settled
        settled = np.clip(1 + (s - step.s) / APPROACH_M, 0, 1) * (1 - after)
    else:
        settled = np.clip(1 - (s - step.s) / APPROACH_M, 0, 1) * after
    height: Floats = -abs(step.height_mm) / 1000 * settled + 0 * across
    return height


def surface_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height of the whole relief at s and across."""
    if s.ndim == 1 and len(s) > PIECE:  # each piece looks only at what is near it
        pieces = (slice(at, at + PIECE) for at in range(0, len(s), PIECE))
        return np.concatenate([surface_m(world, s[piece], across[piece]) for piece in pieces])
    height = _ruts_m(world, s, across) + crown_m(world, across) + unevenness_m(world, s, across)
    if not height.size:
        return height
    low, high = float(s.min()), float(s.max())
    for step in world.steps:
        if low - APPROACH_M < step.s < high + APPROACH_M:
            height += _step_m(step, s, across)
    return _dug(world, height, s, across)


def _dug(world: World, height: Floats, s: Floats, across: Floats) -> Floats:
    """`height` with the potholes in it."""
    along, aside = np.broadcast_arrays(s, across)
    rows = s.reshape(len(s), -1)[:, 0]
    low, high = float(rows.min()), float(rows.max())
    for hole in world.potholes:
        if not low - 2 * hole.half_s_m < hole.s < high + 2 * hole.half_s_m:
            continue
        near = np.flatnonzero(np.abs(rows - hole.s) < 2 * hole.half_s_m)
        if not len(near):
            continue
        part = slice(int(near[0]), int(near[-1]) + 1)
        inside = np.abs(aside[part] - hole.across) < 2 * hole.half_across_m
        inside &= np.abs(along[part] - hole.s) < 2 * hole.half_s_m
        radius = hole.radius(along[part][inside], aside[part][inside])
        wall = RIM_M / min(hole.half_s_m, hole.half_across_m)
        depth = np.clip((1 - radius) / wall, 0, 1)
        depth = depth * (2 - depth) * (0.75 + 0.25 * np.clip(1 - radius, 0, 1))
        height[part][inside] -= hole.depth_mm / 1000 * depth
    return height


def height_m(world: World, s: Floats, across: Floats) -> Floats:
    """Height (n, m) in metres of the whole relief at arc lengths s (n,) and across (m,)."""
    return surface_m(world, s[:, None], across[None, :])


def longitudinal_profile_m(world: World, s: Floats, direction: Direction, side: int) -> Floats:
    """Height (n,) in metres of the surface in the middle of a wheel path at arc lengths s (n,), rising or falling.

    `side` 0 = the driver's left, 1 = right. It is the very surface that is rendered: unevenness, steps, the rut's depth
    as it varies, and holes; sample it at 0.05 m or less. 上り is driven towards falling s.
    """
    return surface_m(world, s, np.full(len(s), world.wheel_path(direction, side)))


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


def wheel_rut_mm(world: World, s: Floats, direction: Direction) -> Floats:
    """Straight-edge depth in mm (n, 2) of the lane's lower and higher half across; on the crown, without holes."""
    middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
    depths = []
    for low, high in ((middle - half, middle), (middle, middle + half)):
        across = np.arange(low, high + 1e-9, STRAIGHT_EDGE_STEP_M)
        section = rut_height_m(world, s, across) + crown_m(world, across)
        depths.append([straight_edge_mm(across, row) for row in section])
    return np.array(depths).reshape(2, len(s)).T


def lane_rut_mm(world: World, s: Floats, direction: Direction) -> float:
    """Mean over s of the straight-edge depth in mm of each wheel path; the larger of the two paths' means."""
    return float(wheel_rut_mm(world, s, direction).mean(axis=0).max())
