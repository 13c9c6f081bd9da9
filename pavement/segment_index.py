"""Which lines pass near a point: the straight pieces of many lines in a sparse grid of flat arrays.

A network of a prefecture has millions of pieces, so nothing here is an object per line: the arrays can be written to
disk and mapped into memory, and one call answers for thousands of points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = NDArray[np.int32]

CELL_M = 50.0  #: edge of a grid cell
ROW = 1 << 31  #: cells of one row of the grid have neighbouring numbers: number = y · ROW + x
CHUNK = 4096  #: points asked for at once; bounds the memory of a query


@dataclass(frozen=True)
class Near:
    """Where lines pass near points; arrays (k,), ordered by point, line and place.

    A line that passes twice (a hairpin bend, a loop) stands twice.
    """

    point: Ints  #: index of the point asked for
    line: Ints
    along_m: Floats  #: metres along the line to the foot point
    distance_m: Floats
    x: Floats  #: the foot point
    y: Floats
    tangent: Floats  #: direction of the line there in its digitising direction, radians from east

    def __len__(self) -> int:
        return len(self.point)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Near:
        """Some rows (positions or a mask)."""
        return Near(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, eq=False)
class SegmentIndex:
    """Lines as flat arrays and a grid over their straight pieces; piece i runs from vertex i to vertex i + 1."""

    coords: Floats  #: (n, 2) vertices of all lines, metres
    starts: Ints  #: (m + 1,) line j is coords[starts[j]:starts[j + 1]]
    along_m: Floats  #: (n,) metres from the start of its line
    line: Cells  #: (n,) the line of each vertex
    cells: Ints  #: (c,) numbers of the cells that hold something, rising
    first: Ints  #: (c + 1,) the pieces of cell i are pieces[first[i]:first[i + 1]]
    pieces: Cells  #: (p,)

    @classmethod
    def build(cls, coords: ArrayLike, starts: ArrayLike) -> SegmentIndex:
        """The index of lines `coords[starts[j]:starts[j + 1]]`, each of at least two vertices."""
        xy = np.ascontiguousarray(np.asarray(coords, float).reshape(-1, 2))
        begin = np.asarray(starts, np.int64)
        line = np.repeat(np.arange(len(begin) - 1, dtype=np.int32), np.diff(begin))
        step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
        step[begin[:-1][begin[:-1] < len(xy)]] = 0.0
        total = np.cumsum(step)
        along = total - total[begin[:-1]][line] if len(xy) else total
        cell, piece = _grid(xy, np.flatnonzero(line[1:] == line[:-1]))
        cells, first = np.unique(cell, return_index=True)
        return cls(xy, begin, along, line, cells, np.append(first, len(cell)).astype(np.int64), piece)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything, to be written to disk."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> SegmentIndex:
        """From `arrays()`; they may be memory-mapped."""
        return cls(**{each.name: arrays[each.name] for each in fields(cls)})  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> Floats:
        """(m,) length of every line in metres."""
        return np.asarray(self.along_m[self.starts[1:] - 1], float)

    @cached_property
    def _offset(self) -> Floats:
        """(m + 1,) so much is added to metres along a line to make one rising number of all lines."""
        return np.concatenate([[0.0], np.cumsum(self.lengths + 1.0)])

    @cached_property
    def _rising(self) -> Floats:
        return np.asarray(self.along_m + self._offset[self.line])

    def place(self, line: ArrayLike, along_m: ArrayLike) -> tuple[Floats, Floats]:
        """Points (n, 2) at metres along lines, and the lines' directions (n,) there, radians from east."""
        lines, along = np.broadcast_arrays(np.asarray(line, np.int64), np.asarray(along_m, float))
        along = np.clip(along, 0.0, self.lengths[lines])
        vertex = np.searchsorted(self._rising, along + self._offset[lines], side="right") - 1
        vertex = np.clip(vertex, self.starts[lines], self.starts[lines + 1] - 2)
        a, b = self.coords[vertex], self.coords[vertex + 1]
        length = self.along_m[vertex + 1] - self.along_m[vertex]
        share = np.divide(along - self.along_m[vertex], length, out=np.zeros_like(along), where=length > 0)
        step = b - a
        return a + share[..., None] * step, np.arctan2(step[..., 1], step[..., 0])

    def near(self, points: ArrayLike, radius_m: ArrayLike) -> Near:
        """All passes of lines within `radius_m` (one, or one a point) of points (n, 2)."""
        xy = np.asarray(points, float).reshape(-1, 2)
        radius = np.broadcast_to(np.asarray(radius_m, float), len(xy))
        found = [self._near(xy[i : i + CHUNK], radius[i : i + CHUNK], i) for i in range(0, len(xy), CHUNK)]
        if not found:
            return self._near(np.empty((0, 2)), np.empty(0), 0)
        return Near(*(np.concatenate([getattr(each, name.name) for each in found]) for name in fields(Near)))

    def _near(self, xy: Floats, radius: Floats, offset: int) -> Near:
        point, piece = self._pairs(xy, radius)
        ax, ay = self.coords[piece, 0], self.coords[piece, 1]
        dx, dy = self.coords[piece + 1, 0] - ax, self.coords[piece + 1, 1] - ay
        px, py = xy[point, 0] - ax, xy[point, 1] - ay
        square = dx * dx + dy * dy
        share = np.clip((px * dx + py * dy) / np.maximum(square, 1e-12), 0.0, 1.0)
        distance2 = (px - share * dx) ** 2 + (py - share * dy) ** 2
        keep = np.flatnonzero(distance2 <= radius[point] ** 2)
        keep = keep[np.argsort(point[keep] * len(self.coords) + piece[keep], kind="stable")]
        keep = keep[_nearest_of_passes(point[keep], piece[keep], self.line[piece[keep]], distance2[keep])]
        point, piece, share = point[keep], piece[keep], share[keep]
        dx, dy = dx[keep], dy[keep]
        return Near(
            point=point + offset,
            line=self.line[piece].astype(np.int64),
            along_m=self.along_m[piece] + share * np.sqrt(square[keep]),
            distance_m=np.sqrt(distance2[keep]),
            x=ax[keep] + share * dx,
            y=ay[keep] + share * dy,
            tangent=np.arctan2(dy, dx),
        )

    def _pairs(self, xy: Floats, radius: Floats) -> tuple[Ints, Ints]:
        """Point and piece of everything in the cells about the points."""
        low = np.floor((xy - radius[:, None]) / CELL_M).astype(np.int64)
        high = np.floor((xy + radius[:, None]) / CELL_M).astype(np.int64)
        points, pieces = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for point, row in _rows(low[:, 1], high[:, 1]):
            a = self.first[np.searchsorted(self.cells, row * ROW + low[point, 0])]
            b = self.first[np.searchsorted(self.cells, row * ROW + high[point, 0], side="right")]
            points.append(np.repeat(point, b - a))
            pieces.append(self.pieces[ranges(a, b - a)].astype(np.int64))
        return np.concatenate(points), np.concatenate(pieces)


def ranges(first: Ints, count: Ints) -> Ints:
    """The numbers first[i] … first[i] + count[i] - 1 of every i, one after the other.

    >>> ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + count, count)


def _rows(low: Ints, high: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Row by row: the points that reach so many rows, and which row that is for each."""
    for k in range(int((high - low).max(initial=-1)) + 1):
        point = np.flatnonzero(low + k <= high)
        yield point, low[point] + k


def _nearest_of_passes(point: Ints, piece: Ints, line: Cells, distance2: Floats) -> Ints:
    """Rows (sorted by point and piece) that are nearest within their pass: pieces in a row of one line."""
    if not len(point):
        return np.empty(0, np.int64)
    new = (np.diff(point) != 0) | (np.diff(piece) > 1) | (np.diff(line) != 0)
    start = np.flatnonzero(np.concatenate([[True], new]))
    size = np.diff(np.append(start, len(point)))
    best = np.flatnonzero(distance2 == np.repeat(np.minimum.reduceat(distance2, start), size))
    group = np.repeat(np.arange(len(start)), size)[best]
    return np.asarray(best[np.concatenate([[True], np.diff(group) != 0])])


def _grid(xy: Floats, piece: Ints) -> tuple[Ints, Cells]:
    """Cell and piece of every piece in every cell that its box touches (long pieces are cut first), by cell."""
    a, b = xy[piece], xy[piece + 1]
    parts = np.maximum(np.ceil(np.hypot(*(b - a).T) / CELL_M).astype(np.int64), 1)
    which = np.repeat(np.arange(len(piece)), parts)
    k = ranges(np.zeros_like(parts), parts)
    step = ((b - a) / parts[:, None])[which]
    p, q = a[which] + k[:, None] * step, a[which] + (k + 1)[:, None] * step
    low = np.floor(np.minimum(p, q) / CELL_M).astype(np.int64)
    size = np.floor(np.maximum(p, q) / CELL_M).astype(np.int64) - low + 1
    count = size[:, 0] * size[:, 1]
    part = np.repeat(np.arange(len(which)), count)
    k = ranges(np.zeros_like(count), count)
    cell = (low[part, 1] + k // size[part, 0]) * ROW + low[part, 0] + k % size[part, 0]
    order = np.lexsort((which[part], cell))
    cell, inside = cell[order], piece[which[part][order]].astype(np.int32)
    once = np.concatenate([[True], (np.diff(cell) != 0) | (np.diff(inside) != 0)])[: len(cell)]
    return cell[once], inside[once]
