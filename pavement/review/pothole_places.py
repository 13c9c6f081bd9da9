"""Whether a year's passes looked for potholes at a place, wherever today's network puts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely

from pavement.place import segment_place
from pavement.review.pothole import Pothole
from pavement.review.pothole_pairs import METRES_PER_DEGREE, SAME_WAY_DEG, courses, ground_points
from pavement.review.rows import Ints, Sections, Year, place_rows

BESIDE_M = 25.0  #: from the straight line of a section; a 100 m section of a bend lies up to so far off it


def looked_for_potholes(segments: Sections, years: Sequence[Year]) -> Callable[[int, Sequence[Pothole]], list[bool]]:
    """Of a 年度 and potholes: whether the segment of each was inspected by a drive then (a survey vehicle's row tells
    nothing of potholes).
    """
    found = {year.fiscal_year: year.inspected & year.drive.known for year in years}

    def looked(year: int, potholes: Sequence[Pothole]) -> list[bool]:
        if year not in found or not potholes:
            return [False] * len(potholes)
        rows = segments_of(segments, potholes)
        return ((rows >= 0) & found[year][np.maximum(rows, 0)]).tolist() if len(segments) else [False] * len(potholes)

    return looked


def segments_of(segments: Sections, potholes: Sequence[Pothole]) -> Ints:
    """(n,) the segment of each: the nearest on the ground in its direction of travel; by its kilopost where its course
    is not known. -1: none.
    """
    names = [segment_place(one.road, one.direction, one.kp_km) for one in potholes]
    rows = place_rows(segments, np.array(names, "U16")).astype(np.int64)
    course = np.array([one.course_deg for one in potholes], float)
    known = np.isfinite(course) & np.array([np.isfinite(one.lon) and np.isfinite(one.lat) for one in potholes], bool)
    if not known.any() or not len(segments):
        return rows
    lonlat = np.nan_to_num(segments.lonlat)
    lat0 = float(np.mean([potholes[k].lat for k in np.flatnonzero(known).tolist()]))
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(lat0)), 1.0, np.cos(np.radians(lat0)), 1.0])
    lines = np.asarray(shapely.linestrings((lonlat * scale).reshape(-1, 2, 2)), object)
    asked = np.flatnonzero(known)
    places = ground_points([potholes[k] for k in asked.tolist()], lat0)
    points = np.asarray(shapely.points(places), object)
    which, segment = shapely.STRtree(lines).query(points, predicate="dwithin", distance=BESIDE_M)
    turned = courses(segments.lonlat[segment], segments.up[segment]) - course[asked[which]]
    fits = np.abs((turned + 180) % 360 - 180) <= SAME_WAY_DEG
    which, segment = which[fits], segment[fits]
    far = shapely.distance(points[which], lines[segment]) + np.where(segment == rows[asked[which]], 0.0, 1e-3)
    order = np.lexsort((far, which))
    _, first = np.unique(which[order], return_index=True)
    rows[asked[which[order][first]]] = segment[order][first]
    return rows
