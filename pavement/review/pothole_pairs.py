"""Which pothole of one year is which of another: the same id, else the nearest on the ground in the same direction."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.review.pothole import Pothole
from pavement.review.rows import Floats

SAME_PLACE_M = 12.0  #: two passes' places of one pothole differ by up to two standard deviations of each
SAME_WAY_DEG = 60.0  #: between the two directions of travel
METRES_PER_DEGREE = 111_320.0


def pair_potholes(then: Sequence[Pothole], now: Sequence[Pothole]) -> dict[int, int]:
    """Which of `then` each of `now` is: by id, then the nearest pairs first. Kiloposts, road and direction's name may
    have changed between the years: the ground has not.
    """
    ids = {one.id: i for i, one in enumerate(then)}
    pairs = {j: ids[one.id] for j, one in enumerate(now) if one.id in ids}
    taken = set(pairs.values())
    old = [i for i in range(len(then)) if i not in taken]
    new = [j for j in range(len(now)) if j not in pairs]
    if not old or not new:
        return pairs
    lat0 = float(np.mean([now[j].lat for j in new]))
    a, b = ground_points([then[i] for i in old], lat0), ground_points([now[j] for j in new], lat0)
    tree = shapely.STRtree(np.asarray(shapely.points(a), object))
    which, source = tree.query(np.asarray(shapely.points(b), object), predicate="dwithin", distance=SAME_PLACE_M)
    apart = np.hypot(*(b[which] - a[source]).T)
    for k in np.argsort(apart, kind="stable").tolist():
        j, i = new[which[k]], old[source[k]]
        if j not in pairs and i not in taken and same_way(then[i], now[j]):
            pairs[j] = i
            taken.add(i)
    return pairs


def same_way(one: Pothole, other: Pothole) -> bool:
    """Whether both lie on the side of the road that is driven in one direction; by the road's key where a course is not
    known.
    """
    if isfinite(one.course_deg) and isfinite(other.course_deg):
        return abs((one.course_deg - other.course_deg + 180) % 360 - 180) <= SAME_WAY_DEG
    return one.road == other.road and one.direction is other.direction


def ground_points(potholes: Sequence[Pothole], lat0: float) -> Floats:
    """(n, 2) metres east and north; equal over the few metres that matter here."""
    lonlat = np.array([(one.lon, one.lat) for one in potholes], float).reshape(-1, 2)
    return np.asarray(lonlat * [METRES_PER_DEGREE * np.cos(np.radians(lat0)), METRES_PER_DEGREE])


def courses(lonlat: Floats, up: NDArray[np.bool_]) -> Floats:
    """(n,) degrees from north of travel along sections `lonlat` (n, 4: lower kilopost, higher); NaN: not known.

    >>> courses(np.array([[140.0, 40.0, 140.0, 40.1], [140.0, 40.0, 140.0, 40.1]]), np.array([False, True])).tolist()
    [0.0, 180.0]
    """
    east = (lonlat[:, 2] - lonlat[:, 0]) * np.cos(np.radians((lonlat[:, 1] + lonlat[:, 3]) / 2))
    north = lonlat[:, 3] - lonlat[:, 1]
    course = np.degrees(np.arctan2(east, north)) + np.where(up, 180.0, 0.0)
    return np.where((east == 0) & (north == 0), np.nan, course % 360)
