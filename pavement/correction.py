"""What a person decided about a section, beside what the machine measured: which values hold, and their diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import isfinite
from typing import Any

from pavement.errors import BadInput
from pavement.rating import Measured, Rules, mci, rate
from pavement.segment import Flag

Row = Mapping[str, Any]
Value = float | int | str | None

INDICATORS = ("crack_pct", "rut_mm", "iri_mm_per_m")
RATINGS = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅲ-1", "Ⅲ-2")
BOUNDS = {"crack_pct": 100.0, "rut_mm": 500.0, "iri_mm_per_m": 50.0, "potholes": 10_000.0}  #: 0 to …
DECIMALS = {"crack_pct": 1, "rut_mm": 1, "iri_mm_per_m": 2}  #: as segments.csv prints them
#: what a decision can change: the machine's are kept beside it
COMPUTED = (
    *("crack_pct", "rut_mm", "rut_se_mm", "iri_mm_per_m", "iri_se_mm_per_m", "potholes"),
    *("mci", "rating", "rating_basis", "flags"),
)
OF_RATING = {Flag.REVIEW, Flag.AT_LEAST, Flag.LOW_COVERAGE, Flag.VISUAL}  #: flags that the diagnosis gives


class DefectState(StrEnum):
    """What a road division knows of a defect."""

    UNCONFIRMED = "未確認"
    FALSE = "誤検出"  #: nothing is there
    WATCH = "経過観察"
    PATCHED = "応急補修済"
    REPAIRED = "本補修済"


@dataclass(frozen=True)
class Decision:
    """One value that a person gave; `value` None = a person says that it is not known."""

    value: Value
    who: str
    at: datetime
    id: str
    analysis_id: str | None  #: upon whose values


@dataclass(frozen=True)
class Decided:
    """Everything that people decided about a section and that holds (was not undone)."""

    values: Mapping[str, Decision] = field(default_factory=dict)  #: crack_pct, rut_mm, iri_mm_per_m, potholes, rating
    accepted: Decision | None = None  #: 要確認 was looked at
    potholes: int = 0  #: to be added to the machine's number: drawn by people, less those declared 誤検出

    def __bool__(self) -> bool:
        return bool(self.values or self.accepted or self.potholes)


def check_value(name: str, value: object) -> Value:
    """A person's value in the decimals of the sheets; raises BadInput for an unknown field or an impossible value.

    >>> check_value("rut_mm", 12.34), check_value("potholes", 2.0), check_value("rating", "Ⅱ")
    (12.3, 2, 'Ⅱ')
    >>> check_value("rut_mm", None) is None
    True
    """
    if name != "rating" and name not in BOUNDS:
        raise BadInput(f"{name} cannot be corrected", do=f"give {', '.join((*BOUNDS, 'rating'))}")
    if value is None:
        return None
    if name == "rating":
        if value not in RATINGS:
            raise BadInput(f"the rating is {value!r}", do=f"give one of {', '.join(RATINGS)}, or null")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{name} is no number", do="give a number, or null")
    if not 0 <= value <= BOUNDS[name]:  # nor infinite, nor no number at all
        raise BadInput(f"{name} is out of bounds", do=f"give 0 to {BOUNDS[name]:g}")
    if name == "potholes":
        if value != int(value):
            raise BadInput(f"potholes is {value:g}", do="give a whole number")
        return int(value)
    return round(float(value), DECIMALS[name])


def effective(machine: Row, decided: Decided, rules: Rules | None = None) -> dict[str, Any]:
    """The columns `COMPUTED` as they hold: the person's value where there is one, else the machine's; MCI and diagnosis
    made anew where an indicator differs.

    `machine`: a row of segments (attributes, road_class, manager, surveyed_on, coverage_pct and analysis_id too).
    """
    row = {name: machine.get(name) for name in COMPUTED}
    given = {name: decision.value for name, decision in decided.values.items()}
    row |= {name: given[name] for name in INDICATORS if name in given}
    row["potholes"] = _potholes(row["potholes"], given, decided.potholes)
    flags = _flags(machine.get("flags"))
    if any(name in given for name in INDICATORS):
        row["rut_se_mm"] = None if "rut_mm" in given else row["rut_se_mm"]
        row["iri_se_mm_per_m"] = None if "iri_mm_per_m" in given else row["iri_se_mm_per_m"]
        flags = _rated(row, machine, given, flags, rules or Rules())
    if "rating" in given:
        row["rating"] = given["rating"]
        flags -= {Flag.REVIEW, Flag.AT_LEAST}
    if not any(row[name] is not None and name not in given for name in INDICATORS):
        flags -= {Flag.ESTIMATED}
    ours = machine.get("analysis_id")
    looked_at = decided.accepted is not None and decided.accepted.analysis_id == ours
    if any(each.analysis_id != ours for each in decided.values.values()):
        flags |= {Flag.REVIEW}  # the machine measured anew since: does the person's value still hold?
    if looked_at:
        flags -= {Flag.REVIEW}
    row["flags"] = ";".join(flag for flag in Flag if flag in flags)
    return row


def _potholes(counted: int | None, given: Mapping[str, Value], change: int) -> Value:
    if "potholes" in given:
        return given["potholes"]
    return counted if not change else max((counted or 0) + change, 0)


def _rated(row: dict[str, Any], machine: Row, given: Mapping[str, Value], flags: set[Flag], rules: Rules) -> set[Flag]:
    """Diagnose anew in `row`; the flags of it."""
    attributes = machine.get("attributes") or {}
    basis = str(machine.get("rating_basis") or "").split(";")
    unproven = row["iri_mm_per_m"] is not None and "iri_mm_per_m" not in given and "IRI" not in basis
    iri = None if unproven else row["iri_mm_per_m"]  # of a car that was not calibrated: told, but proves nothing
    measured_by_people = all(given.get(name) is not None for name in INDICATORS)
    limits = rules.limits_of(machine.get("road_class"), machine.get("manager"))
    rating = rate(
        Measured(
            crack_pct=row["crack_pct"],
            rut_mm=row["rut_mm"],
            iri_mm_per_m=iri,
            coverage_pct=100.0 if measured_by_people else float(machine.get("coverage_pct") or 0.0),
            rut_se_mm=row["rut_se_mm"],
            iri_se_mm_per_m=row["iri_se_mm_per_m"],
            surface=attributes.get("surface") or "アスファルト",
            road_class=machine.get("road_class"),
            paved_on=_date(attributes.get("paved_on")),
            design_life_years=_number(attributes.get("design_life_years")),
            surveyed_on=machine.get("surveyed_on"),
        ),
        limits,
    )
    row["rating"] = None if rating.value is None else str(rating.value)
    row["rating_basis"] = ";".join(rating.basis)
    index = mci(row["crack_pct"], row["rut_mm"], iri)
    row["mci"] = None if index is None else round(index, 1)
    return (flags - OF_RATING) | set(rating.flags) | ({Flag.REVIEW} if unproven else set())


def drawn_share(box: Sequence[float]) -> tuple[float, float, float, float]:
    """x, y, width, height of a box as shares of a picture; raises BadInput.

    >>> drawn_share([0.1, 0.5, 0.2, 0.25])
    (0.1, 0.5, 0.2, 0.25)
    """
    if len(box) != 4 or not all(isinstance(each, int | float) and isfinite(each) for each in box):
        raise BadInput("the box is no x, y, width, height", do="give four numbers from 0 to 1")
    x, y, width, height = (float(each) for each in box)
    if not (0 <= x < 1 and 0 <= y < 1 and width > 0 and height > 0 and x + width <= 1.001 and y + height <= 1.001):
        raise BadInput("the box does not lie in the picture", do="give four numbers from 0 to 1")
    return x, y, width, height


def _flags(text: object) -> set[Flag]:
    known = {each.value: each for each in Flag}
    return {known[word] for word in str(text or "").split(";") if word in known}


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None


def _number(text: object) -> float | None:
    try:
        number = float(str(text)) if text else None
    except ValueError:
        return None
    return number if number is None or isfinite(number) else None
