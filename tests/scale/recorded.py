"""Recorded detections: what a detector would have said of pictures that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import Detection, Image, Thresholds
from pavement.drive import CameraFacts
from pavement.quality import SOUND

SHAPE = (72, 112)  #: of the shipped model's maps
WIDTH, HEIGHT = 1024, 640
LANE_M = 3.5
SEEN_M = 30.0
LEVELS = 16  #: states of the road, 0 = sound
STRETCH_M = 60.0  #: about so long one state lasts
HOLES = 40  #: one stretch in so many has a pothole
FACTS = CameraFacts(
    height_m=1.3,
    pitch_deg=6.0,
    roll_deg=0.0,
    yaw_deg=0.0,
    focal_px=900.0,
    cx_px=512.0,
    cy_px=320.0,
    lane_width_m=LANE_M,
)


class RecordedDetector:
    """Answers "pictures" of one number, the state of the road, with the detection of that state."""

    name = "recorded"
    sha256 = "7" * 64
    thresholds = Thresholds()

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """The detections, in order."""
        return [detection_of(int(image.flat[0])) for image in images]


class NoGuard:
    """Never asked: no photo is written."""

    sha256 = "8" * 64
    threshold = 0.5

    def foreign(self, images: Sequence[Image]) -> list[NDArray[np.float32]]:
        """Nothing is foreign."""
        return [np.zeros((1, 1), np.float32) for _ in images]


def read_recorded(_folder: Path, files: Sequence[str]) -> Iterator[tuple[str, Image]]:
    """The "pictures" of frames whose names end in their state."""
    for file in files:
        yield file, np.array([int(file.rpartition("_")[2][:3])], np.uint8)


def frame_names(number: int, driven_m: NDArray[np.float64]) -> list[str]:
    """Names that tell the state of the road at each frame (n,) of a drive."""
    chance = np.random.default_rng([91, number])
    stretches = int(driven_m[-1] // STRETCH_M) + 1
    wear = np.convolve(chance.normal(0, 1, stretches + 10), np.ones(11) / 3.3, "valid")
    state = np.clip(3 + 3 * wear, 0, LEVELS - 1).astype(int)
    state = state + np.where(chance.integers(0, HOLES, stretches) == 0, LEVELS, 0)
    of_frame = state[(driven_m // STRETCH_M).astype(int)]
    return [f"frames/{index:06d}_{each:03d}.jpg" for index, each in enumerate(of_frame.tolist())]


@cache
def detection_of(state: int) -> Detection:
    """The own lane as the camera of `FACTS` sees it, cracked over so many sixteenths of its width; from 16 on with a
    pothole 6 m ahead.
    """
    pitch = float(np.radians(FACTS.pitch_deg or 0.0))
    camera = Camera(
        WIDTH, HEIGHT, FACTS.focal_px or 0, WIDTH / 2, HEIGHT / 2, FACTS.height_m or 0, pitch, 0.0, 0.0, 0.0
    )
    rows, columns = SHAPE
    u, v = np.meshgrid((np.arange(columns) + 0.5) * WIDTH / columns, (np.arange(rows) + 0.5) * HEIGHT / rows)
    forward, right = camera.ground(u, v)
    with np.errstate(invalid="ignore"):
        lane = (np.abs(right) <= LANE_M / 2) & (forward > 0) & (forward < SEEN_M)
        crack = lane & (right < LANE_M * ((state % LEVELS) / LEVELS - 0.5)) & ((np.arange(rows)[:, None] // 2) % 3 > 0)
        hole = lane & (np.hypot(forward - 6.0, right - 0.5) < 0.45) & (state >= LEVELS)
    logits = np.where(np.stack([lane, crack, hole]), 6.0, -6.0).astype(np.float32)
    return Detection.of(logits, WIDTH, HEIGHT, SOUND)
