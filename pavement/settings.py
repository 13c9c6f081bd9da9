"""Settings: one frozen object, made once and passed down. The environment is read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan

from pavement.detection import Gate
from pavement.errors import BadInput
from pavement.rating import Limits

DEVICES = ("auto", "cpu", "cuda")  #: auto: the graphics card where it can be used, else the CPU


@dataclass(frozen=True)
class Settings:
    """What can be set; the environment's names stand beside."""

    model: str = "road"  #: PAVEMENT_MODEL, a name in models/registry.toml
    models: str | None = None  #: PAVEMENT_MODELS, a folder with a registry of one's own, asked before the shipped one
    device: str = "auto"  #: PAVEMENT_DEVICE or --device, one of DEVICES
    trust_pickles: bool = (
        False  #: whether a model in torch's format may be loaded: set where a person asks, never served
    )
    limits: Limits = field(default_factory=Limits)  #: PAVEMENT_MIN_COVERAGE_PCT
    gate: Gate = field(default_factory=Gate)

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise BadInput(f"device is '{self.device}'", do=f"use one of {', '.join(DEVICES)}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings that the environment asks for."""
        given = os.environ if environment is None else environment
        limits = Limits()
        if text := given.get("PAVEMENT_MIN_COVERAGE_PCT"):
            try:
                percent = float(text)
            except ValueError:
                percent = nan
            if not 0 <= percent <= 100:
                raise BadInput(f"PAVEMENT_MIN_COVERAGE_PCT is '{text}'", do="give a number from 0 to 100")
            limits = Limits(min_coverage_pct=percent)
        return cls(
            model=given.get("PAVEMENT_MODEL", cls.model),
            models=given.get("PAVEMENT_MODELS") or None,
            device=given.get("PAVEMENT_DEVICE") or cls.device,
            limits=limits,
        )
