"""Export to ONNX and check it against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn


def export_onnx(network: nn.Module, path: Path, size: tuple[int, int]) -> Path:
    """Write `network` with free batch, height and width; raises ValueError where ONNX and torch differ by > 1e-3."""
    network = network.float().eval()
    example = torch.rand(1, 3, size[1], size[0])
    torch.onnx.export(
        network,
        (example,),
        path,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "n", 2: "h", 3: "w"}, "logits": {0: "n", 2: "h8", 3: "w8"}},
        opset_version=17,
        dynamo=False,
    )
    difference = compare(network, path, example)
    print(f"ONNX against torch: max difference of the logits {difference:.1e}")
    if difference > 1e-3:
        raise ValueError(f"{path}: ONNX and torch differ by {difference:.1e}, expected at most 1e-3")
    return path


def compare(network: nn.Module, path: Path, example: torch.Tensor) -> float:
    """Largest difference of the logits between torch and ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"image": example.numpy()})
    with torch.no_grad():
        return float(np.abs(network(example).numpy() - logits).max())
