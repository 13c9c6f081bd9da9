"""A training of a few steps on photos made here: shows that data, loss, checkpoint and export work.

python models/training/smoke.py FOLDER
"""

from __future__ import annotations

import csv
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
from augment import augment
from data import read_index, read_pair
from from_boxes import convert
from guard import train as train_guard
from synthetic import cut_holes
from train import Training

HERE = Path(__file__).parent


def make_photos(folder: Path) -> None:
    """Eight photos of a grey lane with dark cracks, in our own format."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(8):
        split, name = ("val" if number < 2 else "train"), f"photo{number}"
        image = rng.normal(120, 12, (640, 1024, 3)).clip(0, 255).astype(np.uint8)
        mask = np.zeros((640, 1024), np.uint8)
        cv2.fillPoly(mask, [np.array([[400, 0], [620, 0], [1000, 640], [20, 640]])], 1)
        line = np.cumsum(rng.normal(0, 12, (30, 2)), axis=0) + np.linspace((500, 50), (500, 600), 30)
        for picture, colour in ((image, (40, 40, 40)), (mask, 2)):
            cv2.polylines(picture, [line.astype(np.int32)], False, colour, 3)
        for kind, picture, suffix in (("images", image, ".jpg"), ("masks", mask, ".png")):
            (folder / split / kind).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / split / kind / f"{name}{suffix}"), picture)
        rows.append([split, name, "made", "made", number, int((mask == 2).sum()), 0])
    with open(folder / "index.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["split", "name", "road", "section", "chainage_m", "crack_px", "pothole_px"], *rows]
        )


def make_boxes(folder: Path) -> None:
    """Two photos with boxes: one VOC, one YOLO."""
    for road, number in (("village", 0), ("town", 1)):
        (folder / road).mkdir(parents=True, exist_ok=True)
        photo = folder / road / f"box{number}.jpg"
        cv2.imwrite(
            str(photo), np.random.default_rng(number).normal(120, 12, (640, 1024, 3)).clip(0, 255).astype(np.uint8)
        )
    voc = "<annotation><object><name>D20</name><bndbox>{}</bndbox></object></annotation>"
    sides = zip(("xmin", "ymin", "xmax", "ymax"), (300, 300, 600, 500), strict=True)
    (folder / "village/box0.xml").write_text(voc.format("".join(f"<{s}>{v}</{s}>" for s, v in sides)))
    (folder / "classes.txt").write_text("D00 D40")
    (folder / "town/box1.txt").write_text("1 0.5 0.6 0.1 0.05")


def change_often(folder: Path) -> None:
    """Every augmentation comes up: sizes hold and a picture of them is written."""
    image, mask = read_pair(read_index(folder, "train")[0])
    image[300:340, 500:540], mask[300:340, 500:540] = 20, 3
    holes = cut_holes(image, mask)
    tiles = []
    for seed in range(60):
        changed, labels = augment(image, mask, (192, 128), holes, np.random.default_rng(seed))
        if changed.shape != (128, 192, 3) or labels.shape != mask.shape:
            raise SystemExit(f"augmentation {seed} changed the size: {changed.shape}, {labels.shape}")
        tiles.append(changed)
    cv2.imwrite(str(folder / "augmented.png"), np.vstack([np.hstack(tiles[i : i + 10]) for i in range(0, 60, 10)]))


def main() -> None:
    """Train three steps at a small input and say where the ONNX file is."""
    out = Path(sys.argv[1])
    make_photos(out / "data")
    change_often(out / "data")
    config = tomllib.loads((HERE / "road.toml").read_text(encoding="utf-8"))
    phase = {
        "seeds": [1],
        "input": [192, 128],
        "epochs": 1,
        "learning_rate": 1e-3,
        "anneal": False,
        "average": 0.5,
        "pothole_factor": 2.0,
        "synthetic": True,
    }
    config |= {"batch": 2, "workers": 0, "phases": [phase]}
    make_boxes(out / "boxes")
    if convert(out / "boxes", out / "weak", {"town"}) != 2:
        raise SystemExit("boxes were lost")
    train_guard(out / "data", out / "guard", epochs=1, seed=1, threads=1)
    print(Training(config, [out / "data", out / "weak"], out / "run", init=None).run(steps=3))


if __name__ == "__main__":
    main()
