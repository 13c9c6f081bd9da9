"""The mount as the motion of the texture tells it, over all pairs of a drive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot

import numpy as np

from pavement.camera.bundle import Solved, solve
from pavement.camera.pinhole import Camera
from pavement.camera.plane import GreyPair, Matches, grey_pairs, match_pair, search_pitch
from pavement.camera.scale import Known
from pavement.camera.vanishing import VanishingPoint
from pavement.drive import CameraFacts
from pavement.motion import Pair
from pavement.overlap import CORES, in_order

MIN_PAIRS = 6
AGREEMENT = 0.45  #: pairs farther than this from the median do not count; triggers and fixes vary by a metre or two
GPS_SPREAD = 0.005  #: of metres over a whole drive
MOTION_FLOOR = (
    0.004  #: of the picture's width, at one pixel of misfit: how far texture misleads about where it vanishes
)
K1_FLOOR = 0.1  #: at one pixel of misfit: how far matches mislead about k1 (0.05-0.06 in simulation at half a pixel)
K1_SURE = 0.02  #: a k1 whose pairs scatter more is not applied
K1_SIGMAS = 3.0  #: from which k1 is applied


@dataclass(frozen=True)
class Motion:
    """What the texture told, for a camera of an assumed focal length."""

    point: VanishingPoint
    roll: float
    roll_sd: float
    power: Known  #: focal · height / cos² pitch
    k1: float
    k1_sd: float
    k1_applied: bool
    pairs: int


def from_motion(pairs: Iterable[Pair], start: Camera, facts: CameraFacts, *, search: bool) -> Motion | None:
    """What the texture of the pairs tells, from a first idea of the mount on; None where too few pairs agree."""
    grey, factor = grey_pairs(pairs)
    if len(grey) < MIN_PAIRS:
        return None
    rows, columns = grey[0].later.shape
    camera = replace(
        start,
        width=columns,
        height=rows,
        focal_px=start.focal_px / factor,
        cx_px=start.cx_px / factor,
        cy_px=start.cy_px / factor,
    )
    keep = ["k1", *(name for name in ("pitch", "roll", "yaw") if getattr(facts, f"{name}_deg") is not None)]
    if search and "pitch" not in keep:
        found = search_pitch(grey, camera)
        if found is None:
            return None
        camera = found
    matches = _match_all(grey, camera)
    if len(matches) < MIN_PAIRS:
        return None
    solved = solve(camera, matches, keep=keep)
    again = _match_all(grey, solved.camera)
    if len(again) >= 0.8 * len(matches):
        matches, solved = again, solve(solved.camera, again, keep=keep)
    free = solve(solved.camera, matches, keep=keep[1:]) if facts.k1 is None else solved
    k1_sd = hypot(float(free.sd[3]), K1_FLOOR * free.rms_px)
    applied = facts.k1 is None and free.sd[3] < K1_SURE and abs(free.camera.k1) > K1_SIGMAS * k1_sd
    return _told(free if applied else solved, matches, factor, (free.camera.k1, k1_sd, bool(applied)))


def _match_all(pairs: Sequence[GreyPair], camera: Camera) -> list[Matches]:
    found = in_order(lambda pair: match_pair(pair, camera), pairs, workers=CORES)
    return [matches for matches in found if matches is not None]


def _told(solved: Solved, matches: Sequence[Matches], factor: int, k1: tuple[float, float, bool]) -> Motion | None:
    """The solution in pixels of the photo, and its scale from the pairs that agree; None where too few do."""
    heights = np.array([match.metres for match in matches]) / solved.ways
    middle = float(np.median(heights))
    good = np.abs(heights / middle - 1) < AGREEMENT
    if good.sum() < max(MIN_PAIRS, len(heights) / 2):
        return None
    metres = float((heights * solved.ways)[good].sum() / solved.ways[good].sum())
    spread = hypot(float(heights[good].std()) / middle / float(np.sqrt(good.sum())), GPS_SPREAD)
    camera = solved.camera
    u, v = camera.pixel(1e9, 0.0)
    floor = MOTION_FLOOR * camera.width * solved.rms_px
    point = VanishingPoint(
        float(u) * factor,
        float(v) * factor,
        factor * hypot(camera.focal_px * float(solved.sd[2]), floor),
        factor * hypot(camera.focal_px * float(solved.sd[0]), floor),
    )
    power = Known(camera.focal_px * factor * metres / cos(camera.pitch) ** 2, spread)
    return Motion(point, camera.roll, float(solved.sd[1]), power, *k1, int(good.sum()))
