"""The own lane's straight edges in a frame: where they meet, and how far they open."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, tan

import numpy as np
from numpy.typing import NDArray

from pavement.detection import LOGIT_STEP, Detection

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LEAST_CELLS = 4  #: of lane in a row, else it shows no edge


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
    inside = logits > 0
    wide = inside.sum(1) >= LEAST_CELLS
    y = (np.arange(rows) + 0.5) * detection.height / rows
    first, last = inside.argmax(1), columns - 1 - inside[:, ::-1].argmax(1)
    left, right = np.flatnonzero(wide & (first > 0)), np.flatnonzero(wide & (last < columns - 1))
    points = {
        "left": (y[left], _crossings(logits, left, first[left] - 1, detection.width)),
        "right": (y[right], _crossings(logits, right, last[right], detection.width)),
    }
    if min(len(left), len(right)) < max(rows // 6, 2):
        return None
    (left_at, left_slope, left_rms), (right_at, right_slope, right_rms) = (
        robust_line(*points[s]) for s in ("left", "right")
    )
    if right_slope - left_slope < 0.1 or max(left_rms, right_rms) > 0.015 * detection.width:
        return None
    return LaneEdges(left_at, left_slope, right_at, right_slope)


def _crossings(logits: Floats, rows: Ints, index: Ints, width: int) -> Floats:
    """(n,) pixels where rows of logits cross zero between the cells `index` (n,) and `index` + 1."""
    a, b = logits[rows, index], logits[rows, index + 1]
    return np.asarray((index + 0.5 + a / (a - b)) * width / logits.shape[1])  # of different signs: never equal


def robust_line(y: Floats, x: Floats) -> tuple[float, float, float]:
    """(at, slope, rms) of x = at + slope · y through points (n,); outliers lose their weight (Tukey, 5 rounds)."""
    middle = float(y.mean())
    y = y - middle
    weight = np.ones_like(y)
    at = slope = 0.0
    for _ in range(5):
        total = float(weight.sum())
        y_mean, x_mean = float((weight * y).sum()) / total, float((weight * x).sum()) / total
        spread = float((weight * (y - y_mean) ** 2).sum())
        slope = float((weight * (y - y_mean) * (x - x_mean)).sum()) / spread if spread > 0 else 0.0
        at = x_mean - slope * y_mean
        rest = x - at - slope * y
        scale = max(4.7 * 1.48 * float(np.median(np.abs(rest))), 1.0)
        weight = np.clip(1 - (rest / scale) ** 2, 0, None) ** 2 + 1e-9
    return at - slope * middle, slope, float(np.sqrt((weight * rest**2).sum() / weight.sum()))
