"""Candidates: the directed lines that a fix may lie on, and one state for being on none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pavement.matching.lines import Lines
from pavement.segment_index import Near, ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Value = TypeVar("Value", np.float64, np.int64)

RADIUS_M = 50.0  #: lines farther away are no candidates …
RADIUS_SIGMAS = 5.0  #: … unless the receiver says that it errs by more than a fifth of that
FARTHEST_M = 100.0
MOST = 15  #: candidates of a fix; the nearest stay, managed ones before others
OFF = -1  #: the line of the state of being on no line
NONE = -2  #: an empty place in the table


@dataclass(frozen=True)
class Candidates:
    """The candidates of n fixes, each array (n, k): column 0 is off the network, unused places have the line NONE."""

    line: Ints
    sign: Ints  #: +1 along the digitising direction, -1 against it, 0 a background road, whose way does not matter
    along_m: Floats
    distance_m: Floats
    x: Floats
    y: Floats
    east: Floats  #: unit vector of the direction of travel there (of digitising, on background roads)
    north: Floats

    def __len__(self) -> int:
        return len(self.line)

    def rows(self, part: slice | Ints, width: int | None = None) -> Candidates:
        """Some fixes, and the first `width` columns."""
        return Candidates(*(getattr(self, name)[part, :width] for name in self.__dataclass_fields__))


def radius_of(accuracy_m: Floats) -> Floats:
    """How far to look for lines, from what the receiver says of itself (NaN: nothing)."""
    claimed = np.where(np.isfinite(accuracy_m), accuracy_m, 0.0)
    return np.clip(RADIUS_SIGMAS * claimed, RADIUS_M, FARTHEST_M)


def find_candidates(lines: Lines, near: Near, xy: Floats) -> Candidates:
    """The candidates of fixes at (n, 2) from what passes near them."""
    background = near.line >= lines.managed
    one_way = (
        ~background & ~lines.ways[np.minimum(near.line, lines.managed - 1)].all(1) if lines.managed else background
    )
    against = ~background
    against[~background] = lines.ways[near.line[~background], 1]
    copies = np.where(background | one_way, 1, 2)
    row = np.repeat(np.arange(len(near)), copies)
    second = ranges(np.zeros_like(copies), copies) == 1
    sign = np.where(background[row], 0, np.where(second | (one_way & against)[row], -1, 1))
    keep = ~lines.shared.yielding(near.line[row], sign, near.along_m[row])
    row, sign = row[keep], sign[keep]
    row, sign, slot = fewest(near, row, sign, background)
    point, width = near.point[row], int(slot.max(initial=0)) + 1

    def table(values: NDArray[Value], empty: float) -> NDArray[Value]:
        filled = np.full((len(xy), width), empty, values.dtype)
        filled[point, slot] = values
        return filled

    turned = np.where(sign < 0, -1.0, 1.0)
    found = Candidates(
        line=table(near.line[row], NONE),
        sign=table(sign, 0),
        along_m=table(near.along_m[row], 0.0),
        distance_m=table(near.distance_m[row], 0.0),
        x=table(near.x[row], 0.0),
        y=table(near.y[row], 0.0),
        east=table(np.cos(near.tangent[row]) * turned, 0.0),
        north=table(np.sin(near.tangent[row]) * turned, 0.0),
    )
    found.line[:, 0], found.x[:, 0], found.y[:, 0] = OFF, xy[:, 0], xy[:, 1]
    return found


def fewest(near: Near, row: Ints, sign: Ints, background: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """At most MOST of the directed candidates of each point, and their columns (from 1)."""
    for crowded in (False, True):
        point = near.point[row]
        slot = np.arange(len(row)) - np.searchsorted(point, point) + 1
        if crowded or slot.max(initial=0) <= MOST:
            break
        order = np.lexsort((near.distance_m[row], background[row], point))
        keep = np.sort(order[slot <= MOST])
        row, sign = row[keep], sign[keep]
    return row, sign, slot
