"""悪化区間: neighbouring blocks that became worse, or may have, as one stretch that somebody can be sent to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pavement.review.change import Change, Verdict
from pavement.review.rows import Bools, Floats, Sections
from pavement.review.stretches import cut, merge
from pavement.road import Direction, RoadKey

GAP_M = 40.0  #: so much without a verdict may lie inside a stretch: two blocks


@dataclass(frozen=True)
class IndicatorDecay:
    """What an indicator changed by on the blocks of a stretch that became worse or may have; None: not compared."""

    key: str
    name: str
    unit: str
    mean: float | None  #: weighed by length, drawn together along the road
    most: float | None  #: of a block


@dataclass(frozen=True)
class WorseStretch:
    """A stretch of one road and direction; metres."""

    road: RoadKey
    name: str
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    length_m: float
    worse_m: float  #: of blocks that became worse
    suspect_m: float  #: of blocks that may have
    office: str
    municipality: str
    verdict: Literal["悪化", "悪化の疑い"]  #: 悪化: at least one block
    changes: tuple[IndicatorDecay, ...]
    same_season: bool
    lonlat: tuple[float, float, float, float]  #: start and end


def find_worse(blocks: Sections, change: Change, most_m: float) -> tuple[WorseStretch, ...]:
    """The stretches, 悪化 before 悪化の疑い, and of each the greatest decay first."""
    wanted = np.isin(change.verdict, (Verdict.WORSE, Verdict.SUSPECT))
    size = np.zeros(len(blocks))
    for one in change.indicators.values():  # in units of what a class differs by
        size = np.fmax(size, one.runs.expected / max(one.indicator.sizes))

    def unlike(first: int, last: int) -> Floats:
        sure = (change.verdict[first : last + 1] == Verdict.WORSE).astype(float)
        gap = (~wanted[first : last + 1]).astype(float)
        return np.asarray(abs(np.diff(size[first : last + 1])) + abs(np.diff(sure)) + abs(np.diff(gap)))

    runs = [piece for run in merge(blocks, wanted, GAP_M) for piece in cut(blocks, wanted, run, most_m, unlike)]
    found = [_stretch(blocks, change, wanted, a, b) for a, b in runs]
    order = [
        (each.verdict != "悪化", -round(float(size[a : b + 1][wanted[a : b + 1]].mean()), 3), a)
        for each, (a, b) in zip(found, runs, strict=True)
    ]
    return tuple(found[k] for k in sorted(range(len(found)), key=lambda k: order[k]))


def _stretch(blocks: Sections, change: Change, wanted: Bools, a: int, b: int) -> WorseStretch:
    rows = a + np.flatnonzero(wanted[a : b + 1])
    length, verdict = blocks.length_m[rows], change.verdict[rows]
    worse_m = float(length[verdict == Verdict.WORSE].sum())
    road = int(blocks.road[a])
    changes = []
    for key, one in change.indicators.items():
        known = np.isfinite(one.change[rows])
        values = one.runs.expected[rows][known]
        mean, most = (
            (float(np.average(values, weights=length[known])), float(values.max())) if known.any() else (None, None)
        )
        changes.append(IndicatorDecay(key, one.indicator.name, one.indicator.unit, mean, most))
    west, south = blocks.lonlat[a, :2].tolist()
    east, north = blocks.lonlat[b, 2:].tolist()
    return WorseStretch(
        road=blocks.roads[road],
        name=blocks.names[road],
        direction=Direction.UP if blocks.up[a] else Direction.DOWN,
        from_kp_km=float(blocks.from_kp_km[a]),
        to_kp_km=float(blocks.to_kp_km[b]),
        length_m=float(blocks.length_m[a : b + 1].sum()),
        worse_m=worse_m,
        suspect_m=float(length.sum()) - worse_m,
        office=blocks.office.text(a),
        municipality=blocks.municipality.text(a),
        verdict="悪化" if worse_m > 0 else "悪化の疑い",
        changes=tuple(changes),
        same_season=bool(change.same_season[rows].all()),
        lonlat=(west, south, east, north),
    )
