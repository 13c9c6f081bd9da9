"""Labelled photos: a folder with index.csv (split, name, road) and <split>/{images,masks}."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pavement.detection import Detection, Detector, Image
from pavement.errors import BadInput
from pavement.overlap import batches

NEEDED = {"split", "name", "road"}


@dataclass(frozen=True)
class Photo:
    """One photo and its label, a class map of the photo's size."""

    name: str
    road: str
    image: Path
    mask: Path

    def read_image(self) -> Image:
        """Pixels (h, w, 3) BGR."""
        return read(self.image, cv2.IMREAD_COLOR)

    def read_label(self) -> Image:
        """Class map (h, w)."""
        return read(self.mask, cv2.IMREAD_GRAYSCALE)


def list_photos(data: Path, split: str) -> list[Photo]:
    """The photos of one split, in the index's order."""
    index = data / "index.csv"
    if not index.is_file():
        raise BadInput("is missing", file=index, do="give a folder with index.csv and <split>/images, <split>/masks")
    with open(index, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and not set(rows[0]) >= NEEDED:
        raise BadInput(f"lacks one of the columns {', '.join(sorted(NEEDED))}", file=index, do="add it")
    photos = [
        Photo(
            row["name"],
            row["road"],
            data / split / "images" / f"{row['name']}.jpg",
            data / split / "masks" / f"{row['name']}.png",
        )
        for row in rows
        if row["split"] == split
    ]
    if not photos:
        raise BadInput(f"has no photos of the split '{split}'", file=index, do="give another --split")
    return photos


def detect_photos(photos: list[Photo], detector: Detector, batch: int = 8) -> Iterator[tuple[Photo, Detection]]:
    """Each photo with the detector's answer, in order."""
    for part in batches(photos, batch):
        yield from zip(part, detector.detect([photo.read_image() for photo in part]), strict=True)


def read(path: Path, how: int) -> Image:
    """Pixels of a file, whatever letters are in its path."""
    image = cv2.imdecode(np.fromfile(path, np.uint8), how) if path.is_file() else None
    if image is None:
        raise BadInput("is missing or cannot be read", file=path, do="restore the data set")
    return np.asarray(image, np.uint8)
