"""What can be set of a review: one object, from a table (review.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from pavement.errors import BadInput
from pavement.files import read_toml
from pavement.review.accuracy import CLASSES, RANKS, CheckSettings
from pavement.review.adoption import AdoptionRule, rule_from_table
from pavement.review.candidates import WorkSettings
from pavement.review.change import ChangeSettings
from pavement.review.coverage import DRIVE_KM, LEAST_M
from pavement.review.kpi import KpiSettings

Part = TypeVar("Part", ChangeSettings, KpiSettings)
TABLES = ("accuracy", "adoption", "change", "kpi", "work", "unit_price", "patrol")


@dataclass(frozen=True)
class ReviewSettings:
    """Rules, prices, targets; docs/review.md tells each."""

    adoption: AdoptionRule = field(default_factory=AdoptionRule)
    change: ChangeSettings = field(default_factory=ChangeSettings)
    kpi: KpiSettings = field(default_factory=KpiSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    accuracy: CheckSettings = field(default_factory=CheckSettings)
    drive_km: float = DRIVE_KM  #: of inspection in one patrol drive of the plan
    patrol_least_m: float = LEAST_M  #: shorter stretches are no reason for a drive


def settings_from_table(table: Mapping[str, Any]) -> ReviewSettings:
    """From TOML tables [accuracy], [adoption], [change], [kpi], [work], [unit_price], [patrol]; raises BadInput.

    >>> settings_from_table({"kpi": {"yearly_cost": 3e6}, "unit_price": {"シール材注入": 900}}).kpi.yearly_cost
    3000000.0
    """
    for name, value in table.items():
        if name not in TABLES:
            raise BadInput(f"[{name}] is not known", do=f"use {', '.join(f'[{each}]' for each in TABLES)}")
        if not isinstance(value, Mapping):
            raise BadInput(f"{name} is no table", do=f"write it as [{name}]")
    work, patrol = table.get("work", {}), table.get("patrol", {})
    _only(work, ("survey_price_per_km", "budget", "least_length_m", "greatest_length_m"), "work")
    _only(patrol, ("drive_km", "least_m"), "patrol")
    if work.get("greatest_length_m", 1.0) == 0:
        raise BadInput("[work] greatest_length_m is 0", do="give metres, such as 1000")
    return ReviewSettings(
        accuracy=_accuracy(table.get("accuracy", {})),
        adoption=rule_from_table(table.get("adoption", {})),
        change=_numbers(ChangeSettings(), table.get("change", {}), "change"),
        kpi=_numbers(KpiSettings(), table.get("kpi", {}), "kpi"),
        work=WorkSettings(
            unit_price={
                name: _number(value, "unit_price", name) for name, value in table.get("unit_price", {}).items()
            },
            **{name: _number(value, "work", name) for name, value in work.items()},
        ),
        drive_km=_number(patrol.get("drive_km", DRIVE_KM), "patrol", "drive_km") or DRIVE_KM,
        patrol_least_m=_number(patrol.get("least_m", LEAST_M), "patrol", "least_m"),
    )


def _accuracy(table: Mapping[str, Any]) -> CheckSettings:
    plain = CheckSettings()
    _only(table, tuple(each.name for each in fields(plain)), "accuracy")
    rank, classes = table.get("least_rank", plain.least_rank), table.get("classes", list(plain.classes))
    if rank not in dict(RANKS):
        raise BadInput(f"[accuracy] least_rank is {rank}", do=f"use {', '.join(dict(RANKS))}")
    if not isinstance(classes, list) or not classes or set(classes) - set(CLASSES):
        raise BadInput(f"[accuracy] classes is {classes}", do=f"give a list of {', '.join(CLASSES)}")
    counts = {
        name: int(_number(table.get(name, getattr(plain, name)), "accuracy", name))
        for name in ("least_blocks", "least_damaged")
    }
    return CheckSettings(least_rank=rank, classes=tuple(classes), **counts)


def read_settings(path: Path | None) -> ReviewSettings:
    """The settings of a TOML file; without one the defaults. Raises BadInput that names the file."""
    if path is None:
        return ReviewSettings()
    return read_toml(path, settings_from_table, do="give a TOML file, see docs/review.md")


def _numbers(plain: Part, table: Mapping[str, Any], where: str) -> Part:
    _only(table, tuple(each.name for each in fields(plain)), where)
    values: dict[str, Any] = {**vars(plain)}
    for name, value in table.items():
        number = _number(value, where, name)
        values[name] = int(number) if isinstance(values[name], int) else number
    return type(plain)(**values)


def _only(table: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    if unknown := set(table) - set(names):
        raise BadInput(f"[{where}] {', '.join(sorted(unknown))} is not known", do=f"use {', '.join(names)}")


def _number(value: object, where: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise BadInput(f"[{where}] {name} is {value}", do="give a number that is not negative")
    return float(value)
