"""Where the plane of one frame lies on that of another: the road seen twice, before its relief is looked at.

Ground coordinates of the later frame (forward, right) are sent to those of the earlier one by a homography of the
plane, which takes up travel, the car's turning, and the pitch, roll and height by which the springs moved the phone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.rut.view import Floats, Floats32, RoadView, texture

COARSE_M = 0.03
ASIDE_M = 0.45  #: how far the car may wander, or turn the road aside, between two frames
METRES_OFF = (0.6, 0.25)  #: the given travel may be wrong by so many metres + share of it
MIN_PEAK = 0.12  #: correlation of the whole stretch, coarse
MIN_CELLS = 12
STRIP_HELD = 0.3  #: weight of a strip's being flat, against 1 of a perfectly matched cell


@dataclass(frozen=True)
class Grid:
    """Ground points of the later frame: forward (rows,) and right (columns,) in metres, evenly spaced.

    Where the lane heads aside by `heading` metres a metre, the rows follow it: `right` is meant at forward 0.
    """

    forward: Floats
    right: Floats
    heading: float = 0.0

    def coarser(self, step_m: float) -> Grid:
        """The same road with points `step_m` apart."""
        forward, right = (np.arange(axis[0], axis[-1], step_m) for axis in (self.forward, self.right))
        return Grid(forward, right, self.heading)

    @property
    def step_m(self) -> float:
        """Distance of its points."""
        return float(self.forward[1] - self.forward[0])

    @property
    def points(self) -> tuple[Floats, Floats]:
        """(forward, right), each (rows, columns)."""
        forward, right = np.meshgrid(self.forward, self.right, indexing="ij")
        return forward, right + self.heading * forward


@dataclass(frozen=True)
class PlaneMap:
    """Homography (3, 3) of (forward, right, 1) from the later to the earlier frame; `correlation` found with it."""

    matrix: Floats
    correlation: float

    def __call__(self, forward: Floats, right: Floats) -> tuple[Floats, Floats]:
        m = self.matrix
        scale = m[2, 0] * forward + m[2, 1] * right + 1.0
        return (
            (m[0, 0] * forward + m[0, 1] * right + m[0, 2]) / scale,
            (m[1, 0] * forward + m[1, 1] * right + m[1, 2]) / scale,
        )


def whole_shift(earlier: RoadView, later: RoadView, metres: float, grid: Grid) -> PlaneMap | None:
    """The travel between two frames, within what the given metres allow; None where the stretches do not agree."""
    reach = round((METRES_OFF[0] + METRES_OFF[1] * metres) / grid.step_m)
    aside = round(ASIDE_M / grid.step_m)
    template = coarse_texture(later.look(*grid.points), grid.step_m)
    step = grid.step_m
    wide = Grid(
        grid.forward[0] + metres + step * np.arange(-reach, len(grid.forward) + reach),
        grid.right[0] - grid.heading * metres + step * np.arange(-aside, len(grid.right) + aside),
        grid.heading,
    )
    field = coarse_texture(earlier.look(*wide.points), step)
    shape = (field.shape[0] + template.shape[0], field.shape[1] + template.shape[1])
    spectrum = np.fft.rfft2(field, shape) * np.conj(np.fft.rfft2(template, shape))
    product = np.fft.irfft2(spectrum, shape)[: 2 * reach + 1, : 2 * aside + 1]
    energy = np.fft.irfft2(np.fft.rfft2(field**2, shape) * np.conj(np.fft.rfft2(np.abs(template) > 0, shape)), shape)[
        : 2 * reach + 1, : 2 * aside + 1
    ]
    surface = product / np.sqrt(np.maximum(energy, 1.0) * max(float((template**2).sum()), 1.0))
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    peak = float(surface[row, column])
    if peak < MIN_PEAK or row in (0, 2 * reach) or column in (0, 2 * aside):
        return None
    matrix = np.eye(3)
    matrix[0, 2] = metres + (int(row) - reach) * step
    matrix[1, 2] = (int(column) - aside) * step
    return PlaneMap(matrix, peak)


@dataclass(frozen=True)
class Registered:
    """The plane of two frames, and how far strips along the road lie beyond it in the earlier one.

    `extra_m` (n,) at the grid's columns `right_m` (n,), metres; `heading`: the grid's.
    """

    plane: PlaneMap
    right_m: Floats
    extra_m: Floats
    heading: float = 0.0

    def __call__(self, forward: Floats, right: Floats) -> tuple[Floats, Floats]:
        u, v = self.plane(forward, right)
        return u + np.interp(right - self.heading * forward, self.right_m, self.extra_m), v


def refine(
    earlier: RoadView, later: RoadView, near: Registered, grid: Grid, *, cell: tuple[int, int], search: tuple[int, int]
) -> Registered | None:
    """Plane and strips through the shifts of cells of (rows, columns) points found within ± `search` points."""
    forward, right = grid.points
    a = coarse_texture(later.look(forward, right), grid.step_m)
    b = coarse_texture(earlier.look(*near(forward, right)), grid.step_m)
    moved, aside, score = cell_shifts(a, b, cell, search)
    x, y = cells(forward, cell), cells(right, cell)
    good = score > max(0.25, 0.5 * float(np.quantile(score, 0.8)))
    if good.sum() < MIN_CELLS:
        return None
    u, v = near(x, y)
    column = np.broadcast_to(np.arange(x.shape[1]), x.shape)
    points = np.column_stack([x[good], y[good]])
    targets = np.column_stack([u[good] + moved[good] * grid.step_m, v[good] + aside[good] * grid.step_m])
    matrix, extra = fit_plane_and_strips(points, targets, score[good], column[good], x.shape[1])
    columns = (y - grid.heading * x)[0]
    return Registered(PlaneMap(matrix, float(np.median(score))), columns, extra, grid.heading)


def coarse_texture(grey: Floats32, step_m: float) -> Floats32:
    """The texture without what the farther frame cannot resolve."""
    return np.asarray(ndimage.gaussian_filter(texture(grey, step_m), (1.2, 0.6)), np.float32)


def cells(values: NDArray[np.floating], cell: tuple[int, int]) -> Floats:
    """Means over cells of (rows, columns) points; what does not fill a cell is left out."""
    rows, columns = values.shape[0] // cell[0], values.shape[1] // cell[1]
    cut = values[: rows * cell[0], : columns * cell[1]]
    return np.asarray(cut.reshape(rows, cell[0], columns, cell[1]).mean((1, 3)), float)


def cell_shifts(
    a: Floats32, b: Floats32, cell: tuple[int, int], search: tuple[int, int]
) -> tuple[Floats, Floats, Floats]:
    """How many points (down, aside) each cell of `a` lies further on in `b`, and the correlation there."""
    volume = correlation_volume(a, b, cell, search)
    down, across, rows, columns = volume.shape
    flat = volume.reshape(down * across, rows, columns)
    best = flat.argmax(0)
    i, j = np.unravel_index(best, (down, across))
    at = np.indices((rows, columns))
    score = flat[best, at[0], at[1]]
    inner_i, inner_j = np.clip(i, 1, down - 2), np.clip(j, 1, max(across - 2, 1))
    moved = i - search[0] + _parabola(volume[:, :, at[0], at[1]], i, j, inner_i, axis=0)
    aside = (
        j - search[1] + _parabola(volume[:, :, at[0], at[1]], i, j, inner_j, axis=1) if across > 2 else j - search[1]
    )
    edge = (i != inner_i) | ((j != inner_j) if across > 2 else False)
    return np.asarray(moved, float), np.asarray(aside, float), np.where(edge, 0.0, score)


def _parabola(volume: Floats, i: NDArray[np.intp], j: NDArray[np.intp], inner: NDArray[np.intp], axis: int) -> Floats:
    rows, columns = np.indices(i.shape)

    def at(offset: int) -> Floats:
        where = (inner + offset, j) if axis == 0 else (i, inner + offset)
        return np.asarray(volume[where[0], where[1], rows, columns])

    before, here, after = at(-1), at(0), at(1)
    bend = before - 2 * here + after
    return np.clip(np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0), -0.5, 0.5)


def correlation_volume(a: Floats32, b: Floats32, cell: tuple[int, int], search: tuple[int, int]) -> Floats:
    """Correlation (2 · down + 1, 2 · aside + 1, rows, columns) of each cell of `a` with `b` moved back by a shift."""
    energy_a = np.sqrt(np.maximum(cells(a * a, cell), 1e-6))
    padded = np.pad(b, ((search[0], search[0]), (search[1], search[1])))
    square = padded * padded
    volume = np.empty((2 * search[0] + 1, 2 * search[1] + 1, *energy_a.shape))
    for i in range(2 * search[0] + 1):
        for j in range(2 * search[1] + 1):
            part = slice(i, i + a.shape[0]), slice(j, j + a.shape[1])
            energy_b = np.sqrt(np.maximum(cells(square[part], cell), 1e-6))
            volume[i, j] = cells(a * padded[part], cell) / (energy_a * energy_b)
    return volume


def fit_plane_and_strips(
    points: Floats, targets: Floats, weight: Floats, column: NDArray[np.intp], columns: int
) -> tuple[Floats, Floats]:
    """Homography (3, 3) of points (n, 2) to targets (n, 2) and what each of `columns` adds along the road, (columns,).

    Least squares with Tukey weights (5 rounds); the strips are held back a little, so that the plane explains what it
    can.
    """
    x, y = points.T
    u, v = targets.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    strip = np.eye(columns)[column]
    along = np.column_stack([x, y, one, zero, zero, zero, -u * x, -u * y, strip])
    aside = np.column_stack([zero, zero, zero, x, y, one, -v * x, -v * y, 0 * strip])
    held = np.eye(8 + columns)[8:] * STRIP_HELD
    rows, value = np.concatenate([along, aside, held]), np.concatenate([u, v, np.zeros(columns)])
    robust = np.ones_like(x)
    scale = np.maximum(np.abs(rows).max(0), 1e-9)
    solution = np.zeros(8 + columns)
    for _ in range(5):
        root = np.sqrt(np.concatenate([weight * robust, weight * robust, np.ones(columns)]))
        solution, *_ = np.linalg.lstsq(rows / scale * root[:, None], value * root, rcond=None)
        rest = (value - rows / scale @ solution)[: 2 * len(x)].reshape(2, -1)
        limit = 4.7 * 1.48 * np.median(np.abs(rest), axis=1, keepdims=True) + 1e-4
        robust = np.prod(np.clip(1 - (rest / limit) ** 2, 0, None) ** 2, axis=0)
    solution = solution / scale
    return np.append(solution[:8], 1.0).reshape(3, 3), solution[8:]
