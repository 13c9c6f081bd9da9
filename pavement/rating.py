"""健全性の診断 of asphalt pavement by threshold, and MCI. Never a false Ⅰ: what was not measured is not sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from math import isnan

from pavement.errors import BadInput
from pavement.segment import Flag


class Level(StrEnum):
    """健全 / 表層機能保持段階 / 修繕段階."""

    SOUND = "Ⅰ"
    KEEP = "Ⅱ"
    REPAIR = "Ⅲ"


@dataclass(frozen=True)
class Limits:
    """Values from which Ⅱ and Ⅲ hold; 自動車専用道路 have one value for both."""

    crack_pct: tuple[float, float] = (20.0, 40.0)
    rut_mm: tuple[float, float] = (20.0, 40.0)
    iri_mm_per_m: tuple[float, float] = (3.0, 8.0)
    min_coverage_pct: float = 80.0  #: 有効測定率 below which nothing is called sound

    def changed(self, table: Mapping[str, object], where: str) -> Limits:
        """With what a table says; a pair, or one number for both. Raises BadInput that names the entry."""
        known = {each.name for each in fields(self)}
        changes: dict[str, object] = {}
        for name, value in table.items():
            if name not in known:
                raise BadInput(f"{where}: {name} is not known", do=f"use {', '.join(sorted(known))}")
            given = value if isinstance(value, list) else [value, value]
            numbers = [float(each) for each in given if isinstance(each, int | float) and 0 <= each < 1e6]
            if len(numbers) != len(given) or len(given) != 2:
                raise BadInput(f"{where}: {name} is {value}", do="give two numbers, for Ⅱ and Ⅲ, or one for both")
            low, high = numbers
            if low > high:
                raise BadInput(f"{where}: {name} is {value}", do="give the number for Ⅱ first; it is the smaller one")
            changes[name] = high if name == "min_coverage_pct" else (low, high)
        return replace(self, **changes)  # type: ignore[arg-type]


MOTORWAY = Limits(crack_pct=(20.0, 20.0), rut_mm=(25.0, 25.0), iri_mm_per_m=(3.5, 3.5))  #: 自動車専用道路


@dataclass(frozen=True)
class Rules:
    """Which limits hold where: a manager's for a class, a manager's, a class's, else the default."""

    default: Limits = field(default_factory=Limits)
    by_class: Mapping[str, Limits] = field(default_factory=lambda: {"A": MOTORWAY})  #: 分類A: 高規格幹線道路 …
    by_manager: Mapping[str, Limits] = field(default_factory=dict)
    by_both: Mapping[str, Mapping[str, Limits]] = field(default_factory=dict)  #: manager, then class

    def limits_of(self, road_class: str | None, manager: str | None) -> Limits:
        """The limits of a road.

        >>> Rules().limits_of("A", "青森県").rut_mm, Rules().limits_of("B", None).rut_mm
        ((25.0, 25.0), (20.0, 40.0))
        """
        for table, key in (
            (self.by_both.get(manager or "", {}), road_class),
            (self.by_manager, manager),
            (self.by_class, road_class),
        ):
            if key is not None and key in table:
                return table[key]
        return self.default

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> Rules:
        """From TOML: `[default]`, `[class.A]`, `[manager.NAME]`, `[manager.NAME.class.C]`; see `Limits.changed`."""
        for name in table:
            if name not in ("default", "class", "manager"):
                raise BadInput(f"[{name}] is not known", do="use [default], [class.A] or [manager.NAME]")
        default = Limits().changed(_table(table, "default"), "[default]")
        classes = {"A": replace(MOTORWAY, min_coverage_pct=default.min_coverage_pct)}
        for name, value in _table(table, "class").items():
            classes[name] = classes.get(name, default).changed(_as_table(value, f"[class.{name}]"), f"[class.{name}]")
        managers, both = {}, {}
        for name, value in _table(table, "manager").items():
            where = f"[manager.{name}]"
            own = dict(_as_table(value, where))
            inner = _as_table(own.pop("class", {}), f"{where}.class")
            if own:
                managers[name] = default.changed(own, where)
            both[name] = {
                each: managers.get(name, classes.get(each, default)).changed(
                    _as_table(part, f"{where}.class.{each}"), f"{where}.class.{each}"
                )
                for each, part in inner.items()
            }
        return cls(default, classes, managers, both)


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    return _as_table(table.get(name, {}), f"[{name}]")


def _as_table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise BadInput(f"{where} is no table", do="write it as a TOML table")
    return value


@dataclass(frozen=True)
class Measured:
    """What is known of a stretch; None = not measured."""

    crack_pct: float | None = None
    rut_mm: float | None = None
    iri_mm_per_m: float | None = None
    coverage_pct: float = 0.0
    rut_se_mm: float | None = None  #: standard errors; Ⅰ is proven only by two of them
    iri_se_mm_per_m: float | None = None
    surface: str = "アスファルト"
    road_class: str | None = None
    paved_on: date | None = None
    design_life_years: float | None = None
    surveyed_on: date | None = None


@dataclass(frozen=True)
class Rating:
    """The diagnosis (None = blank), the indicators it rests on, and flags."""

    value: str | None
    basis: tuple[str, ...]
    flags: tuple[Flag, ...]


def rate(measured: Measured, limits: Limits | None = None) -> Rating:
    """The diagnosis of one stretch: the worst indicator decides; blank + 要確認 where Ⅰ cannot be proven.

    >>> rate(Measured(crack_pct=5.0, coverage_pct=100)).value is None  # ruts and IRI unknown
    True
    >>> rate(Measured(crack_pct=45.0, coverage_pct=100)).flags
    (<Flag.REVIEW: '要確認'>, <Flag.AT_LEAST: '少なくとも'>)
    """
    limits = limits or Limits()
    if measured.surface != "アスファルト":
        return Rating(None, (), (Flag.REVIEW, Flag.VISUAL))
    levels = {
        name: grade(value, *bounds)
        for name, value, bounds in (
            ("ひび割れ率", measured.crack_pct, limits.crack_pct),
            ("わだち掘れ量", measured.rut_mm, limits.rut_mm),
            ("IRI", measured.iri_mm_per_m, limits.iri_mm_per_m),
        )
        if value is not None and not isnan(value)
    }
    covered = measured.coverage_pct >= limits.min_coverage_pct
    deep = (measured.rut_mm or 0.0) + 2 * (measured.rut_se_mm or 0.0)
    rough = (measured.iri_mm_per_m or 0.0) + 2 * (measured.iri_se_mm_per_m or 0.0)
    low = () if covered else (Flag.LOW_COVERAGE,)
    worst = max(levels.values(), default=Level.SOUND, key=list(Level).index)
    complete = len(levels) == 3 and covered
    basis = tuple(levels)
    if worst is Level.SOUND:
        proven = complete and deep < limits.rut_mm[0] and rough < limits.iri_mm_per_m[0]
        return Rating(Level.SOUND, basis, ()) if proven else Rating(None, basis, (Flag.REVIEW, *low))
    at_least = () if complete else (Flag.REVIEW, Flag.AT_LEAST)
    if worst is Level.KEEP:
        return Rating(Level.KEEP, basis, (*at_least, *low))
    value, doubt = repair_level(measured)
    flags = dict.fromkeys((*at_least, *doubt, *low))
    return Rating(value, basis, tuple(sorted(flags, key=list(Flag).index)))


def grade(value: float, keep: float, repair: float) -> Level:
    """Level of one indicator."""
    return Level.REPAIR if value >= repair else Level.KEEP if value >= keep else Level.SOUND


def repair_level(measured: Measured) -> tuple[str, tuple[Flag, ...]]:
    """Ⅲ-2 where the surface failed before its design life (damage below the base presumed), else Ⅲ-1.

    Roads of class C and D have plain Ⅲ; without a paving date or a design life it is Ⅲ and 要確認.
    """
    if measured.road_class in ("C", "D"):
        return "Ⅲ", ()
    if not (measured.paved_on and measured.design_life_years and measured.surveyed_on):
        return "Ⅲ", (Flag.REVIEW,)
    paved, now = measured.paved_on, measured.surveyed_on
    years = now.year - paved.year - ((now.month, now.day) < (paved.month, paved.day))
    return ("Ⅲ-2" if years < measured.design_life_years else "Ⅲ-1"), ()


def mci(crack_pct: float | None, rut_mm: float | None, iri_mm_per_m: float | None) -> float | None:
    """Maintenance control index: the least of the four formulas that can be computed; None unless C and D are known.

    σ = (IRI − 0.75) / 1.47, at least 0.

    >>> round(mci(14.2, 12.1, None), 2)
    4.93
    """
    if crack_pct is None or rut_mm is None:
        return None
    c, d = crack_pct, rut_mm
    values = [10 - 1.51 * c**0.3 - 0.30 * d**0.7, 10 - 2.23 * c**0.3, 10 - 0.54 * d**0.7]
    if iri_mm_per_m is not None:
        sigma = max((iri_mm_per_m - 0.75) / 1.47, 0.0)
        values.append(10 - 1.48 * c**0.3 - 0.29 * d**0.7 - 0.47 * sigma**0.2)
    return float(max(min(values), 0.0))
