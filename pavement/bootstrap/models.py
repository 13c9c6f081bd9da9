"""The networks that the settings ask for."""

from __future__ import annotations

from dataclasses import dataclass

from pavement.detection import Detector
from pavement.detectors import ModelDetector, open_detector, open_guard
from pavement.redact import Guard
from pavement.settings import Settings


@dataclass(frozen=True)
class Models:
    """The networks of a run, and what runs them."""

    detector: Detector
    guard: Guard
    engine: str


def open_models(settings: Settings) -> Models:
    """The detector and the guard that the settings ask for."""
    detector = open_model(settings)
    return Models(detector, open_guard(device=settings.device, models=settings.models), detector.engine.label)


def open_model(settings: Settings) -> ModelDetector:
    """The detector that the settings ask for."""
    return open_detector(
        settings.model, device=settings.device, models=settings.models, trust_pickles=settings.trust_pickles
    )
