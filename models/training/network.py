"""The network: a YOLOv8n body down to P3 and one small head that answers per cell: own lane, crack, pothole."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from ultralytics.nn.modules import Conv
from ultralytics.nn.tasks import DetectionModel

P3 = 15  # layer of yolov8.yaml whose output has stride 8


class RoadNet(nn.Module):
    """Image (n, 3, h, w) in 0-1 RGB, h and w multiples of 32 → logits (n, 3, h/8, w/8): lane, crack, pothole."""

    def __init__(self, body: str = "yolov8n.yaml", head_channels: int = 64) -> None:
        super().__init__()
        layers = DetectionModel(body, verbose=False).model
        self.body = nn.ModuleList(layers[: P3 + 1])
        width = self.body[P3].cv2.conv.out_channels
        self.head = nn.Sequential(Conv(width, head_channels, 3), Conv(head_channels, head_channels, 3))
        self.classify = nn.Conv2d(head_channels, 3, 1)
        nn.init.constant_(self.classify.bias, -2.0)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits per stride-8 cell."""
        outputs: list[torch.Tensor] = []
        value = image
        for layer in self.body:
            source = [layer.f] if isinstance(layer.f, int) else layer.f
            inputs = [value if index == -1 else outputs[index] for index in source]
            value = layer(inputs[0] if len(inputs) == 1 else inputs)
            outputs.append(value)
        return self.classify(self.head(value))


def load_body(network: RoadNet, state_file: Path) -> int:
    """Start the body from a YOLOv8n state dict (tensors only); number of tensors that fitted."""
    state = torch.load(state_file, map_location="cpu", weights_only=True)
    own = network.state_dict()
    fitting = {
        name.replace("model.", "body.", 1): tensor.float()
        for name, tensor in state.items()
        if (name.replace("model.", "body.", 1) in own) and own[name.replace("model.", "body.", 1)].shape == tensor.shape
    }
    network.load_state_dict(fitting, strict=False)
    return len(fitting)
