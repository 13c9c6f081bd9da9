"""The other roads: grids of towns and fields, roads beside managed ones, and managed ones drawn twice."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from pavement.simulate.prefecture.curves import dense, normals
from pavement.simulate.prefecture.spec import Floats, Lines, Link, PrefectureSpec

BESIDE, TWICE = 0.008, 0.04  #: of the edges run beside a managed road (of a million: a fifth of all managed metres),
#: are one drawn a second time (of a million: all of them, as in an extract of OSM)
PIECE_M = 90.0
TOWN_M, FIELD_M = (60.0, 110.0), (150.0, 320.0)  #: from street to street
LEFT_OUT = 0.12  #: of a grid's edges
CROSSING = np.cos(np.radians(30))  #: a grid's road does not touch a managed one more evenly than this …
APART_M = 11.0  #: … nearer than this


def make_background(spec: PrefectureSpec, nodes: Floats, links: list[Link]) -> Lines:
    """`spec.background` lines, each a street from corner to corner."""
    rng = np.random.default_rng([spec.seed, 24])
    if not spec.background:
        return Lines(np.empty((0, 2)), np.zeros(1, np.int64))
    pieces = [
        beside_managed(links, round(share * spec.background), low, high, rng)
        for share, low, high in ((BESIDE, 10.0, 30.0), (TWICE, 0.0, 4.0))
    ]
    rest = spec.background - sum(len(piece) for piece in pieces)
    return concatenated([*pieces, grids(nodes, links, rest, rng)])


def concatenated(parts: list[Lines]) -> Lines:
    """All lines, one after the other."""
    offsets = np.cumsum([0] + [len(part.xy) for part in parts])
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Lines(np.vstack([part.xy for part in parts]), np.concatenate([*starts, [offsets[-1]]]).astype(np.int64))


def beside_managed(links: list[Link], count: int, low_m: float, high_m: float, rng: np.random.Generator) -> Lines:
    """Roads along managed ones, `low_m`-`high_m` to a side, in edges of about `PIECE_M`."""
    managed = [link for link in links if link.members and abs(link.curve.s[-1] - link.curve.s[0]) > 2 * PIECE_M]
    xy: list[Floats] = []
    sizes: list[int] = []
    for index in rng.permutation(np.arange(len(managed))).tolist():
        if len(sizes) >= count:
            break
        line = dense(managed[index].curve, PIECE_M / 3).xy
        line = line + normals(line) * float(rng.choice([-1, 1]) * rng.uniform(low_m, high_m))
        for first in range(0, len(line) - 3, 3):
            xy.append(line[first : first + 4])
            sizes.append(4)
    sizes = sizes[:count]
    points = np.vstack(xy[:count]) if count and xy else np.empty((0, 2))
    return Lines(points, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def grids(nodes: Floats, links: list[Link], count: int, rng: np.random.Generator) -> Lines:
    """Grids of streets: dense ones around the nodes, wide ones in the fields; as many edges as asked for."""
    tree, tangents = near_points(links)
    low, high = nodes.min(0) - 1000, nodes.max(0) + 1000
    fields = rng.uniform(low, high, (len(nodes), 2))
    centres = np.vstack([nodes, fields])
    town = np.arange(len(centres)) < len(nodes)
    spacing = np.where(town, rng.uniform(*TOWN_M, len(centres)), rng.uniform(*FIELD_M, len(centres)))
    reach = np.where(town, rng.lognormal(0, 0.6, len(centres)), rng.uniform(0.8, 2.5, len(centres)))
    owners = cKDTree(centres)
    scale = 600.0
    for _ in range(12):
        made = [patch(centres[k], spacing[k], reach[k] * scale, rng) for k in range(len(centres))]
        edges = np.concatenate(made)
        owner = np.repeat(np.arange(len(centres)), [len(each) for each in made])
        middle = edges.mean(1)
        edges = edges[owners.query(middle)[1] == owner]
        edges = edges[rng.random(len(edges)) > LEFT_OUT]
        edges = edges[~grazing(edges, tree, tangents)]
        if len(edges) >= count:
            break
        scale *= float(np.clip(np.sqrt(count / max(len(edges), 1)) * 1.05, 1.05, 2.0))
    edges = edges[np.sort(rng.permutation(len(edges))[:count])]
    bent = edges.mean(1) + rng.normal(0, 1.5, (len(edges), 2))
    xy = np.stack([edges[:, 0], bent, edges[:, 1]], 1).reshape(-1, 2)
    return Lines(xy, np.arange(0, len(xy) + 1, 3, dtype=np.int64))


def patch(middle: Floats, spacing_m: float, radius_m: float, rng: np.random.Generator) -> Floats:
    """Edges (m, 2 ends, 2) of a turned, slightly warped grid in a disc."""
    half = int(radius_m / spacing_m) + 1
    u, v = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1), indexing="ij")
    warp = rng.normal(0, 0.06, (2, *u.shape))
    angle = rng.uniform(0, np.pi / 2)
    x, y = (u + warp[0]) * spacing_m, (v + warp[1]) * spacing_m * rng.uniform(0.8, 1.4)
    points = np.stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y], -1)
    inside = np.hypot(*points.reshape(-1, 2).T).reshape(u.shape) <= radius_m
    across = inside[:-1] & inside[1:]
    up = inside[:, :-1] & inside[:, 1:]
    found = [
        np.stack([points[:-1][across], points[1:][across]], 1),
        np.stack([points[:, :-1][up], points[:, 1:][up]], 1),
    ]
    return np.asarray(np.concatenate(found) + middle)


def grazing(edges: Floats, tree: cKDTree, tangents: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(m,) whether an edge lies almost on a managed road."""
    ahead = edges[:, 1] - edges[:, 0]
    ahead = ahead / np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    bad = np.zeros(len(edges), bool)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        place = edges[:, 0] + share * (edges[:, 1] - edges[:, 0])
        distance, found = tree.query(place, distance_upper_bound=APART_M)
        nearest = np.asarray(found)
        near = np.isfinite(distance)
        even = np.abs((ahead[near] * tangents[nearest[near]]).sum(1)) > CROSSING
        bad[np.flatnonzero(near)[even]] = True
    return bad


def near_points(links: list[Link], step_m: float = 12.0) -> tuple[cKDTree, Floats]:
    """A tree over points of the managed links every `step_m`, and the unit tangents there."""
    points, tangents = [], []
    for link in links:
        if link.members:
            xy = dense(link.curve, step_m).xy
            points.append(xy)
            tangent = np.gradient(xy, axis=0)
            tangents.append(tangent / np.maximum(np.hypot(*tangent.T), 1e-9)[:, None])
    return cKDTree(np.vstack(points)), np.vstack(tangents)
