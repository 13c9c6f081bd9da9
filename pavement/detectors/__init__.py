"""Detectors: models on disk, run by an engine. Engines are imported when they are asked for."""

from __future__ import annotations

from pathlib import Path

from pavement.detectors.guard import ModelGuard
from pavement.detectors.model import Engine, ModelDetector
from pavement.detectors.registry import GUARD_MAPS, ModelEntry, find_model
from pavement.errors import BadInput

__all__ = [
    "ENGINES",
    "Engine",
    "ModelDetector",
    "ModelEntry",
    "ModelGuard",
    "find_model",
    "open_detector",
    "open_engine",
    "open_guard",
]

ENGINES = ("openvino", "onnxruntime", "torch")


def open_detector(
    model: str = "road", *, device: str = "auto", models: Path | str | None = None, trust_pickles: bool = False
) -> ModelDetector:
    """The detector that the registry names `model`, on a device (auto, cpu, cuda); the weights' hash is checked first.

    `models`: a folder with a registry of one's own, see `find_model`. A model in torch's format is a pickle, and
    loading one executes what is in it: refused unless the caller says that a person at this machine asked for it.
    """
    entry = find_model(model, models)
    if entry.format == "torch" and not trust_pickles:
        raise BadInput(
            "is a pickle, which executes code when it is loaded; a server does not",
            file=entry.path,
            do="export it to ONNX, or use it with the commands run, detect, demo and evaluate",
        )
    return ModelDetector(entry, open_engine(entry, device))


def open_guard(name: str = "guard", *, device: str = "auto", models: Path | str | None = None) -> ModelGuard:
    """The guard of the photos that the registry names so; without it there are no photos."""
    entry = find_model(name, models, GUARD_MAPS)
    return ModelGuard(entry, open_engine(entry, device))


def open_engine(entry: ModelEntry, device: str = "auto", engine: str | None = None) -> Engine:
    """The engine for a model on a device; auto = the graphics card where it can be used, else the CPU.

    Without one that is asked for (here or in the entry): torch for its own format, else ONNX Runtime on a card and
    OpenVINO on the CPU. BadInput where it is not installed or has no such device.
    """
    if device == "auto":
        try:
            return open_engine(entry, "cuda", engine)
        except BadInput:
            return open_engine(entry, "cpu", engine)
    by_format = "torch" if entry.format == "torch" else "openvino" if device == "cpu" else "onnxruntime"
    match engine or entry.engine or by_format:
        case "torch":
            from pavement.detectors.torch import TorchEngine

            return TorchEngine(entry, device)
        case "onnxruntime":
            from pavement.detectors.onnx import OnnxEngine

            return OnnxEngine(entry, device)
        case _ if device == "cpu":
            from pavement.detectors.openvino import OpenVinoEngine

            return OpenVinoEngine(entry)
    raise BadInput("device 'cuda': OpenVINO runs on the CPU here", do="--device cpu, or engine = 'onnxruntime'")
