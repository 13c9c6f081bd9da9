"""Where travel vanishes in the picture: what edges and texture say of it, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, hypot, sin

import numpy as np

from pavement.camera.edges import LaneEdges
from pavement.camera.pinhole import Camera

EDGE_FLOOR = 0.004  #: of the picture's width: how far lane edges mislead


@dataclass(frozen=True)
class VanishingPoint:
    """A vanishing point: pixels and their errors."""

    u: float
    v: float
    u_sd: float
    v_sd: float


def edge_point(edges: Sequence[LaneEdges], width: int) -> VanishingPoint:
    points = np.array([edge.vanishing_point for edge in edges])
    middle = np.median(points, axis=0)
    sd = 1.48 * np.median(np.abs(points - middle), axis=0) / np.sqrt(len(points))
    floor = EDGE_FLOOR * width
    return VanishingPoint(float(middle[0]), float(middle[1]), hypot(float(sd[0]), floor), hypot(float(sd[1]), floor))


def together(a: VanishingPoint | None, b: VanishingPoint | None) -> VanishingPoint | None:
    """Two opinions on the vanishing point weighed by their errors; where they disagree the error grows."""
    if a is None or b is None:
        return a or b
    (u, u_sd), (v, v_sd) = _mean(a.u, a.u_sd, b.u, b.u_sd), _mean(a.v, a.v_sd, b.v, b.v_sd)
    return VanishingPoint(u, v, u_sd, v_sd)


def _mean(a: float, a_sd: float, b: float, b_sd: float) -> tuple[float, float]:
    share = b_sd**2 / (a_sd**2 + b_sd**2)
    apart = abs(a - b) / hypot(a_sd, b_sd)
    return a * share + b * (1 - share), max(apart, 1.0) * a_sd * b_sd / hypot(a_sd, b_sd)


def upright(camera: Camera, point: VanishingPoint, roll: float) -> tuple[float, float]:
    """Pixels right of and below the principal point of a vanishing point, roll taken out."""
    x, y = point.u - camera.cx_px, point.v - camera.cy_px
    return x * cos(roll) + y * sin(roll), y * cos(roll) - x * sin(roll)


def aimed(camera: Camera, point: VanishingPoint) -> Camera:
    """The camera turned so that travel vanishes at a point."""
    along, down = upright(camera, point, camera.roll)
    return replace(camera, pitch=atan2(-down, camera.focal_px), yaw=-atan2(along, hypot(camera.focal_px, down)))
