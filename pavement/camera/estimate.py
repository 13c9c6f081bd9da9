"""The camera of one drive: from what is given, else from lane edges and texture motion, else assumed."""

from __future__ import annotations

from collections.abc import Iterable
from math import atan2, degrees, hypot, radians, tan

import numpy as np

from pavement.camera.edges import LaneEdges, lane_edges
from pavement.camera.from_motion import from_motion
from pavement.camera.pinhole import Camera
from pavement.camera.result import FROM_MOTION, CameraEstimate
from pavement.camera.scale import (
    ASSUMED_FOCAL,
    ASSUMED_FOCAL_SPREAD,
    ASSUMED_HEIGHT_M,
    ASSUMED_HEIGHT_SPREAD,
    ASSUMED_LANE_SPREAD,
    ASSUMED_LANE_WIDTH_M,
    GIVEN_SPREAD,
    LEAST_SPREAD,
    LEDGER_SPREAD,
    Known,
    reconcile,
)
from pavement.camera.vanishing import aimed, edge_point, together, upright
from pavement.detection import Detection
from pavement.drive import CameraFacts
from pavement.motion import Pair

ASSUMED_PITCH_DEG = 12.0
MIN_FRAMES = 5  #: with fewer frames that show both lane edges they tell nothing


def estimate_camera(
    detections: Iterable[Detection],
    facts: CameraFacts,
    *,
    lane_width_m: float | None = None,
    pairs: Iterable[Pair] = (),
) -> CameraEstimate:
    """The drive's camera from what is given, else from the lane's edges and the texture's motion, else assumed.

    `lane_width_m`: the ledger's width, used when drive.toml gives none. `pairs`: pictures and the metres between them.
    Raises ValueError without any detection.
    """
    edges, (width, height) = _all_edges(detections)
    cx, cy = facts.cx_px or width / 2, facts.cy_px or height / 2
    guess = Camera(
        width,
        height,
        facts.focal_px or ASSUMED_FOCAL * width,
        cx,
        cy,
        1.0,
        radians(ASSUMED_PITCH_DEG if facts.pitch_deg is None else facts.pitch_deg),
        radians(facts.roll_deg or 0.0),
        radians(facts.yaw_deg or 0.0),
        facts.k1 or 0.0,
    )
    seen = len(edges) >= MIN_FRAMES
    point = edge_point(edges, width) if seen else None
    motion = None
    if facts.height_m is None or facts.focal_px is None or facts.pitch_deg is None or facts.roll_deg is None:
        motion = from_motion(pairs, aimed(guess, point) if point else guess, facts, search=not seen)
    point = together(point, motion.point if motion else None)
    roll = radians(facts.roll_deg) if facts.roll_deg is not None else motion.roll if motion else 0.0
    opening = float(np.median([edge.opening_upright(roll) for edge in edges])) if seen else None
    given_lane, given_pitch = facts.lane_width_m or lane_width_m, facts.pitch_deg
    along, down = upright(guess, point, roll) if point else (0.0, -guess.focal_px * tan(guess.pitch))
    lengths = reconcile(
        drop_px=-down,
        focal=Known(facts.focal_px, GIVEN_SPREAD) if facts.focal_px else _usual_focal(width),
        height=Known(facts.height_m, GIVEN_SPREAD) if facts.height_m else _USUAL_HEIGHT,
        lane=_lane(facts.lane_width_m, lane_width_m),
        power=motion.power if motion else None,
        opening=opening,
        pitch=None if given_pitch is None else radians(given_pitch),
    )
    focal = facts.focal_px or lengths.focal.value
    metres = facts.height_m or lengths.height.value
    pitch, yaw = atan2(-down, focal), -atan2(along, hypot(focal, down)) if point else 0.0
    moved = motion is not None and facts.focal_px is not None
    told_focal = facts.focal_px is None and motion is not None and (seen or facts.height_m is not None)
    scaled = given_lane is not None and seen
    return CameraEstimate(
        camera=Camera(
            width,
            height,
            focal,
            cx,
            cy,
            metres,
            pitch if given_pitch is None else radians(given_pitch),
            roll,
            yaw if facts.yaw_deg is None else radians(facts.yaw_deg),
            facts.k1 if facts.k1 is not None else motion.k1 if motion and motion.k1_applied else 0.0,
        ),
        lane_width_m=given_lane or lengths.lane.value,
        sources={
            "focal": _source(facts.focal_px, "estimated" if told_focal else None),
            "pitch": _source(given_pitch, "estimated" if point else None),
            "height": _source(
                facts.height_m, "estimated" if scaled else FROM_MOTION if moved else "estimated" if seen else None
            ),
            "lane_width": _source(given_lane, "estimated" if seen and (facts.height_m or moved) else None),
            "roll": _source(facts.roll_deg, FROM_MOTION if motion else None),
            "yaw": _source(facts.yaw_deg, "estimated" if point else None),
            "k1": _source(facts.k1, FROM_MOTION if motion and motion.k1_applied else None),
        },
        frames=len(edges),
        pitch_sd_deg=degrees(point.v_sd / focal) if point else None,
        focal_sd=lengths.focal.spread if told_focal else None,
        scale_sd=max(lengths.height.spread if not facts.height_m else LEAST_SPREAD, LEAST_SPREAD),
        roll_sd_deg=degrees(motion.roll_sd) if motion and facts.roll_deg is None else None,
        yaw_sd_deg=degrees(point.u_sd / focal) if point else None,
        lane_width_sd_m=lengths.lane.spread * lengths.lane.value if not given_lane else None,
        k1_seen=motion.k1 if motion and facts.k1 is None else None,
        k1_sd=motion.k1_sd if motion and facts.k1 is None else None,
        pairs=motion.pairs if motion else 0,
        conflict=lengths.conflict,
    )


def _source(given: float | None, estimated: str | None) -> str:
    return "given" if given is not None else estimated or "assumed"


def _usual_focal(width: int) -> Known:
    return Known(ASSUMED_FOCAL * width, ASSUMED_FOCAL_SPREAD)


_USUAL_HEIGHT = Known(ASSUMED_HEIGHT_M, ASSUMED_HEIGHT_SPREAD)


def _lane(given: float | None, ledger: float | None) -> Known:
    if given:
        return Known(given, GIVEN_SPREAD)
    return Known(ledger, LEDGER_SPREAD) if ledger else Known(ASSUMED_LANE_WIDTH_M, ASSUMED_LANE_SPREAD)


def _all_edges(detections: Iterable[Detection]) -> tuple[list[LaneEdges], tuple[int, int]]:
    """The edges of all frames of the first one's size, and that size."""
    edges: list[LaneEdges] = []
    size: tuple[int, int] | None = None
    for detection in detections:
        size = size or (detection.width, detection.height)
        if (detection.width, detection.height) == size and (found := lane_edges(detection)):
            edges.append(found)
    if size is None:
        raise ValueError("a camera cannot be estimated without a frame")
    return edges, size
