"""How a track moved: its speed and its rate of turn between any two times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from pavement.geo import LocalPlane
from pavement.track import Track

Floats = NDArray[np.float64]

GRID_S = 0.1  #: of the track's speed
SMOOTH_S = 2.0  #: one sigma: the differences of fixes a second apart scatter by a metre a second and more
GAP_S = 4.0  #: the track's speed in longer gaps is not known
LEAST_SPEED_MPS = 3.0  #: slower, the heading of a track is noise
LEAST_FIXES = 40
LEAST_S = 60.0
BURSTS = 12  #: stretches of a long drive that are looked at …
BURST = 50  #: … of so many pairs


@dataclass(frozen=True)
class TrackMotion:
    """A track's way and heading on an even grid, cumulated; and where they are known."""

    start_s: float
    way_m: Floats
    turned: Floats  #: radians to the right
    known: Floats  #: seconds of known time, cumulated

    def between(self, start_s: Floats, end_s: Floats) -> tuple[Floats, Floats]:
        """Mean speed in m/s and rate of turn in rad/s (n,); NaN where the track does not tell."""
        at = [(np.asarray(each) - self.start_s) / GRID_S for each in (start_s, end_s)]
        grid = np.arange(len(self.way_m))
        way, turned, known = (
            np.interp(at[1], grid, each, np.nan, np.nan) - np.interp(at[0], grid, each, np.nan, np.nan)
            for each in (self.way_m, self.turned, self.known)
        )
        seconds = end_s - start_s
        gap = known < seconds - 1.5 * GRID_S
        way[gap] = np.nan
        return way / seconds, turned / seconds


def motion_of(track: Track) -> TrackMotion | None:
    """Speed and heading of a track in time order; None of one that is too short."""
    if len(track) < LEAST_FIXES or track.time_s[-1] - track.time_s[0] < LEAST_S:
        return None
    plane = LocalPlane(float(np.median(track.lon)), float(np.median(track.lat)))
    xy = plane.to_metres(track.lon, track.lat)
    when = np.arange(track.time_s[0], track.time_s[-1], GRID_S)
    sigma = SMOOTH_S / GRID_S
    east, north = (gaussian_filter1d(np.gradient(np.interp(when, track.time_s, c), GRID_S), sigma) for c in xy.T)
    speed = np.hypot(east, north)
    if np.isfinite(track.speed_mps).mean() > 0.9:
        own = np.isfinite(track.speed_mps)
        speed = np.interp(when, track.time_s[own], track.speed_mps[own])
    rate = (north * np.gradient(east, GRID_S) - east * np.gradient(north, GRID_S)) / np.maximum(speed, 1e-3) ** 2
    rate = np.where(speed >= LEAST_SPEED_MPS, rate, 0.0)
    before = np.searchsorted(track.time_s, when, "right") - 1
    gap = np.diff(track.time_s)[np.minimum(before, len(track) - 2)] > GAP_S
    sums = (np.concatenate([[0.0], np.cumsum(each) * GRID_S]) for each in (speed, rate, ~gap))
    return TrackMotion(float(when[0]), *sums)


def choose_pairs(frame_s: Floats, track: Track) -> NDArray[np.intp]:
    """Which of the neighbouring frames (i, i + 1) are to be looked at; `frame_s` (n,) rises.

    All of a short drive, of a long one the stretches in which speed and heading change most.
    """
    pairs = len(frame_s) - 1
    motion = motion_of(track)
    if pairs <= BURSTS * BURST or motion is None:
        return np.arange(max(pairs, 0))
    speed, turn = motion.between(frame_s[:-1], frame_s[1:])
    starts = np.arange(0, pairs - BURST, BURST // 2)
    liveliness = [
        float(np.nan_to_num(np.nanstd(speed[s : s + BURST]) + 10 * np.nanstd(turn[s : s + BURST]), nan=0.0))
        if np.isfinite(speed[s : s + BURST]).any()
        else 0.0
        for s in starts
    ]
    taken = np.zeros(pairs, bool)
    for index in np.argsort(liveliness)[::-1]:
        part = slice(starts[index], starts[index] + BURST)
        if not taken[part].any():
            taken[part] = True
        if taken.sum() >= BURSTS * BURST:
            break
    return np.flatnonzero(taken)
