"""Labelled photos for training: image and class map (0 outside the own lane, 1 lane, 2 crack, 3 pothole)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from augment import augment
from synthetic import cut_holes
from torch.utils.data import Dataset

SIZE = (1024, 640)  # photos and masks are kept at this size (width, height)


@dataclass(frozen=True)
class Sample:
    """One labelled photo."""

    image: Path
    mask: Path
    road: str
    pothole: bool


def read_index(folder: Path, split: str) -> list[Sample]:
    """The samples of one split of a data set in our own format: index.csv and <split>/{images,masks}."""
    with open(folder / "index.csv", encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [
        Sample(
            image=folder / split / "images" / f"{row['name']}.jpg",
            mask=folder / split / "masks" / f"{row['name']}.png",
            road=row["road"],
            pothole=int(row["pothole_px"]) > 0,
        )
        for row in rows
    ]


def read_pair(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Photo (640, 1024, 3) BGR and class map (640, 1024)."""
    image = cv2.imdecode(np.fromfile(sample.image, np.uint8), cv2.IMREAD_COLOR)
    mask = cv2.imdecode(np.fromfile(sample.mask, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None or mask is None or image.shape[:2] != mask.shape:
        raise ValueError(f"{sample.image}: photo or mask cannot be read, or their sizes differ")
    if (image.shape[1], image.shape[0]) != SIZE:
        image = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, SIZE, interpolation=cv2.INTER_NEAREST)
    return image, mask


def cell_shares(mask: np.ndarray, columns: int) -> np.ndarray:
    """Share of lane, crack and pothole pixels in the contract's cells: (3, rows, columns) float32.

    A cell is width / 64 pixels square; a rest at the bottom is left out. Pixels of the value 255 are unknown and count
    as nothing.
    """
    size = mask.shape[1] // columns
    rows = mask.shape[0] // size
    cells = mask[: rows * size, : columns * size].reshape(rows, size, columns, size)
    known = (cells != 255).mean((1, 3))
    lane = ((cells > 0) & (cells < 4)).mean((1, 3))
    return np.stack([lane, (cells == 2).mean((1, 3)), (cells == 3).mean((1, 3)), known]).astype(np.float32)


class RoadPhotos(Dataset):
    """Photos of one split, kept in memory: (image (3, h, w) float 0-1 RGB, shares (4, rows, columns))."""

    def __init__(
        self, samples: list[Sample], size: tuple[int, int], columns: int, *, training: bool, synthetic: bool, seed: int
    ) -> None:
        self.size, self.columns, self.training, self.seed = size, columns, training, seed
        self.epoch = 0
        self.pairs = [read_pair(sample) for sample in samples]
        self.synthetic = synthetic
        self.holes = [hole for pair in self.pairs for hole in cut_holes(*pair)] if synthetic else []

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, mask = self.pairs[index]
        if self.training:
            rng = np.random.default_rng((self.seed, self.epoch, index))
            image, mask = augment(image, mask, self.size, self.holes if self.synthetic else None, rng)
        else:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        rgb = np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1), np.float32) / 255
        return torch.from_numpy(rgb), torch.from_numpy(cell_shares(mask, self.columns))
