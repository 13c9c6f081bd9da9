"""Numbers on posts in rising order, with the places at which each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.linear_reference import SPACING_RATIO
from pavement.network_check.finding import Fault, Finding, Post, Severity
from pavement.post_placing import SAME_POST_M

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cluster:
    """Posts of one number that stand together."""

    xy: tuple[float, float]
    piece: int  #: of the line on which they stand, -1 = on none
    along_m: float
    posts: tuple[Post, ...]


@dataclass(frozen=True)
class Node:
    """All places of one number."""

    kp_km: float
    clusters: tuple[Cluster, ...]

    @property
    def apart_m(self) -> float:
        """Metres between the farthest of its places."""
        xy = np.array([each.xy for each in self.clusters])
        return float(np.hypot(*(xy[:, None] - xy[None]).T).max())


@dataclass(frozen=True)
class Step:
    """From one number to the next: its shortest length in metres."""

    km: float
    length_m: float
    measured: bool  #: along the line; else straight

    @property
    def ratio(self) -> float:
        """Real length / nominal length."""
        return self.length_m / (self.km * 1000)

    @property
    def too_far(self) -> bool:
        """Longer than the road may be."""
        return self.ratio > SPACING_RATIO[1]

    @property
    def too_close(self) -> bool:
        """Shorter than the road may be."""
        return self.ratio < SPACING_RATIO[0]


def nodes_of(posts: Sequence[Post], piece: NDArray[np.int64], along_m: Floats) -> list[Node]:
    """Posts by number, rising; `piece` and `along_m` (n,) say where each stands on its line (-1 = on none)."""
    by_kp: dict[float, list[int]] = {}
    for i, post in enumerate(posts):
        by_kp.setdefault(round(post.kp_km, 4), []).append(i)
    found = []
    for kp, members in sorted(by_kp.items()):
        groups: list[list[int]] = []
        for i in members:
            near = [g for g in groups if any(_apart(posts[i], posts[j]) <= SAME_POST_M for j in g)]
            groups = [g for g in groups if g not in near] + [[i, *(j for g in near for j in g)]]
        clusters = []
        for group in sorted(groups, key=min):
            first = min(group, key=lambda i: (piece[i] < 0, i))
            these = tuple(posts[i] for i in sorted(group))
            xy = (posts[first].x, posts[first].y)
            clusters.append(Cluster(xy, int(piece[first]), float(along_m[first]), these))
        found.append(Node(kp, tuple(clusters)))
    return found


def _apart(a: Post, b: Post) -> float:
    return float(np.hypot(a.x - b.x, a.y - b.y))


def step(a: Node, b: Node) -> Step:
    """From one number to another, between their nearest places."""
    km = round(b.kp_km - a.kp_km, 4)
    best = Step(km, np.inf, False)
    for i in a.clusters:
        for j in b.clusters:
            measured = i.piece >= 0 and i.piece == j.piece
            straight = float(np.hypot(i.xy[0] - j.xy[0], i.xy[1] - j.xy[1]))
            length = abs(j.along_m - i.along_m) if measured else straight
            if length < best.length_m:
                best = Step(km, length, measured)
    return best


def between(severity: Severity, fault: Fault, what: str, do: str, a: Node, b: Node) -> Finding:
    """A finding from one number to another."""
    first = a.clusters[0]
    return Finding(severity, fault, what, do, first.posts[0].road, None, a.kp_km, b.kp_km, first.xy)
