"""`pavement evaluate crack-ratio`: predicted and labelled masks go through one geometry, frame by frame."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import radians
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import CRACK, Gate, decide
from pavement.drive import CameraFacts, Drive, DriveFacts, Frame, TimeSource
from pavement.errors import BadInput
from pavement.evaluation.crack_ratio import BlockRatio, class_figures, evaluate_crack_ratio, figures, label_cells
from pavement.evaluation.labelled import Photo, list_photos
from pavement.evaluation.table import Figures, Report
from pavement.pipeline import DriveOnDisk, Tools
from pavement.road import Direction
from pavement.sources import iter_images
from tests.builders import (
    NATIONAL_4,
    START,
    PaintedDetector,
    PaintedGuard,
    make_network,
    make_route,
    receive,
    travel,
    write_labelled,
)

Image = NDArray[np.uint8]

CAMERA = Camera(256, 160, focal_px=215, cx_px=128, cy_px=80, height_m=1.4, pitch=radians(14))
FACTS = DriveFacts(
    lane=1,
    camera=CameraFacts(focal_px=215, lane_width_m=3.5, height_m=1.4, pitch_deg=14, roll_deg=0, yaw_deg=0),
)
NETWORK = make_network(make_route([(0, 0), (400, 0)], {100.0 * k: 12.0 + 0.1 * k for k in range(5)}))
KEY = (NATIONAL_4, Direction.DOWN, 12.0)


def label(crack_m: float) -> Image:
    """The lane, 3.5 m wide, with a crack of a width along its middle; whole cells of 4 px."""
    u, v = np.meshgrid(np.arange(64) * 4 + 2, np.arange(40) * 4 + 2)
    forward, right = CAMERA.ground(u, v)
    with np.errstate(invalid="ignore"):
        lane = (np.abs(right) < 1.75) & (forward < 30)
        crack = lane & (np.abs(right - 0.1) < crack_m / 2)
    return np.kron(np.where(crack, CRACK, lane.astype(int)), np.ones((4, 4), int)).astype(np.uint8)


class Memory:
    """A store in memory."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}

    def load(self, key: str) -> dict[str, Any] | None:
        return self.steps.get(key)

    def save(self, key: str, arrays: Mapping[str, Any]) -> None:
        self.steps[key] = dict(arrays)


@pytest.fixture
def drive(tmp_path: Path) -> DriveOnDisk:
    """120 m sound, then 120 m with a crack; a frame every 4 m, all copies of two labelled photos below `data`."""
    data = write_labelled(tmp_path / "data", {"sound": ("R", label(0.0)), "cracked": ("R", label(0.4))})
    folder = tmp_path / "走行"
    (folder / "frames").mkdir(parents=True)
    frames = []
    for number in range(60):
        name = f"frames/{number:03d}.jpg"
        shutil.copy(data / "val" / "images" / f"{'sound' if number < 30 else 'cracked'}.jpg", folder / name)
        frames.append(Frame(name, START + timedelta(seconds=2 + 0.4 * number), TimeSource.FRAMES_CSV))
    track = receive(travel([(0, 0), (300, 0)]), sigma_m=0.5)
    return DriveOnDisk(Drive("走行", FACTS, tuple(frames), track, (), "f" * 64, fixes_in=len(track)), folder)


def evaluate(drive: DriveOnDisk, photos: Sequence[Photo] | None = None) -> Report:
    known = list_photos(drive.folder.parent / "data", "val") if photos is None else photos
    tools = Tools(PaintedDetector(), PaintedGuard(), Memory(), iter_images, lambda path, image: None)
    return evaluate_crack_ratio(drive, NETWORK, known, tools, Gate())


def row(report: Report, key: str, name: str) -> Figures:
    return next(dict(section.rows[name]) for section in report.sections if section.key == key)


def test_masks_that_are_the_labels_give_the_same_ratio(drive: DriveOnDisk) -> None:
    report = evaluate(drive)
    found = row(report, "crack_ratio", "all blocks")
    assert found["n"] in range(12, 16)  # 240 m and what is seen ahead
    assert found["mean error"] == 0.0
    assert found["r"] == pytest.approx(1.0)
    labelled = found["labelled mean"]
    assert isinstance(labelled, float)
    assert 3.0 < labelled < 20.0  # half of the road has one crack: one or two of seven cells, 0.15 of 0.25 m²
    cells = row(report, "cells", "cracked")
    assert (cells["precision"], cells["recall"]) == (1.0, 1.0)
    assert row(report, "frames", "frames") == {"in the drive": 60, "labelled": 60, "used": 60}


def test_what_the_labels_lack_is_bias(drive: DriveOnDisk) -> None:
    data = drive.folder.parent / "data"
    (data / "val" / "masks" / "cracked.png").write_bytes(cv2.imencode(".png", label(0.0))[1].tobytes())
    report = evaluate(drive)
    found = row(report, "crack_ratio", "all blocks")
    assert found["labelled mean"] == 0.0
    assert found["r"] is None
    assert found["bias"] == found["mean error"] != 0.0
    assert row(report, "cells", "cracked")["precision"] == 0.0
    assert row(report, "cells", "cracked")["recall"] is None


def test_frames_without_label_stay_out_of_both(drive: DriveOnDisk) -> None:
    sound = [photo for photo in list_photos(drive.folder.parent / "data", "val") if photo.name == "sound"]
    report = evaluate(drive, sound)
    assert row(report, "frames", "frames") == {"in the drive": 60, "labelled": 30, "used": 30}
    assert row(report, "crack_ratio", "all blocks")["mean error"] == 0.0


def test_a_drive_of_other_photos_is_refused(drive: DriveOnDisk) -> None:
    with pytest.raises(BadInput, match="no frame of which a label is known"):
        evaluate(drive, [])
    away = replace(drive, drive=replace(drive.drive, track=receive(travel([(0, 5000), (300, 5000)]), sigma_m=0.5)))
    with pytest.raises(BadInput, match="no frame on the network"):
        evaluate(away)


def test_labels_become_the_cells_of_a_sure_detection() -> None:
    colours = np.array([(0, 0, 0), (120, 120, 120), (0, 0, 255), (255, 0, 0)], np.uint8)
    classes = label(0.4)
    (detection,) = PaintedDetector().detect([colours[classes]])
    found, known = decide(detection, PaintedDetector.thresholds), label_cells(classes)
    for name in ("lane", "crack", "pothole"):
        assert (getattr(found, name) == getattr(known, name)).all()
    assert known.crack.any()


def test_figures_and_classes() -> None:
    blocks = [BlockRatio(KEY, found, true, 100.0) for found, true in ((10, 12), (30, 18), (45, 41), (19, 22))]
    row = figures(blocks)
    assert row["mean error"] == pytest.approx((2 + 12 + 4 + 3) / 4)
    assert row["bias"] == pytest.approx((-2 + 12 + 4 - 3) / 4)
    middle = class_figures(blocks, 20.0)  # true: 41 and 22, found: 30 and 45
    assert (middle["labelled"], middle["found"], middle["both"]) == (2, 2, 1)
    assert (middle["検出率"], middle["的中率"], middle["検出率 rank"]) == (0.5, 0.5, "C")
    assert figures([])["mean error"] is None
    assert class_figures([], 20.0)["検出率"] is None
