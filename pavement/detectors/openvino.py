"""The default engine: OpenVINO on the CPU, reading ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

import numpy as np
import openvino
from openvino.preprocess import ColorFormat, PrePostProcessor

from pavement.detection import Image
from pavement.detectors.model import Floats
from pavement.detectors.registry import ModelEntry
from pavement.errors import BadInput

#: One at a time in the process, the first inference inside: what OpenVINO makes in Python at its first use it makes
#: while letting go of the GIL, and threads that come to it at once lock each other up (2026.4).
_COMPILING = Lock()
SHAPES = 8  #: compiled at once; a folder of photos of many shapes compiles again and again, but memory is bounded


class OpenVinoEngine:
    """One compiled network per size of input, as many requests in flight as the machine takes.

    Images go in as bytes and are turned into 0-1 RGB inside the network: bytes are exact in bf16, fractions are not.
    """

    def __init__(self, entry: ModelEntry) -> None:
        self._entry = entry
        self._core = openvino.Core()
        native = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._precision = "bf16" if native and entry.precision == "auto" else "f32"
        self._idle: dict[tuple[int, ...], SimpleQueue[Any]] = {}

    @property
    def label(self) -> str:
        """Engine, device and precision."""
        return f"OpenVINO {openvino.__version__.partition('-')[0]} CPU {self._precision}"

    def infer(self, images: Sequence[Image]) -> Floats:
        """Maps (n, classes, rows, columns) of BGR images (h, w, 3) of one size."""
        idle = self._requests(images[0].shape)
        answers: list[Floats] = []
        running: list[Any] = []

        def take_oldest() -> Any:
            request = running[0]
            answers.append(finish(request))
            return running.pop(0)

        try:
            for image in images:
                # invariant: nobody waits for an idle request while holding one that runs, so threads cannot lock up
                try:
                    request = idle.get(block=not running)
                except Empty:
                    request = take_oldest()
                running.append(request)
                start(request, image)
            while running:
                idle.put(take_oldest())
        finally:
            for request in running:
                request.cancel()
                idle.put(request)
        return np.stack(answers)

    def _requests(self, shape: tuple[int, ...]) -> SimpleQueue[Any]:
        """The idle requests for images of `shape`, made once."""
        with _COMPILING:
            if shape not in self._idle:
                if len(self._idle) == SHAPES:
                    del self._idle[next(iter(self._idle))]
                compiled = self._core.compile_model(
                    read_network(self._core, self._entry.path, shape),
                    "CPU",
                    {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": self._precision},
                )
                idle: SimpleQueue[Any] = SimpleQueue()
                for _ in range(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")):
                    request = compiled.create_infer_request()
                    start(request, np.zeros(shape, np.uint8))
                    finish(request)
                    idle.put(request)
                self._idle[shape] = idle
            return self._idle[shape]


def read_network(core: Any, path: Path, shape: tuple[int, ...]) -> Any:
    """The network for BGR bytes of `shape` (h, w, 3), their preparation in front of it."""
    try:
        steps = PrePostProcessor(core.read_model(path))
    except RuntimeError as error:
        raise BadInput(f"OpenVINO cannot read it: {error}", file=path, do="export it again") from error
    image = steps.input()
    image.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    image.tensor().set_color_format(ColorFormat.BGR)
    image.model().set_layout(openvino.Layout("NCHW"))
    image.preprocess().convert_element_type(openvino.Type.f32).convert_color(ColorFormat.RGB).scale(255.0)
    network = steps.build()
    network.reshape([1, *shape])
    return network


def start(request: Any, image: Image) -> None:
    """Let a request run on an image (h, w, 3)."""
    request.start_async({0: image[None]}, share_inputs=True)


def finish(request: Any) -> Floats:
    """The maps (classes, rows, columns) of a request that runs, when it is done."""
    request.wait()
    return np.array(request.get_output_tensor(0).data[0], np.float32)
