"""The made-up road: its centre line, its kiloposts and where they stand on the earth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from pavement.simulate.spec import DriveSpec

Floats = NDArray[np.float64]

ORIGIN_LONLAT = (140.74, 40.82)  # hills south of Aomori
GRID_M = 0.5
LEAD_M = 130.0  #: of route before the survey and after it
POST_SPACING_SD = 0.015  #: real spacing of posts, of nominal; never beyond 3 %


@dataclass(frozen=True)
class RoadLine:
    """The centre line by arc length s in metres; x east, y north in local metres, heading in radians from east."""

    s: Floats
    x: Floats
    y: Floats
    heading: Floats
    curvature: Floats  #: 1/m, positive turning left

    @property
    def length_m(self) -> float:
        """Length of the whole route."""
        return float(self.s[-1])

    @cached_property
    def _to_lonlat(self) -> Transformer:
        lon, lat = ORIGIN_LONLAT
        local = f"+proj=tmerc +lon_0={lon} +lat_0={lat} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
        return Transformer.from_crs(local, "EPSG:4326", always_xy=True)

    def xy(self, s: Floats, across: Floats | float = 0.0) -> tuple[Floats, Floats, Floats]:
        """Local x, y and the heading at arc lengths `s`, `across` metres to the left of the line."""
        heading = np.interp(s, self.s, self.heading)
        x = np.interp(s, self.s, self.x) - across * np.sin(heading)
        y = np.interp(s, self.s, self.y) + across * np.cos(heading)
        return x, y, heading

    def lonlat(self, s: Floats, across: Floats | float = 0.0) -> Floats:
        """Lon/lat (n, 2) at arc lengths `s`, `across` metres to the left of the line."""
        x, y, _ = self.xy(s, across)
        return self.lonlat_of(x, y)

    def lonlat_of(self, x: Floats, y: Floats) -> Floats:
        """Lon/lat (n, 2) of local metres."""
        return np.column_stack(self._to_lonlat.transform(x, y))

    def curvature_at(self, s: float) -> float:
        """Curvature in 1/m at arc length `s`."""
        return float(np.interp(s, self.s, self.curvature))


@dataclass(frozen=True)
class Posts:
    """The kiloposts: kp_km rises by 0.1, s_m is where each stands along the line, across_m how far to the left."""

    kp_km: Floats
    s_m: Floats
    across_m: Floats

    def kp_at(self, s: Floats | float) -> Floats:
        """Kilopost of arc lengths, interpolated between neighbouring posts and carried on beyond the outer ones."""
        return _carry_on(np.asarray(s, float), self.s_m, self.kp_km)

    def s_at(self, kp_km: Floats | float) -> Floats:
        """Arc length of kiloposts; the inverse of `kp_at`."""
        return _carry_on(np.asarray(kp_km, float), self.kp_km, self.s_m)

    def below(self, kp_km: float) -> float:
        """The nearest post not above `kp_km`; the first post where there is none."""
        index = int(np.searchsorted(self.kp_km, kp_km + 1e-9, side="right")) - 1
        return float(self.kp_km[max(index, 0)])


@dataclass(frozen=True)
class Route:
    """The road of one drive. The survey is from `start_m` to `end_m` of arc length."""

    line: RoadLine
    posts: Posts
    first_kp_km: float
    last_kp_km: float

    @property
    def start_m(self) -> float:
        """Arc length where the survey starts."""
        return float(self.posts.s_at(self.first_kp_km))

    @property
    def end_m(self) -> float:
        """Arc length where the survey ends."""
        return float(self.posts.s_at(self.last_kp_km))


def _carry_on(at: Floats, known: Floats, value: Floats) -> Floats:
    inside = np.interp(at, known, value)
    first = (value[1] - value[0]) / (known[1] - known[0])
    last = (value[-1] - value[-2]) / (known[-1] - known[-2])
    beyond: Floats = np.minimum(at - known[0], 0) * first + np.maximum(at - known[-1], 0) * last
    return inside + beyond


def make_line(length_m: float, rng: np.random.Generator) -> RoadLine:
    """A gently winding line: curvature is a sum of long waves, radius never below 250 m."""
    s = np.arange(0.0, length_m + GRID_M, GRID_M)
    waves = zip((190.0, 310.0, 730.0), rng.uniform(0, 2 * np.pi, 3), (0.0009, 0.0014, 0.0009), strict=True)
    curvature = np.sum([size * np.sin(2 * np.pi * s / wave + phase) for wave, phase, size in waves], axis=0)
    heading = rng.uniform(-np.pi, np.pi) + np.cumsum(curvature) * GRID_M - curvature * GRID_M / 2
    x, y = (np.concatenate([[0.0], np.cumsum(part[:-1])]) * GRID_M for part in (np.cos(heading), np.sin(heading)))
    return RoadLine(s, x, y, heading, curvature)


def make_posts(first_kp_km: float, length_m: float, rng: np.random.Generator) -> Posts:
    """Posts every 0.1 of kilopost from 0.1 before the survey to beyond it; the survey starts at `LEAD_M`."""
    count = int(np.ceil(length_m / 100)) + 3
    kp_km = np.round(first_kp_km - 0.1 + 0.1 * np.arange(count), 3)
    spacing = 100 * (1 + np.clip(rng.normal(0, POST_SPACING_SD, count - 1), -0.03, 0.03))
    s_m = np.concatenate([[0.0], np.cumsum(spacing)])
    return Posts(kp_km, s_m - s_m[1] + LEAD_M, rng.uniform(6.0, 10.0, count))


def make_route(spec: DriveSpec) -> Route:
    """The road of `spec`: long enough before and after the survey for a car to arrive and to turn."""
    rng = np.random.default_rng([spec.seed, 1])
    posts = make_posts(spec.first_kp_km, spec.length_m, rng)
    last_kp_km = round(spec.first_kp_km + spec.length_m / 1000, 4)
    line = make_line(max(float(posts.s_m[-1]), float(posts.s_at(last_kp_km)) + LEAD_M) + 10.0, rng)
    return Route(line, posts, spec.first_kp_km, last_kp_km)
