"""Weights of one's own as an entry of a registry of one's own; the shipped registry stays as it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from pavement.detection import Thresholds
from pavement.detectors import ModelEntry, find_model
from pavement.detectors.registry import REGISTRY
from pavement.errors import BadInput
from pavement.files import write_whole

KNOWN = ("lane", "crack", "pothole", "crop")


def register_model(
    name: str,
    weights: Path,
    folder: Path,
    like: ModelEntry,
    thresholds: Thresholds | None = None,
    width: int | None = None,
) -> ModelEntry:
    """Make `folder` the registry of one model: the ONNX file and its entry (thresholds and input width as of `like`
    where none are given); the entry as the program reads it. A second call replaces the weights, but no other name's.

    Used by PAVEMENT_MODELS=folder PAVEMENT_MODEL=name.
    """
    if not (name.isidentifier() and name.isascii()):
        raise BadInput(f"the model's name is '{name}'", do="use letters a-z, digits and _, as in own_2026")
    folder.mkdir(parents=True, exist_ok=True)
    registry = folder / REGISTRY
    if registry.exists() and not registry.read_text(encoding="utf-8").startswith(f"[{name}]\n"):
        raise BadInput("holds another model", file=registry, do="give a folder of its own to each model")
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise BadInput("cannot be read", file=weights, do="give the ONNX file of the training") from error
    write_whole(folder / f"{name}.onnx", data)
    chosen = {key: value for key, value in asdict(thresholds or like.thresholds).items() if key in KNOWN}
    lines = (
        f"[{name}]",
        f'file = "{name}.onnx"',
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"',
        f"input_width = {width or like.input_width}",
        f"classes = {json.dumps(list(like.classes))}",
        f"licence = {json.dumps(like.licence)}",
        "thresholds = { " + ", ".join(f"{key} = {value:g}" for key, value in chosen.items()) + " }",
    )
    write_whole(registry, ("\n".join(lines) + "\n").encode())
    return find_model(name, folder)
