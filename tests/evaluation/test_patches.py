"""`pavement evaluate patches`: shares by class and city, with and without names in several folders."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pavement.crop import CropDetector
from pavement.detectors import open_detector
from pavement.errors import BadInput
from pavement.evaluation.patches import Patch, choose_level, evaluate_patches, held_out
from pavement.evaluation.table import Report
from pavement.labelling import find_images
from tests.builders import PaintedDetector
from tests.evaluation.test_detector import section, silent


def write_patch(path: Path, *, crack: bool) -> None:
    """128 x 128 of grey, with a red stripe where it is cracked."""
    image = np.full((128, 128, 3), 120, np.uint8)
    if crack:
        image[60:70, 20:110] = (0, 0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file, crack in {
        "D00/adachi_1.jpg": True,
        "D00/adachi_2.jpg": False,
        "D20/chiba_1.jpg": True,
        "D44/chiba_1.jpg": True,  # the same name in two folders
        "D43/chiba_2.jpg": False,
        "D43/adachi_3.jpg": False,
    }.items():
        write_patch(tmp_path / file, crack=crack)
    return tmp_path


def evaluate(folder: Path, cities: tuple[str, ...] = ()) -> Report:
    return evaluate_patches(folder, find_images(folder), CropDetector(PaintedDetector()), silent, cities)


def test_shares_by_class_and_with_every_name_once(folder: Path) -> None:
    report = evaluate(folder)
    rows = section(report, "classes")
    assert {name: (row["crops"], row["cracked"]) for name, row in rows.items()} == {
        "D00": (2, 1),
        "D20": (1, 1),
        "D43": (2, 0),
        "D44": (1, 1),
        "cracks": (3, 2),
        "worn markings": (3, 1),
        "cracks (names in one folder only)": (2, 1),
        "worn markings (names in one folder only)": (2, 0),
    }
    cities = section(report, "cities")
    assert cities["adachi"] == {
        "cracks": 2,
        "cracks found": 0.5,
        "worn markings": 1,
        "worn markings called cracks": 0.0,
    }
    assert "1 file names" in report.to_markdown()


def test_only_the_cities_asked_for_count(folder: Path) -> None:
    assert section(evaluate(folder, ("adachi",)), "classes")["cracks"]["crops"] == 2
    with pytest.raises(BadInput, match="crops"):
        evaluate(folder, ("nowhere",))


def make_patches(city: str, cracks: list[float], worn: list[float]) -> list[Patch]:
    return [
        Patch(kind, city, f"{city}_{kind}{i}.jpg", True, level)
        for kind, levels in (("D00", cracks), ("D43", worn))
        for i, level in enumerate(levels)
    ]


def test_the_threshold_is_chosen_on_other_cities_than_it_is_used_on() -> None:
    first = make_patches("a", cracks=[2.0, 2.0], worn=[0.0, 0.0])  # alone, anything from 0.25 to 2 parts them
    second = make_patches("b", cracks=[6.0, 6.0], worn=[3.0, 3.0])
    assert 0 < choose_level(first) <= 2
    assert 3 < choose_level(second) <= 6
    rows = held_out([*first, *second])
    assert (rows["a"]["cracks found"], rows["a"]["worn markings called cracks"]) == (0.0, 0.0)  # b's is too high for a
    assert (rows["b"]["cracks found"], rows["b"]["worn markings called cracks"]) == (1.0, 1.0)  # a's too low for b
    assert rows["all"]["cracks found"] == 0.5
    assert held_out(first) == {}


@pytest.mark.shared
def test_the_verdict_is_that_of_the_class_map_of_detect(shared: Path) -> None:
    folder = shared / "data" / "rdd-japan-patches"
    files = [file for file in find_images(folder) if "matsudo" in file]
    report = evaluate_patches(folder, files, CropDetector(open_detector()), silent)
    rows = section(report, "classes")
    assert rows["cracks"]["crops"] == 33
    # the level of a patch, which the choice of thresholds goes by, says the same as its class map
    crop = open_detector().thresholds.crop
    table = section(report, "thresholds")
    below, above = (f(float(t) for t in table if (float(t) < crop) == (f is max)) for f in (max, min))
    low, high = (float(table[f"{t:.4f}"]["cracks found"] or 0) for t in (above, below))
    assert low - 0.04 <= float(rows["cracks"]["share"] or 0) <= high + 0.04
