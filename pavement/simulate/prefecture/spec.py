"""What a made-up prefecture is asked to be, and the values that its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pavement.errors import BadInput
from pavement.road import Carriageway, Direction, Kilopost, RoadKey

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORIGIN_LONLAT = (140.7, 40.6)  #: the middle of the plane in which the prefecture is made


@dataclass(frozen=True)
class PrefectureSpec:
    """Sizes of the network; the defaults are those of a real prefecture."""

    seed: int = 1
    routes: int = 300
    length_km: float = 3600.0  #: of all routes' centre lines
    junctions: int = 5000  #: places where a way leaves a managed road
    posts: int = 60_000
    background: int = 0  #: edges of towns' and fields' roads beside those that junctions need

    def __post_init__(self) -> None:
        if self.routes < 6 or self.length_km < 4 * self.routes or self.junctions < self.routes:
            raise ValueError(f"at least 6 routes of 4 km and one junction each are needed, got {self}")


def spec_of_size(routes: int, background: int = 0, seed: int = 1) -> PrefectureSpec:
    """A prefecture of `routes` routes with as much of everything as a real one has for each; BadInput below 6."""
    if routes < 6 or background < 0:
        raise BadInput(f"--routes {routes} --background {background}", do="give at least 6 routes, and 0 edges or more")
    return PrefectureSpec(seed, routes, 12.0 * routes, round(50 * routes / 3), 200 * routes, background)


class Form(StrEnum):
    """How the ledger draws an edge."""

    SINGLE = "single"  #: one line for both directions
    APART = "apart"  #: a line for each direction, 8-20 m apart
    COINCIDING = "coinciding"  #: a line for each direction, both the same


class Scene(StrEnum):
    """What kind of road the car is on."""

    SINGLE = "one line"
    APART = "carriageways apart"
    COINCIDING = "coinciding lines"
    SHARED = "重複"
    PAIR = "旧道・新道 and beside them"
    BACKGROUND = "background road"
    YARD = "off any road"


@dataclass(frozen=True)
class Curve:
    """A line by its vertices: xy (n, 2) in metres, s (n,) metres along the centre line that it belongs to."""

    xy: Floats
    s: Floats

    @property
    def length_m(self) -> float:
        """Length of the line itself."""
        return float(np.hypot(*np.diff(self.xy, axis=0).T).sum())

    def at(self, s: Floats) -> Floats:
        """Points (k, 2) at centre-line metres `s`."""
        return np.column_stack([np.interp(s, self.s, self.xy[:, 0]), np.interp(s, self.s, self.xy[:, 1])])

    def between(self, a: float, b: float) -> Curve:
        """The part from `a` to `b`, a < b."""
        inner = (self.s > a + 0.01) & (self.s < b - 0.01)
        s = np.concatenate([[a], self.s[inner], [b]])
        return Curve(np.vstack([self.at(np.array([a])), self.xy[inner], self.at(np.array([b]))]), s)

    def turned(self) -> Curve:
        """The same line the other way round; `s` then falls."""
        return Curve(self.xy[::-1], self.s[::-1])


@dataclass(frozen=True)
class Measure:
    """A route's kilopost by metres along it: straight between the posts (`s` (n,) rising, `kp_km` (n,))."""

    s: Floats
    kp_km: Floats

    def kp_at(self, s: Floats) -> Floats:
        """Kilopost (k,) at metres along the route, carried on beyond the outer posts."""
        inside = np.interp(s, self.s, self.kp_km)
        first = (self.kp_km[1] - self.kp_km[0]) / (self.s[1] - self.s[0])
        last = (self.kp_km[-1] - self.kp_km[-2]) / (self.s[-1] - self.s[-2])
        beyond = np.minimum(s - self.s[0], 0) * first + np.maximum(s - self.s[-1], 0) * last
        return np.asarray(inside + beyond)


@dataclass(frozen=True)
class Member:
    """A managed route on a link: route metres = start_m + sign · link's s."""

    road: RoadKey
    measure: Measure
    start_m: float
    sign: int
    primary: bool  #: of several routes on one road the one that counts

    def direction(self, travel: int) -> Direction:
        """The direction of who drives the link along (+1) or against (-1) its s."""
        return Direction.DOWN if travel * self.sign > 0 else Direction.UP


@dataclass(frozen=True)
class Link:
    """A stretch between two junctions."""

    start: int  #: node at the curve's beginning
    end: int
    curve: Curve
    ways: tuple[int, ...]  #: +1 along the curve, -1 against it
    members: tuple[Member, ...]  #: empty: a background road
    tunnels: tuple[tuple[float, float], ...] = ()  #: from, to in the curve's s
    lane_m: float = 2.0  #: how far left of the line cars drive
    scene: Scene = Scene.BACKGROUND


@dataclass(frozen=True)
class Feature:
    """A row of the layer `routes`."""

    road: RoadKey
    carriageway: Carriageway
    xy: Floats
    primary_route: str = ""
    ledger_length_m: float | None = None
    cumulative: bool = False


@dataclass(frozen=True)
class Lines:
    """Many short lines: xy (n, 2), starts (m + 1,)."""

    xy: Floats
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True)
class Prefecture:
    """A made-up prefecture: what its ledger says (features, posts, roads) and what is there (nodes, links)."""

    spec: PrefectureSpec
    features: tuple[Feature, ...]
    posts: tuple[Kilopost, ...]
    roads: Lines
    nodes: Floats  #: (k, 2)
    roundabouts: dict[int, float]  #: node → radius in metres
    links: tuple[Link, ...]
