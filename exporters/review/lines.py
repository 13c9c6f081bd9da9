"""The lines of segments and blocks, from the lower kilopost to the higher."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from pavement.review.review import Review

Lines = NDArray[np.object_]  #: shapely lines


def segment_lines(review: Review) -> Lines:
    """(segments,) their own lines; straight ones where none is known."""
    straight = np.asarray(shapely.linestrings(review.segments.lonlat.reshape(-1, 2, 2)), object)
    if not len(review.lines):
        return straight
    known = np.array([each is not None for each in review.lines], bool)
    found = straight.copy()
    found[known] = shapely.from_wkb([each for each in review.lines if each is not None])
    return found


def block_lines(review: Review, rows: NDArray[np.intp]) -> Lines:
    """(rows,) the parts of the segments' lines that some blocks are; straight where a segment is in pieces."""
    blocks, segments = review.blocks, review.segments
    found = np.asarray(shapely.linestrings(blocks.lonlat[rows].reshape(-1, 2, 2)), object)
    if not len(review.lines):
        return found
    lines = segment_lines(review)
    for k, row in enumerate(rows.tolist()):
        segment = int(review.segment_of[row])
        if segment < 0 or lines[segment].geom_type != "LineString":
            continue
        low, high = segments.from_kp_km[segment], segments.to_kp_km[segment]
        first, last = (np.array([blocks.from_kp_km[row], blocks.to_kp_km[row]]) - low) / max(high - low, 1e-9)
        if lower_first(lines[segment], segments.lonlat[segment]):
            part = substring(lines[segment], first, last, normalized=True)
        else:
            part = substring(lines[segment], 1 - last, 1 - first, normalized=True)
        if part.geom_type == "LineString":
            found[k] = part
    return found


def lower_first(line: shapely.LineString, lonlat: NDArray[np.float64]) -> bool:
    """Whether a line begins at the end with the lower kilopost."""
    first, last = shapely.get_coordinates(line)[[0, -1]]
    return bool(np.hypot(*(first - lonlat[:2])) <= np.hypot(*(last - lonlat[:2])))
