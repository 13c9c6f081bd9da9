"""A patrol drive: the car's way with its truth, and the fixes that its receiver gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from pavement.road import Direction, RoadKey
from pavement.simulate.prefecture.curves import along, dense, normals
from pavement.simulate.prefecture.make import PLANE
from pavement.simulate.prefecture.receiver import Receiver, receive
from pavement.simulate.prefecture.spec import Floats, Ints, Link, Prefecture, Scene
from pavement.simulate.prefecture.walk import Leg, walk
from pavement.track import Track

STEP_M = 2.0
CORNER_M = 4.0  #: how roundly cars turn
START_S = 1_790_000_000.0
YARD_EVERY_M = 20_000.0
VERGE_M = 4.0  #: a car so far beside its lane has left the road
ROUTES_ON_ONE_ROAD = 3
SIDEWAYS, FORWARD, BRAKING = 2.0, 1.2, 1.5  #: m/s² at most

Place = tuple[tuple[RoadKey, Direction], ...]  #: the primary route first


@dataclass(frozen=True)
class Way:
    """The car's way every `STEP_M`; arrays (n,). link -1 = on no road at all."""

    xy: Floats
    link: Ints
    travel: Ints
    s: Floats

    def __len__(self) -> int:
        return len(self.link)

    def take(self, index: Ints | slice) -> Way:
        """Some of its places."""
        return Way(self.xy[index], self.link[index], self.travel[index], self.s[index])


@dataclass(frozen=True)
class PatrolDrive:
    """Fixes and the truth. Truth arrays (n,) run along the way, every `STEP_M` or so.

    place: index into `places`, -1 = on no managed road; kp_km (n, 3): of every route of the place, NaN beyond.
    seen: whether the receiver had the sky.
    """

    track: Track
    time_s: Floats
    driven_m: Floats
    xy: Floats
    place: Ints
    kp_km: Floats
    seen: NDArray[np.bool_]
    places: tuple[Place, ...]
    declared: tuple[bool, ...]  #: by place: the ledger names the primary route
    scene: NDArray[np.object_]  #: (n,) Scene


def make_drive(
    prefecture: Prefecture, seed: int, length_km: float = 60.0, receiver: Receiver | None = None
) -> PatrolDrive:
    """One drive with its truth; the same for the same prefecture and seed."""
    rng = np.random.default_rng([prefecture.spec.seed, 31, seed])
    way = lay(prefecture.links, walk(prefecture, 1000 * length_km, rng))
    way = around(way, prefecture, rng)
    way = rounded(way)
    way = with_yards(way, rng)
    driven = along(way.xy)
    time_s = START_S + 100_000 * seed + times(way, prefecture, driven, rng)
    hidden = in_tunnel(way, prefecture.links)
    receiver = receiver or Receiver.of(rng)
    fix_s, fixes, accuracy = receive(receiver, time_s, way.xy, hidden, rng)
    lonlat = PLANE.to_degrees(fixes)
    track = Track.of(fix_s, lonlat[:, 0], lonlat[:, 1], accuracy_m=accuracy)
    place, kp_km, places, declared = truth_of(way, prefecture.links)
    scenes = np.array([*(link.scene for link in prefecture.links), Scene.YARD], dtype=object)  # link -1: the last
    return PatrolDrive(track, time_s, driven, way.xy, place, kp_km, ~hidden, places, declared, scenes[way.link])


def thinned(track: Track, every: int) -> Track:
    """Every n-th fix."""
    return track.take(np.arange(0, len(track), every))


def lay(links: tuple[Link, ...], legs: list[Leg]) -> Way:
    """The lane's line along the legs."""
    parts = []
    for leg in legs:
        link = links[leg.link]
        line = dense(link.curve, STEP_M)
        line = line if leg.travel > 0 else line.turned()
        xy = line.xy + normals(line.xy) * link.lane_m
        count = len(xy)
        parts.append(Way(xy, np.full(count, leg.link), np.full(count, leg.travel), line.s))
    return chained(parts)


def chained(parts: list[Way]) -> Way:
    """Parts in a row."""
    columns = ([getattr(part, name) for part in parts] for name in ("xy", "link", "travel", "s"))
    return Way(*(np.concatenate(column) for column in columns))


def rounded(way: Way) -> Way:
    """The way with the corners of a car's turns."""
    return replace(way, xy=np.asarray(gaussian_filter1d(way.xy, CORNER_M / STEP_M, axis=0, mode="nearest")))


def around(way: Way, prefecture: Prefecture, rng: np.random.Generator) -> Way:
    """Roundabouts are driven clockwise; the first half of the arc counts to the road that was left."""
    for node, radius in prefecture.roundabouts.items():
        middle = prefecture.nodes[node]
        inside = np.hypot(*(way.xy - middle).T) < radius
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
        for first, last in reversed(list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))):
            if first == 0 or last == len(way):
                continue
            begin, end = (np.arctan2(*(way.xy[k] - middle)[::-1]) for k in (first, last - 1))
            turn = (begin - end) % (2 * np.pi)
            count = max(int(turn * radius / STEP_M), 2)
            angle = begin - np.linspace(0, turn, count)
            source = first + np.round(np.linspace(0, last - 1 - first, count)).astype(int)
            ring = replace(way.take(source), xy=middle + radius * np.column_stack([np.cos(angle), np.sin(angle)]))
            way = chained([way.take(slice(0, first)), ring, way.take(slice(last, None))])
    return way


def with_yards(way: Way, rng: np.random.Generator) -> Way:
    """The way with visits to yards and car parks to the left of it."""
    count = rng.poisson(len(way) * STEP_M / YARD_EVERY_M)
    spots = np.sort(rng.integers(100, len(way) - 100, count)) if len(way) > 400 else np.empty(0, int)
    for spot in spots[::-1].tolist():
        here, there = way.xy[spot], way.xy[min(spot + 6, len(way) - 1)]
        ahead = (there - here) / max(float(np.hypot(*(there - here))), 1e-9)
        left = np.array([-ahead[1], ahead[0]])
        deep, wide = float(rng.uniform(18, 70)), float(rng.uniform(10, 35))
        corners = np.array([[0, 0], [3, deep], [-wide, deep], [-wide, deep * 0.55], [4, deep * 0.5], [8, 4], [12, 0]])
        line = here + corners[:, :1] * ahead + corners[:, 1:] * left
        s = along(line)
        even = np.arange(0, s[-1], STEP_M)
        xy = np.column_stack([np.interp(even, s, line[:, 0]), np.interp(even, s, line[:, 1])])
        xy = gaussian_filter1d(xy, 1.5, axis=0, mode="nearest")
        on_road = np.abs((xy - here) @ left) < VERGE_M
        link, travel = np.where(on_road, way.link[spot], -1), np.where(on_road, way.travel[spot], 0)
        yard = Way(xy, link, travel, np.where(on_road, way.s[spot], np.nan))
        way = chained([way.take(slice(0, spot)), yard, way.take(slice(spot + 6, None))])
    return way


def times(way: Way, prefecture: Prefecture, driven: Floats, rng: np.random.Generator) -> Floats:
    """Seconds since the start at every place: slower in curves and yards, stops at some junctions."""
    heading = np.unwrap(np.arctan2(*np.gradient(way.xy, axis=0).T[::-1]))
    curvature = np.abs(gaussian_filter1d(np.gradient(heading), 2.0)) / STEP_M
    managed = np.array([bool(link.members) for link in prefecture.links])
    usual = np.where(way.link < 0, 3.0, np.where(managed[way.link], 15.0, 8.0))
    ripple = gaussian_filter1d(rng.normal(0, 1, len(way)), 200, mode="wrap")
    usual = usual * (1 + 0.12 * ripple / max(float(ripple.std()), 1e-9))
    limit = np.minimum(usual, np.sqrt(SIDEWAYS / np.maximum(curvature, 1e-4)))
    change = np.flatnonzero(np.diff(way.link)) + 1
    stops = change[rng.random(len(change)) < 0.12]
    yards = change[way.link[change] < 0] + 20
    limit[stops] = 0.5
    limit = np.maximum(limit, 0.5)
    square = limit**2
    square = np.minimum.accumulate(square - 2 * FORWARD * driven) + 2 * FORWARD * driven
    back = square[::-1] + 2 * BRAKING * driven[::-1]
    square = (np.minimum.accumulate(back) - 2 * BRAKING * driven[::-1])[::-1]
    speed = np.sqrt(np.maximum(square, 0.25))
    seconds = np.diff(driven) / ((speed[1:] + speed[:-1]) / 2)
    seconds[np.minimum(stops, len(seconds) - 1)] += rng.exponential(20, len(stops))
    seconds[np.minimum(yards, len(seconds) - 1)] += rng.exponential(90, len(yards))
    return np.concatenate([[0.0], np.cumsum(np.maximum(seconds, 1e-3))])


def in_tunnel(way: Way, links: tuple[Link, ...]) -> NDArray[np.bool_]:
    """Where the receiver sees no sky."""
    hidden = np.zeros(len(way), bool)
    for index in np.unique(way.link[way.link >= 0]).tolist():
        for begin, end in links[index].tunnels:
            hidden |= (way.link == index) & (way.s >= begin) & (way.s <= end)
    return hidden


def truth_of(way: Way, links: tuple[Link, ...]) -> tuple[Ints, Floats, tuple[Place, ...], tuple[bool, ...]]:
    """Place and kiloposts along the way, and the places."""
    place, kp = np.full(len(way), -1), np.full((len(way), ROUTES_ON_ONE_ROAD), np.nan)
    numbers: dict[tuple[Place, bool], int] = {}
    change = np.flatnonzero((np.diff(way.link) != 0) | (np.diff(way.travel) != 0)) + 1
    for part in np.split(np.arange(len(way)), change):
        index, travel = int(way.link[part[0]]), int(way.travel[part[0]])
        if index < 0 or not links[index].members:
            continue
        members = links[index].members
        key = tuple((member.road, member.direction(travel)) for member in members)
        declared = not all(member.primary for member in members)
        place[part] = numbers.setdefault((key, declared), len(numbers))
        for column, member in enumerate(members):
            kp[part, column] = member.measure.kp_at(member.start_m + member.sign * way.s[part])
    return place, kp, tuple(key for key, _ in numbers), tuple(declared for _, declared in numbers)
