"""A model of the registry behind an engine. What is the same for all engines is here: an engine is one method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pavement.detection import Detection, Image, Thresholds, sigmoid
from pavement.detectors.registry import MAPS, ModelEntry
from pavement.errors import BadInput
from pavement.quality import measure_quality

Floats = NDArray[np.float32]

STRIDE = 32  #: networks want sides that are multiples of it
TALLEST = 2  #: height of the input over its width; a photo that is taller is squeezed, for it is no road photo


class Engine(Protocol):
    """Runs a network. `infer` may be called from several threads at once."""

    @property
    def label(self) -> str:
        """Engine, device and precision in words: what differs from machine to machine."""

    def infer(self, images: Sequence[Image]) -> Floats:
        """The network's maps (n, classes, rows, columns) of BGR images (h, w, 3), all of one size."""


class ModelDetector:
    """The `Detector` of a model and an engine."""

    def __init__(self, entry: ModelEntry, engine: Engine) -> None:
        self._entry, self._engine = entry, engine
        self._channels = [entry.classes.index(name) for name in MAPS]

    @property
    def name(self) -> str:
        """Name of the model in the registry."""
        return self._entry.name

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._entry.sha256

    @property
    def thresholds(self) -> Thresholds:
        """The probabilities that belong to these weights."""
        return self._entry.thresholds

    @property
    def path(self) -> Path:
        """The weights' file."""
        return self._entry.path

    @property
    def engine(self) -> Engine:
        """What runs the network."""
        return self._engine

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """Detections of BGR images (h, w, 3) of any sizes, in order."""
        inputs = [shrink(image, self._entry.input_width) for image in images]
        places: dict[tuple[int, ...], list[int]] = {}
        for index, small in enumerate(inputs):
            places.setdefault(small.shape, []).append(index)
        logits: dict[int, Floats] = {}
        for same in places.values():
            logits.update(zip(same, self._infer([inputs[index] for index in same]), strict=True))
        return [
            Detection.of(
                logits[index],
                image.shape[1],
                image.shape[0],
                measure_quality(inputs[index], sigmoid(logits[index][0])),
            )
            for index, image in enumerate(images)
        ]

    def _infer(self, inputs: Sequence[Image]) -> Floats:
        maps = self._engine.infer(inputs)
        if maps.ndim != 4 or maps.shape[:2] != (len(inputs), len(self._entry.classes)):
            raise BadInput(
                f"answers {len(inputs)} images with shape {maps.shape}, expected ({len(inputs)}, "
                f"{len(self._entry.classes)}, rows, columns): a map for each of the entry's classes",
                file=self._entry.path,
                do="correct classes in registry.toml, or export the network's maps of logits",
            )
        return maps[:, self._channels]


def shrink(image: Image, width: int) -> Image:
    """The network's input of `width`, its height as the photo's shape asks; areas are averaged, as in training."""
    import cv2  # not at the head: a server reads the registry only

    height = round(width * image.shape[0] / image.shape[1] / STRIDE) * STRIDE
    size = width, min(max(height, STRIDE), TALLEST * width)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_tensor(images: Sequence[Image]) -> Floats:
    """(n, 3, h, w) RGB 0-1 from BGR images (h, w, 3) of one size, for engines that cannot take bytes."""
    import cv2

    return np.asarray(cv2.dnn.blobFromImages(list(images), 1 / 255, swapRB=True), np.float32)
