"""Lines of one road and carriageway: gaps, parts, direction, and where its posts stand on them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from pavement.geo import LocalPlane
from pavement.network_check.finding import Fault, Finding, ManagedLine, Post, Severity
from pavement.post_placing import POST_TOLERANCE_M
from pavement.road import Carriageway, RoadKey
from pavement.route_chain import Piece, gap_m, order_lines, pieces_of

Floats = NDArray[np.float64]

LEAST_LINE_M = 1.0  #: shorter ones are points


@dataclass(frozen=True)
class Way:
    """All lines of one road and carriageway as a chain."""

    road: RoadKey
    carriageway: Carriageway
    features: tuple[ManagedLine, ...]
    plane: LocalPlane

    @cached_property
    def lines(self) -> list[LineString]:
        """The lines, those of one feature that touch joined."""
        parts = [part for each in self.features for part in each.parts]
        return [line for line in merged(parts) if line.length >= LEAST_LINE_M]

    @cached_property
    def pieces(self) -> list[Piece]:
        """The chain cut at its gaps."""
        return pieces_of(self.lines, order_lines(self.lines)) if self.lines else []

    def place(self, posts: Sequence[Post]) -> tuple[NDArray[np.int64], Floats]:
        """Piece (n,) on which each post stands, -1 = none, and metres along it."""
        piece, along = np.full(len(posts), -1, np.int64), np.zeros(len(posts))
        best = np.full(len(posts), POST_TOLERANCE_M)
        points = shapely.points([(post.x, post.y) for post in posts]) if len(posts) else np.empty(0, object)
        for i, each in enumerate(self.pieces):
            shapely.prepare(each.line)
            near = np.flatnonzero(shapely.dwithin(each.line, points, POST_TOLERANCE_M))
            distance = np.asarray(shapely.distance(each.line, points[near]))
            nearer = near[distance < best[near]]
            best[nearer] = distance[distance < best[near]]
            piece[nearer] = i
            along[nearer] = shapely.line_locate_point(each.line, points[nearer])
        return piece, along

    def finding(self, severity: Severity, fault: Fault, what: str, do: str, xy: tuple[float, float]) -> Finding:
        """A finding at a place of this way."""
        return Finding(severity, fault, what, do, self.road, self.carriageway, xy=xy)


def merged(parts: Sequence[LineString]) -> list[LineString]:
    """Lines joined where one ends and another begins."""
    if len(parts) < 2:
        return list(parts)
    joined = shapely.line_merge(shapely.multilinestrings(list(parts)), directed=True)
    return [part for part in shapely.get_parts(joined) if isinstance(part, LineString)]


def start_of(line: LineString) -> tuple[float, float]:
    """The first point."""
    x, y = shapely.get_coordinates(line)[0][:2]
    return float(x), float(y)


def check_lines(way: Way) -> list[Finding]:
    """Empty lines, multipart features and gaps."""
    found = []
    for feature in way.features:
        whole = merged(feature.parts)
        if len(whole) > 1:
            what = f"1つの地物が {len(whole)} 本の離れた線でできている"
            found.append(way.finding(Severity.NOTE, Fault.MULTIPART, what, "線ごとに1地物にする", start_of(whole[0])))
        found += [
            way.finding(Severity.CAUTION, Fault.MULTIPART, "長さのない線", "消すか描き直す", start_of(line))
            for line in whole
            if line.length < LEAST_LINE_M
        ]
    for before, after in pairwise(way.pieces):
        gap = gap_m(before.line, after.line)
        end = tuple(float(v) for v in shapely.get_coordinates(before.line)[-1][:2])
        what = f"線が {gap:,.0f} m 途切れている"
        found.append(
            way.finding(
                Severity.CAUTION,
                Fault.GAP,
                what,
                "続く道なら線をつなぐ。離れた区間ならこのままでよい",
                (end[0], end[1]),
            )
        )
    return found


def check_order(
    way: Way, posts: Sequence[Post], piece: NDArray[np.int64], along: Floats, repeated_kp: set[float]
) -> list[Finding]:
    """Whether the posts rise along each piece; a piece along which they fall is digitised the wrong way.

    `repeated_kp`: numbers at several places, which another finding tells of.
    """
    found = []
    for i, each in enumerate(way.pieces):
        on = [k for k in np.flatnonzero(piece == i).tolist() if round(posts[k].kp_km, 4) not in repeated_kp]
        on.sort(key=lambda k: (along[k], posts[k].kp_km))
        kp = [posts[k].kp_km for k in on]
        if len(set(kp)) < 2:
            continue
        rising, falling = keeps_rising(kp), keeps_rising([-v for v in kp])
        if len(falling) > len(rising) and len(falling) >= 2:
            what = f"距離標が線の向きに減る（{kp[0]:g}→{kp[-1]:g} km）"
            finding = way.finding(
                Severity.SERIOUS,
                Fault.WRONG_DIRECTION,
                what,
                "線の向きを逆にする（距離標の増える向き）",
                start_of(each.line),
            )
            found.append(_with_kp(finding, min(kp), max(kp)))
            continue
        kept = set(rising)
        for j, k in enumerate(on):
            if j not in kept:
                what = f"距離標 {kp[j]:g} km が線に沿った順序に合わない（前後 {_around(kp, j)}）"
                finding = way.finding(
                    Severity.CAUTION, Fault.POST_ORDER, what, "位置か数値を直す", (posts[k].x, posts[k].y)
                )
                found.append(_with_kp(finding, kp[j], kp[j]))
    return found


def _around(kp: Sequence[float], j: int) -> str:
    before = f"{kp[j - 1]:g}" if j else "始点"
    after = f"{kp[j + 1]:g}" if j + 1 < len(kp) else "終点"
    return f"{before} と {after}"


def _with_kp(finding: Finding, low: float, high: float) -> Finding:
    return replace(finding, from_kp_km=low, to_kp_km=high)


def keeps_rising(values: Sequence[float]) -> list[int]:
    """Positions of a longest subsequence that never falls.

    >>> keeps_rising([1.0, 2.0, 9.0, 3.0, 3.0, 4.0])
    [0, 1, 3, 4, 5]
    """
    tails: list[int] = []
    before = [-1] * len(values)
    for i, value in enumerate(values):
        place = bisect_left([values[t] for t in tails], value + 1e-9)
        before[i] = tails[place - 1] if place else -1
        tails[place:] = [i]
    chain, at = [], tails[-1] if tails else -1
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]
