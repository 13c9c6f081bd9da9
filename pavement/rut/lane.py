"""The own lane on the ground, from its straight edges in one frame."""

from __future__ import annotations

import numpy as np

from pavement.camera import Camera, LaneEdges
from pavement.rut.pair import Lane

AHEAD_M = (4.0, 12.0)  #: the stretch in which the lane is taken as straight
WIDTH_M = (2.0, 6.0)  #: what a lane can measure


def lane_on_ground(edges: LaneEdges | None, camera: Camera) -> Lane | None:
    """The lane beside the camera and where it heads; None where it was not seen, or cannot be one."""
    if edges is None:
        return None
    _, rows = camera.pixel(np.array(AHEAD_M), np.zeros(2))
    v = np.linspace(float(rows[1]), min(float(rows[0]), camera.height - 1), 9)
    if not v[0] < v[-1]:
        return None
    sides = [
        camera.ground(at + slope * v, v)
        for at, slope in ((edges.left_at, edges.left_slope), (edges.right_at, edges.right_slope))
    ]
    ahead, middle = (sides[0][0] + sides[1][0]) / 2, (sides[0][1] + sides[1][1]) / 2
    width = float(np.median(sides[1][1] - sides[0][1]))
    if not (np.isfinite(ahead).all() and WIDTH_M[0] <= width <= WIDTH_M[1]):
        return None
    heading, beside = np.polyfit(ahead, middle, 1)
    return Lane(float(beside) - width / 2, float(beside) + width / 2, float(heading))
