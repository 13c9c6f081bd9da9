"""The default engine: OpenVINO on the CPU, reading ONNX."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.detection import Detection, Image, Quality, Thresholds
from pavement.detectors.registry import ModelEntry

Floats = NDArray[np.float32]
Answers = list[Floats | None]
STRIDE = 32  #: the network wants sides that are multiples of it


class OpenVinoDetector:
    """A model of the registry on the CPU. Frames of one size go through one compiled shape."""

    def __init__(self, entry: ModelEntry) -> None:
        self._entry = entry
        self._compiled: dict[tuple[int, int], Any] = {}

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

    @cached_property
    def _core(self) -> Any:
        import openvino

        return openvino.Core()

    def _queue(self, size: tuple[int, int]) -> Any:
        """The compiled model for an input of (width, height), made once."""
        if size not in self._compiled:
            import openvino

            model = self._core.read_model(self._entry.path)
            model.reshape([1, 3, size[1], size[0]])
            compiled = self._core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
            queue = openvino.AsyncInferQueue(compiled)
            queue.set_callback(keep_answer)
            self._compiled[size] = queue
        return self._compiled[size]

    def detect(self, images: list[Image]) -> list[Detection]:
        """Detections of BGR images (h, w, 3), in order; several are in flight at once."""
        logits: Answers = [None] * len(images)
        qualities: list[Quality] = []
        queues = {}

        for index, image in enumerate(images):
            small = np.asarray(cv2.resize(image, self._input_size(image), interpolation=cv2.INTER_AREA), np.uint8)
            queue = self._queue((small.shape[1], small.shape[0]))
            queues[id(queue)] = queue
            queue.start_async({0: to_tensor(small)}, (logits, index))
            qualities.append(measure_quality(small))
        for queue in queues.values():
            queue.wait_all()
        return [
            Detection.of(answer, image.shape[1], image.shape[0], quality)
            for image, answer, quality in zip(images, logits, qualities, strict=True)
            if answer is not None
        ]

    def _input_size(self, image: Image) -> tuple[int, int]:
        """(width, height) of the input: the model's width, the height that keeps the photo's shape."""
        width = self._entry.input_width
        return width, max(STRIDE, round(width * image.shape[0] / image.shape[1] / STRIDE) * STRIDE)


def keep_answer(request: Any, place: tuple[Answers, int]) -> None:
    """Put a finished request's logits where its caller waits for them."""
    answers, index = place
    answers[index] = request.get_output_tensor(0).data[0].copy()


def to_tensor(image: Image) -> Floats:
    """(1, 3, h, w) RGB 0-1 from BGR (h, w, 3)."""
    return np.asarray(cv2.dnn.blobFromImage(image, 1 / 255, swapRB=True), np.float32)


def measure_quality(image: Image) -> Quality:
    """Quality of the lower half, where the road is; see `Quality`."""
    grey = cv2.cvtColor(image[image.shape[0] // 2 :], cv2.COLOR_BGR2GRAY)
    spread = float(grey.var())
    sharp = float(cv2.Laplacian(grey, cv2.CV_32F).var()) / max(spread, 1.0)
    return Quality(float(grey.mean()), float((grey >= 250).mean()), sharp)
