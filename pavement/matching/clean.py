"""Cleaning a track before matching: spikes, stops, headings, holes. All arrays (n,) over fixes in time order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.segment_index import ranges

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MAX_SPEED_MPS = 60.0
SPIKE_FIXES = (1, 2, 4, 8)  #: fixes in a row out of reach from before and after them are spikes; short rows first
ASIDE_M = 30.0  #: a fix this far from the straight between its neighbours …
HARDEST_MPS2 = 15.0  #: … and farther than such an acceleration brings a car is a spike, too
LONELY = 1.4  #: … if it lies so much farther aside than both neighbours: an error by itself gives 2, a new level 1
KEY_STEP_M = 15.0  #: the model sees fixes at least so far apart: stops collapse, neighbouring errors count once
STOP_FIXES = 30  #: … or so many fixes apart
HEADING_STEP_M = 5.0  #: a heading is taken from two key fixes at least so far apart
HEADING_REACH_M = 40.0  #: … and at most so far: roads bend
ANY_WAY_M = 1e6
HEADING_MPS = 3.0  #: from this speed on a receiver's own heading is better
HOLE_S = 4.0  #: fixes farther apart in time, and three times as far as usual, leave a hole


def spikes(time_s: Floats, xy: Floats) -> Mask:
    """Short rows of fixes that nothing before or after them can reach, while before and after fit together."""
    bad = np.zeros(len(time_s), bool)
    for most in SPIKE_FIXES:
        good = np.flatnonzero(~bad)
        bad[good[_spikes(time_s[good], xy[good], most)]] = True
    good = np.flatnonzero(~bad)
    bad[good[_outliers(time_s[good], xy[good])]] = True
    return bad


def _outliers(time_s: Floats, xy: Floats) -> Mask:
    """Fixes so far from where their neighbours put them that no car could have swerved there and back."""
    if len(time_s) < 3:
        return np.zeros(len(time_s), bool)
    before, after = time_s[1:-1] - time_s[:-2], time_s[2:] - time_s[1:-1]
    share = (before / np.maximum(before + after, 1e-9))[:, None]
    aside = np.hypot(*(xy[1:-1] - (1 - share) * xy[:-2] - share * xy[2:]).T)
    neighbours = np.concatenate([[0.0], aside, [0.0]])
    lonely = aside > LONELY * np.maximum(neighbours[:-2], neighbours[2:])
    far = aside > ASIDE_M + HARDEST_MPS2 * before * after / 2
    return np.concatenate([[False], far & lonely, [False]])


def _spikes(time_s: Floats, xy: Floats, most: int) -> Ints:
    """Positions of fixes in rows of at most `most` between two jumps."""
    jump = np.flatnonzero(~_reachable(np.diff(time_s), np.diff(xy, axis=0)))
    first, after = jump[:-1] + 1, jump[1:] + 1  # a row between two jumps, and the fix behind it
    fits = _reachable(time_s[after] - time_s[first - 1], xy[after] - xy[first - 1])
    lonely = fits & (after - first <= most)
    lonely[1:] &= ~lonely[:-1]  # of two rows side by side each was measured against the other
    return ranges(first[lonely], (after - first)[lonely])


def _reachable(seconds: Floats, step: Floats) -> Mask:
    return np.asarray(np.hypot(step[:, 0], step[:, 1]) <= MAX_SPEED_MPS * np.maximum(seconds, 1.0))


def travelled(time_s: Floats, speed_mps: Floats) -> Floats:
    """Metres (n,) since the first fix by the receiver's own speeds; where it tells none, ANY_WAY_M more.

    >>> travelled(np.array([0.0, 1.0, 2.0]), np.array([4.0, 6.0, np.nan])).tolist()
    [0.0, 5.0, 1000005.0]
    """
    between = (speed_mps[1:] + speed_mps[:-1]) / 2 * np.diff(time_s)
    return np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(between), between, ANY_WAY_M))])


def key_fixes(xy: Floats, travelled_m: Floats) -> Ints:
    """Positions of fixes that are at least KEY_STEP_M (or STOP_FIXES) from the one before; the first and last always.

    A receiver that jumps while by its own speeds (`travelled_m`) the car crept less than half as far makes no key fix.
    Of every fix the next that is far enough is looked up for all at once; then the chain is followed.
    """
    n = len(xy)
    if n < 2:
        return np.arange(n, dtype=np.int64)
    following = np.minimum(np.arange(n) + STOP_FIXES, n - 1)
    waiting = np.arange(n)
    for offset in range(1, STOP_FIXES):
        waiting = waiting[waiting + offset < n]
        step = xy[waiting + offset] - xy[waiting]
        crept = travelled_m[waiting + offset] - travelled_m[waiting] < KEY_STEP_M / 2
        far = (step[:, 0] ** 2 + step[:, 1] ** 2 >= KEY_STEP_M**2) & ~crept
        following[waiting[far]] = waiting[far] + offset
        waiting = waiting[~far]
        if not len(waiting):
            break
    chain, links = [0], following.tolist()
    while chain[-1] < n - 1:
        chain.append(links[chain[-1]])
    return np.array(chain, np.int64)


def headings(xy: Floats, speed_mps: Floats, heading_deg: Floats) -> tuple[Floats, Mask]:
    """Directions of travel at key fixes, unit vectors (n, 2), and whether they tell the road's direction (n,).

    The receiver's own where it moves (`heading_deg`: clockwise from north), else from the neighbours: not where the car
    hardly moves, nor across a way so long that the road may bend.
    """
    n = len(xy)
    before, after = np.maximum(np.arange(n) - 1, 0), np.minimum(np.arange(n) + 1, n - 1)
    step = xy[after] - xy[before]
    length = np.hypot(step[:, 0], step[:, 1])
    told = (length >= HEADING_STEP_M) & (length <= HEADING_REACH_M * (after - before))
    own = np.isfinite(heading_deg) & (np.nan_to_num(speed_mps) >= HEADING_MPS)
    angle = np.radians(np.where(own, heading_deg, 0.0))
    measured = np.column_stack([np.sin(angle), np.cos(angle)])
    return np.where(own[:, None], measured, step / np.maximum(length, 1e-9)[:, None]), told | own


def holes(time_s: Floats) -> Mask:
    """(n - 1,) whether the position between a fix and the next is only bridged."""
    seconds = np.diff(time_s)
    return np.asarray(seconds >= max(HOLE_S, 3 * float(np.median(seconds)))) if len(seconds) else np.zeros(0, bool)


def nearest_in_time(time_s: Floats, key_time_s: Floats) -> Ints:
    """Index of the key fix nearest in time to each fix."""
    after = np.clip(np.searchsorted(key_time_s, time_s), 0, len(key_time_s) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(key_time_s[before] - time_s) <= np.abs(key_time_s[after] - time_s)
    return np.where(nearer, before, after)
