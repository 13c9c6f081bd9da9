"""One drive along one line: its mesh, its frames, and how its rows fall into blocks and segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pavement.imu.road import FeltRoad, Iri
from pavement.imu.steps import Step, find_steps
from pavement.road import Direction, RoadKey, Route
from pavement.rut.fuse import Rut
from pavement.rut.pair import Lane
from pavement.rut.road import RutRoad
from pavement.surface import CELL_M, Patch, Surface

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK_M, SEGMENT_M = 20, 100  #: thousandths of kilopost


@dataclass(frozen=True)
class FramePlace:
    """A used frame on its line."""

    file: str
    timestamp: datetime
    along_m: float
    kp_km: float
    position_sd_m: float
    crack_share: float
    pothole_share: float
    lane: Lane | None = None  #: the own lane on the ground
    sharpness: float = 1.0  #: of the photo's edges: 1 = one pixel wide
    brightness: float = 120.0  #: mean grey level of the road, 0-255


@dataclass
class Pass:
    """One drive along one line in one direction: the mesh and the frames that made it."""

    drive: str
    route: Route
    direction: Direction
    lane: int | None
    surface: Surface
    scale_assumed: bool
    frames: list[FramePlace] = field(default_factory=list)
    driven_m: list[tuple[float, float]] = field(default_factory=list)  #: stretches of the line that the car drove
    shared: dict[tuple[float, float, RoadKey], None] = field(default_factory=dict)
    """重複区間: stretches of the line, metres along it, and the other road that lies there."""
    ruts: RutRoad | None = None
    felt: list[FeltRoad] = field(default_factory=list)  #: the road as the phone's sensors felt it, a run each
    _frames_by: dict[int, dict[int, list[FramePlace]]] = field(default_factory=dict, repr=False)

    @cached_property
    def kp_of_rows(self) -> Floats:
        """Kilopost of each mesh row's middle; NaN where the posts refuse."""
        return self.route.scale.kp_at((np.arange(len(self.surface.weight)) + 0.5) * CELL_M)

    @cached_property
    def visited(self) -> NDArray[np.bool_]:
        """(rows,) whether the car drove over the row or saw it: such a row is in the results, if only as a blank."""
        rows = np.asarray(self.surface.seen.any(1))
        for start, stop in self.driven_m:
            rows[int(start / CELL_M) : int(stop / CELL_M) + 1] = True
        return rows

    @cached_property
    def crack_m2(self) -> Floats:
        """(rows,) cracked area by the mesh rule."""
        return self.surface.crack_m2()

    @cached_property
    def steps(self) -> list[tuple[float, Step]]:
        """The 段差 that were felt where the car drove, each with its kilopost; those without one are left out."""
        found = (
            (float(self.route.scale.kp_at(step.along_m)), step)
            for road in self.felt
            for step in find_steps(road)
            if any(low <= step.along_m <= high for low, high in self.driven_m)
        )
        return [(kp, step) for kp, step in found if not np.isnan(kp)]

    def rut(self, rows: slice) -> Rut | None:
        """推定 rut depth of some mesh rows; None where ruts were not looked for."""
        return self.ruts.rut(rows.start * CELL_M, rows.stop * CELL_M) if self.ruts else None

    def iri(self, rows: slice) -> tuple[Iri, bool] | None:
        """推定 IRI of some mesh rows by the run that measured most of them, and whether the car is calibrated."""
        known = [
            (iri, road.vehicle.calibrated)
            for road in self.felt
            if (iri := road.iri(rows.start * CELL_M, rows.stop * CELL_M)) is not None
        ]
        return max(known, key=lambda each: each[0].share, default=None)

    def also(self, rows: slice) -> list[RoadKey]:
        """The other roads that lie on most of some mesh rows."""
        low, high = rows.start * CELL_M, rows.stop * CELL_M
        lengths: dict[RoadKey, float] = defaultdict(float)
        for from_m, to_m, road in self.shared:
            lengths[road] += max(min(to_m, high) - max(from_m, low), 0.0)
        return sorted(road for road, length in lengths.items() if length > (high - low) / 2)

    @cached_property
    def _frames_along_m(self) -> Floats:
        """Where the frames lie, in the order of the road."""
        return np.sort([frame.along_m for frame in self.frames])

    def frames_between(self, from_m: float, to_m: float) -> int:
        """How many frames lie between two places along the line; call it when all frames are in."""
        first = np.searchsorted(self._frames_along_m, from_m, side="right")
        return max(int(np.searchsorted(self._frames_along_m, to_m) - first), 0)

    @cached_property
    def potholes(self) -> list[tuple[float, Patch]]:
        """The potholes of the mesh, each with the kilopost of its middle; those without one are left out."""
        found = ((float(self.route.scale.kp_at(hole.centre_m)), hole) for hole in self.surface.potholes())
        return [(kp, hole) for kp, hole in found if not np.isnan(kp)]

    def frames_by(self, size_m: int) -> dict[int, list[FramePlace]]:
        """The frames by block or segment; call it when all frames are in."""
        if size_m not in self._frames_by:
            found: dict[int, list[FramePlace]] = defaultdict(list)
            for frame in self.frames:
                found[int(stretch_of(frame.kp_km, size_m))].append(frame)
            self._frames_by[size_m] = found
        return self._frames_by[size_m]


@dataclass(frozen=True)
class Part:
    """The rows of one pass that lie in one stretch of kilopost."""

    passed: Pass
    rows: slice


def stretch_of(kp_km: Floats | float, size_m: int) -> Ints:
    """Index of the block or segment of a kilopost: floor(round(kp·1000, 1) / size); -1 where there is none.

    >>> stretch_of(112.09999, 100).item(), stretch_of(112.1, 20).item()
    (1121, 5605)
    """
    metres = np.round(np.nan_to_num(np.asarray(kp_km, float), nan=-1.0) * 1000, 1)
    return np.asarray(np.where(metres < 0, -1, np.floor(metres / size_m)), np.int64)


def split(passed: Pass, size_m: int) -> Iterable[tuple[int, Part]]:
    """The pass's rows by stretch, only stretches that were driven or seen."""
    index: Ints = stretch_of(passed.kp_of_rows, size_m)
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(index)) + 1, [len(index)]])
    visited = passed.visited
    for start, stop in pairwise(bounds):
        if index[start] >= 0 and visited[start:stop].any():
            yield int(index[start]), Part(passed, slice(int(start), int(stop)))


def distinct_passes(parts: Sequence[Part]) -> list[Pass]:
    """The passes of some parts, each once."""
    return list({id(part.passed): part.passed for part in parts}.values())


def area(parts: Sequence[Part]) -> tuple[float, float, float]:
    """(whole, seen, cracked) square metres of some rows."""
    whole = sum((part.rows.stop - part.rows.start) * part.passed.surface.lane_m2() for part in parts)
    seen = sum(float(part.passed.surface.seen[part.rows].sum()) * CELL_M**2 for part in parts)
    cracked = sum(float(part.passed.crack_m2[part.rows].sum()) for part in parts)
    return whole, seen, cracked


def choose_passes(passes: Sequence[Pass]) -> dict[tuple[RoadKey, Direction, int], list[Part]]:
    """For every 100 m segment the rows of the drive that saw most of it; the later drive where they are equal."""
    by_segment: dict[tuple[RoadKey, Direction, int], dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for passed in passes:
        for index, part in split(passed, SEGMENT_M):
            by_segment[passed.route.road, passed.direction, index][passed.drive].append(part)

    def merit(parts: list[Part]) -> tuple[float, float]:
        last = max((frame.timestamp.timestamp() for part in parts for frame in part.passed.frames), default=0.0)
        return round(area(parts)[1], 1), last

    return {key: max(drives.values(), key=merit) for key, drives in sorted(by_segment.items(), key=_order)}


def _order(item: tuple[tuple[RoadKey, Direction, int], object]) -> tuple[RoadKey, str, int]:
    (road, direction, index), _ = item
    return road, "0" if direction is Direction.DOWN else "1", index
