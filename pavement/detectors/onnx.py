"""ONNX Runtime: for a graphics card (CUDA), or on the CPU for comparison. Comes with the extras `gpu` and `train`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pavement.detection import Image
from pavement.detectors.model import Floats, to_tensor
from pavement.detectors.registry import ModelEntry
from pavement.errors import BadInput

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxEngine:
    """A session on one device; BadInput where the package or the device is missing."""

    def __init__(self, entry: ModelEntry, device: str) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise missing_runtime(device) from error
        if PROVIDERS[device] not in onnxruntime.get_available_providers():
            raise missing_runtime(device)
        if device == "cuda" and hasattr(onnxruntime, "preload_dlls"):
            onnxruntime.preload_dlls()  # CUDA's libraries where pip installed them
        try:
            self._session = onnxruntime.InferenceSession(str(entry.path), providers=[PROVIDERS[device]])
        except Exception as error:  # its errors have no common class of their own
            raise BadInput(f"ONNX Runtime cannot load it: {error}", file=entry.path, do="export it again") from error
        if PROVIDERS[device] not in self._session.get_providers():  # it falls back to the CPU without an error
            raise BadInput("device 'cuda': ONNX Runtime cannot use the card", do="see its lines above, or --device cpu")
        self._input = self._session.get_inputs()[0].name
        self._label = f"ONNX Runtime {onnxruntime.__version__} {device.upper()} f32"

    @property
    def label(self) -> str:
        """Engine, device and precision."""
        return self._label

    def infer(self, images: Sequence[Image]) -> Floats:
        """Maps (n, classes, rows, columns) of BGR images (h, w, 3) of one size."""
        return np.asarray(self._session.run(None, {self._input: to_tensor(images)})[0], np.float32)


def missing_runtime(device: str) -> BadInput:
    """The line that says what to install."""
    extra = "gpu" if device == "cuda" else "train"
    return BadInput(f"device '{device}' with ONNX Runtime is not installed", do=f"pip install 'pavement[{extra}]'")
