"""Which pass of a place counts for its 年度: the one that saw most of it, sharp, in the season, and then the latest.

The rule in words is in docs/review.md; every part of it is a setting, and a person's choice of a drive goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pavement.errors import BadInput

Row = Mapping[str, Any]

CRITERIA = ("validity", "sharpness", "season", "date")
INDICATORS = ("crack_pct", "rut_mm", "iri_mm_per_m")
SPOILT = frozenset({"位置不確か", "距離標異常"})  #: a pass that is not known to have been there
SHARPNESS_STEPS = 5  #: passes whose sharpness (0 to 1) lies in the same fifth are equally sharp


@dataclass(frozen=True)
class AdoptionRule:
    """What makes a pass better than another, the first criterion first."""

    order: tuple[str, ...] = CRITERIA
    min_coverage_pct: float = 80.0  #: 有効測定率 from which a pass is valid; above it more is not better
    months: frozenset[int] = field(default_factory=lambda: frozenset(range(6, 12)))  #: after the thaw, before snow
    latest: bool = True  #: of equal passes the latest; else the first of the year
    preferred: tuple[str, ...] = ()  #: drives that go before all others, whatever they saw
    excluded: frozenset[str] = frozenset()  #: drives that are taken only where there is no other

    def __post_init__(self) -> None:
        if set(self.order) - set(CRITERIA) or len(set(self.order)) != len(self.order):
            raise BadInput(f"order is {', '.join(self.order)}", do=f"name each of {', '.join(CRITERIA)} at most once")
        if not self.months <= set(range(1, 13)):
            raise BadInput("months are numbers from 1 to 12", do="correct [adoption] months")


def better(a: Row, b: Row, rule: AdoptionRule | None = None) -> bool:
    """Whether pass `a` of a place is to be adopted rather than `b`; rows have the columns of segments, `drive_id` and,
    where they are known, `sharpness` (0 to 1) and `began` (a text that sorts by when the drive began).

    A total order: of any passes in any order the same one is left over.

    >>> summer = {"drive_id": "a", "coverage_pct": 95.0, "surveyed_on": date(2026, 7, 1), "flags": "", "crack_pct": 9.0}
    >>> winter = {**summer, "drive_id": "b", "surveyed_on": date(2027, 1, 9)}
    >>> better(summer, winter), better(winter, summer), better(winter, {**summer, "coverage_pct": 40.0})
    (True, False, True)
    """
    rule = rule or AdoptionRule()
    return rank(a, rule) > rank(b, rule)


def rank(row: Row, rule: AdoptionRule) -> tuple[Any, ...]:
    """What passes are compared by: the greater is the better one."""
    drive = str(row.get("drive_id") or "")
    chosen = -rule.preferred.index(drive) if drive in rule.preferred else -len(rule.preferred) - 1
    return (
        chosen,
        drive not in rule.excluded,
        *(_VALUES[name](row, rule) for name in rule.order),
        float(row.get("coverage_pct") or 0.0),
        str(row.get("began") or ""),  # ids of drives are drawn by chance: another server would choose another one
        drive,
    )


def best(passes: Sequence[Row], rule: AdoptionRule | None = None) -> Row:
    """The pass that is adopted, of one or more."""
    rule = rule or AdoptionRule()
    return max(passes, key=lambda row: rank(row, rule))


def rule_from_table(table: Mapping[str, object]) -> AdoptionRule:
    """The rule of a TOML table `[adoption]`: order, min_coverage_pct, months, latest, preferred, excluded."""
    known = set(AdoptionRule.__dataclass_fields__)
    if unknown := set(table) - known:
        raise BadInput(f"[adoption] {', '.join(sorted(unknown))} is not known", do=f"use {', '.join(sorted(known))}")
    coverage, latest = table.get("min_coverage_pct", 80.0), table.get("latest", True)
    if not isinstance(coverage, int | float) or not 0 <= coverage <= 100:
        raise BadInput("[adoption] min_coverage_pct", do="give a number from 0 to 100")
    lists = {name: table.get(name, []) for name in ("order", "months", "preferred", "excluded")}
    if wrong := [name for name, value in lists.items() if not isinstance(value, list)]:
        raise BadInput(f"[adoption] {wrong[0]} is no list", do="write it in brackets")
    values: dict[str, list[Any]] = lists  # type: ignore[assignment]
    plain = AdoptionRule()
    return AdoptionRule(
        order=tuple(str(each) for each in values["order"]) or plain.order,
        min_coverage_pct=float(coverage),
        months=frozenset(values["months"]) or plain.months,
        latest=bool(latest),
        preferred=tuple(str(each) for each in values["preferred"]),
        excluded=frozenset(str(each) for each in values["excluded"]),
    )


def _validity(row: Row, rule: AdoptionRule) -> tuple[int, int, int]:
    flags = set(str(row.get("flags") or "").split(";"))
    covered = float(row.get("coverage_pct") or 0.0) >= rule.min_coverage_pct
    measured = sum(row.get(name) is not None for name in INDICATORS)
    return int(covered), int(not flags & SPOILT), measured


def _sharpness(row: Row, rule: AdoptionRule) -> int:
    value = row.get("sharpness")
    if value is None:  # of an earlier version, or of a survey vehicle: as sharp as most passes are, so that it decides
        return SHARPNESS_STEPS - 1  # only against one that is known to be worse
    return min(int(float(value) * SHARPNESS_STEPS), SHARPNESS_STEPS - 1)


def _season(row: Row, rule: AdoptionRule) -> int:
    day = row.get("surveyed_on")
    return int(isinstance(day, date) and day.month in rule.months)


def _date(row: Row, rule: AdoptionRule) -> int:
    day = row.get("surveyed_on")
    days = day.toordinal() if isinstance(day, date) else 0
    return days if rule.latest or not days else -days


_VALUES = {"validity": _validity, "sharpness": _sharpness, "season": _season, "date": _date}
