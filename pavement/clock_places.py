"""A track's clock by places: photos and another track that passed the same places tell when it did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pavement.clock import AGREE_S
from pavement.geo import LocalPlane
from pavement.track import Track

Floats = NDArray[np.float64]

NEAR_M = 20.0  #: a photo's position lies so near the track's place where it was taken: two receivers' errors
STEP_M = 3.0  #: between the track's places that are compared
BRIDGE_S = 10.0  #: longer gaps of the track are not interpolated
LEAST_WITNESSES = 8
LEAST_WAY_M = 300.0  #: who stands still passes no place
SUPPORT = 0.8  #: of the witnesses must agree on one shift …
RIVAL = 0.7  #: … and for no other shift more than so many times as many
WIDE_S = 3.0  #: about the best shift, from which its middle is taken
MOST = 2000  #: witnesses are thinned to so many
APART_M = 60.0  #: median distance at the same times beyond which two records are not of one car


@dataclass(frozen=True)
class PlaceShift:
    """The track's clock minus the witnesses', its scatter, and whether the places tell it clearly."""

    shift_s: float
    spread_s: float
    support: float
    certain: bool


def shift_by_places(time_s: Floats, lon: Floats, lat: Floats, track: Track) -> PlaceShift | None:
    """The shift of `track`'s clock against witnesses (n,) who were somewhere at some time; None: they say nothing.

    Every pair of a witness and a near place of the track votes for the difference of their times; the right shift is
    the one that nearly all witnesses share. A car that drove the same way twice gives two such shifts: not certain.
    """
    thin = slice(None, None, len(time_s) // MOST + 1)
    time_s, lon, lat = time_s[thin], lon[thin], lat[thin]
    if len(time_s) < LEAST_WITNESSES or len(track) < LEAST_WITNESSES:
        return None
    plane = LocalPlane(float(np.median(track.lon)), float(np.median(track.lat)))
    seen = plane.to_metres(lon, lat)
    places, when = _dense(plane.to_metres(track.lon, track.lat), track.time_s)
    good = np.isfinite(seen).all(1)
    if good.sum() < LEAST_WITNESSES or len(places) * STEP_M < LEAST_WAY_M:
        return None
    seen, time_s = seen[good], time_s[good]
    if np.ptp(seen, axis=0).max() < LEAST_WAY_M / 2:
        return None
    near = cKDTree(seen).query_ball_tree(cKDTree(places), NEAR_M)
    count = np.array([len(each) for each in near])
    if not count.any():
        return None
    who = np.repeat(np.arange(len(seen)), count)
    what = np.concatenate([np.asarray(each, np.intp) for each in near if each])
    apart = when[what] - time_s[who]
    best, votes = _peak(who, apart, None)
    _, rival = _peak(who, apart, best)
    close = np.abs(apart - best) <= WIDE_S
    distance = np.linalg.norm(places[what] - seen[who], axis=1)
    order = np.lexsort((distance[close], who[close]))
    voters, nearest = np.unique(who[close][order], return_index=True)
    agreed = apart[close][order][nearest]
    shift = float(np.median(agreed))
    spread = float(1.4826 * np.median(np.abs(agreed - shift)))
    support = len(voters) / len(seen)
    certain = support >= SUPPORT and rival <= RIVAL * votes and spread <= AGREE_S / 2
    return PlaceShift(shift, spread, support, certain)


def apart_m(time_s: Floats, lon: Floats, lat: Floats, track: Track) -> float:
    """Median distance in metres of witnesses (n,) from the track at their times; NaN where they do not meet."""
    meet = (time_s >= track.time_s.min(initial=np.inf)) & (time_s <= track.time_s.max(initial=-np.inf))
    meet &= np.isfinite(lon + lat)
    if not meet.any():
        return float("nan")
    plane = LocalPlane(float(np.median(track.lon)), float(np.median(track.lat)))
    xy = plane.to_metres(track.lon, track.lat)
    there = np.column_stack([np.interp(time_s[meet], track.time_s, column) for column in xy.T])
    return float(np.median(np.linalg.norm(plane.to_metres(lon[meet], lat[meet]) - there, axis=1)))


def _dense(xy: Floats, time_s: Floats) -> tuple[Floats, Floats]:
    """Places every `STEP_M` along a track in time order, and when it was there; where it stood still there is one."""
    way = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    bridged = np.diff(time_s) <= BRIDGE_S
    parts = np.where(bridged, np.maximum(np.round(way / STEP_M), (way > STEP_M / 3).astype(float)), 1).astype(np.intp)
    leg = np.repeat(np.arange(len(parts)), parts)
    share = (np.arange(len(leg)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[leg]
    places = xy[leg] + share[:, None] * (xy[leg + 1] - xy[leg])
    return places, time_s[leg] + share * (time_s[leg + 1] - time_s[leg])


def _peak(who: NDArray[np.intp], apart: Floats, besides: float | None) -> tuple[float, int]:
    """The shift (to a second) for which most witnesses vote, and how many do; `besides`: none near this one."""
    if besides is not None:
        far = np.abs(apart - besides) > 4 * WIDE_S
        who, apart = who[far], apart[far]
    if not len(apart):
        return 0.0, 0
    bins = np.round(apart).astype(np.int64)
    low = int(bins.min())
    votes = np.unique(np.column_stack([who, bins - low]), axis=0)
    spread = np.unique(np.concatenate([votes + np.array([0, k]) for k in (-1, 0, 1)]), axis=0)
    which, counts = np.unique(spread[:, 1], return_counts=True)
    at = int(counts.argmax())
    return float(which[at] + low), int(counts[at])
