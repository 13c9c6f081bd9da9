"""Mountings: a holder that gives way in mid-drive begins a new one, with a camera of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.camera import CameraEstimate, lane_edges
from pavement.camera.edges import LaneEdges
from pavement.detection import Detection

SLIP_SHARE = 0.02  #: of the picture's width, about 1.2 degrees
SLIP_FRAMES = 15  #: on both sides
SLIP_SIGMAS = 6.0


@dataclass(frozen=True)
class Mounting:
    """The frames from index `first` of the drive on, up to the next mounting, and their camera."""

    first: int
    camera: CameraEstimate


@dataclass(frozen=True)
class Slip:
    """The vanishing point moved for good: from detection `index` on, by so many pixels."""

    index: int
    moved_px: float


def find_slips(detections: Sequence[Detection]) -> list[Slip]:
    """Where the holder gave way, in order; `detections` of one drive in the order of time."""
    edges = [lane_edges(each) for each in detections]
    return _slips(edges, detections[0].width, 0) if detections else []


def _slips(edges: Sequence[LaneEdges | None], width: int, offset: int) -> list[Slip]:
    """The slips of a stretch: the clearest one, and those on both sides of it."""
    slip = clearest_slip(edges, width)
    if slip is None:
        return []
    cut = slip.index
    here = Slip(offset + cut, slip.moved_px)
    return [*_slips(edges[:cut], width, offset), here, *_slips(edges[cut:], width, offset + cut)]


def clearest_slip(edges: Sequence[LaneEdges | None], width: int) -> Slip | None:
    """The cut into two stretches with the least scatter about their middles (Page 1954), where it stands out of it."""
    found = [(i, each.vanishing_point) for i, each in enumerate(edges) if each is not None]
    cuts = range(SLIP_FRAMES, len(found) - SLIP_FRAMES + 1)
    if not cuts:
        return None
    points = np.array([point for _, point in found])
    cut = min(cuts, key=lambda at: scatter(points[:at]) + scatter(points[at:]))
    before, after = points[:cut], points[cut:]
    moved = float(np.hypot(*(np.median(after, axis=0) - np.median(before, axis=0))))
    spread = np.mean([1.48 * np.median(np.abs(side - np.median(side, axis=0))) for side in (before, after)])
    score = moved / max(float(spread), 1.0)  # in scatters of one frame
    surely = score * np.sqrt(min(cut, len(points) - cut)) >= SLIP_SIGMAS and score >= 2.0
    return Slip(found[cut][0], moved) if surely and moved >= SLIP_SHARE * width else None


def scatter(points: NDArray[np.float64]) -> float:
    """Sum of the distances of points (n, 2) from their median, axis by axis."""
    return float(np.abs(points - np.median(points, axis=0)).sum())


def slipped(slip: Slip, file: str) -> str:
    """What people read of a slip."""
    return (
        f"{file} からカメラの向きが変わっています(消失点が {slip.moved_px:.0f} px 移動)。"
        "前後を別々のカメラとして解析しました。ホルダーを締め直してください。"
    )
