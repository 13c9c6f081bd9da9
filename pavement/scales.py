"""The scales of all lines of one road: by its posts, or measured from 起点 where there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from pavement.linear_reference import SPACING_RATIO, LedgerLength, Scale
from pavement.measured_scale import measure
from pavement.post_placing import Placed, Posts, place_posts, scale_of_posts
from pavement.road import Carriageway, Direction, Kilopost
from pavement.route_chain import Piece, gap_m, order_lines, pieces_of

Floats = NDArray[np.float64]

ONE_POST = "距離標が1本しかない: そこから延長で測る"


@dataclass(frozen=True)
class Feature:
    """One line of a road as the network gives it."""

    line: LineString  #: metres
    carriageway: Carriageway = Carriageway.BOTH
    ledger_m: float | None = None  #: 台帳延長 of the row that the line is (a part) of, or of the whole road
    row: int = 0  #: lines of one row share their `ledger_m`
    start_km: float | None = None  #: declared kilopost of the line's start
    cumulative: bool = False  #: 距離標 are written 0 + cumulative metres: what is known are points, not posts


@dataclass(frozen=True)
class RoadScales:
    """What `build_scales` gives, by feature."""

    scales: tuple[Scale, ...]
    lengths: tuple[LedgerLength | None, ...]  #: the ledger's length beside the line's, where the ledger has one
    wrong: tuple[str, ...]  #: what is wrong with posts, lines and lengths, in words


def build_scale(
    line: LineString,
    carriageway: Carriageway,
    posts: Sequence[Kilopost],
    *,
    ledger_length_m: float | None = None,
    start_km: float | None = None,
) -> tuple[Scale, list[str]]:
    """The scale of a road of one line, and what is wrong with its posts in words."""
    found = build_scales([Feature(line, carriageway, ledger_length_m, start_km=start_km)], posts)
    return found.scales[0], list(found.wrong)


def build_scales(features: Sequence[Feature], posts: Sequence[Kilopost]) -> RoadScales:
    """The scales of a road's lines.

    Lines that touch are one piece: a post near a joint serves both. With posts at even steps every piece is scaled by
    its own; else the road is measured through all its pieces, see `pavement.measured_scale`. A road that is partly one
    line for both carriageways and partly two is measured along 下り first, then along 上り between what both share.
    """
    every = Posts.of(posts)
    by_posts = every.stand_regularly and not all(feature.cumulative for feature in features)
    ledger = ledger_of(features)
    scales: dict[int, Scale] = {}
    wrong: list[str] = []
    for direction in (Direction.DOWN, Direction.UP):
        members = [i for i, each in enumerate(features) if direction in each.carriageway.directions]
        if set(members) <= scales.keys():
            continue
        lines = [features[i].line for i in members]
        pieces = [
            replace(piece, members=tuple(members[k] for k in piece.members))
            for piece in pieces_of(lines, order_lines(lines))
        ]
        chain = Chain(features, pieces, every, direction, ledger)
        found = chain.by_posts() if by_posts else chain.measured(scales)
        scales |= {i: scale for i, scale in found.items() if i not in scales}
        wrong += [text for text in chain.wrong if text not in wrong]
    lengths = tuple(
        LedgerLength(known, feature.line.length) if known else None
        for known, feature in zip(ledger, features, strict=True)
    )
    return RoadScales(tuple(scales[i] for i in range(len(features))), lengths, tuple(wrong))


def ledger_of(features: Sequence[Feature]) -> list[float | None]:
    """(m,) the ledger's length of every line: its share of its row's, or of the road's where every row repeats that."""
    rows = {each.row: (each.ledger_m, row_length(features, each.row)) for each in features}
    given = {ledger for ledger, _ in rows.values()}
    whole = next(iter(given)) if len(given) == 1 and len(rows) > 1 else None
    if whole and not any(_fits(whole, length) for _, length in rows.values()):
        down = [each for each in features if Direction.DOWN in each.carriageway.directions] or features
        total = sum(each.line.length for each in down)
        if _fits(whole, total):
            return [whole * each.line.length / total for each in features]
    shares = [(*rows[each.row], each.line.length) for each in features]
    return [ledger * own / length if ledger else None for ledger, length, own in shares]


def row_length(features: Sequence[Feature], row: int) -> float:
    """Metres of all lines of a row."""
    return float(sum(each.line.length for each in features if each.row == row))


def _fits(ledger_m: float, line_m: float) -> bool:
    return SPACING_RATIO[0] * ledger_m <= line_m <= SPACING_RATIO[1] * ledger_m


class Chain:
    """The lines of a road in one direction, in order, and what was found wrong with them."""

    def __init__(
        self,
        features: Sequence[Feature],
        pieces: Sequence[Piece],
        posts: Posts,
        direction: Direction,
        ledger: Sequence[float | None],
    ) -> None:
        self.features, self.pieces, self.posts, self.direction, self.ledger = features, pieces, posts, direction, ledger
        self.wrong: list[str] = []

    def by_posts(self) -> dict[int, Scale]:
        """Every piece by the posts beside it."""
        ways = [feature.carriageway for feature in self.features]
        found, stands = place_posts(self.posts, self.pieces, ways)
        if not stands.any():
            found, stands = place_posts(self.posts, self.pieces, [Carriageway.BOTH] * len(ways))
            if stands.any():
                self.wrong.append(f"{self.direction}の距離標がない: 反対側の距離標を使う")
        own = Carriageway.DOWN if self.direction is Direction.DOWN else Carriageway.UP
        astray = self.posts.take(~stands & self.posts.carried_by(own))
        scales: dict[int, Scale] = {}
        for piece, placed in zip(self.pieces, found, strict=True):
            whole = self._piece_by_posts(piece, placed, astray)
            scales |= {i: whole.part(offset, offset + self.features[i].line.length) for i, offset in piece.places()}
        return scales

    def _piece_by_posts(self, piece: Piece, placed: Placed, astray: Posts) -> Scale:
        if len(placed) >= 2:
            scale, wrong = scale_of_posts(placed, piece, astray)
            self.wrong += wrong
            return scale
        start_km = self.features[piece.members[0]].start_km
        if not len(placed) and start_km is None:
            self.wrong.append(f"延長 {piece.length_m:,.0f} m の線に距離標が1本もない: 距離標を求めない")
            return Scale.unknown(piece.length_m)
        if len(placed):
            self.wrong.append(ONE_POST)
        known = placed.along_m, placed.kp_km
        return measure([0.0, piece.length_m], [1.0], known, start_km=start_km, from_origin=False)

    def measured(self, already: Mapping[int, Scale]) -> dict[int, Scale]:
        """All pieces in a row, from 起点 and from every declared start on; `already`: lines shared with the other
        direction, whose scale holds.
        """
        placed, _ = place_posts(self.posts, self.pieces, [feature.carriageway for feature in self.features])
        points = {id(piece): each for piece, each in zip(self.pieces, placed, strict=True)}
        scales: dict[int, Scale] = {}
        for run in self._runs():
            scales |= self._measured_run(run, points, already)
        return scales

    def _runs(self) -> list[list[tuple[int, Piece, float]]]:
        """Lines with their piece and their place in it, cut where a line declares its start."""
        runs: list[list[tuple[int, Piece, float]]] = [[]]
        last: Piece | None = None
        for piece in self.pieces:
            for i, offset in piece.places():
                if runs[-1] and self.features[i].start_km is not None:
                    runs.append([])
                elif runs[-1] and piece is not last:
                    gap = gap_m(self.features[runs[-1][-1][0]].line, self.features[i].line)
                    self.wrong.append(f"線が {gap:,.0f} m 途切れている: 距離に数えない(start_km で示せる)")
                runs[-1].append((i, piece, offset))
                last = piece
        return runs

    def _measured_run(
        self, run: Sequence[tuple[int, Piece, float]], placed_on: Mapping[int, Placed], already: Mapping[int, Scale]
    ) -> dict[int, Scale]:
        lengths = [self.features[i].line.length for i, _, _ in run]
        breaks = np.concatenate([[0.0], np.cumsum(lengths)])
        stretch = [(self.ledger[i] or length) / length for (i, _, _), length in zip(run, lengths, strict=True)]
        points: list[tuple[float, float]] = []
        for (i, piece, offset), begin, length in zip(run, breaks, lengths, strict=False):
            if i in already:
                kp = already[i].kp_at([0.0, length])
                points += [(begin + along, float(k)) for along, k in zip((0.0, length), kp, strict=True) if k == k]
                continue
            placed = placed_on[id(piece)]
            inside = [k for k, along in enumerate(placed.along_m) if piece.member_at(along) == i]
            points += [(begin + placed.along_m[k] - offset, float(placed.kp_km[k])) for k in inside]
        places, kps = np.array(points, float).reshape(-1, 2).T
        first, *_ = run
        scale = measure(breaks, stretch, (places, kps), start_km=self.features[first[0]].start_km)
        self._judge(scale, kps, float(breaks[-1]), float(np.dot(lengths, stretch)))
        return {i: scale.part(begin, begin + n) for (i, _, _), begin, n in zip(run, breaks, lengths, strict=False)}

    def _judge(self, scale: Scale, kps: Floats, line_m: float, ledger_m: float) -> None:
        if len(kps) == 1:
            self.wrong.append(ONE_POST)
        if scale.sound.all():
            return
        if not _fits(ledger_m, line_m):
            self.wrong.append(f"台帳延長 {ledger_m:g} m が実延長 {line_m:.0f} m と合わない: 距離標を求めない")
            return
        along, kp = scale.along_m, scale.kp_km
        self.wrong += [
            f"既知点 {kp[i]:g}→{kp[i + 1]:g} km の間が実延長 {along[i + 1] - along[i]:,.0f} m: 補間しない"
            for i in np.flatnonzero(~scale.sound)
        ]
