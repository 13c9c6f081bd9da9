"""The guard behind an engine: how likely a cell shows something that is not road surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pavement.detection import Image, sigmoid
from pavement.detectors.model import Engine, shrink
from pavement.detectors.registry import ModelEntry


class ModelGuard:
    """The `Guard` of a model and an engine."""

    def __init__(self, entry: ModelEntry, engine: Engine) -> None:
        self._entry, self._engine = entry, engine

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._entry.sha256

    @property
    def threshold(self) -> float:
        """The probability from which a cell is foreign."""
        return self._entry.thresholds.foreign

    def foreign(self, images: Sequence[Image]) -> list[NDArray[np.float32]]:
        """Of each BGR image (h, w, 3) the probability (rows, columns) of being foreign."""
        found = []
        for image in images:
            (maps,) = self._engine.infer([shrink(image, self._entry.input_width)])
            found.append(sigmoid(maps[0]))
        return found
