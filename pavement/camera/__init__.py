"""The camera over the road: pixel ↔ ground, and what a drive's own pictures tell about the mount."""

from pavement.camera.edges import LaneEdges, lane_edges, robust_line
from pavement.camera.estimate import MIN_FRAMES, estimate_camera
from pavement.camera.pinhole import Camera
from pavement.camera.result import CameraEstimate
from pavement.camera.scale import ASSUMED_LANE_SPREAD, ASSUMED_LANE_WIDTH_M

__all__ = [
    "ASSUMED_LANE_SPREAD",
    "ASSUMED_LANE_WIDTH_M",
    "MIN_FRAMES",
    "Camera",
    "CameraEstimate",
    "LaneEdges",
    "estimate_camera",
    "lane_edges",
    "robust_line",
]
