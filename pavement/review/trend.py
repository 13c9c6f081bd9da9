"""Deterioration rates over three and more years: a line through the passes of each block since its last works."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pavement.review.change import INDICATORS
from pavement.review.rates import LEAST_BLOCKS, Rate, Z, clustered_se
from pavement.review.rows import Bools, Floats, Sections, Year

LEAST_PASSES = 3
LEAST_SPAN_YEARS = 1.5


def long_rates(sections: Sections, years: Sequence[Year]) -> tuple[Rate, ...]:
    """Rates of the whole network and by road class from at least three years; the bias of a year against the others is
    not taken out (with three years it cannot be told from a change of all roads), it is a part of the interval.
    """
    if len(years) < LEAST_PASSES:
        return ()
    worked = years[-1].worked_on
    found: list[Rate] = []
    for indicator in INDICATORS:
        values = np.stack([getattr(year, indicator.key) for year in years])
        times = np.stack([_years_of(year) for year in years])
        usable = np.isfinite(values) & np.isfinite(times) & np.stack([year.inspected for year in years])
        for k, year in enumerate(years):
            usable[k] &= ~(worked > year.day)  # what was before the last works is another surface
        slope, known = slopes(values, times, usable)
        spread = year_spread(values, times, slope, usable & known)
        groups = [("全体", np.ones(len(sections), bool))]
        groups += [(f"分類{name}", sections.road_class.codes == k) for k, name in enumerate(sections.road_class.names)]
        for name, members in groups:
            rate = _rate(sections, slope, known & members, spread, len(years), indicator.name, indicator.unit, name)
            if rate is not None:
                found.append(rate)
    return tuple(found)


def slopes(values: Floats, times: Floats, usable: Bools) -> tuple[Floats, Bools]:
    """Least-squares slope a year (n,) of every block over its usable passes (k, n), and which blocks have one."""
    count = usable.sum(axis=0)
    safe = np.maximum(count, 1)
    mean_t, mean_v = (np.where(usable, each, 0.0).sum(axis=0) / safe for each in (times, values))
    dt = np.where(usable, times - mean_t, 0.0)
    dv = np.where(usable, values - mean_v, 0.0)
    square = (dt * dt).sum(axis=0)
    span = np.where(usable, times, -np.inf).max(axis=0) - np.where(usable, times, np.inf).min(axis=0)
    known = (count >= LEAST_PASSES) & (span >= LEAST_SPAN_YEARS) & (square > 0)
    slope = np.divide((dt * dv).sum(axis=0), square, out=np.full(len(square), np.nan), where=known)
    return slope, known


def year_spread(values: Floats, times: Floats, slope: Floats, usable: Bools) -> Floats:
    """(k,) how far each year lies off the blocks' own lines, in the mean: what a year's light or camera adds to all."""
    safe = np.maximum(usable.sum(axis=0), 1)
    mean_t, mean_v = (np.where(usable, each, 0.0).sum(axis=0) / safe for each in (times, values))
    rest = np.where(usable, values - mean_v - np.nan_to_num(slope) * (times - mean_t), 0.0)
    return np.asarray(rest.sum(axis=1) / np.maximum(usable.sum(axis=1), 1))


def _rate(
    sections: Sections, slope: Floats, members: Bools, spread: Floats, count: int, name: str, unit: str, group: str
) -> Rate | None:
    if np.count_nonzero(members) < LEAST_BLOCKS:
        return None
    values = slope[members]
    mean = float(values.mean())
    se = clustered_se(values, (sections.road * 2 + sections.up)[members])
    km = float(sections.length_m[members].sum()) / 1000
    if se is None:
        return Rate(name, unit, group, len(values), km, mean, None, None, count)
    # errors that all blocks of a year share: their sd over the years' own spread in time (about their middle)
    steps = np.arange(count) - (count - 1) / 2
    shared = float(np.sqrt((spread**2).sum() / max(count - 2, 1)) / np.sqrt((steps**2).sum()))
    whole = float(np.hypot(se, shared))
    return Rate(name, unit, group, len(values), km, mean, mean - Z * whole, mean + Z * whole, count)


def _years_of(year: Year) -> Floats:
    days = year.day.astype("datetime64[D]").astype(float)
    return np.where(np.isnat(year.day), np.nan, days / 365.25)
