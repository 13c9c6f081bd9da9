"""Thresholds from training roads that the network did not see: each fold's roads are left out of its own training.

    python models/training/cross_validate.py models/training/road.toml --data DATA --out runs/folds

The folds are trained from the starting body with the last phase's settings for `[cross_validation] epochs`. Prints the
F1 of cracks and potholes at each threshold and the best mean over the folds. A fold that is done is not trained again.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from data import RoadPhotos
from train import CRACK_SHARE, POTHOLE_SHARE, Config, Training, f1, predict

THRESHOLDS = np.arange(0.05, 0.96, 0.05)
KINDS = {"crack": (1, CRACK_SHARE), "pothole": (2, POTHOLE_SHARE)}


def train_fold(config: Config, data: list[Path], out: Path, init: Path | None, roads: Iterable[str]) -> dict[str, list]:
    """F1 at each threshold, by kind of damage, on roads that were left out."""
    fold = config["cross_validation"]
    phase = config["phases"][-1] | {"seeds": [config["seed"]], "epochs": fold["epochs"]}
    training = Training(config | {"phases": [phase]}, data, out, init, frozenset(roads))
    training.run()
    photos = RoadPhotos(
        training.held_out, tuple(phase["input"]), config["grid_columns"], training=False, synthetic=False, seed=0
    )
    network = training.network  # the soup of one seed
    guess, truth = predict(network, photos, config["batch"], training.device)
    lane = truth[:, 0] >= 0.5
    return {
        kind: [f1((guess[:, index] > level) & lane, (truth[:, index] >= share) & lane) for level in THRESHOLDS]
        for kind, (index, share) in KINDS.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders in our own format")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="YOLOv8n state dict to start the body from")
    args = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    config = tomllib.loads(args.config.read_text(encoding="utf-8"))
    folds = [
        train_fold(config, args.data, args.out / f"fold{number}", args.init, roads)
        for number, roads in enumerate(config["cross_validation"]["folds"])
    ]
    for kind in KINDS:
        table = np.array([fold[kind] for fold in folds])
        for level, values in zip(THRESHOLDS, table.T, strict=True):
            print(f"{kind} {level:.2f}: " + " ".join(f"{value:.3f}" for value in values) + f" mean {values.mean():.3f}")
        print(f"{kind}: best mean at {THRESHOLDS[int(table.mean(0).argmax())]:.2f}")


if __name__ == "__main__":
    main()
