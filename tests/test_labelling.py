"""`pavement detect`: a class map for every readable image, an entry for every one."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import Gate
from pavement.errors import BadInput
from pavement.labelling import label_images
from tests.builders import PaintedDetector

Image = NDArray[np.uint8]


def paint(*, crack: bool = False) -> Image:
    """A textured road in the lower half, as `PaintedDetector` understands it."""
    image = np.zeros((160, 256, 3), np.uint8)
    image[80:] = np.random.default_rng(0).integers(90, 150, (80, 256, 1), np.uint8)
    if crack:
        image[120:140, 100:120] = (0, 0, 255)
    return image


def save(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def label(images: Path, out: Path) -> list[dict[str, object]]:
    path = label_images(images, out, PaintedDetector(), Gate(), lambda stage, done, total: None)
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_folders_are_mirrored_and_every_image_is_listed(tmp_path: Path) -> None:
    images, out = tmp_path / "写真", tmp_path / "out"
    save(images / "b" / "道路2.png", paint(crack=True))
    save(images / "b" / "道路10.JPG", paint())
    save(images / "a.jpg", np.zeros((160, 256, 3), np.uint8))
    (images / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (images / "notes.txt").write_text("not an image")
    found = label(images, out)
    assert [entry["image"] for entry in found] == ["a.jpg", "b/道路2.png", "b/道路10.JPG", "cut.jpg"]
    assert [entry["rejected"] for entry in found] == ["no_road", None, None, "unreadable"]
    maps = {path.relative_to(out).as_posix() for path in out.rglob("*.png")}
    assert maps == {"a.png", "b/道路2.png", "b/道路10.png"}  # also for what the gate rejects
    classes = cv2.imdecode(np.frombuffer((out / "b/道路2.png").read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert classes is not None
    assert classes.shape == (160, 256)
    assert classes.dtype == np.uint8
    assert set(np.unique(classes)) == {0, 1, 2}
    assert [o["category"] for o in found[1]["objects"]] == ["crack"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("names", [[], ["a.txt"], ["a.jpg", "a.png"]])
def test_what_cannot_be_labelled_is_refused(tmp_path: Path, names: list[str]) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name in names:
        (images / name).write_bytes(b"")
    with pytest.raises(BadInput, match=r"images|a\.jpg"):
        label(images, tmp_path / "out")
