"""Detectors: models on disk, run by an engine."""

from pavement.detectors.openvino import OpenVinoDetector
from pavement.detectors.registry import ModelEntry, find_model

__all__ = ["ModelEntry", "OpenVinoDetector", "find_model", "open_detector"]


def open_detector(model: str = "road") -> OpenVinoDetector:
    """The detector that the registry names `model`; the weights' hash is checked first."""
    return OpenVinoDetector(find_model(model))
