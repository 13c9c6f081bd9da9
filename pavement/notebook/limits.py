"""判定基準値の検討: the diagnosis of a year under other limits, and what that does to lengths, candidates and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pavement.rating import Measured, Rules, rate
from pavement.review.candidates import WorkSettings, find_candidates
from pavement.review.rows import RATINGS, Bools, Days, Floats, Sections, Year

VALUES = ("crack_pct", "rut_mm", "iri_mm_per_m", "rut_se_mm", "iri_se_mm_per_m")


@dataclass(frozen=True)
class Effect:
    """What a set of limits makes of a year."""

    name: str
    km: Mapping[str, float]  #: inspected length by diagnosis, "" = none
    candidates: int  #: 修繕候補区間
    area_m2: float  #: of all candidates
    cost: float | None  #: yen; None where a candidate's price is not set
    kept_km: float  #: length of which the diagnosis was kept: a person's, or concrete


def rated(sections: Sections, year: Year, rules: Rules, keep: Bools | None = None) -> Year:
    """The year diagnosed by `rules`, but for the rows (n,) to `keep`."""
    rating, premature = _diagnoses(sections, year, rules)
    if keep is not None:
        rating, premature = np.where(keep, year.rating, rating), np.where(keep, year.premature, premature)
    return replace(year, rating=rating.astype(np.int8), premature=premature.astype(bool))


def decided_otherwise(sections: Sections, year: Year, present: Rules | None = None) -> Bools:
    """(n,) rows whose diagnosis the `present` rules (the ministry's) do not give: a person's, or of concrete."""
    return np.asarray(_diagnoses(sections, year, present or Rules())[0] != year.rating)


def effect_of(
    name: str, sections: Sections, year: Year, rules: Rules, work: WorkSettings | None = None, keep: Bools | None = None
) -> Effect:
    """What `rules` make of a year; rows to `keep` stay as they are."""
    changed = rated(sections, year, rules, keep)
    seen = changed.inspected & ~sections.closed.known
    km = np.bincount(changed.rating[seen], sections.length_m[seen] / 1000, minlength=len(RATINGS))
    found = find_candidates(sections, changed, settings=work)
    costs = [each.cost for each in found if each.cost is not None]
    return Effect(
        name=name,
        km=dict(zip(RATINGS, km.tolist(), strict=True)),
        candidates=len(found),
        area_m2=sum(each.area_m2 for each in found),
        cost=sum(costs) if len(costs) == len(found) else None,
        kept_km=0.0 if keep is None else float(sections.length_m[seen & keep].sum() / 1000),
    )


def sweep(
    sections: Sections,
    year: Year,
    tables: Mapping[str, Mapping[str, object]],
    work: WorkSettings | None = None,
    present: Rules | None = None,
) -> list[Effect]:
    """The effect of every table of limits as rating.toml has it, as in {"案": {"default": {"crack_pct": [15, 30]}}}; an
    empty table stands for the `present` rules. What those do not explain keeps its diagnosis.
    """
    present = present or Rules()
    keep = decided_otherwise(sections, year, present)
    by_name = {name: Rules.from_table(table) if table else present for name, table in tables.items()}
    return [effect_of(name, sections, year, rules, work, keep) for name, rules in by_name.items()]


def effects_by_limit(
    sections: Sections, year: Year, key: str, level: int, values: Sequence[float], present: Rules | None = None
) -> list[float]:
    """Length (km) of a `level` (1: Ⅱ or worse, 2: Ⅲ) for each value of its limit of one indicator, default roads."""
    present = present or Rules()
    keep = decided_otherwise(sections, year, present)
    usual, found = getattr(present.default, key), []
    for value in values:
        pair = (value, max(value, usual[1])) if level == 1 else (min(value, usual[0]), value)
        rules = replace(present, default=present.default.changed({key: list(pair)}, "[default]"))
        km = effect_of("", sections, year, rules, keep=keep).km
        found.append(km["Ⅲ"] + (km["Ⅱ"] if level == 1 else 0.0))
    return found


def limits_toml(table: Mapping[str, Mapping[str, object]]) -> str:
    """The table as the text of a rating.toml.

    >>> print(limits_toml({"default": {"rut_mm": [15, 40]}, "class": {"C": {"crack_pct": [30, 50]}}}))
    [default]
    rut_mm = [15, 40]
    <BLANKLINE>
    [class.C]
    crack_pct = [30, 50]
    """
    parts: list[str] = []
    for name, values in table.items():
        groups = {name: values} if name == "default" else {f"{name}.{key}": value for key, value in values.items()}
        for head, limits in groups.items():
            rows = [f"{key} = {value}" for key, value in limits.items()] if isinstance(limits, Mapping) else []
            parts.append("\n".join([f"[{head}]", *rows]))
    return "\n\n".join(parts)


def effect_frame(effects: Sequence[Effect]) -> pd.DataFrame:
    """A row an effect; km, cost in million yen."""
    rows = {
        each.name: {
            **{f"{rating or '未判定'}(km)": each.km[rating] for rating in (*RATINGS[1:], "")},
            "修繕候補(件)": each.candidates,
            "候補の面積(千m2)": each.area_m2 / 1000,
            "概算(百万円)": np.nan if each.cost is None else each.cost / 1e6,
        }
        for each in effects
    }
    return pd.DataFrame.from_dict(rows, orient="index").round(1)


def _diagnoses(sections: Sections, year: Year, rules: Rules) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(n,) index into RATINGS, and whether it is Ⅲ-2."""
    columns = [_plain(getattr(year, name)) for name in VALUES]
    covered = np.nan_to_num(year.coverage_pct).tolist()
    paved, surveyed = (_dates(each) for each in (year.worked_on, year.day))
    life = _plain(year.design_life_years)
    rating, premature = np.zeros(len(year), np.int8), np.zeros(len(year), bool)
    for row, (crack, rut, iri, rut_se, iri_se) in enumerate(zip(*columns, strict=True)):
        if crack is None and rut is None and iri is None:
            continue
        road_class, manager = sections.road_class.text(row) or None, sections.manager.text(row) or None
        measured = Measured(
            crack, rut, iri, covered[row], rut_se, iri_se, road_class=road_class,
            paved_on=paved[row], design_life_years=life[row], surveyed_on=surveyed[row],
        )  # fmt: skip
        value = rate(measured, rules.limits_of(road_class, manager)).value
        rating[row], premature[row] = RATINGS.index((value or "")[:1]), value == "Ⅲ-2"
    return rating, premature


def _plain(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _dates(days: Days) -> list[Any]:
    return [None if each is None else each for each in days.astype("datetime64[D]").tolist()]
