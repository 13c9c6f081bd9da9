"""Dense matching of two frames on the road plane: how far each strip of the lane lies off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pavement.rut.register import COARSE_M, Grid, PlaneMap, Registered, cells, correlation_volume, refine, whole_shift
from pavement.rut.rows import RowModel
from pavement.rut.view import Bools, Floats, Floats32, RoadView, texture

STRIP_M = 0.08  #: width of a strip along the road that has one height
STEP_M = 0.016  #: of the fine grid
ROW_M = 0.5  #: length of the cells in which shifts are found
DEEPEST_M = 0.07  #: relief beyond this is not looked for
SMOOTH = ((1.0, 0.5), (1.8, 0.7), (3.5, 0.9))  #: points, along and across; the one that tells most is taken
ROUNDS = 4
BEND = 0.04  #: correlation that a point of shift between neighbouring strips must be worth


@dataclass(frozen=True)
class StripMatch:
    """Shifts in metres beyond the plane, 1 sigma (strips,) of their profile, and which strips were seen.

    `travel_m`: as the plane shows it.
    """

    model: RowModel
    sd: Floats
    shown: Bools
    travel_m: float
    correlation: float


def find_plane(earlier: RoadView, later: RoadView, metres: float, grid: Grid) -> PlaneMap | None:
    """The plane, found coarsely and then with the strips that lie off it."""
    coarse = grid.coarser(COARSE_M)
    start = whole_shift(earlier, later, metres, coarse)
    if start is None:
        return None
    found: Registered | None = Registered(start, grid.right[[0, -1]], np.zeros(2), grid.heading)
    for cell, search in (((20, 8), (7, 3)), ((20, 8), (4, 2))):
        found = found and refine(earlier, later, found, coarse, cell=cell, search=search)
    return None if found is None else found.plane


def match_strips(
    earlier: RoadView, later: RoadView, plane: PlaneMap, grid: Grid, metres: float, camera_m: float
) -> StripMatch:
    """How far every strip lies off the plane, by Gauss-Newton steps.

    The picture is warped anew each round: smoothing takes its share of what is left only, and that goes to zero.
    """
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
    return StripMatch(model, sd, known.mean(0) > 0.3, travel, match)


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
    """Values of cells (r, c) on all their points by cubic splines: chords would make troughs come out too deep."""
    down = (np.arange(rows) + 0.5) / cell[0] - 0.5
    across = (np.arange(field.shape[1] * cell[1]) + 0.5) / cell[1] - 0.5
    where = np.meshgrid(down, across, indexing="ij")
    return np.asarray(ndimage.map_coordinates(field, where, order=3, mode="nearest"))


def _correlation(a: Floats32, b: Floats32, cell: tuple[int, int], known: Bools) -> float:
    both = cells(a * b, cell) / np.sqrt(np.maximum(cells(a * a, cell) * cells(b * b, cell), 1e-9))
    return float(np.median(both[known])) if known.any() else 0.0
