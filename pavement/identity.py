"""Which defects are the same object: seen again on another drive, or known from an earlier run.

Positions of two drives differ by some metres, but by nearly the same along a stretch: the first round of matching tells
the shift of the second. Sideways a camera is sure to a few decimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]

REACH_M = 12.0  #: along the road, before the shift between two drives is known
NEAR_M = 3.0  #: … and when it is known
BESIDE_M = 0.8
SHIFT_M = 200.0  #: the shift is taken from what matches within this distance
SIZES = 4.0  #: one area at most so many times the other


@dataclass(frozen=True)
class Sighting:
    """One object as one drive saw it: metres of kilopost, metres right of the lane's middle, m²."""

    along_m: float
    across_m: float
    area_m2: float


def same_objects(first: Sequence[Sighting], second: Sequence[Sighting]) -> list[tuple[int, int]]:
    """Pairs (index in `first`, index in `second`) of one object each, in the order of `first`.

    >>> here = [Sighting(100, 0.5, 0.3), Sighting(101.5, 0.5, 0.3)]
    >>> same_objects(here, [Sighting(104, 0.4, 0.2), Sighting(105.5, 0.5, 0.4)])
    [(0, 0), (1, 1)]
    """
    if not first or not second:
        return []
    a, b = (np.array([(s.along_m, s.across_m, s.area_m2) for s in each]) for each in (first, second))
    loose = _assign(a, b, np.zeros(len(b)), REACH_M)
    if not loose:
        return []
    places = np.array([b[j, 0] for _, j in loose])
    shifts = np.array([b[j, 0] - a[i, 0] for i, j in loose])
    near = [shifts[np.abs(places - along) <= SHIFT_M] for along in b[:, 0]]
    shift = np.array([np.median(each) if len(each) else 0.0 for each in near])
    return _assign(a, b, shift, NEAR_M)


def _assign(a: Floats, b: Floats, shift: Floats, reach_m: float) -> list[tuple[int, int]]:
    """The pairing of least distance among those within reach; order along the road is kept by the distance alone."""
    along = np.abs(b[None, :, 0] - shift[None] - a[:, None, 0])
    across = np.abs(b[None, :, 1] - a[:, None, 1])
    ratio = np.abs(np.log(np.maximum(b[None, :, 2], 1e-3) / np.maximum(a[:, None, 2], 1e-3)))
    possible = (along <= reach_m) & (across <= BESIDE_M) & (ratio <= np.log(SIZES))
    cost = np.where(possible, (along / reach_m) ** 2 + (across / BESIDE_M) ** 2 + 0.1 * ratio, 1e3)
    rows, columns = linear_sum_assignment(cost)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if possible[i, j]]
