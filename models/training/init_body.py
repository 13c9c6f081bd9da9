"""Turn a YOLOv8n checkpoint into a state dict of tensors, from which a training's body starts.

    python models/training/init_body.py best.pt yolov8n_state.pt

A checkpoint is a pickle: reading it executes what is in it. Do it once, with a file that you trust; nothing else in
this project reads pickles.
"""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import torch


def read_checkpoint(path: Path) -> bytes:
    """The checkpoint's bytes; of a wheel, those of the one .pt inside."""
    if path.suffix != ".whl":
        return path.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".pt")]
        return wheel.read(name)


def main() -> None:
    """Write the tensors in half precision."""
    source, target = map(Path, sys.argv[1:3])
    checkpoint = torch.load(BytesIO(read_checkpoint(source)), map_location="cpu", weights_only=False)
    state = checkpoint["model"].float().state_dict()
    torch.save({name: tensor.half() for name, tensor in state.items()}, target)
    print(f"{target}: {len(state)} tensors")


if __name__ == "__main__":
    main()
