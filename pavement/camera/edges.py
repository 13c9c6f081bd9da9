"""The own lane's straight edges in a frame: where they meet, and how far they open."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, tan

import numpy as np
from numpy.typing import NDArray

from pavement.detection import LOGIT_STEP, Detection

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LaneEdges:
    """Straight lane edges of one frame, x = at + slope · y in pixels: left and right."""

    left_at: float
    left_slope: float
    right_at: float
    right_slope: float

    @property
    def vanishing_point(self) -> tuple[float, float]:
        """(u, v) where the edges meet."""
        v = (self.right_at - self.left_at) / (self.left_slope - self.right_slope)
        return self.left_at + self.left_slope * v, v

    @property
    def opening(self) -> float:
        """Width of the lane in pixels per pixel below the vanishing point: lane width · cos(pitch) / height."""
        return self.right_slope - self.left_slope

    def opening_upright(self, roll: float) -> float:
        """`opening` in a picture whose camera's roll (radians) is taken out."""
        return tan(atan(self.right_slope) + roll) - tan(atan(self.left_slope) + roll)


def lane_edges(detection: Detection) -> LaneEdges | None:
    """The own lane's straight edges in one frame; None where they are not seen well."""
    logits = (detection.logits[0].astype(float) - 128) * LOGIT_STEP
    rows, columns = logits.shape
    points: dict[str, list[tuple[float, float]]] = {"left": [], "right": []}
    for row in range(rows):
        inside = np.flatnonzero(logits[row] > 0)
        if len(inside) < 4:
            continue
        first, last = int(inside[0]), int(inside[-1])
        y = (row + 0.5) * detection.height / rows
        if first > 0:
            points["left"].append((y, _crossing(logits[row], first - 1, columns, detection.width)))
        if last < columns - 1:
            points["right"].append((y, _crossing(logits[row], last, columns, detection.width)))
    if min(len(side) for side in points.values()) < rows // 6:
        return None
    (left_at, left_slope, left_rms), (right_at, right_slope, right_rms) = (
        robust_line(points[s]) for s in ("left", "right")
    )
    if right_slope - left_slope < 0.1 or max(left_rms, right_rms) > 0.015 * detection.width:
        return None
    return LaneEdges(left_at, left_slope, right_at, right_slope)


def _crossing(row: Floats, index: int, columns: int, width: int) -> float:
    """Pixel where a row of logits crosses zero between cells `index` and `index` + 1."""
    a, b = row[index], row[index + 1]
    return float((index + 0.5 + a / (a - b)) * width / columns) if a != b else float((index + 1) * width / columns)


def robust_line(points: list[tuple[float, float]]) -> tuple[float, float, float]:
    """(at, slope, rms) of x = at + slope · y through (y, x) points; outliers lose their weight (Tukey, 5 rounds)."""
    y, x = np.array(points, float).T
    weight = np.ones_like(y)
    at = slope = 0.0
    for _ in range(5):
        root = np.sqrt(weight)
        (at, slope), *_ = np.linalg.lstsq(np.column_stack([root, root * y]), root * x, rcond=None)
        rest = x - at - slope * y
        scale = max(4.7 * 1.48 * float(np.median(np.abs(rest))), 1.0)
        weight = np.clip(1 - (rest / scale) ** 2, 0, None) ** 2 + 1e-9
    return float(at), float(slope), float(np.sqrt((weight * rest**2).sum() / weight.sum()))
