"""Patrol drives that together drive a whole made-up prefecture: each road down and up, with the fixes of a phone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction, RoadKey
from pavement.simulate.prefecture import Prefecture, PrefectureSpec, Receiver
from pavement.simulate.prefecture.curves import along
from pavement.simulate.prefecture.drive import Way, in_tunnel, lay, rounded, times
from pavement.simulate.prefecture.make import PLANE
from pavement.simulate.prefecture.receiver import receive
from pavement.simulate.prefecture.walk import Leg
from pavement.track import Track

Floats = NDArray[np.float64]
FRAME_M = 5.0  #: between two frames: 1.5 million of them in a prefecture's year
FIRST_S = 1_779_000_000.0  #: 2026-05-17; a road a day's part, so that the year's drives spread over 40 days
BETWEEN_S = 8000.0
LEAST_M = 200.0  #: shorter roads are left out


@dataclass(frozen=True)
class RoadDrive:
    """One road driven down and up."""

    name: str
    road: RoadKey
    track: Track
    frame_s: Floats  #: (n,) when each frame was taken
    driven_m: Floats  #: (n,) metres of the way at each frame


def spec_of_share(share: float) -> PrefectureSpec:
    """A prefecture of a share of 3,600 km, 300 routes, 5,000 junctions and 60,000 posts; at least six routes."""
    routes = max(round(300 * share), 6)
    return PrefectureSpec(
        1, routes, max(3600 * share, 4.0 * routes), max(round(5000 * share), routes), round(60000 * share)
    )


def roads_of(prefecture: Prefecture) -> list[RoadKey]:
    """The managed roads, in their order."""
    return sorted({member.road for link in prefecture.links for member in link.members})


def drive_road(prefecture: Prefecture, road: RoadKey, number: int) -> RoadDrive | None:
    """The drive with that number, along a road in both directions; None where it is too short."""
    rng = np.random.default_rng([prefecture.spec.seed, 77, number])
    legs = [leg for direction in Direction for leg in legs_of(prefecture, road, direction)]
    way: Way = rounded(lay(prefecture.links, legs))
    driven = along(way.xy)
    if driven[-1] < LEAST_M:
        return None
    time_s = FIRST_S + BETWEEN_S * number + times(way, prefecture, driven, rng)
    fix_s, fixes, accuracy = receive(Receiver.of(rng), time_s, way.xy, in_tunnel(way, prefecture.links), rng)
    lonlat = PLANE.to_degrees(fixes)
    track = Track.of(fix_s, lonlat[:, 0], lonlat[:, 1], accuracy_m=accuracy)
    at = np.arange(FRAME_M, driven[-1], FRAME_M)
    return RoadDrive(f"巡回{number:04d}", road, track, np.interp(at, driven, time_s), at)


def legs_of(prefecture: Prefecture, road: RoadKey, direction: Direction) -> list[Leg]:
    """The links of a road in one direction, in the order in which a car drives them."""
    found: list[tuple[float, Leg]] = []
    for index, link in enumerate(prefecture.links):
        for member in link.members:
            if member.road == road:
                middle = member.start_m + member.sign * float(link.curve.s.mean())
                found += [(middle, Leg(index, way)) for way in link.ways if member.direction(way) is direction]
    found.sort(key=lambda each: each[0], reverse=direction is Direction.UP)
    return [leg for _, leg in found]
