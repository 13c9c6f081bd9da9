"""A network cut into its sections: every 0.1 and 0.02 of kilopost of every managed road, in each direction.

They are the stretches that `pavement.measurement` makes rows of, by the same scale of each line, so that what was never
driven is visible and lengths have a denominator. Where another road goes first (重複区間), the yielding one has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.geo import LocalPlane
from pavement.linear_reference import Scale
from pavement.matching.shared import SharedRoads, find_shared
from pavement.place import Level, place_id, segment_place
from pavement.road import Direction, Network, RoadKey, Route

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHORTEST_M = 0.5  #: a shorter rest of a stretch has no row of the mesh
TOUCH_M = 1e-3
DEGREES = 7  #: decimals of lon and lat: 1 cm
KP = 4  #: decimals of kiloposts: 0.1 m


@dataclass(frozen=True)
class Section:
    """One stretch in one direction; `from_kp_km` is the lower kilopost in both."""

    place: str
    level: Level
    segment_place: str
    road: RoadKey
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    length_m: float  #: along the line
    geometry: shapely.Geometry  #: LineString (lon, lat), or MultiLineString where it is in pieces
    route: Route  #: whose name, manager and office hold
    attributes: Mapping[str, str]  #: what the ledger says of its middle
    municipality: str | None


@dataclass(frozen=True)
class Pieces:
    """Stretches of lines, arrays (n,): number of the block or segment, metres along and kiloposts of both ends."""

    line: Ints
    cell: Ints
    from_m: Floats
    to_m: Floats
    from_kp: Floats
    to_kp: Floats

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Pieces:
        """Some of them."""
        return Pieces(*(getattr(self, each.name)[rows] for each in fields(self)))

    def joined(self, size: int) -> Pieces:
        """In stretches `size` times as large; neighbours that touch are one."""
        cell = self.cell // size
        if not len(cell):
            return self
        touch = np.abs(self.from_m[1:] - self.to_m[:-1]) < TOUCH_M
        same = (np.diff(cell) == 0) & (np.diff(self.line) == 0) & touch
        first = np.flatnonzero(np.concatenate([[True], ~same]))
        last = np.append(first[1:], len(cell)) - 1
        ends = self.to_m[last], self.from_kp[first], self.to_kp[last]
        return Pieces(self.line[first], cell[first], self.from_m[first], *ends)


def sections_of(network: Network) -> Iterator[Section]:
    """All sections, road by road, 下り before 上り, segments before blocks, kiloposts rising."""
    signs = [{way.sign for way in route.carriageway.directions} for route in network.routes]
    ways = np.array([[1 in each, -1 in each] for each in signs], bool).reshape(-1, 2)
    shared = find_shared(network.index, network.routes, ways)
    areas = shapely.STRtree([area for _, area in network.municipalities])
    of_road: dict[RoadKey, list[Route]] = {}
    for route in network.routes:
        of_road.setdefault(route.road, []).append(route)
    for road, routes in sorted(of_road.items()):
        for direction in Direction:
            blocks = _blocks([each for each in routes if direction in each.carriageway.directions], shared, direction)
            for level, size in ((Level.SEGMENT, 5), (Level.BLOCK, 1)):
                yield from _sections(network, road, direction, level, blocks.joined(size), areas)


def cut(scale: Scale, length_m: float, step_m: int = 20) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """The stretches of `step_m` thousandths of kilopost on a line: number, from and to metres, from and to kilopost.

    As `Scale.kp_at` has it: only sound stretches between posts, and what goes on beyond the first and the last.
    """
    stretches, beyond = len(scale.along_m) - 1, 0.0 if scale.measured else 1.0  # so many stretches it goes on
    found: list[tuple[Ints, Floats, Floats, Floats, Floats]] = []
    for i in np.flatnonzero(scale.sound).tolist():
        a, b = float(scale.along_m[i]), float(scale.along_m[i + 1])
        kp, rate = float(scale.kp_km[i]), float(scale.kp_km[i + 1] - scale.kp_km[i]) / (b - a)
        low = a - beyond * (b - a) if i == 0 else a
        high = b + beyond * (b - a) if i == stretches - 1 else b
        low, high = max(low, 0.0, a - kp / rate), min(high, length_m)  # no rows before kilopost 0
        if high - low < TOUCH_M:
            continue
        from_cut, to_cut = (round(1000 * (kp + rate * (at - a)), 1) / step_m for at in (low, high))
        cuts = np.arange(np.floor(from_cut) + 1, np.ceil(to_cut))
        bounds = np.concatenate([[low], a + (cuts * step_m / 1000 - kp) / rate, [high]])
        kps = kp + rate * (bounds - a)
        number = np.floor(from_cut).astype(np.int64) + np.arange(len(bounds) - 1)
        found.append((number, bounds[:-1], bounds[1:], kps[:-1], kps[1:]))
    if not found:
        return (np.empty(0, np.int64), *(np.empty(0) for _ in range(4)))  # type: ignore[return-value]
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))  # type: ignore[return-value]


def _blocks(lines: Sequence[Route], shared: SharedRoads, direction: Direction) -> Pieces:
    """The blocks of some lines, without those where another road goes first."""
    columns = [(np.full(len(found[0]), r.index), *found) for r in lines if len((found := cut(r.scale, r.length_m))[0])]
    if not columns:
        empty = np.empty(0)
        return Pieces(np.empty(0, np.int64), np.empty(0, np.int64), empty, empty, empty, empty)
    pieces = Pieces(*(np.concatenate(each) for each in zip(*columns, strict=True))).joined(1)
    middle = (pieces.from_m + pieces.to_m) / 2
    gone = shared.yielding(pieces.line, np.full(len(middle), direction.sign), middle)
    return pieces.take(~gone)


def _sections(
    network: Network, road: RoadKey, direction: Direction, level: Level, pieces: Pieces, areas: shapely.STRtree
) -> Iterator[Section]:
    order = np.argsort(pieces.cell, kind="stable")
    pieces = pieces.take(order)
    if not len(pieces.cell):
        return
    shapes = _shapes(network, pieces)
    towns = _towns(network, pieces, areas)
    first = np.flatnonzero(np.concatenate([[True], np.diff(pieces.cell) != 0])).tolist()
    lengths = pieces.to_m - pieces.from_m
    for start, stop in zip(first, [*first[1:], len(order)], strict=True):
        length = float(lengths[start:stop].sum())
        if length < SHORTEST_M:
            continue
        cell = int(pieces.cell[start])
        begin = cell * level.size_m / 1000
        ends = float(pieces.from_kp[start:stop].min()), float(pieces.to_kp[start:stop].max())
        attributes = network.attributes_at(road, sum(ends) / 2)
        place = place_id(level, road, direction, begin)
        yield Section(
            place,
            level,
            place if level is Level.SEGMENT else segment_place(road, direction, begin),
            road,
            direction,
            round(ends[0], KP) + 0.0,
            round(ends[1], KP) + 0.0,
            length,
            _one(shapes[start:stop]),
            network.routes[int(pieces.line[start])],
            attributes,
            attributes.get("municipality") or towns[start],
        )


def _one(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """The pieces as one geometry, joined where they touch."""
    whole: shapely.Geometry = shapes[0]
    if len(shapes) > 1:
        whole = shapely.line_merge(shapely.multilinestrings(list(shapes)), directed=True)
    return whole


def _shapes(network: Network, pieces: Pieces) -> NDArray[np.object_]:
    """(n,) the pieces as LineStrings in degrees, with the vertices of their lines."""
    shapes = np.empty(len(pieces.line), object)
    for line in np.unique(pieces.line).tolist():
        here = np.flatnonzero(pieces.line == line)
        shapes[here] = part_lines(network.routes[line], network.plane, pieces.from_m[here], pieces.to_m[here])
    return shapes


def part_lines(route: Route, plane: LocalPlane, from_m: Floats, to_m: Floats) -> NDArray[np.object_]:
    """(n,) LineStrings in degrees of stretches of a line."""
    vertices = shapely.get_coordinates(route.line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))])
    low, high = np.clip(from_m, 0, along[-1]), np.clip(to_m, 0, along[-1])
    every = np.unique(np.concatenate([along, low, high]))
    points = np.column_stack([np.interp(every, along, vertices[:, axis]) for axis in (0, 1)])
    degrees = np.round(plane.to_degrees(points), DEGREES)
    first, last = np.searchsorted(every, low), np.searchsorted(every, high)
    last = np.maximum(last, np.minimum(first + 1, len(every) - 1))
    first = np.minimum(first, last - 1)
    counts = last - first + 1
    owner = np.repeat(np.arange(len(first)), counts)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(shapely.linestrings(degrees[first[owner] + inner], indices=owner), object)


def _towns(network: Network, pieces: Pieces, areas: shapely.STRtree) -> list[str | None]:
    """The municipality in which each piece begins; None outside of all, or where the network has none."""
    towns: list[str | None] = [None] * len(pieces.line)
    if not network.municipalities:
        return towns
    points, _ = network.index.place(pieces.line, pieces.from_m)
    piece, area = areas.query(shapely.points(points), predicate="covered_by")
    for i, number in sorted(zip(piece.tolist(), area.tolist(), strict=True), key=lambda pair: -pair[1]):
        towns[i] = network.municipalities[number][0]
    return towns
