"""Roads as an administration counts them: key, direction, kiloposts and the linear reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString

from pavement.geo import LocalPlane

Floats = NDArray[np.float64]

POST_TOLERANCE_M = 60.0  #: a post stands 6-10 m beside its line; farther than this it belongs to another
SAME_POST_M = 30.0  #: two posts of one number nearer than this are one post
SPACING_RATIO = (0.7, 1.3)  #: real length / nominal length of the stretch between two posts; outside: refuse


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
class Scale:
    """The kilopost scale of one line: posts by their place along it. Arrays of shape (n,), n ≥ 2, along rising.

    Between two neighbouring posts `kp` runs linearly with the length; a stretch whose length does not fit its posts
    (`SPACING_RATIO`), or whose posts are out of order, has no kilopost.
    """

    along_m: Floats
    kp_km: Floats
    posts_km: Floats  #: what really stands there, rising; empty for a road measured from its start

    @cached_property
    def sound(self) -> NDArray[np.bool_]:
        """(n - 1,) whether the stretch between neighbouring posts may be interpolated."""
        nominal = np.diff(self.kp_km) * 1000
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.diff(self.along_m) / nominal
        return (nominal > 0) & (ratio >= SPACING_RATIO[0]) & (ratio <= SPACING_RATIO[1])

    @cached_property
    def usual_spacing_km(self) -> float:
        """The spacing that most sound stretches have."""
        steps = np.round(np.diff(self.kp_km)[self.sound], 3)
        if not len(steps):
            return 1.0
        values, counts = np.unique(steps, return_counts=True)
        return float(values[counts.argmax()])

    def _stretch(self, along: Floats) -> NDArray[np.intp]:
        return np.clip(np.searchsorted(self.along_m, along, side="right") - 1, 0, len(self.along_m) - 2)

    def kp_at(self, along_m: ArrayLike) -> Floats:
        """Kilopost at metres along the line; NaN where it is refused or lies over one spacing beyond the last post."""
        along = np.asarray(along_m, float)
        i = self._stretch(along)
        share = (along - self.along_m[i]) / (self.along_m[i + 1] - self.along_m[i])
        kp = self.kp_km[i] + share * (self.kp_km[i + 1] - self.kp_km[i])
        reach = 1 if len(self.posts_km) else 1e-6
        return np.where(self.sound[i] & (share >= -reach) & (share <= 1 + reach), kp, np.nan)

    def along_at(self, kp_km: float) -> float | None:
        """Metres along the line at a kilopost; None where no sound stretch holds it."""
        for i in np.flatnonzero(self.sound):
            low, high = self.kp_km[i], self.kp_km[i + 1]
            first = i == 0 and len(self.posts_km) > 0
            last = i == len(self.sound) - 1 and len(self.posts_km) > 0
            step = high - low
            if (low - (step if first else 0) - 1e-9) <= kp_km <= (high + (step if last else 0) + 1e-9):
                share = (kp_km - low) / step
                return float(self.along_m[i] + share * (self.along_m[i + 1] - self.along_m[i]))
        return None

    def lower_post(self, kp_km: float) -> float:
        """The nearest lower post; the first one (a negative rest) before it; 0 on a road without posts."""
        if not len(self.posts_km):
            return 0.0
        i = int(np.searchsorted(self.posts_km, kp_km + 1e-6, side="right")) - 1
        return float(self.posts_km[max(i, 0)])

    def post_missing(self, from_kp: float, to_kp: float) -> bool:
        """Whether a post that should stand in or around the stretch does not (or the stretch is extrapolated)."""
        if len(self.posts_km) < 2:
            return bool(len(self.posts_km))
        middle = (from_kp + to_kp) / 2
        i = int(np.searchsorted(self.kp_km, middle, side="right")) - 1
        if i < 0 or i >= len(self.kp_km) - 1:
            return True
        return bool(self.kp_km[i + 1] - self.kp_km[i] > 1.5 * self.usual_spacing_km)


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


@dataclass(frozen=True)
class Network:
    """The managed routes of one year, the background roads, and the plane in which their lines lie."""

    plane: LocalPlane
    routes: tuple[Route, ...]
    attributes: tuple[Attribute, ...] = ()
    roads: tuple[tuple[str | None, LineString], ...] = ()  #: other roads: id and line in metres
    municipalities: tuple[tuple[str, shapely.Geometry], ...] = ()  #: name and area in metres
    anomalies: tuple[str, ...] = ()  #: what was found wrong with posts, one line each
    fingerprint: str = ""

    def attributes_at(self, road: RoadKey, kp_km: float) -> dict[str, str]:
        """What the ledger says at a kilopost; the later entry wins."""
        return {
            a.name: a.value
            for a in self.attributes
            if a.road == road and a.from_kp_km - 1e-9 <= kp_km < a.to_kp_km - 1e-9
        }

    def municipality_at(self, point: Sequence[float]) -> str | None:
        """Name of the municipality in which a point (metres) lies."""
        here = shapely.Point(point[0], point[1])
        return next((name for name, area in self.municipalities if shapely.covers(area, here)), None)


def build_scale(
    line: LineString,
    carriageway: Carriageway,
    posts: Sequence[Kilopost],
    *,
    ledger_length_m: float | None = None,
    start_km: float = 0.0,
) -> tuple[Scale, list[str]]:
    """The scale of a line from the posts of its road, and what is wrong with them in words.

    Without posts the road is measured from its start, or from a single post; `ledger_length_m` then stretches the
    measure, `start_km` is where it starts.
    """
    longer = lengthened(line, POST_TOLERANCE_M)  # a post may stand a little beyond the ends
    near = [
        (float(longer.project(point)) - POST_TOLERANCE_M, post.kp_km)
        for post in posts
        if carriageway.carries(post.carriageway)
        and line.distance(point := shapely.Point(post.x, post.y)) < POST_TOLERANCE_M
    ]
    placed: list[tuple[float, float]] = []
    for along, kp in sorted(near):
        if placed and (along - placed[-1][0] < 1 or (kp == placed[-1][1] and along - placed[-1][0] < SAME_POST_M)):
            continue  # the same post twice: one on each side of the road
        placed.append((along, kp))
    if len(placed) < 2:
        length = line.length
        factor = (ledger_length_m or length) / length
        zero_km = placed[0][1] - placed[0][0] * factor / 1000 if placed else start_km
        kp_km = np.array([zero_km, zero_km + length * factor / 1000])
        scale = Scale(np.array([0.0, length]), kp_km, np.array([kp for _, kp in placed]))
        wrong = ["距離標が1本しかない: そこから延長で測る"] if placed else []
        if not scale.sound.all():
            wrong.append(f"台帳延長 {ledger_length_m:g} m が実延長 {length:.0f} m と合わない: 距離標を求めない")
        return scale, wrong
    along_m, kp_km = (np.array(column) for column in zip(*placed, strict=True))
    scale = Scale(along_m, kp_km, np.unique(kp_km))
    wrong = [
        f"距離標 {kp_km[i]:g}→{kp_km[i + 1]:g} km の間が実延長 {along_m[i + 1] - along_m[i]:.0f} m: 補間しない"
        for i in np.flatnonzero(~scale.sound)
    ]
    return scale, wrong


def lengthened(line: LineString, by_m: float) -> LineString:
    """The line with a straight piece more at each end."""
    points = np.asarray(line.coords, float)

    def beyond(end: Floats, inner: Floats) -> Floats:
        return np.asarray(end + (end - inner) / max(float(np.hypot(*(end - inner))), 1e-9) * by_m)

    step = min(10.0, line.length)
    near, far = (np.asarray(line.interpolate(d).coords[0]) for d in (step, line.length - step))
    return LineString([beyond(points[0], near), *points, beyond(points[-1], far)])
