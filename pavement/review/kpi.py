"""KPI of a road division: monthly, quarterly and by 年度, with the change from the period before and an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pavement.fiscal_year import fiscal_year_days, fiscal_year_label, month_starts
from pavement.review.coverage import both_directions
from pavement.review.pothole import Pothole
from pavement.review.potholes import days_to_repair
from pavement.review.rows import Bools, Sections, Year


@dataclass(frozen=True)
class KpiSettings:
    """Targets (index 100) and costs, of the user's own; what is not set leaves index or cost blank."""

    inspected_pct: float | None = 100.0
    both_directions_pct: float | None = 100.0
    days_to_repair: float | None = None
    cost_per_km: float | None = None  #: target, yen
    yearly_cost: float | None = None  #: yen of inspecting with the patrol cars
    survey_vehicle_cost_per_km: float | None = None  #: yen of the 路面性状測定車


@dataclass(frozen=True)
class Kpi:
    """One figure of one period; None = not known. `index`: 100 = target reached, above is better."""

    name: str
    unit: str
    period: str  #: 令和8年度 / 令和8年度第1四半期 / 2026-04
    kind: str  #: 年度 / 四半期 / 月
    first_day: date
    value: float | None
    change: float | None  #: from the period before of the same kind
    target: float | None
    index: float | None
    provisional: bool  #: the period has not ended yet


@dataclass(frozen=True)
class Figure:
    """How a KPI is computed of the days from the first to the last."""

    name: str
    unit: str
    of: Callable[[date, date], float | None]
    target: float | None
    lower_is_better: bool = False
    cumulated: bool = False  #: from 1 April on


def kpi_series(
    sections: Sections,
    years: Sequence[Year],
    potholes: Sequence[Pothole],
    settings: KpiSettings,
    today: date | None = None,
) -> tuple[Kpi, ...]:
    """All series of the years, earliest first. Shares are cumulated from 1 April, by the day of the adopted pass."""
    series: list[Kpi] = []
    for figure in _figures(sections, years, potholes, settings, today):
        for kind in ("年度", "四半期", "月"):
            before: float | None = None
            last_year = None
            for year in sorted(years, key=lambda y: y.fiscal_year):
                next_one = last_year == year.fiscal_year - 1  # else the period before is not known
                before = before if next_one and (kind == "年度" or not figure.cumulated) else None
                last_year = year.fiscal_year
                for period, first, last in periods(year.fiscal_year, kind):
                    begun = today is None or first <= today
                    value = figure.of(first, last) if begun else None
                    change = None if value is None or before is None else value - before
                    ended = today is None or last < today
                    index = index_of(value, figure.target, figure.lower_is_better)
                    series.append(
                        Kpi(
                            figure.name,
                            figure.unit,
                            period,
                            kind,
                            first,
                            value,
                            change,
                            figure.target,
                            index,
                            not ended,
                        )
                    )
                    before = value
    return tuple(series)


def periods(year: int, kind: str) -> list[tuple[str, date, date]]:
    """Name, first and last day of the periods of a 年度.

    >>> [(name, last.isoformat()) for name, _, last in periods(2026, "四半期")][-1]
    ('令和8年度第4四半期', '2027-03-31')
    """
    first, end = fiscal_year_days(year)
    label = fiscal_year_label(year)
    if kind == "年度":
        return [(label, first, end)]
    starts = month_starts(year)
    step = 3 if kind == "四半期" else 1
    begins = starts[::step]
    ends = [*(day - timedelta(days=1) for day in begins[1:]), end]
    names = [f"{label}第{k + 1}四半期" if step == 3 else f"{day:%Y-%m}" for k, day in enumerate(begins)]
    return list(zip(names, begins, ends, strict=True))


def index_of(value: float | None, target: float | None, lower_is_better: bool) -> float | None:
    """Index: 100 = target reached, above is better; None where value or target is not known.

    >>> index_of(80.0, 100.0, False), index_of(10.0, 5.0, True), index_of(None, 5.0, True)
    (80.0, 50.0, None)
    """
    if value is None or not target:
        return None
    if not lower_is_better:
        return 100 * value / target
    return 100 * target / value if value > 0 else None


def _figures(
    sections: Sections,
    years: Sequence[Year],
    potholes: Sequence[Pothole],
    settings: KpiSettings,
    today: date | None,
) -> list[Figure]:
    closed = sections.closed.known
    open_m = float(sections.length_m[~closed].sum())
    of_year = {year.fiscal_year: year for year in years}

    def until(first: date, last: date) -> Bools:
        start = first.year if first.month >= 4 else first.year - 1
        year = of_year[start]
        return np.asarray(year.inspected & (year.day <= np.datetime64(last)))

    def share(first: date, last: date) -> float | None:
        seen = until(first, last) & ~closed
        return 100 * float(sections.length_m[seen].sum()) / open_m if open_m else None

    def both(first: date, last: date) -> float | None:
        return both_directions(sections, until(first, last), closed)

    def days(first: date, last: date) -> float | None:
        inside = [p for p in potholes if p.repaired_on and first <= p.repaired_on <= last]
        return days_to_repair(inside).median_days

    def cost(first: date, last: date) -> float | None:
        own = of_year[first.year if first.month >= 4 else first.year - 1].drive.known  # not a survey vehicle's rows
        km = float(sections.length_m[until(first, last) & ~closed & own].sum()) / 1000
        spent = settings.yearly_cost
        months = (last.year - first.year) * 12 + last.month - 3 if first.month == 4 else None
        going_on = today is not None and last >= today
        if spent is None or not km or months != 12 or going_on:
            return None  # a cost by the year is divided by the length of a whole, ended year only
        return spent / km

    def against(first: date, last: date) -> float | None:
        own, other = cost(first, last), settings.survey_vehicle_cost_per_km
        return None if own is None or not other else 100 * own / other

    return [
        Figure("点検実施延長率（累計）", "%", share, settings.inspected_pct, cumulated=True),
        Figure("上下線とも点検した延長の率（累計）", "%", both, settings.both_directions_pct, cumulated=True),
        Figure("ポットホールの発見から補修までの日数（中央値）", "日", days, settings.days_to_repair, True),
        Figure("点検費用", "円/km", cost, settings.cost_per_km, True),
        Figure("点検費用の路面性状測定車に対する比", "%", against, 100.0, True),
    ]
