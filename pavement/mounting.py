"""Mountings: a holder that gives way in mid-drive begins a new one, with a camera of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from pavement.camera import CameraEstimate, lane_edges
from pavement.camera.edges import LaneEdges
from pavement.detection import Detection

SLIP_SHARE = 0.02  #: of the picture's width, about 1.2 degrees
SLIP_SIGMAS = 6.0
DOWN_FRAMES = 15  #: on both sides, of a holder that sank …
ASIDE_FRAMES = 60  #: … and of one that turned: a bend of the road moves the vanishing point sideways too, for a while
WHILE = 10  #: frames whose median is one witness of how much bends move it


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
    """The slip of the vanishing point down or up, else aside, that stands out most; None where it stays."""
    found = [(i, each.vanishing_point) for i, each in enumerate(edges) if each is not None]
    if not found:
        return None
    aside, down = np.array([point for _, point in found]).T
    cut = best_cut(down, DOWN_FRAMES, width) or best_cut(aside, ASIDE_FRAMES, width)
    if cut is None:
        return None
    moved = hypot(*(float(np.median(each[cut:]) - np.median(each[:cut])) for each in (aside, down)))
    return Slip(found[cut][0], moved)


def best_cut(places: NDArray[np.float64], least: int, width: int) -> int | None:
    """The cut of places (n,) into two stretches of at least `least` with the smallest scatter (Page 1954).

    None where the two do not lie apart by far more than what is left of scatter, of single frames and of whiles.
    """
    cuts = range(least, len(places) - least + 1)
    if not cuts:
        return None
    cut = min(cuts, key=lambda at: scatter(places[:at]) + scatter(places[at:]))
    before, after = places[:cut], places[cut:]
    moved = abs(float(np.median(after) - np.median(before)))
    single = np.mean([1.48 * np.median(np.abs(side - np.median(side))) for side in (before, after)])
    whiles = np.mean([wander(side) for side in (before, after)])
    clear = moved >= SLIP_SIGMAS * max(float(single), 1.0) / np.sqrt(min(cut, len(places) - cut))
    apart = moved >= 2.0 * max(float(single), float(whiles), 1.0)
    return cut if clear and apart and moved >= SLIP_SHARE * width else None


def wander(places: NDArray[np.float64]) -> float:
    """Standard deviation of the medians over `WHILE` frames; 0 with fewer than three."""
    if len(places) < 3 * WHILE:
        return 0.0
    return float(np.std([np.median(each) for each in np.array_split(places, len(places) // WHILE)]))


def scatter(places: NDArray[np.float64]) -> float:
    """Sum of the distances of places (n,) from their median."""
    return float(np.abs(places - np.median(places)).sum())


def slipped(slip: Slip, file: str) -> str:
    """What people read of a slip."""
    return (
        f"{file} からカメラの向きが変わっています(消失点が {slip.moved_px:.0f} px 移動)。"
        "前後を別々のカメラとして解析しました。ホルダーを締め直してください。"
    )
