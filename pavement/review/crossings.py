"""Sections that came to Ⅲ since the year before, with what is sure of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pavement.review.change import Change, Verdict
from pavement.review.rows import RATINGS, Ints, Sections, Year
from pavement.road import Direction, RoadKey

Certainty = Literal["確か", "疑い", "ばらつきの範囲", "比較不可"]


@dataclass(frozen=True)
class Crossing:
    """A section (0.1) that is Ⅲ now and was not before."""

    row: int
    road: RoadKey
    name: str
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    length_m: float
    office: str
    before: str
    certainty: Certainty
    worse_blocks: int
    blocks: int


def crossings_into_repair(
    segments: Sections, then: Year, now: Year, change: Change | None, segment_of: Ints | None
) -> tuple[Crossing, ...]:
    """Sections that crossed into Ⅲ. `segment_of` (blocks,) is the segment of each block of `change`, -1 for none."""
    crossed = (now.rating == RATINGS.index("Ⅲ")) & (then.rating > 0) & (then.rating < RATINGS.index("Ⅲ"))
    n = len(segments)
    sure, maybe, compared = (np.zeros(n, np.int64) for _ in range(3))
    if change is not None and segment_of is not None:
        inside = segment_of >= 0
        for counts, verdicts in (
            (sure, (Verdict.WORSE,)),
            (maybe, (Verdict.SUSPECT,)),
            (compared, (Verdict.WORSE, Verdict.SUSPECT, Verdict.WITHIN_NOISE, Verdict.BETTER)),
        ):
            counts += np.bincount(segment_of[inside & np.isin(change.verdict, verdicts)], minlength=n)
    return tuple(
        Crossing(
            row,
            segments.roads[segments.road[row]],
            segments.names[segments.road[row]],
            Direction.UP if segments.up[row] else Direction.DOWN,
            float(segments.from_kp_km[row]),
            float(segments.to_kp_km[row]),
            float(segments.length_m[row]),
            segments.office.text(row),
            RATINGS[then.rating[row]],
            _certainty(int(sure[row]), int(maybe[row]), int(compared[row])),
            int(sure[row]),
            int(compared[row]),
        )
        for row in np.flatnonzero(crossed).tolist()
    )


def _certainty(sure: int, maybe: int, compared: int) -> Certainty:
    return "確か" if sure else "疑い" if maybe else "ばらつきの範囲" if compared else "比較不可"


def segments_of_blocks(segments: Sections, blocks: Sections) -> Ints:
    """(blocks,) the segment that each block lies in, -1 for none; both of the same network and its roads' numbers."""
    if not len(segments):
        return np.full(len(blocks), -1, np.int32)
    known = {road: k for k, road in enumerate(segments.roads)}
    number = np.array([known.get(road, -1) for road in blocks.roads] or [-1], np.int64)

    def key(sections: Sections, road: Ints) -> Ints:
        tenth = np.floor(np.round(sections.from_kp_km * 1000, 1) / 100 + 1e-6).astype(np.int64)
        return np.asarray((road.astype(np.int64) * 2 + sections.up) * 10**6 + tenth)

    keys = key(segments, segments.road)
    order = np.argsort(keys, kind="stable")
    wanted = key(blocks, number[blocks.road])
    at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = order[at]
    return np.where((keys[found] == wanted) & (number[blocks.road] >= 0), found, -1).astype(np.int32)
