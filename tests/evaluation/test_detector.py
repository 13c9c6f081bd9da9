"""`pavement evaluate detector`: the tables, and that they are those of ../shared/tools/score_masks.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import CRACK, POTHOLE, class_map
from pavement.detectors import open_detector
from pavement.errors import BadInput
from pavement.evaluation import evaluate_detector
from pavement.evaluation.labelled import detect_photos, list_photos
from pavement.evaluation.table import Report
from pavement.evaluation.tally import Tally
from tests.builders import PaintedDetector, write_labelled

Image = NDArray[np.uint8]


def silent(stage: str, done: int, total: int) -> None:
    pass


def label(*, crack: bool = False, pothole: bool = False) -> Image:
    """256 x 160, cells of 4 px: the lane is the lower half of 20 x 64 cells; a crack of 5 x 5, a pothole of 5 x 5."""
    classes = np.zeros((160, 256), np.uint8)
    classes[80:] = 1
    if crack:
        classes[100:120, 40:60] = CRACK
    if pothole:
        classes[100:120, 180:200] = POTHOLE
    return classes


@pytest.fixture
def data(tmp_path: Path) -> Path:
    photos = {
        "a": ("R-1", label(crack=True)),
        "b": ("R-1", label()),
        "c": ("R-2", label(crack=True, pothole=True)),
    }
    return write_labelled(tmp_path / "資料", photos)


def evaluate(data: Path) -> Report:
    return evaluate_detector(data, "val", PaintedDetector(), silent)


def section(report: Report, key: str) -> dict[str, dict[str, float | int | str | None]]:
    return next(dict(each.rows) for each in report.sections if each.key == key)


def test_what_is_found_where_it_is_gets_full_marks_by_road_and_by_size(data: Path) -> None:
    report = evaluate(data)
    roads = section(report, "roads")
    assert list(roads) == ["all", "R-1", "R-2"]
    assert [roads[name]["photos"] for name in roads] == [3, 2, 1]
    assert roads["all"]["crack F1"] == roads["R-2"]["pothole F1"] == 1.0
    assert roads["all"]["share mean"] == pytest.approx(25 / 1280 * 2 / 3)  # 25 of 20 x 64 cells in two of three
    distance = section(report, "distance")
    assert [distance[band]["crack cells"] for band in ("far", "middle", "near")] == [0, 20, 30]
    # rows 25-29 of 40: 40 * 2 / 3 = 26.7, so rows 25 and 26 (2 x 5 cells) twice are in the middle, 3 x 5 twice near
    potholes = section(report, "potholes")
    assert potholes["≥ 16 cells"] | {} == {
        "labelled": 1,
        "found": 1,
        "recall": 1.0,
        "predicted": 1,
        "false": 0,
        "precision": 1.0,
    }
    assert section(report, "crack_thresholds")["0.50"]["F1"] == 1.0


def test_a_wrong_answer_is_counted_and_stands_on_the_sheet(data: Path) -> None:
    wrong = data / "val" / "masks" / "b.png"
    wrong.write_bytes(cv2.imencode(".png", label(crack=True))[1].tobytes())  # its photo shows none
    report = evaluate(data)
    assert section(report, "roads")["all"]["recall"] == pytest.approx(2 / 3)
    assert section(report, "roads")["all"]["precision"] == 1.0
    photos = report.to_json()["photos"]
    assert isinstance(photos, list)
    assert [(each["name"], each["false"], each["missed"]) for each in photos] == [
        ("a", 0, 0),
        ("b", 0, 25),
        ("c", 0, 0),
    ]


def test_the_pictures_can_be_opened(data: Path) -> None:
    pictures = evaluate(data).pictures
    assert set(pictures) == {"curves.svg", "failures.png"}
    assert ElementTree.fromstring(pictures["curves.svg"]).tag.endswith("svg")
    sheet = cv2.imdecode(np.frombuffer(pictures["failures.png"], np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert sheet.shape[1] > 4 * 400


@pytest.mark.parametrize(
    ("spoil", "split", "named"),
    [
        (lambda data: (data / "index.csv").unlink(), "val", "index.csv"),
        (lambda data: None, "test", "--split"),
        (lambda data: (data / "index.csv").write_text("a,b\n1,2"), "val", "columns"),
        (lambda data: (data / "val/masks/b.png").unlink(), "val", r"b\.png"),
    ],
)
def test_what_is_missing_is_named(data: Path, spoil: object, split: str, named: str) -> None:
    spoil(data)  # type: ignore[operator]
    with pytest.raises(BadInput, match=named):
        evaluate_detector(data, split, PaintedDetector(), silent)


@pytest.mark.shared
def test_the_figures_are_those_of_score_masks(shared: Path) -> None:
    spec = importlib.util.spec_from_file_location("score_masks", shared / "tools" / "score_masks.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    detector = open_detector()
    tally, pairs = Tally(), []
    for photo, detection in detect_photos(list_photos(shared / "data" / "road-surface", "val")[::10], detector):
        found, true = class_map(detection, detector.thresholds), photo.read_label()
        tally.add(found, true)
        pairs.append((found, true))
    theirs, ours = tool.score(pairs), tally.figures()
    for name, mine in {
        "crack_f1": "crack F1",
        "crack_p": "precision",
        "crack_r": "recall",
        "crack_f1_tol": "crack F1 tolerant",
        "share_r": "share r",
        "share_mae": "share error",
        "share_mean": "share mean",
        "pothole_f1": "pothole F1",
        "lane_iou": "lane IoU",
        "n": "photos",
    }.items():
        assert ours[mine] == pytest.approx(theirs[name], abs=1e-9), name
