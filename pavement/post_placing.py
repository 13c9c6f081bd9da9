"""Posts on lines: which stand on a line and where, which are the same post twice, and which stand elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from pavement.linear_reference import SPACING_RATIO, Scale
from pavement.road import Carriageway, Kilopost
from pavement.route_chain import Piece
from pavement.segment_index import SegmentIndex

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POST_TOLERANCE_M = 60.0  #: a post stands 6-10 m beside its line; farther than this it belongs to another
SAME_POST_M = 30.0  #: two posts of one number nearer than this are one post
ARM_RADII_M = (POST_TOLERANCE_M, 25.0, 12.0)  #: so far about a post places are looked for
ADJOINING_M = 30.0  #: a post stands on two pieces where it fits both equally well to this
CLEARLY_M = 10.0  #: posts stand up to 10 m beside their line: this much nearer is no accident
UNKNOWN_MISFIT_M = 100.0  #: what counts as misfit on a piece without sure posts
SPACINGS_KM = (0.1, 0.2, 0.5, 1.0)  #: real posts stand so far apart; other kiloposts in a network are known points


@dataclass(frozen=True)
class Posts:
    """The posts of one road as arrays (n,)."""

    xy: Floats  #: (n, 2) metres
    kp_km: Floats
    carriageway: NDArray[np.object_]

    @classmethod
    def of(cls, posts: Sequence[Kilopost]) -> Posts:
        """Of single posts."""
        xy = np.array([(post.x, post.y) for post in posts], float).reshape(-1, 2)
        ways = np.array([post.carriageway for post in posts], object)
        return cls(xy, np.array([post.kp_km for post in posts], float), ways)

    def take(self, rows: NDArray[np.bool_]) -> Posts:
        """Some of them (a mask)."""
        return Posts(self.xy[rows], self.kp_km[rows], self.carriageway[rows])

    def carried_by(self, way: Carriageway) -> NDArray[np.bool_]:
        """(n,) whether a post may stand on a line of this carriageway."""
        return np.array([way.carries(each) for each in self.carriageway], bool)

    @property
    def stand_regularly(self) -> bool:
        """Whether these are posts at even steps, not just some known points."""
        steps = np.diff(np.unique(np.round(self.kp_km, 4)))
        even = np.isclose(steps[:, None], SPACINGS_KM, atol=2e-3).any(1)
        return bool(len(steps)) and 2 * int(even.sum()) >= len(steps)


@dataclass(frozen=True)
class Placed:
    """Posts on one piece of road, arrays (n,), along rising."""

    along_m: Floats
    kp_km: Floats

    def __len__(self) -> int:
        return len(self.kp_km)


@dataclass(frozen=True)
class Candidates:
    """Where posts may stand, arrays (c,): every arm of a hairpin bend and every piece of road within reach is one."""

    post: Ints  #: ascending
    piece: Ints
    along_m: Floats
    distance_m: Floats

    def take(self, rows: NDArray[Any]) -> Candidates:
        """Some of them (positions or a mask)."""
        return Candidates(self.post[rows], self.piece[rows], self.along_m[rows], self.distance_m[rows])


def place_posts(
    posts: Posts, pieces: Sequence[Piece], ways: Sequence[Carriageway]
) -> tuple[list[Placed], NDArray[np.bool_]]:
    """The posts on each piece, those of one number side by side merged to their mean; and which stand on any (n,).

    `ways`: the carriageway of every line, by its position.
    """
    found = choose(find_candidates(posts, pieces), posts.kp_km)
    carried = [
        ways[pieces[piece].member_at(along)].carries(posts.carriageway[post])
        for post, piece, along in zip(found.post, found.piece, found.along_m, strict=True)
    ]
    found = found.take(np.array(carried, bool))
    stands = np.zeros(len(posts.kp_km), bool)
    stands[found.post] = True
    here = [found.take(found.piece == k) for k in range(len(pieces))]
    return [merge_same(each.along_m, posts.kp_km[each.post]) for each in here], stands


def find_candidates(posts: Posts, pieces: Sequence[Piece]) -> Candidates:
    """All places within `POST_TOLERANCE_M` of the posts, a little beyond the pieces' ends too."""
    lines = [lengthened(piece.line, POST_TOLERANCE_M) for piece in pieces]
    starts = np.cumsum([0, *(len(line) for line in lines)])
    index = SegmentIndex.build(np.concatenate(lines), starts)
    rounds = [index.near(posts.xy, radius) for radius in ARM_RADII_M]  # a small radius parts the arms of a bend
    post, piece, along, distance = (
        np.concatenate([getattr(each, name) for each in rounds]) for name in ("point", "line", "along_m", "distance_m")
    )
    along = along - POST_TOLERANCE_M
    length = np.array([each.length_m for each in pieces])[piece]
    beyond = np.maximum(np.maximum(-along, along - length), 0.0)
    order = np.lexsort((along, piece, post))
    order = order[np.hypot(distance, beyond)[order] < POST_TOLERANCE_M]
    found = Candidates(post[order], piece[order], along[order], distance[order])
    same = (np.diff(found.post) == 0) & (np.diff(found.piece) == 0) & (np.diff(found.along_m) < 0.01)
    return found.take(np.concatenate([[True], ~same])[: len(order)])


def choose(found: Candidates, kp_km: Floats) -> Candidates:
    """One place a post (two where pieces adjoin): that which fits the posts about it, then the nearest.

    Posts with one candidate are sure; others are measured from the sure ones before and behind them by number. On a
    piece with fewer than two of these, posts that are much nearer to one place than to any other are taken for sure.
    """
    count = np.bincount(found.post, minlength=len(kp_km))
    sure = count[found.post] == 1
    clear = sure | _clearly_nearest(found)
    anchors = {}
    for piece in np.unique(found.piece):
        own = found.piece == piece
        anchors[int(piece)] = _rising(found, own & (sure if (own & sure).sum() >= 2 else clear), kp_km)
    keep = sure.copy()
    starts = np.searchsorted(found.post, np.flatnonzero(count > 1))
    for start in starts.tolist():
        rows = np.arange(start, start + count[found.post[start]])
        number = float(kp_km[found.post[start]])
        misfit = np.array([_misfit(anchors[int(found.piece[i])], float(found.along_m[i]), number) for i in rows])
        score = misfit + found.distance_m[rows]
        best = score.min()
        for k in np.unique(found.piece[rows]):
            own = np.flatnonzero(found.piece[rows] == k)
            chosen = own[score[own].argmin()]
            keep[rows[chosen]] = score[chosen] <= best + ADJOINING_M
    return found.take(keep)


def _clearly_nearest(found: Candidates) -> NDArray[np.bool_]:
    """(c,) whether a candidate is nearer to its post than every other one by `CLEARLY_M`."""
    order = np.lexsort((found.distance_m, found.post))
    post, distance = found.post[order], found.distance_m[order]
    first = np.concatenate([[True], np.diff(post) != 0])[: len(post)]
    further = np.append((np.diff(post) != 0) | (np.diff(distance) >= CLEARLY_M), True)[: len(post)]
    clear = np.zeros(len(post), bool)
    clear[order] = first & further
    return clear


def _rising(found: Candidates, rows: NDArray[np.bool_], kp_km: Floats) -> tuple[Floats, Floats]:
    """(kp, along) of some candidates by kilopost."""
    kp, along = kp_km[found.post[rows]], found.along_m[rows]
    order = np.argsort(kp, kind="stable")
    return kp[order], along[order]


def _misfit(anchors: tuple[Floats, Floats], along_m: float, kp_km: float) -> float:
    """Metres between a place and where the nearer of the sure posts before and behind puts the number."""
    kp, along = anchors
    if not len(kp):
        return UNKNOWN_MISFIT_M
    i = int(np.searchsorted(kp, kp_km))
    near = np.unique(np.clip([i - 1, i], 0, len(kp) - 1))
    return float(np.abs(along_m - along[near] - 1000 * (kp_km - kp[near])).min())


def merge_same(along_m: Floats, kp_km: Floats) -> Placed:
    """Posts in order along the line, those of one number within `SAME_POST_M` as one in their middle.

    >>> merge_same(np.array([203.0, 198.0, 400.0]), np.array([12.2, 12.2, 12.4]))
    Placed(along_m=array([200.5, 400. ]), kp_km=array([12.2, 12.4]))
    """
    order = np.lexsort((along_m, np.round(kp_km, 6)))
    along, kp = along_m[order], kp_km[order]
    fresh = np.ones(len(kp), bool)
    fresh[1:] = (np.diff(along) >= SAME_POST_M) | (np.diff(np.round(kp, 6)) > 0)
    group = np.cumsum(fresh) - 1
    middle = np.bincount(group, along) / np.maximum(np.bincount(group), 1) if len(kp) else along
    first = kp[fresh]
    order = np.lexsort((first, middle))
    return Placed(middle[order], first[order])


def scale_of_posts(placed: Placed, piece: Piece, astray: Posts) -> tuple[Scale, list[str]]:
    """The scale of a piece with two posts or more, and what is wrong with them.

    `astray`: posts of the road that stand on none of its lines. One whose number belongs between two neighbours is
    told; where even the straight way to it is too long for its number, nothing is interpolated there: the road may run
    elsewhere. Else it counts as missing.
    """
    along, kp = placed.along_m, placed.kp_km
    wrong: list[str] = []
    refused = np.zeros(len(kp) - 1, bool)
    ends = shapely.get_coordinates(shapely.line_interpolate_point(piece.line, np.clip(along, 0, piece.length_m)))
    for xy, number in zip(astray.xy, astray.kp_km, strict=True):
        for i in np.flatnonzero((kp[:-1] < number - 1e-6) & (number + 1e-6 < kp[1:])):
            straight = np.hypot(*(ends[i : i + 2] - xy).T)
            beyond = bool((straight > SPACING_RATIO[1] * 1000 * np.abs(kp[i : i + 2] - number)).any())
            refused[i] |= beyond
            off_m = float(shapely.distance(piece.line, shapely.Point(xy)))
            then = f"{kp[i]:g}→{kp[i + 1]:g} km は補間しない" if beyond else "使わない"
            wrong.append(f"距離標 {number:g} km が路線から {off_m:,.0f} m 離れている: {then}")
    scale = Scale(along, kp, np.unique(kp), refused if refused.any() else None)
    plain = Scale(along, kp, scale.posts_km)
    wrong += [
        f"距離標 {kp[i]:g}→{kp[i + 1]:g} km の間が実延長 {along[i + 1] - along[i]:,.0f} m: 補間しない"
        for i in np.flatnonzero(~plain.sound)
    ]
    return scale, wrong + repeated_numbers(placed)


def repeated_numbers(placed: Placed) -> list[str]:
    """Numbers that stand at two places of a piece, in words."""
    numbers, inverse, counts = np.unique(np.round(placed.kp_km, 6), return_inverse=True, return_counts=True)
    twice = np.flatnonzero(counts > 1)
    if not len(twice):
        return []
    apart = max(float(np.ptp(placed.along_m[inverse == i])) for i in twice)
    words = "・".join(f"{numbers[i]:g}" for i in twice[:6]) + ("…" if len(twice) > 6 else "")
    return [f"距離標 {words} km が2か所以上にある(最大 {apart:,.0f} m 離れている)"]


def lengthened(line: LineString, by_m: float) -> Floats:
    """The points (n, 2) of a line with a straight piece more at each end."""
    points = shapely.get_coordinates(line)
    step = min(10.0, line.length)
    inner = shapely.get_coordinates(shapely.line_interpolate_point(line, [step, line.length - step]))
    ends = points[[0, -1]]
    away = ends - inner
    beyond = ends + away / np.maximum(np.hypot(*away.T), 1e-9)[:, None] * by_m
    return np.concatenate([beyond[:1], points, beyond[1:]])
