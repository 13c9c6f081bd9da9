"""The transverse profile of the lane from two frames of one drive: plane plus parallax.

Both frames are laid on the road plane below a camera H above it. A point h above the plane, seen from two places d
apart, lies h d / (H − h) nearer to the earlier place in the earlier frame's picture of the plane than the plane itself
would (first order: shift = h d / H). Pitch, height and rolling shutter move whole rows of that picture, roll and yaw
tilt them linearly: what is left of a row after its straight line is taken out is the profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import ndimage

from pavement.camera import Camera
from pavement.rut.register import COARSE_M, Grid, PlaneMap, Registered, cells, correlation_volume, refine, whole_shift
from pavement.rut.rows import RowModel
from pavement.rut.view import Bools, Floats, Floats32, RoadView, far_limit_m, near_limit_m, texture

STRIP_M = 0.08  #: width of a strip along the road that has one height
STEP_M = 0.016  #: of the fine grid
ROW_M = 0.5  #: length of the cells in which shifts are found
LENGTH_M = (1.2, 4.5)  #: of road that both frames must show, at least and at most
DEEPEST_M = 0.07  #: relief beyond this is not looked for
SMOOTH = ((1.0, 0.5), (1.8, 0.7), (3.5, 0.9))  #: points, along and across; the one that tells most is taken
ROUNDS = 4
BEND = 0.04  #: correlation that a point of shift between neighbouring strips must be worth
MIN_CORRELATION = 0.30
KERB_M = 0.10  #: of the lane, on both sides, is paint
MIN_COLUMNS = 0.8  #: share of the lane's width that must be measured


class Refusal(StrEnum):
    """Why a pair of frames gives no profile."""

    NO_LANE = "no lane"
    TOO_SHORT = "baseline too short"
    TOO_LONG = "baseline too long"
    NO_MATCH = "textures do not match"
    WEAK = "correlation too low"
    NARROW = "too little of the lane seen"


@dataclass(frozen=True)
class Lane:
    """The own lane of one frame: its left and right edge, metres right of the camera's axis beside the camera.

    `heading`: metres that the lane goes to the right in every metre ahead.
    """

    left_m: float
    right_m: float
    heading: float = 0.0

    @property
    def middle_m(self) -> float:
        """Metres right of the camera's axis."""
        return (self.left_m + self.right_m) / 2

    @property
    def width_m(self) -> float:
        """Metres."""
        return self.right_m - self.left_m


@dataclass(frozen=True)
class PairProfile:
    """Heights across the lane (n,) in metres, less a straight line; NaN where not seen.

    `across_m` (n,): right of the lane's middle. `sd_m` (n,): 1 sigma of the matching alone. `ahead_m`: the road that it
    is of, from and to, ahead of the later frame. `metres`: travel as the plane itself shows it, `told_m`: as given.
    """

    across_m: Floats
    height_m: Floats
    sd_m: Floats
    ahead_m: tuple[float, float]
    metres: float
    told_m: float
    correlation: float
    lens: float  #: error of k1 that would explain how the bow of the rows grows towards the car, and its 1 sigma
    lens_sd: float
    lens_height_m: Floats  #: (n,) heights that an error of 1 in k1 would feign


def strips(lane_width_m: float) -> Floats:
    """Middles (n,) of the strips of a lane, metres right of its middle."""
    half = int((lane_width_m / 2 - KERB_M) / STRIP_M)
    return np.asarray((np.arange(2 * half) + 0.5 - half) * STRIP_M, float)


def pair_profile(
    earlier: RoadView, later: RoadView, metres: float, lane: Lane | None, lane_width_m: float
) -> PairProfile | Refusal:
    """The profile that two frames `metres` apart give; `lane`: of the later frame."""
    if lane is None:
        return Refusal.NO_LANE
    if metres < 0.8:
        return Refusal.TOO_SHORT
    camera = later.camera
    across = strips(lane_width_m)
    grid = _grid(camera, metres, lane, len(across))
    if grid is None:
        return Refusal.TOO_LONG
    plane = _plane(earlier, later, metres, grid)
    if plane is None:
        return Refusal.NO_MATCH
    found = _match(earlier, later, plane, grid, metres, camera.height_m)
    if found is None:
        return Refusal.WEAK
    model, sd, shown, travel, correlation = found
    if correlation < MIN_CORRELATION:
        return Refusal.WEAK
    if shown.mean() < MIN_COLUMNS:
        return Refusal.NARROW
    shift = np.where(shown, model.profile, np.nan)
    height = camera.height_m * shift / (travel + shift)
    depth = np.nanquantile(height, 0.9) - height
    seen_at = (across + lane.middle_m) * (1 + depth / camera.height_m) - lane.middle_m  # what is deep looks nearer
    height[shown] = np.interp(across[shown], seen_at[shown], height[shown])
    return PairProfile(
        across_m=across,
        height_m=height,
        sd_m=camera.height_m / travel * sd,
        ahead_m=(float(grid.forward[0]), float(grid.forward[-1])),
        metres=travel,
        told_m=metres,
        correlation=correlation,
        lens=model.lens,
        lens_sd=model.lens_sd,
        lens_height_m=camera.height_m / travel * model.lens_profile,
    )


def _grid(camera: Camera, metres: float, lane: Lane, columns: int) -> Grid | None:
    """The fine grid over the road that both frames show; whole cells of `STRIP_M` by `ROW_M`."""
    near = min(near_limit_m(camera, side) for side in (lane.left_m + 0.5, lane.middle_m, lane.right_m - 0.5)) + 0.1
    length = min(far_limit_m(camera) - metres - near, LENGTH_M[1])
    if length < LENGTH_M[0]:
        return None
    rows = int(length / ROW_M)
    per_row, per_strip = round(ROW_M / STEP_M), round(STRIP_M / STEP_M)
    forward = near + (np.arange(rows * per_row) + 0.5) * STEP_M
    right = lane.middle_m + (np.arange(columns * per_strip) + 0.5 - columns * per_strip / 2) * STEP_M
    return Grid(np.asarray(forward, float), np.asarray(right, float), lane.heading)


def _plane(earlier: RoadView, later: RoadView, metres: float, grid: Grid) -> PlaneMap | None:
    """The plane, found coarsely and then with the strips that lie off it."""
    coarse = grid.coarser(COARSE_M)
    start = whole_shift(earlier, later, metres, coarse)
    if start is None:
        return None
    found: Registered | None = Registered(start, grid.right[[0, -1]], np.zeros(2), grid.heading)
    for cell, search in (((20, 8), (7, 3)), ((20, 8), (4, 2))):
        found = found and refine(earlier, later, found, coarse, cell=cell, search=search)
    return None if found is None else found.plane


def _match(
    earlier: RoadView, later: RoadView, plane: PlaneMap, grid: Grid, metres: float, camera_m: float
) -> tuple[RowModel, Floats, Bools, float, float] | None:
    """(shifts in metres beyond the plane, sd (n,) of their profile, strips seen (n,), travel, correlation)."""
    forward, right = grid.points
    cell = (round(ROW_M / STEP_M), round(STRIP_M / STEP_M))
    there = plane(forward, right)
    seen = later.look(forward, right)
    raw = texture(seen, STEP_M)
    a, b = _smooth(raw, SMOOTH[1]), _smooth(texture(earlier.look(*there), STEP_M), SMOOTH[1])
    reach = int(np.ceil(DEEPEST_M * metres / camera_m / STEP_M))
    volume = correlation_volume(a, b, cell, (reach, 0))[:, 0]
    known: Bools = cells(np.isfinite(seen).astype(np.float32), cell) > 0.9
    shift = _first_shift(volume, known, reach) * STEP_M
    y = np.asarray((np.arange(shift.size) + 0.5 - shift.size / 2) * STRIP_M, float)
    model = RowModel.fit(np.tile(shift, (len(known), 1)), known.astype(float), y)
    for number in range(ROUNDS):
        at = _spread(model.shifts(y), grid.forward.size, cell)
        warped = texture(earlier.look(there[0] + at, there[1]), STEP_M)
        if number in (0, ROUNDS - 2):
            smooth = min(SMOOTH, key=lambda size: Steps.of(raw, warped, size, cell, known).noise)
        steps = Steps.of(raw, warped, smooth, cell, known)
        total = model.shifts(y) + np.clip(steps.step, -0.03, 0.03)
        model = RowModel.fit(total, steps.weight, y)
    sd = model.sd(total, steps.weight, y)
    match = _correlation(_smooth(raw, smooth), _smooth(warped, smooth), cell, known)
    travel = float((there[0] - forward).mean() + model.at.mean())
    model = model.with_lens(total, steps.weight, y, _lens_shift(grid, there, cell))
    return model, sd, known.mean(0) > 0.3, travel, match


def _lens_shift(grid: Grid, there: tuple[Floats, Floats], cell: tuple[int, int]) -> Floats:
    """Shifts (rows, columns) by which an error of 1 in k1 bends the rows: y² (1 / x₂ − 1 / x₁)."""
    forward, right = grid.points
    return cells(right**2 * (1 / forward - 1 / np.maximum(there[0], 0.5)), cell)


@dataclass(frozen=True)
class Steps:
    """What is still to be shifted in each cell (rows, columns), metres, its weight, and how noisy it is."""

    step: Floats
    weight: Floats
    noise: float

    @classmethod
    def of(cls, a: Floats32, b: Floats32, smooth: tuple[float, float], cell: tuple[int, int], known: Bools) -> Steps:
        """One Gauss-Newton step. The slopes' energy is their product between the frames: noise has no part in it."""
        a, b = _smooth(a, smooth), _smooth(b, smooth)
        slope_a, slope_b = (np.gradient(each, STEP_M, axis=0) for each in (a, b))
        pull = cells((slope_a + slope_b) * (a - b) / 2, cell)
        signal = cells(slope_a * slope_b, cell)
        signal = ndimage.gaussian_filter(signal * known, (1.0, 1.0), mode="nearest") / np.maximum(
            ndimage.gaussian_filter(known.astype(float), (1.0, 1.0), mode="nearest"), 0.05
        )
        floor = max(0.2 * float(np.median(signal[known])), 1e-6) if known.any() else 1.0
        signal = np.maximum(signal, floor)
        step = pull / signal
        spread = 1.48 * float(np.median(np.abs(step[known]))) if known.any() else 1.0
        return cls(step, np.where(known, signal, 0.0), spread)


def _smooth(values: Floats32, size: tuple[float, float]) -> Floats32:
    return np.asarray(ndimage.gaussian_filter(values, size), np.float32)


def _first_shift(volume: Floats, known: Bools, reach: int) -> Floats:
    """Whole shifts (n,), the smoothest line across the strips through high correlation over all rows (Viterbi)."""
    total = (volume * known).sum(1) / max(float(known.sum(0).mean()), 1.0)
    total = ndimage.gaussian_filter(total, (0.5, 0.5))
    count, columns = total.shape
    jump = BEND * np.abs(np.arange(count)[:, None] - np.arange(count)[None, :])
    score, came = total[:, 0], np.zeros((columns, count), np.intp)
    for column in range(1, columns):
        options = score[None, :] - jump
        came[column] = options.argmax(1)
        score = options.max(1) + total[:, column]
    path = np.empty(columns, np.intp)
    path[-1] = score.argmax()
    for column in range(columns - 1, 0, -1):
        path[column - 1] = came[column, path[column]]
    return np.asarray(path - reach, float)


def _spread(field: Floats, rows: int, cell: tuple[int, int]) -> Floats:
    """Values of cells (r, c) on all their points, interpolated linearly."""
    down = (np.arange(rows) + 0.5) / cell[0] - 0.5
    across = (np.arange(field.shape[1] * cell[1]) + 0.5) / cell[1] - 0.5
    where = np.meshgrid(down, across, indexing="ij")
    return np.asarray(ndimage.map_coordinates(field, where, order=1, mode="nearest"))


def _correlation(a: Floats32, b: Floats32, cell: tuple[int, int], known: Bools) -> float:
    both = cells(a * b, cell) / np.sqrt(np.maximum(cells(a * a, cell) * cells(b * b, cell), 1e-9))
    return float(np.median(both[known])) if known.any() else 0.0
