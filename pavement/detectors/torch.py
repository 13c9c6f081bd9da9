"""torch, for a checkpoint (.pt) of one's own: only where the extra `train` is installed.

Loading a pickle executes what is in it. The registry's hash says that it is the file that somebody trusted; see
`open_detector` for who may load one at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pavement.detection import Image
from pavement.detectors.model import Floats, to_tensor
from pavement.detectors.registry import ModelEntry
from pavement.errors import BadInput


class TorchEngine:
    """A module on one device; an Ultralytics checkpoint gives its averaged weights."""

    def __init__(self, entry: ModelEntry, device: str) -> None:
        try:
            import torch
        except ImportError as error:
            raise BadInput("needs torch", file=entry.path, do="pip install 'pavement[train]'") from error
        if device == "cuda" and not torch.cuda.is_available():
            raise BadInput("device 'cuda': torch finds no card", do="install torch with CUDA, or --device cpu")
        try:
            content = torch.load(entry.path, map_location=device, weights_only=False)
        except (ImportError, AttributeError) as error:
            raise BadInput(
                f"is made of classes that are not installed ({error})",
                file=entry.path,
                do="pip install 'pavement[train]', or export it to ONNX",
            ) from error
        self._network = network_of(content, entry).float().eval().to(device)
        self._torch, self._device = torch, device
        self._label = f"torch {torch.__version__} {device.upper()} f32"

    @property
    def label(self) -> str:
        """Engine, device and precision."""
        return self._label

    def infer(self, images: Sequence[Image]) -> Floats:
        """Maps (n, classes, rows, columns) of BGR images (h, w, 3) of one size."""
        with self._torch.inference_mode():
            answer = self._network(self._torch.from_numpy(to_tensor(images)).to(self._device))
        maps = answer[0] if isinstance(answer, tuple | list) else answer
        return np.asarray(maps.float().cpu().numpy(), np.float32)


def network_of(content: Any, entry: ModelEntry) -> Any:
    """The module in a checkpoint: itself, or under the keys that Ultralytics uses."""
    found = (content.get("ema") or content.get("model")) if isinstance(content, dict) else content
    if not hasattr(found, "forward"):
        raise BadInput("holds no network", file=entry.path, do="save the module itself, or an Ultralytics checkpoint")
    return found
