"""The detector against labelled photos: a folder with index.csv and <split>/{images,masks}.

Counted as the contract counts: cells of width / 64 pixels that are at least half own lane in the label; crack from 1 %
of a cell's pixels, pothole from 10 %. "tolerant" forgives one cell, since labels' edges are no finer.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import COLUMNS, CRACK, POTHOLE, Detector, Image, class_map
from pavement.errors import BadInput
from pavement.evaluation.table import Figures

Bools = NDArray[np.bool_]
BATCH = 16


@dataclass
class Tally:
    """Sums over photos, from which the figures come."""

    crack: NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, np.int64))  #: hit, false, missed
    hole: NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, np.int64))
    tolerant: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    lane: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))
    shares: list[tuple[float, float]] = field(default_factory=list)

    def add(self, found: Image, label: Image) -> None:
        """Count one photo: class maps (h, w)."""
        lane, crack, hole = cells(label)
        _, crack_found, hole_found = cells(found)
        self.crack += counts(crack_found & lane, crack & lane)
        self.hole += counts(hole_found & lane, hole & lane)
        a, b = crack_found & lane, crack & lane
        near_a, near_b = (ndimage.binary_dilation(each, np.ones((3, 3), bool)) for each in (a, b))
        self.tolerant += [(a & near_b).sum(), a.sum(), (b & near_a).sum(), b.sum()]
        self.lane += [((found > 0) & (label > 0)).sum(), ((found > 0) | (label > 0)).sum()]
        self.shares.append((float(a.sum() / max(lane.sum(), 1)), float(b.sum() / max(lane.sum(), 1))))

    def figures(self) -> Figures:
        """The table's row."""
        found, true = np.array(self.shares).T
        varied = len(true) > 1 and found.std() > 0 and true.std() > 0
        right, seen = self.tolerant[0] / max(self.tolerant[1], 1), self.tolerant[2] / max(self.tolerant[3], 1)
        return {
            "photos": len(self.shares),
            "crack F1": f1(self.crack),
            "precision": float(self.crack[0] / max(self.crack[0] + self.crack[1], 1)),
            "recall": float(self.crack[0] / max(self.crack[0] + self.crack[2], 1)),
            "crack F1 tolerant": float(2 * right * seen / max(right + seen, 1e-9)),
            "share r": float(np.corrcoef(found, true)[0, 1]) if varied else None,
            "share error": float(np.abs(found - true).mean()),
            "share mean": float(true.mean()),
            "pothole F1": f1(self.hole),
            "lane IoU": float(self.lane[0] / max(self.lane[1], 1)),
        }


def cells(classes: Image) -> tuple[Bools, Bools, Bools]:
    """Own lane, crack and pothole cells of a class map (h, w): (h·64/w, 64) each."""
    size = classes.shape[1] // COLUMNS
    rows = classes.shape[0] // size
    grid = classes[: rows * size, : COLUMNS * size].reshape(rows, size, COLUMNS, size)
    return (
        (grid > 0).mean((1, 3)) >= 0.5,
        (grid == CRACK).mean((1, 3)) >= 0.01,
        (grid == POTHOLE).mean((1, 3)) >= 0.1,
    )


def counts(found: Bools, true: Bools) -> NDArray[np.int64]:
    """Hits, false ones, missed ones."""
    return np.array([(found & true).sum(), (found & ~true).sum(), (~found & true).sum()])


def f1(sums: NDArray[np.int64]) -> float:
    """F1 of (hits, false, missed)."""
    return float(2 * sums[0] / max(2 * sums[0] + sums[1] + sums[2], 1))


def evaluate_detector(
    data: Path, split: str, detector: Detector, progress: Callable[[str, int, int], None]
) -> dict[str, Figures]:
    """The figures of one split: all of it, then road by road."""
    index = data / "index.csv"
    if not index.is_file():
        raise BadInput("is missing", file=index, do="give a folder with index.csv and <split>/images, <split>/masks")
    with open(index, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    if not rows:
        raise BadInput(f"has no photos of the split '{split}'", file=index, do="give another --split")
    tallies: dict[str, Tally] = defaultdict(Tally)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        images = [read(data / split / "images" / f"{row['name']}.jpg", cv2.IMREAD_COLOR) for row in batch]
        for row, detection in zip(batch, detector.detect(images), strict=True):
            label = read(data / split / "masks" / f"{row['name']}.png", cv2.IMREAD_GRAYSCALE)
            found = class_map(detection, detector.thresholds)
            for name in ("all", row["road"]):
                tallies[name].add(found, label)
        progress("evaluate", start + len(batch), len(rows))
    return {name: tally.figures() for name, tally in tallies.items()}


def read(path: Path, how: int) -> Image:
    """Pixels of a file, whatever letters are in its path."""
    image = cv2.imdecode(np.fromfile(path, np.uint8), how) if path.is_file() else None
    if image is None:
        raise BadInput("is missing or cannot be read", file=path, do="restore the data set")
    return np.asarray(image, np.uint8)
