"""Pictures as files, at paths in any letters."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pavement.encoding import encode_png, write_photo


def test_a_class_map_comes_back_and_has_no_palette(tmp_path: Path) -> None:
    classes = np.random.default_rng(0).integers(0, 4, (37, 100), np.uint8)
    path = tmp_path / "判定.png"
    path.write_bytes(encode_png(classes))
    with Image.open(path) as image:
        assert (image.mode, image.size) == ("L", (100, 37))
        assert (np.asarray(image) == classes).all()


def test_a_photo_is_a_jpeg_without_metadata_at_a_japanese_path(tmp_path: Path) -> None:
    photo = np.full((64, 96, 3), (40, 90, 200), np.uint8)  # BGR
    path = tmp_path / "画像" / "12K300_P00001.jpg"
    write_photo(path, photo)
    with Image.open(path) as image:
        assert (image.format, image.size) == ("JPEG", (96, 64))
        assert not image.getexif()
    again = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert again is not None
    assert np.abs(again.astype(int) - photo).max() <= 3
