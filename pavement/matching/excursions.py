"""Doubt and excursions that no car can have made: looked at over stays on one line in one direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SETTLE_M = 30.0  #: nobody turns twice in so short a way: doubt between two certain fixes of one direction is none
CHANGE_M = 25.0  #: where one road ends and the next begins is known so well
AT_CHANGE = 0.85  #: the confidence there
ASIDE_M = 15.0  #: a car this far aside from where it drove on its line …
SLOW_MPS = 3.0  #: … that hardly moves along it has left it: a yard, a car park
BRIDGE_S = 10.0  #: fixes that leave a line and are back on it within this time were errors, not a detour


def stays(code: Ints) -> tuple[Ints, Ints]:
    """First and one-past-last position of every row of equal codes.

    >>> stays(np.array([7, 7, 3, 7]))
    (array([0, 2, 3]), array([2, 3, 4]))
    """
    if not len(code):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bounds = np.flatnonzero(np.diff(code)) + 1
    return np.concatenate([[0], bounds]), np.concatenate([bounds, [len(code)]])


def settle(xy: Floats, code: Ints, confidence: Floats, certain: float) -> Floats:
    """Confidence (n,) with doubt taken back where a receiver wandered at a stop: between two certain fixes on the same
    line in the same direction (`code`), `SETTLE_M` apart at most, with nothing else chosen in between.
    """
    settled = confidence.copy()
    doubt = np.flatnonzero(confidence < certain)
    if not len(doubt):
        return settled
    first, last = stays(doubt - np.arange(len(doubt)))
    a, b = doubt[first] - 1, doubt[last - 1] + 1
    inside = (a >= 0) & (b < len(code))
    for i, j in zip(a[inside], b[inside], strict=True):
        if (code[i : j + 1] == code[i]).all() and np.hypot(*(xy[j] - xy[i])) <= SETTLE_M:
            settled[i + 1 : j] = min(confidence[i], confidence[j])
    return settled


def bridge(time_s: Floats, code: Ints) -> Ints:
    """The code (n,) with short excursions between two stays of one code filled with it; -1: no stay."""
    filled = code.copy()
    first, last = stays(code)
    held: dict[int, int] = {}  # code → last fix of its last stay
    for a, b, here in zip(first.tolist(), last.tolist(), code[first].tolist(), strict=True):
        if here < 0:
            continue
        if here in held and time_s[a] - time_s[held[here]] <= BRIDGE_S:
            filled[held[here] + 1 : a] = here
            held[here] = b - 1
        elif time_s[b - 1] - time_s[a] >= BRIDGE_S or not held:
            held[here] = b - 1
    return filled


def changes(xy: Floats, code: Ints) -> Mask:
    """Fixes (n,) within CHANGE_M of way of a change of code, and always the fix before and after it."""
    near = np.zeros(len(code), bool)
    change = np.flatnonzero(np.diff(code) != 0)
    if not len(change):
        return near
    near[change], near[change + 1] = True, True
    driven = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    middle = (driven[change] + driven[change + 1]) / 2
    after = (
        np.clip(np.searchsorted(middle, driven), 1, len(middle) - 1) if len(middle) > 1 else np.zeros(len(driven), int)
    )
    apart = np.minimum(np.abs(driven - middle[after]), np.abs(driven - middle[after - 1]))
    return np.asarray(near | (apart <= CHANGE_M))


def parked(across_m: Floats, speed_mps: Floats, group: Ints) -> Mask:
    """Fixes (n,) of a car that stands or turns beside its line: far aside of where it usually drives on a run."""
    aside = np.zeros(len(group))
    for first, end in zip(*stays(group), strict=True):
        seen = np.isfinite(across_m[first:end])
        if seen.any():
            aside[first:end] = np.abs(np.nan_to_num(across_m[first:end]) - np.median(across_m[first:end][seen])) * seen
    return np.asarray((aside > ASIDE_M) & (np.abs(speed_mps) < SLOW_MPS))
