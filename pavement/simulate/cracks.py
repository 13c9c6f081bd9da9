"""Shapes of cracks on the ground: polylines of (s, across) in metres with a width along them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POINT_M = 0.012  #: spacing of a linear crack's points
EDGE_POINTS = 5  #: of each border between two cells of a network


@dataclass(frozen=True)
class Crack:
    """A bundle of m polylines of k points: points (m, k, 2) of s and across in metres, widths (m, k) in millimetres.

    Cracks of one `family` count as one in the mesh rule; a `network` (alligator) counts as many wherever it is.
    """

    points: Floats
    width_mm: Floats
    family: int
    network: bool = False

    def __post_init__(self) -> None:
        if self.points.ndim != 3 or self.points.shape != (*self.width_mm.shape, 2):
            raise ValueError(f"need points (m, k, 2) and widths (m, k), got {self.points.shape}, {self.width_mm.shape}")


@dataclass(frozen=True)
class Network:
    """An alligator network's place: s from/to and across from/to in metres, the size of its cells in metres."""

    s_m: tuple[float, float]
    across_m: tuple[float, float]
    cell_m: float
    width_mm: float
    seed: tuple[int, ...]
    family: int


def smooth_noise(count: int, wave: float, rng: np.random.Generator) -> Floats:
    """Noise (count,) of standard deviation about 1 that bends about every `wave` samples."""
    knots = rng.normal(0, 1, int(count / wave) + 4)
    at = np.arange(count) / wave + rng.uniform(0, 1)
    index = at.astype(int)
    part = at - index
    noise: Floats = knots[index] * (1 - part) + knots[index + 1] * part
    return noise


def wandering(start: tuple[float, float], end: tuple[float, float], sway_m: float, rng: np.random.Generator) -> Floats:
    """Points (n, 2) from start to end: swaying `sway_m` on the metre, angular on the decimetre, ragged on the cm."""
    line = np.subtract(end, start)
    length = max(float(np.hypot(*line)), 5 * POINT_M)
    count = int(length / POINT_M)
    sway = sway_m * (smooth_noise(count, 110, rng) + 0.5 * smooth_noise(count, 38, rng))
    for wave, size in ((17, 0.016), (7, 0.008), (3, 0.004), (1.3, 0.002)):
        sway += size * smooth_noise(count, wave, rng)
    slip = 0.008 * smooth_noise(count, 6, rng)
    across = np.array([-line[1], line[0]]) / length
    t = np.linspace(0, 1, count)[:, None]
    points: Floats = np.asarray(start) + t * line + sway[:, None] * across + slip[:, None] * line / length
    return points


def widths(count: int, mean_mm: float, rng: np.random.Generator) -> Floats:
    """Widths (count,) in mm along a crack: it opens, narrows and here and there nearly closes."""
    shape = 0.5 * smooth_noise(count, 45, rng) + 0.45 * smooth_noise(count, 11, rng) + 0.3 * smooth_noise(count, 3, rng)
    return np.clip(mean_mm * np.exp(shape - 0.15), 0.8, 28.0)


def linear(
    start: tuple[float, float], end: tuple[float, float], width_mm: float, family: int, rng: np.random.Generator
) -> list[Crack]:
    """A crack from start to end that fades at its ends, with a few short branches; all one family."""
    points = wandering(start, end, 0.05, rng)
    fade = np.minimum(np.linspace(0, len(points) / 30, len(points)), 1)
    width_along = widths(len(points), width_mm, rng) * np.minimum(fade, fade[::-1]) + 0.5
    cracks = [Crack(points[None], width_along[None], family)]
    length = float(np.hypot(*np.subtract(end, start)))
    for _ in range(rng.poisson(length * 0.35)):
        at = points[rng.integers(len(points))]
        turn = rng.choice([-1, 1]) * rng.uniform(0.4, 1.2)
        heading = np.arctan2(end[1] - start[1], end[0] - start[0]) + turn
        reach = rng.uniform(0.08, 0.4)
        tip = (at[0] + reach * np.cos(heading), at[1] + reach * np.sin(heading))
        branch = wandering((at[0], at[1]), tip, 0.01, rng)
        thin = widths(len(branch), width_mm * 0.55, rng) * np.linspace(1, 0.4, len(branch))
        cracks.append(Crack(branch[None], thin[None], family))
    return cracks


def alligator(network: Network) -> Crack:
    """The cracks of a network: the borders of Voronoi cells, ragged, some missing, thinning out at its rim."""
    rng = np.random.default_rng(list(network.seed))
    (s0, s1), (y0, y1) = network.s_m, network.across_m
    edges = _voronoi_edges(s0, s1, y0, y1, network.cell_m, rng)
    middle = edges.mean(axis=1)
    rim = np.abs(middle[:, 1] - (y0 + y1) / 2) / ((y1 - y0) / 2)
    ends = np.minimum(middle[:, 0] - s0, s1 - middle[:, 0])
    chance = rng.random(len(edges))
    keep = (chance < 0.94 - 0.6 * np.clip(rim - 0.55, 0, 1)) & (ends > rng.uniform(0, 0.3, len(edges)))
    keep &= rim < 1 + 0.15 * np.sin(middle[:, 0] * 3.1 + network.family)
    edges = edges[keep]
    part = np.linspace(0, 1, EDGE_POINTS)[None, :, None]
    points = edges[:, :1] + part * (edges[:, 1:] - edges[:, :1])
    points[:, 1:-1] += rng.normal(0, 0.006, (len(edges), EDGE_POINTS - 2, 2))
    spots = 0.5 * np.sin(middle[keep, 0] * 2.3 + network.family) * np.sin(middle[keep, 1] * 5.1 + network.family)
    each = network.width_mm * np.exp(spots + 0.5 * rng.normal(0, 1, len(edges)))
    width = np.clip(each[:, None] * np.exp(0.25 * rng.normal(0, 1, (len(edges), EDGE_POINTS))), 0.8, 18.0)
    return Crack(points, width, network.family, True)


def _voronoi_edges(s0: float, s1: float, y0: float, y1: float, cell_m: float, rng: np.random.Generator) -> Floats:
    """Borders (n, 2, 2) between the cells of a jittered grid; the cells are somewhat longer along s."""
    long_m = cell_m * 1.25
    grid = np.stack(
        np.meshgrid(np.arange(s0 - long_m, s1 + 2 * long_m, long_m), np.arange(y0 - cell_m, y1 + 2 * cell_m, cell_m)),
        axis=-1,
    ).reshape(-1, 2)
    seeds = grid + rng.uniform(-0.42, 0.42, grid.shape) * (long_m, cell_m)
    origin = seeds.min(axis=0) - 1.0
    extent = np.ceil((seeds.max(axis=0) - origin + 1.0) * 100).astype(int)
    plane = cv2.Subdiv2D((0, 0, int(extent[0]), int(extent[1])))
    plane.insert(((seeds - origin) * 100).astype(np.float32).tolist())
    facets, _ = plane.getVoronoiFacetList([])
    starts = np.concatenate([np.asarray(facet, float) for facet in facets])
    stops = np.concatenate([np.roll(np.asarray(facet, float), -1, axis=0) for facet in facets])
    forward = (starts[:, 0] < stops[:, 0])[:, None]
    edges = np.stack([np.where(forward, starts, stops), np.where(forward, stops, starts)], axis=1)
    _, once = np.unique(np.rint(edges.reshape(-1, 4)).astype(np.int64), axis=0, return_index=True)
    edges = edges[np.sort(once)] / 100 + origin
    length = np.hypot(*(edges[:, 1] - edges[:, 0]).T)
    borders: Floats = edges[(length > 0.02) & (length < 1.9 * cell_m)]
    return borders
