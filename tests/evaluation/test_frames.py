"""`pavement evaluate frames`: contact sheets of photos without labels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pavement.detection import CRACK, Gate, Image
from pavement.evaluation import frames
from pavement.evaluation.contact_sheet import CRACK_BGR, LANE_BGR, Tile, compose, outlined
from pavement.labelling import find_images
from tests.builders import PaintedDetector
from tests.evaluation.test_detector import section, silent
from tests.test_labelling import paint, save


def size(png: bytes) -> tuple[int, int]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.shape[1], picture.shape[0]


def test_every_photo_has_its_row_and_every_readable_one_its_tile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "TILES", 2)
    save(tmp_path / "1.jpg", paint(crack=True))
    save(tmp_path / "2.jpg", np.zeros((160, 256, 3), np.uint8))
    save(tmp_path / "3.jpg", paint())
    (tmp_path / "4.jpg").write_bytes(b"no image")
    report = frames.evaluate_frames(tmp_path, find_images(tmp_path), PaintedDetector(), Gate(), silent)
    rows = section(report, "frames")
    assert [row["rejected"] for row in rows.values()] == ["", "no_road", "", "unreadable"]
    assert (rows["2.jpg"]["lane"], rows["2.jpg"]["crack"]) == (0.0, None)
    assert float(rows["1.jpg"]["crack"] or 0) > 0 == rows["3.jpg"]["crack"]
    assert list(report.pictures) == ["frames-01.png", "frames-02.png"]
    assert len({size(picture)[0] for picture in report.pictures.values()}) == 1


def test_outlines_lie_where_the_class_map_changes() -> None:
    classes = np.zeros((100, 200), np.uint8)
    classes[50:] = 1
    classes[70:80, 100:110] = CRACK
    picture = outlined(np.full((100, 200, 3), 90, np.uint8), classes, 100)
    assert picture.shape == (50, 100, 3)
    assert tuple(picture[25, 10]) == LANE_BGR
    assert tuple(picture[35, 50]) == CRACK_BGR
    assert tuple(picture[10, 50]) == (90, 90, 90)


def test_tiles_of_different_sizes_fill_a_sheet() -> None:
    def tile(height: int, width: int) -> Tile:
        picture: Image = np.zeros((height, width, 3), np.uint8)
        return Tile(picture, "舗装.jpg")

    sheet = compose([tile(30, 60), tile(50, 40), tile(20, 20)], 2)
    assert sheet.shape == (2 * 22 + 50 + 20, 2 * 64, 3)
    assert (sheet[18:48, :60] == 0).all()
    assert (sheet[18:68, 64:104] == 0).all()
