"""How far an estimated camera is from the true one, and what that does to a defect eight metres ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import degrees

import numpy as np

from pavement.camera import Camera

AHEAD_M = 8.0
BESIDE_M = np.linspace(-1.5, 1.5, 7)


@dataclass(frozen=True)
class CameraErrors:
    """Estimated less true; positions are the largest errors over the lane's width 8 m ahead."""

    pitch_deg: float
    roll_deg: float
    yaw_deg: float
    focal_pct: float
    height_pct: float
    along_m: float
    across_m: float


def camera_errors(found: Camera, true: Camera) -> CameraErrors:
    """The errors of an estimate whose truth is known."""
    forward, right = found.ground(*true.pixel(np.full_like(BESIDE_M, AHEAD_M), BESIDE_M))
    return CameraErrors(
        degrees(found.pitch - true.pitch),
        degrees(found.roll - true.roll),
        degrees(found.yaw - true.yaw),
        100 * (found.focal_px / true.focal_px - 1),
        100 * (found.height_m / true.height_m - 1),
        float(np.abs(forward - AHEAD_M).max()),
        float(np.abs(right - BESIDE_M).max()),
    )


def camera_table(rows: Mapping[str, CameraErrors]) -> str:
    """Markdown for docs/accuracy.md: a row for each drive."""
    heads = "| drive | pitch ° | roll ° | yaw ° | focal % | height % | along at 8 m, m | across at 8 m, m |"
    lines = [
        f"| {name} | {e.pitch_deg:+.2f} | {e.roll_deg:+.2f} | {e.yaw_deg:+.2f} | {e.focal_pct:+.1f} | "
        f"{e.height_pct:+.1f} | {e.along_m:.2f} | {e.across_m:.2f} |"
        for name, e in rows.items()
    ]
    return "\n".join([heads, "|---|" + "---|" * 7, *lines])
