"""The car's way: where it is, which way it points and when; and what its receiver says of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.path import Route
from pavement.simulate.spec import DriveSpec

Floats = NDArray[np.float64]

JST = timezone(timedelta(hours=9))
START = datetime(2026, 10, 6, 10, 15, 0, tzinfo=JST)
WAY_STEP_M = 0.25
FRAMES_BEFORE_M = 8.0  #: the first frame this far before the survey, so that all of it is seen from near
TRACK_BEFORE_M = 60.0  #: the receiver runs before the first frame
TURN_AFTER_M = 20.0  #: the U-turn starts this far beyond the survey
TURN_RADIUS_M = 6.0
TURN_SPEED_KMH = 15.0
GAUSS_MARKOV_S = 60.0


@dataclass(frozen=True)
class Pose:
    """The car at one moment: arc length s and distance left of the line in metres, yaw in radians left of 下り."""

    s: float
    across: float
    yaw: float
    time_s: float  #: since 1970 UTC
    direction: Direction | None  #: None while turning
    driven_m: float = 0.0


@dataclass(frozen=True)
class Way:
    """The car's whole way, sampled every `WAY_STEP_M` of distance driven; arrays of shape (n,)."""

    driven: Floats
    s: Floats
    across: Floats
    yaw: Floats
    time_s: Floats
    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    first_frame_m: float  #: distance driven at the first frame
    last_frame_m: float

    @property
    def speed_mps(self) -> Floats:
        """Speed (n,)."""
        return np.asarray(np.gradient(self.driven, self.time_s), float)

    def pose(self, driven_m: float) -> Pose:
        """The car after `driven_m` metres."""
        nearest = min(round(driven_m / WAY_STEP_M), len(self.driven) - 1)
        direction = Direction.DOWN if self.down[nearest] else Direction.UP if self.up[nearest] else None
        s, across, yaw, time_s = (
            float(np.interp(driven_m, self.driven, column)) for column in (self.s, self.across, self.yaw, self.time_s)
        )
        return Pose(s, across, yaw, time_s, direction, driven_m)

    def frames(self, step_m: float) -> list[Pose]:
        """The poses at which the phone takes its pictures, every `step_m` of distance driven."""
        return [self.pose(float(d)) for d in np.arange(self.first_frame_m, self.last_frame_m + 1e-6, step_m)]


def turn_angle(lane_width_m: float) -> float:
    """How far the car swings out before a U-turn of `TURN_RADIUS_M` that ends in the other lane, radians."""
    return float(np.arccos((1 + lane_width_m / (2 * TURN_RADIUS_M)) / 2))


def _turn(lane_width_m: float) -> tuple[Floats, Floats, Floats]:
    """Forward, left (metres from the turn's start) and yaw of a keyhole-shaped U-turn to the right."""
    swing = turn_angle(lane_width_m)
    lengths = TURN_RADIUS_M * np.array([swing, np.pi + 2 * swing, swing])
    distance = np.arange(0.0, lengths.sum(), WAY_STEP_M)
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    yaw = np.interp(distance, edges, [0.0, swing, -np.pi - swing, -np.pi])
    middle = np.interp(distance[:-1] + WAY_STEP_M / 2, edges, [0.0, swing, -np.pi - swing, -np.pi])
    forward = np.concatenate([[0.0], np.cumsum(np.cos(middle))]) * WAY_STEP_M
    left = np.concatenate([[0.0], np.cumsum(np.sin(middle))]) * WAY_STEP_M
    return forward, left, yaw


def _wander(count: int, rng: np.random.Generator) -> Floats:
    """Smooth wandering within the lane, metres, standard deviation 0.12 (so ±0.2 m is seldom left)."""
    waves = zip((35.0, 80.0, 190.0), rng.uniform(0, 2 * np.pi, 3), strict=True)
    distance = np.arange(count) * WAY_STEP_M
    sum_of_waves: Floats = np.sum([np.sin(2 * np.pi * distance / wave + phase) for wave, phase in waves], axis=0)
    return 0.098 * sum_of_waves


def make_way(route: Route, spec: DriveSpec) -> Way:
    """Down the surveyed stretch in the left lane and, if asked, back up in the other one."""
    rng = np.random.default_rng([spec.seed, 2])
    lane = spec.lane_width_m / 2
    begin = route.start_m - FRAMES_BEFORE_M - TRACK_BEFORE_M
    s = np.arange(begin, route.end_m + TURN_AFTER_M, WAY_STEP_M)
    across, yaw = np.full(len(s), lane), np.zeros(len(s))
    legs = np.zeros(len(s))
    if spec.both_directions:
        forward, left, turning = _turn(spec.lane_width_m)
        back = np.arange(s[-1], begin, -WAY_STEP_M)
        s = np.concatenate([s, s[-1] + forward, back])
        across = np.concatenate([across, lane + left, np.full(len(back), -lane)])
        yaw = np.concatenate([yaw, turning, np.full(len(back), -np.pi)])
        legs = np.concatenate([legs, np.ones(len(forward)), np.full(len(back), 2)])
    sideways = _wander(len(s), rng)
    calm = np.convolve(np.pad(legs != 1, 40, mode="edge"), np.ones(81) / 81, mode="valid")
    driven = np.arange(len(s), dtype=float) * WAY_STEP_M
    yaw = yaw + np.gradient(sideways, WAY_STEP_M)
    time_s = START.timestamp() + spec.seed % 1000 * 60 + _times(driven, calm, spec, rng)
    first = TRACK_BEFORE_M
    last = driven[-1] - TRACK_BEFORE_M if spec.both_directions else route.end_m + 2.0 - begin
    facing_back = np.where(legs == 2, -1.0, 1.0)
    return Way(driven, s, across + facing_back * sideways * calm, yaw, time_s, legs == 0, legs == 2, first, float(last))


def _times(driven: Floats, calm: Floats, spec: DriveSpec, rng: np.random.Generator) -> Floats:
    """Seconds since the start: the asked speed give or take 5 % and what traffic does to it, slower around the turn."""
    phase = rng.uniform(0, 2 * np.pi)
    usual = spec.speed_kmh * (1 + 0.05 * np.sin(2 * np.pi * driven / 140 + phase))
    waves = (np.sin(2 * np.pi * driven / wave + k * phase) for k, wave in enumerate((97.0, 230.0, 610.0), start=1))
    usual *= 1 + spec.speed_change / 2 * np.sum(list(waves), axis=0).clip(-1.9, 1.9)
    speed_kmh = usual * calm + np.minimum(usual, TURN_SPEED_KMH) * (1 - calm)
    pace = 3.6 / speed_kmh
    return np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2 * WAY_STEP_M)])


def gps_fixes(route: Route, way: Way, spec: DriveSpec) -> tuple[Floats, Floats]:
    """One fix a second: times (n,) in UTC seconds and lon/lat (n, 2) with a Gauss-Markov and a white error."""
    rng = np.random.default_rng([spec.seed, 3])
    time_s = np.arange(np.ceil(way.time_s[0]), way.time_s[-1])
    s, across = np.interp(time_s, way.time_s, way.s), np.interp(time_s, way.time_s, way.across)
    x, y, _ = route.line.xy(s, across)
    keep = np.exp(-1 / GAUSS_MARKOV_S)
    error = np.empty((len(time_s), 2))
    state = rng.normal(0, spec.gps_sigma_m, 2)
    for index in range(len(time_s)):
        error[index] = state
        state = keep * state + rng.normal(0, spec.gps_sigma_m * np.sqrt(1 - keep**2), 2)
    error += rng.normal(0, spec.gps_white_m, error.shape)
    return time_s, route.line.lonlat_of(x + error[:, 0], y + error[:, 1])


def gpx(time_s: Floats, lonlat: Floats, vehicle: str) -> str:
    """The fixes as GPX 1.1."""
    points = "\n".join(
        f'   <trkpt lat="{lat:.7f}" lon="{lon:.7f}">'
        f"<time>{datetime.fromtimestamp(t, UTC):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for t, (lon, lat) in zip(time_s, lonlat, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="pavement simulate" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f" <trk><name>{vehicle}</name>\n  <trkseg>\n{points}\n  </trkseg>\n </trk>\n</gpx>\n"
    )
