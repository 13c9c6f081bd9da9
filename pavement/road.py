"""Roads as an administration counts them: key, direction, kiloposts, managed lines and the network of a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString

from pavement.geo import LocalPlane
from pavement.ledger import Entry, Stretches
from pavement.linear_reference import LedgerLength, Scale
from pavement.segment_index import SegmentIndex

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Direction(StrEnum):
    """下り runs away from 起点 (the kilopost rises), 上り towards it."""

    DOWN = "下り"
    UP = "上り"

    @property
    def sign(self) -> int:
        """+1 where metres along the line grow with travel, else -1."""
        return 1 if self is Direction.DOWN else -1


class Carriageway(StrEnum):
    """Which traffic a line stands for."""

    BOTH = "both"
    DOWN = "down"
    UP = "up"

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions in which it may be driven."""
        return {"both": (Direction.DOWN, Direction.UP), "down": (Direction.DOWN,), "up": (Direction.UP,)}[self.value]

    def carries(self, other: Carriageway) -> bool:
        """Whether a post of `other` may stand on a line of this carriageway."""
        return Carriageway.BOTH in (self, other) or self is other


@dataclass(frozen=True, order=True)
class RoadKey:
    """Key of a road: national route 4 and prefectural route 4 are different roads, 現道 and 旧道 too."""

    road_type: str  #: 一般国道 / 主要地方道 / 一般県道 / 市町村道
    route_no: str  #: number or text (municipal roads)
    branch_no: str  #: "000" = main
    kind: str  #: 現道 / 旧道 / 新道

    def slug(self) -> str:
        """For folder names: 一般国道_4_000_現道."""
        return "_".join((self.road_type, self.route_no, self.branch_no, self.kind))


@dataclass(frozen=True)
class Kilopost:
    """A post (距離標): where it stands and what is written on it."""

    road: RoadKey
    carriageway: Carriageway
    kp_km: float
    x: float  #: metres in the network's plane
    y: float


@dataclass(frozen=True)
class Route:
    """One managed line, digitised towards higher kiloposts, with its kilopost scale. `line` is in metres."""

    index: int
    road: RoadKey
    carriageway: Carriageway
    name: str
    line: LineString
    scale: Scale
    plane: LocalPlane
    link_id: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)  #: road_class, prefecture, manager, office, kp_style
    ledger: LedgerLength | None = None  #: the ledger's length beside the line's own

    @property
    def length_m(self) -> float:
        """Length of the line."""
        return float(self.line.length)

    def point_at(self, along_m: ArrayLike) -> Floats:
        """Points (n, 2) in metres."""
        return shapely.get_coordinates(shapely.line_interpolate_point(self.line, np.atleast_1d(along_m)))

    def point_lonlat(self, along_m: float) -> tuple[float, float]:
        """(lon, lat) in degrees at metres along."""
        lon, lat = self.plane.to_degrees(self.point_at(along_m))[0]
        return float(lon), float(lat)


@dataclass(frozen=True)
class Attribute:
    """What the ledger says of a stretch: surface, paved_on, municipality, closed …"""

    road: RoadKey
    from_kp_km: float
    to_kp_km: float
    name: str
    value: str
    valid_from: str = ""  #: ISO date; empty = from the beginning


@dataclass(frozen=True, eq=False)
class Polylines:
    """Many lines as three arrays: line i is `coords[starts[i]:starts[i + 1]]`, at least two points."""

    coords: Floats  #: (n, 2) metres in the network's plane
    starts: Ints  #: (m + 1,)
    ids: NDArray[np.str_]  #: (m,) "" where the file has none

    @classmethod
    def of(cls, lines: Iterable[tuple[str | None, LineString]] = ()) -> Polylines:
        """Of pairs of id and line."""
        pairs = list(lines)
        coords = [shapely.get_coordinates(line) for _, line in pairs]
        starts = np.cumsum([0, *(len(points) for points in coords)], dtype=np.int64)
        ids = np.array([each or "" for each, _ in pairs], np.str_)
        return cls(np.concatenate(coords) if coords else np.empty((0, 2)), starts, ids)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def line(self, i: int) -> LineString:
        """Line `i`."""
        return LineString(self.coords[self.starts[i] : self.starts[i + 1]])

    def __getitem__(self, i: int) -> tuple[str | None, LineString]:
        return str(self.ids[i]) or None, self.line(i)

    def __iter__(self) -> Iterator[tuple[str | None, LineString]]:
        return (self[i] for i in range(len(self)))


@dataclass(frozen=True)
class Network:
    """The managed routes of one year, the background roads, and the plane in which their lines lie."""

    plane: LocalPlane
    routes: tuple[Route, ...]
    attributes: tuple[Attribute, ...] = ()
    roads: Polylines = field(default_factory=Polylines.of)  #: the other roads
    municipalities: tuple[tuple[str, shapely.Geometry], ...] = ()  #: name and area in metres
    anomalies: tuple[str, ...] = ()  #: what was found wrong with posts, one line each
    fingerprint: str = ""
    ready_index: SegmentIndex | None = field(default=None, repr=False, compare=False)  #: read with the network

    @cached_property
    def index(self) -> SegmentIndex:
        """The lines of all routes, then of all roads, to be found by place."""
        if self.ready_index is not None:
            return self.ready_index
        lines = [shapely.get_coordinates(route.line) for route in self.routes]
        starts = np.cumsum([0, *(len(points) for points in lines)], dtype=np.int64)
        coords = np.concatenate([*lines, self.roads.coords])
        return SegmentIndex.build(coords, np.concatenate([starts[:-1], starts[-1] + self.roads.starts]))

    @cached_property
    def _ledger(self) -> dict[RoadKey, dict[str, Stretches]]:
        rows: dict[RoadKey, dict[str, list[Entry]]] = {}
        for a in self.attributes:
            entry = Entry(a.from_kp_km, a.to_kp_km, a.value, a.valid_from)
            rows.setdefault(a.road, {}).setdefault(a.name, []).append(entry)
        return {road: {name: Stretches(each) for name, each in names.items()} for road, names in rows.items()}

    def attributes_at(self, road: RoadKey, kp_km: float) -> dict[str, str]:
        """What the ledger says at a kilopost; the later `valid_from` wins, then the later entry."""
        known = self._ledger.get(road, {})
        return {name: value for name, each in known.items() if (value := each.at(kp_km)) is not None}

    def ledger_lengths(self) -> dict[RoadKey, LedgerLength]:
        """The ledger's length of every road that has one beside that of its lines, one carriageway counted."""
        sums: dict[RoadKey, LedgerLength] = {}
        for route in self.routes:
            if route.ledger is not None and route.carriageway is not Carriageway.UP:
                gone = sums.get(route.road, LedgerLength(0.0, 0.0))
                sums[route.road] = LedgerLength(
                    gone.ledger_m + route.ledger.ledger_m, gone.line_m + route.ledger.line_m
                )
        return sums

    @cached_property
    def _areas(self) -> shapely.STRtree:
        return shapely.STRtree([area for _, area in self.municipalities])

    def municipality_at(self, point: Sequence[float]) -> str | None:
        """Name of the municipality in which a point (metres) lies."""
        found = self._areas.query(shapely.Point(point[0], point[1]), predicate="covered_by")
        return self.municipalities[int(found.min())][0] if len(found) else None
