"""What is true of each frame: truth/frames.csv, and the shares of its class map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.camera import Camera
from pavement.simulate.car import Pose
from pavement.simulate.motion import Motion
from pavement.simulate.relief import crown_m
from pavement.simulate.tables import to_csv
from pavement.simulate.world import WHEEL_M, World

Image = NDArray[np.uint8]

FRAME_COLUMNS = (
    "file",
    "direction",
    "kp_km",
    "crack_share",
    "pothole_share",
    "pitch_deg",
    "roll_deg",
    "height_m",
    "speed_mps",
)
CELLS_ACROSS_PICTURE = 64
OWN_LANE_HALF, CRACK_OF_CELL, POTHOLE_OF_CELL = 0.5, 0.01, 0.10


@dataclass(frozen=True)
class CameraTruth:
    """The camera over its own lane: pitch against the level of the road, roll and height against the lane's plane."""

    pitch_deg: float
    roll_deg: float
    height_m: float
    speed_mps: float

    @classmethod
    def of(cls, world: World, pose: Pose, camera: Camera, motion: Motion) -> CameraTruth:
        """At the middle of the exposure; in a lane the plane is the ideal cross-section's, elsewhere the horizontal."""
        level, lean = 0.0, 0.0
        if pose.direction is not None:
            left = 1 if pose.direction is Direction.DOWN else -1
            sides = crown_m(world, pose.across + left * np.array([-WHEEL_M, 0.0, WHEEL_M]))
            level, lean = float(sides[1]), float(sides[2] - sides[0]) / (2 * WHEEL_M)
        pitch = camera.pitch_deg - float(np.degrees(np.arctan(motion.rise)))
        roll = camera.roll_deg - float(np.degrees(np.arctan(motion.lean - lean)))
        return cls(pitch, roll, camera.height_m + motion.height_m - level, motion.speed_mps)

    def cells(self) -> dict[str, object]:
        """Its columns of truth/frames.csv."""
        return {
            "pitch_deg": f"{self.pitch_deg:.3f}",
            "roll_deg": f"{self.roll_deg:.3f}",
            "height_m": f"{self.height_m:.4f}",
            "speed_mps": f"{self.speed_mps:.2f}",
        }


@dataclass(frozen=True)
class FrameTruth:
    """One row of truth/frames.csv; a turning car has no direction and no shares."""

    file: str
    direction: Direction | None
    kp_km: float
    crack_share: float | None
    pothole_share: float | None
    camera: CameraTruth | None = None


def frame_table(frames: Iterable[FrameTruth]) -> str:
    """CSV of truth/frames.csv."""
    rows: list[dict[str, object]] = [
        {
            "file": frame.file,
            "direction": frame.direction.value if frame.direction else "",
            "kp_km": f"{frame.kp_km:.4f}",
            "crack_share": "" if frame.crack_share is None else f"{frame.crack_share:.4f}",
            "pothole_share": "" if frame.pothole_share is None else f"{frame.pothole_share:.4f}",
        }
        | ({} if frame.camera is None else frame.camera.cells())
        for frame in frames
    ]
    return to_csv(FRAME_COLUMNS, rows)


def shares(classes: Image) -> tuple[float | None, float | None]:
    """Crack share and pothole share of a class map, or None without own lane; cells are width/64 pixels."""
    size = classes.shape[1] / CELLS_ACROSS_PICTURE
    across = (np.arange(classes.shape[1]) / size).astype(int)
    down = (np.arange(classes.shape[0]) / size).astype(int)
    cell = down[:, None] * CELLS_ACROSS_PICTURE + across[None, :]
    count = np.bincount(cell.ravel())
    lane, crack, hole = (
        np.bincount(cell.ravel(), weights=mask.ravel(), minlength=len(count)) / count
        for mask in (classes > 0, classes == 2, classes == 3)
    )
    own = lane >= OWN_LANE_HALF
    if not own.any():
        return None, None
    return float((crack[own] >= CRACK_OF_CELL).mean()), float((hole[own] >= POTHOLE_OF_CELL).mean())
