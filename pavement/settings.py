"""Settings: one frozen object, made once and passed down. The environment is read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path

from pavement.detection import Gate
from pavement.errors import BadInput
from pavement.files import read_toml
from pavement.rating import Limits, Rules

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
    rules: Rules = field(default_factory=Rules)  #: PAVEMENT_RATING, a TOML file of limits; PAVEMENT_MIN_COVERAGE_PCT
    gate: Gate = field(default_factory=Gate)
    ruts: bool = True  #: PAVEMENT_RUTS=0: ruts are not looked for, which saves most of the time

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise BadInput(f"device is '{self.device}'", do=f"use one of {', '.join(DEVICES)}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings that the environment asks for."""
        given = os.environ if environment is None else environment
        rules = read_rules(Path(text)) if (text := given.get("PAVEMENT_RATING")) else Rules()
        if text := given.get("PAVEMENT_MIN_COVERAGE_PCT"):
            rules = with_coverage(rules, text)
        return cls(
            model=given.get("PAVEMENT_MODEL", cls.model),
            models=given.get("PAVEMENT_MODELS") or None,
            device=given.get("PAVEMENT_DEVICE") or cls.device,
            rules=rules,
            ruts=given.get("PAVEMENT_RUTS", "1") != "0",
        )


def read_rules(path: Path) -> Rules:
    """The limits of the diagnosis from a TOML file; raises BadInput that names it."""
    return read_toml(path, Rules.from_table, do="give a TOML file of limits", wrong="PAVEMENT_RATING cannot be read")


def with_coverage(rules: Rules, text: str) -> Rules:
    """The rules with one 有効測定率 for all roads."""
    try:
        percent = float(text)
    except ValueError:
        percent = nan
    if not 0 <= percent <= 100:
        raise BadInput(f"PAVEMENT_MIN_COVERAGE_PCT is '{text}'", do="give a number from 0 to 100")

    def all_of(table: Mapping[str, Limits]) -> dict[str, Limits]:
        return {name: replace(limits, min_coverage_pct=percent) for name, limits in table.items()}

    return Rules(
        replace(rules.default, min_coverage_pct=percent),
        all_of(rules.by_class),
        all_of(rules.by_manager),
        {name: all_of(table) for name, table in rules.by_both.items()},
    )
