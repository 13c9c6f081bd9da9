"""Boxes to class maps: RDD-style VOC or YOLO labels as weak labels for training, in our own format.

    python models/training/from_boxes.py FOLDER --out DATA [--val ROAD …]

FOLDER holds images and, anywhere below, labels of the same stem: VOC (.xml) or YOLO (.txt, with a classes.txt). The
shipped model teaches: the lane is what it sees; inside a box of cracks the cells that it takes for crack count, or,
where it sees none, its best few; outside nothing is crack. A pothole is the ellipse in its box. The road of
an image is the name of its folder, and a road is wholly train or wholly val.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pavement.detection import COLUMNS, Detection, Thresholds, lane_mask
from pavement.detectors import open_detector

LANE, CRACK, POTHOLE = 1, 2, 3
CLASSES = {"D00": CRACK, "D01": CRACK, "D10": CRACK, "D11": CRACK, "D20": CRACK, "D40": POTHOLE}
WEAK = 0.3  #: inside a box the teacher is believed from here on
BEST_SHARE = 0.15  #: of a box's cells, where the teacher sees nothing in it


@dataclass(frozen=True)
class Box:
    """A labelled box in pixels."""

    kind: int
    left: float
    top: float
    right: float
    bottom: float


def read_voc(path: Path) -> Iterator[Box]:
    """Boxes of a VOC file; classes that are no damage are left out."""
    for item in ElementTree.parse(path).iter("object"):
        kind, corners = CLASSES.get(item.findtext("name", "")), item.find("bndbox")
        if kind and corners is not None:
            yield Box(kind, *(float(corners.findtext(side, "nan")) for side in ("xmin", "ymin", "xmax", "ymax")))


def read_yolo(path: Path, names: list[str], width: int, height: int) -> Iterator[Box]:
    """Boxes of a YOLO file: class, centre and size as shares of the picture."""
    for line in path.read_text(encoding="utf-8").splitlines():
        index, *shares = line.split()
        kind = CLASSES.get(names[int(index)])
        if kind:
            x, y, w, h = (float(share) for share in shares[:4])
            yield Box(kind, (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)


def to_mask(detection: Detection, thresholds: Thresholds, boxes: list[Box]) -> np.ndarray:
    """The class map (height, width) of a photo from its boxes and the teacher's answer."""
    height, width = detection.height, detection.width
    mask = lane_mask(detection, thresholds, height, width).astype(np.uint8) * LANE
    cell = detection.cell_px
    crack = detection.probabilities(detection.cell_rows, COLUMNS)[1]
    for box in sorted(boxes, key=lambda each: each.kind):
        if box.kind == POTHOLE:
            centre = (round((box.left + box.right) / 2), round((box.top + box.bottom) / 2))
            axes = (max(round((box.right - box.left) / 2), 1), max(round((box.bottom - box.top) / 2), 1))
            cv2.ellipse(mask, centre, axes, 0, 0, 360, POTHOLE, -1)
            continue
        top, left = int(max(box.top, 0) / cell), int(max(box.left, 0) / cell)
        inside = crack[top : int(box.bottom / cell) + 1, left : int(box.right / cell) + 1]
        if not inside.size:
            continue
        limit = WEAK if (inside >= WEAK).any() else float(np.quantile(inside, 1 - BEST_SHARE))
        for row, column in np.argwhere(inside >= limit):
            y, x = int((top + row) * cell), int((left + column) * cell)
            mask[y : int(y + cell), x : int(x + cell)] = CRACK
    return mask


def convert(folder: Path, out: Path, val: set[str]) -> int:
    """Write the data set; number of photos."""
    detector = open_detector()
    classes = next(folder.rglob("classes.txt"), None)
    names = classes.read_text(encoding="utf-8").split() if classes else []
    labels = {path.stem: path for path in folder.rglob("*") if path.suffix in {".xml", ".txt"} and path != classes}
    rows = []
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in {".jpg", ".jpeg", ".png"}):
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        if path.stem not in labels or image is None:
            continue
        label, (height, width) = labels[path.stem], image.shape[:2]
        boxes = list(read_voc(label) if label.suffix == ".xml" else read_yolo(label, names, width, height))
        (detection,) = detector.detect([image])
        mask = to_mask(detection, detector.thresholds, boxes)
        road = path.parent.name
        split, name = ("val" if road in val else "train"), f"{road}_{path.stem}"
        for kind in ("images", "masks"):
            (out / split / kind).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, out / split / "images" / f"{name}.jpg")
        cv2.imencode(".png", mask)[1].tofile(out / split / "masks" / f"{name}.png")
        rows.append([split, name, road, road, len(rows), int((mask == CRACK).sum()), int((mask == POTHOLE).sum())])
    with open(out / "index.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["split", "name", "road", "section", "chainage_m", "crack_px", "pothole_px"], *rows]
        )
    return len(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--val", nargs="*", default=[])
    args = parser.parse_args()
    print(f"{convert(args.folder, args.out, set(args.val))} photos in {args.out}")


if __name__ == "__main__":
    main()
