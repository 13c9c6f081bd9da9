"""An earlier year on today's network: the same road where it is the same ground, whatever its kiloposts were then.

A re-posted or transferred road keeps its place on the earth; a bypass is new ground and is compared with nothing. Rows
whose section still lies where it lay keep their place; the others are laid onto today's sections by position, direction
of travel and the length that they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.review.rows import Floats, Ints, Sections

MOVED = 0.75  #: of a section's length: a section whose middle moved further lies elsewhere
BESIDE_M = 12.0  #: across the road: another lane or carriageway of the same road, not a street beside it
TURN_DEG = 30.0  #: between the two directions of travel
LEAST_SHARED = 0.7  #: of a section that old rows must lie on
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, eq=False)
class Laid:
    """Old rows on today's sections: section `to[i]` takes `weight[i]` of old row `row[i]`; weights of one sum to 1."""

    to: Ints
    row: Ints
    weight: Floats
    moved: int  #: sections that take their values from another place
    nothing_moved: bool  #: every row lies where its section lies today, or nobody knows where it lay


def lay(sections: Sections, places: NDArray[np.str_], lonlat: Floats, up: NDArray[np.bool_]) -> Laid:
    """Where the old rows lie today: `places` (m,) their ids, `lonlat` (m, 4) of both ends (NaN: not known), `up` (m,)
    上り. A row without a position keeps its place.
    """
    from pavement.review.rows import place_rows

    at = place_rows(sections, places)
    known = np.isfinite(lonlat).all(axis=1)
    lat0 = float(np.nanmean(sections.lonlat[:, 1])) if len(sections) else 0.0
    old_middle, old_course, _ = _lines(lonlat, up, lat0)
    middle, course, size = _lines(sections.lonlat, sections.up, lat0)
    apart = np.full(len(places), np.nan)
    here = (at >= 0) & known
    apart[here] = np.hypot(*(old_middle[here] - middle[at[here]]).T)
    turned = np.zeros(len(places), bool)
    turned[here] = np.abs(_angle(old_course[here] - course[at[here]])) > TURN_DEG
    length = np.where(at >= 0, size[np.maximum(at, 0)], 0.0)
    elsewhere = known & ((at < 0) | turned | (apart > MOVED * np.maximum(length, 20.0)))
    stays = (at >= 0) & ~elsewhere
    to, row = at[stays], np.flatnonzero(stays)
    weight = np.ones(len(row))
    taken = np.zeros(len(sections), bool)
    taken[to] = True
    loose, free = np.flatnonzero(elsewhere), np.flatnonzero(~taken & (size > 0))
    if not len(loose) or not len(free):
        return Laid(to.astype(np.int64), row.astype(np.int64), weight, 0, not len(loose))
    more = _shared(middle[free], course[free], size[free], old_middle[loose], old_course[loose])
    shared = np.bincount(more[0], more[2], minlength=len(free))
    enough = shared[more[0]] >= LEAST_SHARED
    which, source, part = (each[enough] for each in more)
    moved = int(np.count_nonzero(shared >= LEAST_SHARED))
    return Laid(
        np.concatenate([to, free[which]]).astype(np.int64),
        np.concatenate([row, loose[source]]).astype(np.int64),
        np.concatenate([weight, part / shared[which]]),
        moved,
        False,
    )


def _lines(lonlat: Floats, up: NDArray[np.bool_], lat0: float) -> tuple[Floats, Floats, Floats]:
    """Middles (n, 2) in metres, course of travel (n,) in degrees, length between the ends (n,)."""
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(lat0)), METRES_PER_DEGREE])
    first, last = lonlat[:, :2] * scale, lonlat[:, 2:] * scale
    step = np.where(up[:, None], first - last, last - first)
    return (first + last) / 2, np.degrees(np.arctan2(step[:, 0], step[:, 1])), np.hypot(*(last - first).T)


def _angle(degrees: Floats) -> Floats:
    return (degrees + 180) % 360 - 180


def _shared(middle: Floats, course: Floats, size: Floats, old: Floats, old_course: Floats) -> tuple[Ints, Ints, Floats]:
    """Pairs (section, old row) and the share of the section that the row lies on, on one road in one direction."""
    tree = shapely.STRtree([shapely.Point(x, y) for x, y in old.tolist()])
    section, row = tree.query(shapely.points(middle), predicate="dwithin", distance=np.hypot(size, BESIDE_M))
    along = np.radians(course[section])
    ahead = np.column_stack([np.sin(along), np.cos(along)])
    step = old[row] - middle[section]
    far = np.abs((step * ahead).sum(axis=1))
    beside = np.abs(step[:, 0] * ahead[:, 1] - step[:, 1] * ahead[:, 0])
    fits = (
        (beside <= BESIDE_M) & (np.abs(_angle(old_course[row] - course[section])) <= TURN_DEG) & (far < size[section])
    )
    share = 1 - far / np.maximum(size[section], 1e-9)
    return section[fits], row[fits], share[fits]


def laid_columns(
    laid: Laid, sections: Sections, columns: dict[str, Sequence[Any]], numbers: Sequence[str]
) -> dict[str, list[Any]]:
    """The old rows' columns as rows of today's places: numbers as means by shared length, the rest of the greatest."""
    order = np.lexsort((-laid.weight, laid.to))
    to, row, weight = laid.to[order], laid.row[order], laid.weight[order]
    targets, first = np.unique(to, return_index=True)
    found: dict[str, list[Any]] = {}
    group = np.searchsorted(targets, to)
    for name, values in columns.items():
        if name in numbers:
            plain = np.array(values, float)[row]
            known = np.isfinite(plain)
            sums = np.bincount(group[known], (plain * weight)[known], minlength=len(targets))
            shares = np.bincount(group[known], weight[known], minlength=len(targets))
            means = np.divide(sums, shares, out=np.full(len(targets), np.nan), where=shares >= LEAST_SHARED)
            found[name] = means.tolist()
        else:
            found[name] = [values[i] for i in row[first].tolist()]
    found["place"] = sections.place[targets].tolist()
    return found
