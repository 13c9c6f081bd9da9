"""The camera over the road: pixel ↔ ground, and what a drive's own pictures tell about the mount.

Ground coordinates: forward and right of the point below the camera, metres. Pinhole, pitch positive = looking down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, radians, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.detection import LOGIT_STEP, Detection
from pavement.drive import CameraFacts
from pavement.motion import Pair, Plane, focal_from_motion

Floats = NDArray[np.float64]

ASSUMED_LANE_WIDTH_M = 3.25
ASSUMED_LANE_SPREAD = 0.08  #: relative: lanes of prefectural roads are 3.0-3.5 m wide
ASSUMED_FOCAL = 0.9  #: of the picture's width: a phone's main camera
ASSUMED_PITCH_DEG = 12.0
ASSUMED_HEIGHT_M = 1.3
MIN_FRAMES = 5  #: with fewer frames that show both lane edges nothing is estimated


@dataclass(frozen=True)
class Camera:
    """A mounted camera. Sizes and focal length in pixels of the photo, angles in radians."""

    width: int
    height: int
    focal_px: float
    cx_px: float
    cy_px: float
    height_m: float
    pitch: float
    roll: float = 0.0
    yaw: float = 0.0
    k1: float = 0.0

    def ground(self, u: ArrayLike, v: ArrayLike) -> tuple[Floats, Floats]:
        """(forward, right) in metres where the rays of pixels meet the road; NaN above the horizon."""
        x = (np.asarray(u, float) - self.cx_px) / self.focal_px
        y = (np.asarray(v, float) - self.cy_px) / self.focal_px
        if self.k1:
            radius = x**2 + y**2
            x, y = x / (1 + self.k1 * radius), y / (1 + self.k1 * radius)
        x, y = x * cos(self.roll) + y * sin(self.roll), y * cos(self.roll) - x * sin(self.roll)
        down = y * cos(self.pitch) + sin(self.pitch)
        scale = self.height_m / np.where(down > 1e-6, down, np.nan)
        forward, right = scale * (cos(self.pitch) - y * sin(self.pitch)), scale * x
        return (
            np.asarray(forward * cos(self.yaw) - right * sin(self.yaw)),
            np.asarray(forward * sin(self.yaw) + right * cos(self.yaw)),
        )

    def pixel(self, forward: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
        """(u, v) of ground points; the inverse of `ground` (k1 to first order)."""
        f0, r0 = np.asarray(forward, float), np.asarray(right, float)
        f = f0 * cos(self.yaw) + r0 * sin(self.yaw)
        r = r0 * cos(self.yaw) - f0 * sin(self.yaw)
        depth = f * cos(self.pitch) + self.height_m * sin(self.pitch)
        x, y = r / depth, (self.height_m * cos(self.pitch) - f * sin(self.pitch)) / depth
        x, y = x * cos(self.roll) - y * sin(self.roll), y * cos(self.roll) + x * sin(self.roll)
        bent = 1 + self.k1 * (x**2 + y**2)
        return np.asarray(self.cx_px + self.focal_px * x * bent), np.asarray(self.cy_px + self.focal_px * y * bent)


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


@dataclass(frozen=True)
class CameraEstimate:
    """The camera of one drive, where each number came from, and how sure it is (1 sigma)."""

    camera: Camera
    lane_width_m: float
    sources: dict[str, str]  #: focal, pitch, height, lane_width → given / estimated / assumed
    frames: int  #: frames whose lane edges were used
    pitch_sd_deg: float | None
    focal_sd: float | None  #: relative error where the focal length was estimated
    scale_sd: float  #: relative error of lengths across the road

    @property
    def scale_assumed(self) -> bool:
        """Whether neither height nor lane width was known."""
        return self.sources["height"] != "given" and self.sources["lane_width"] == "assumed"

    def for_size(self, width: int, height: int) -> CameraEstimate:
        """The same mount for pictures of another resolution."""
        camera, factor = self.camera, width / self.camera.width
        if factor == 1 and height == camera.height:
            return self
        return replace(
            self,
            camera=replace(
                camera,
                width=width,
                height=height,
                focal_px=camera.focal_px * factor,
                cx_px=camera.cx_px * factor,
                cy_px=height / 2 + (camera.cy_px - camera.height / 2) * factor,
            ),
        )

    def report(self) -> dict[str, object]:
        """For run.json and the report."""
        camera = self.camera
        return {
            "focal_px": round(camera.focal_px, 1),
            "pitch_deg": round(degrees(camera.pitch), 2),
            "roll_deg": round(degrees(camera.roll), 2),
            "yaw_deg": round(degrees(camera.yaw), 2),
            "height_m": round(camera.height_m, 3),
            "lane_width_m": round(self.lane_width_m, 3),
            "sources": self.sources,
            "frames": self.frames,
            "pitch_sd_deg": None if self.pitch_sd_deg is None else round(self.pitch_sd_deg, 2),
            "focal_sd": None if self.focal_sd is None else round(self.focal_sd, 3),
            "scale_sd": round(self.scale_sd, 3),
        }


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
    edges: list[LaneEdges] = []
    size: tuple[int, int] | None = None
    for detection in detections:
        size = size or (detection.width, detection.height)
        if (detection.width, detection.height) == size and (found := lane_edges(detection)):
            edges.append(found)
    if size is None:
        raise ValueError("a camera cannot be estimated without a frame")
    width, height = size
    cx, cy = facts.cx_px or width / 2, facts.cy_px or height / 2
    focal, focal_sd = facts.focal_px or ASSUMED_FOCAL * width, None
    seen = len(edges) >= MIN_FRAMES
    pitch, yaw, pitch_sd, opening = radians(ASSUMED_PITCH_DEG), 0.0, None, None
    lane = facts.lane_width_m or lane_width_m
    if seen:
        points = np.array([edge.vanishing_point for edge in edges])
        (u, v), opening = np.median(points, axis=0), float(np.median([edge.opening for edge in edges]))
        if facts.focal_px is None:
            across = lane or (facts.height_m * opening if facts.height_m else ASSUMED_LANE_WIDTH_M)
            plane = Plane(float(u), float(v), opening, across, width, height, cy)
            if moved := focal_from_motion(pairs, plane):
                focal, focal_sd = moved.focal_px, moved.relative_sd
        pitch = atan2(cy - v, focal)
        yaw = -atan2(u - cx, hypot(focal, cy - v))
        spread = 1.48 * float(np.median(np.abs(points[:, 1] - v)))
        pitch_sd = degrees(spread / focal / np.sqrt(len(edges)))
    if facts.pitch_deg is not None:
        pitch = radians(facts.pitch_deg)
    if facts.yaw_deg is not None:
        yaw = radians(facts.yaw_deg)
    if facts.height_m:
        metres = facts.height_m
        lane = lane or (metres * opening / cos(pitch) if opening else ASSUMED_LANE_WIDTH_M)
    else:
        metres = (lane or ASSUMED_LANE_WIDTH_M) * cos(pitch) / opening if opening else ASSUMED_HEIGHT_M
    known = bool(facts.height_m or lane)
    return CameraEstimate(
        camera=Camera(
            width, height, focal, cx, cy, metres, pitch, radians(facts.roll_deg or 0.0), yaw, facts.k1 or 0.0
        ),
        lane_width_m=lane or ASSUMED_LANE_WIDTH_M,
        sources={
            "focal": "given" if facts.focal_px else "estimated" if focal_sd is not None else "assumed",
            "pitch": "given" if facts.pitch_deg is not None else "estimated" if seen else "assumed",
            "height": "given" if facts.height_m else "estimated" if seen else "assumed",
            "lane_width": "given" if facts.lane_width_m or lane_width_m else "estimated" if lane else "assumed",
        },
        frames=len(edges),
        pitch_sd_deg=pitch_sd,
        focal_sd=focal_sd,
        scale_sd=0.03 if known else ASSUMED_LANE_SPREAD,
    )
