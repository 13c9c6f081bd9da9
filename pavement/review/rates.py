"""Deterioration per year with its interval, without works, by group; neighbours are alike, so roads are the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pavement.review.change import MEDIAN, Change, IndicatorChange
from pavement.review.rows import Bools, Floats, Ints, Sections, Year

LEAST_ROADS = 5  #: road and direction; below it a rate has no interval
LEAST_BLOCKS = 30
LEAST_YEARS = 0.5  #: between the passes
Z = 1.96
AGES = (0.0, 5.0, 10.0, 15.0, 20.0)
AGE_NAMES = ("5年未満", "5年以上10年未満", "10年以上15年未満", "15年以上20年未満", "20年以上", "舗設年月不明")


@dataclass(frozen=True)
class Rate:
    """Change per year of an indicator in a group of blocks; 95 % interval, None where it cannot be given."""

    indicator: str
    unit: str
    group: str
    blocks: int
    km: float
    per_year: float
    low: float | None
    high: float | None
    years: int = 2  #: 年度 that it rests on
    relative: bool = False  #: to the median of all compared blocks: what all roads share is not in it


def deterioration_rates(sections: Sections, change: Change, now: Year) -> tuple[Rate, ...]:
    """Rates of the whole network, by road class and by age of the surface."""
    age = (now.day - now.worked_on).astype("timedelta64[D]").astype(float) / 365.25
    known = np.isfinite(age) & ~np.isnat(now.worked_on)
    ages = np.where(known, np.searchsorted(AGES[1:], age, side="right"), len(AGES)).astype(np.int32)
    classes = tuple(f"分類{name}" for name in sections.road_class.names)
    groups = (
        (np.zeros(len(sections), np.int32), ("全体",)),
        (sections.road_class.codes, classes),
        (ages, AGE_NAMES),
    )
    rates = []
    for one in change.indicators.values():
        for codes, names in groups:
            rates += [rate for k, name in enumerate(names) if (rate := _rate(sections, change, one, codes == k, name))]
    return tuple(rates)


def _rate(sections: Sections, change: Change, one: IndicatorChange, members: Bools, name: str) -> Rate | None:
    usable = np.isfinite(one.raw) & ~change.worked_on & ~one.better & members
    usable &= change.years >= LEAST_YEARS
    if np.count_nonzero(usable) < LEAST_BLOCKS:
        return None
    values = (one.raw - float(np.median(one.bias)))[usable] / change.years[usable]
    mean = float(values.mean())
    se = clustered_se(values, (sections.road * 2 + sections.up)[usable])
    low, high = (None, None) if se is None else (mean - Z * se, mean + Z * se)
    km = float(sections.length_m[usable].sum()) / 1000
    relative = one.bias_from == MEDIAN
    return Rate(one.indicator.name, one.indicator.unit, name, int(usable.sum()), km, mean, low, high, relative=relative)


def clustered_se(values: Floats, cluster: Ints) -> float | None:
    """Standard error of a mean whose values are alike within clusters (Liang and Zeger 1986); None with too few."""
    _, which = np.unique(cluster, return_inverse=True)
    sums = np.bincount(which, values - values.mean())
    if len(sums) < LEAST_ROADS:
        return None
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(values))
