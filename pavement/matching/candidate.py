"""Candidates: the directed lines that a fix may lie on, and one state for being on none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.road import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

RADIUS_M = 60.0  #: lines farther away are no candidates
SAME_LINE_M = 8.0  #: a background road this close to a managed one and parallel to it is the same road
OFF = -1  #: the line index of the off-network state


@dataclass(frozen=True)
class Lines:
    """All lines of a network, managed ones first (their index is the route's), and a tree over them."""

    lines: NDArray[np.object_]
    managed: int  #: so many of them are managed routes
    ways: tuple[tuple[int, ...], ...]  #: per line the signs (+1 / -1) in which it may be driven
    tree: shapely.STRtree

    @classmethod
    def of(cls, network: Network) -> Lines:
        """The lines of a network."""
        lines = np.array([route.line for route in network.routes] + [line for _, line in network.roads], dtype=object)
        ways = [tuple(d.sign for d in route.carriageway.directions) for route in network.routes]
        return cls(lines, len(network.routes), tuple(ways + [(1, -1)] * len(network.roads)), shapely.STRtree(lines))


@dataclass(frozen=True)
class Candidates:
    """The candidates of one fix; arrays of shape (k,), the last one is off the network (line = OFF)."""

    line: Ints
    sign: Ints  #: +1 along the digitising direction, -1 against it
    along_m: Floats
    distance_m: Floats
    x: Floats
    y: Floats
    tangent: Floats  #: direction of travel there, radians from east, counter-clockwise


def tangents(lines: NDArray[np.object_], along: Floats) -> Floats:
    """Direction of each line at `along` in its digitising direction, radians."""
    length = shapely.length(lines)
    low, high = np.clip(along - 2, 0, length), np.clip(along + 2, 0, length)
    a = shapely.get_coordinates(shapely.line_interpolate_point(lines, low))
    b = shapely.get_coordinates(shapely.line_interpolate_point(lines, high))
    return np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0])


def find_candidates(lines: Lines, xy: Floats) -> list[Candidates]:
    """The candidates of every fix (n, 2), in the fixes' order."""
    points = np.asarray(shapely.points(xy))
    fix, line = lines.tree.query(points, predicate="dwithin", distance=RADIUS_M)
    order = np.lexsort((line, fix))
    fix, line = fix[order], line[order]
    along: Floats = np.asarray(shapely.line_locate_point(lines.lines[line], points[fix]))
    snapped = shapely.get_coordinates(shapely.line_interpolate_point(lines.lines[line], along))
    distance = np.hypot(*(snapped - xy[fix]).T)
    tangent = tangents(lines.lines[line], along)
    starts = np.searchsorted(fix, np.arange(len(xy) + 1))
    found = []
    for i in range(len(xy)):
        rows = np.arange(starts[i], starts[i + 1])
        rows = rows[~twins(line[rows] >= lines.managed, snapped[rows], tangent[rows])]
        found.append(
            with_directions(lines, line[rows], along[rows], distance[rows], snapped[rows], tangent[rows], xy[i, :])
        )
    return found


def twins(background: NDArray[np.bool_], snapped: Floats, tangent: Floats) -> NDArray[np.bool_]:
    """Background candidates that are a managed road drawn a second time."""
    if background.all() or not background.any():
        return np.zeros(len(background), bool)
    apart = np.hypot(*(snapped[:, None] - snapped[None]).transpose(2, 0, 1))
    parallel = np.abs(np.cos(tangent[:, None] - tangent[None])) > 0.95
    found: NDArray[np.bool_] = background & ((apart < SAME_LINE_M) & parallel & ~background[None]).any(1)
    return found


def with_directions(
    lines: Lines,
    line: Ints,
    along: Floats,
    distance: Floats,
    snapped: Floats,
    tangent: Floats,
    fix: Floats,
) -> Candidates:
    """Each line once per direction in which it may be driven, and the off-network state."""
    pairs: Sequence[tuple[int, int]] = [(row, sign) for row in range(len(line)) for sign in lines.ways[line[row]]]
    rows = np.array([row for row, _ in pairs], dtype=np.intp)
    signs = np.array([sign for _, sign in pairs], dtype=np.intp)
    return Candidates(
        line=np.append(line[rows], OFF),
        sign=np.append(signs, 0),
        along_m=np.append(along[rows], np.nan),
        distance_m=np.append(distance[rows], np.nan),
        x=np.append(snapped[rows, 0], fix[0]),
        y=np.append(snapped[rows, 1], fix[1]),
        tangent=np.append(tangent[rows] + np.where(signs < 0, np.pi, 0.0), np.nan),
    )
