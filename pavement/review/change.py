"""What became worse since an earlier year, block by block, so that noise is not reported as decay.

A difference of two years is detection error, the window's place, a bias of the year (camera, model), a bias of the day
that a road was driven (light, lens, mount), the road's own change, or works. The first two are weighed (`noise`), the
third is estimated on roads that cannot have changed much and removed, the fourth road by road, works are taken out,
and what is left must come in runs along the road (`runs`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pavement.review.noise import (
    RUN,
    Noise,
    align,
    bins,
    crack_variance,
    learn_noise,
    neighbours_differ,
    residual_scale,
    shared_variance,
    shift_effect,
    shift_variance,
)
from pavement.review.road_bias import road_bias
from pavement.review.rows import Bools, Floats, Sections, Year
from pavement.review.runs import Runs, choose, find_runs, suspected

SEASON_DAYS = 60  #: passes whose days of the year lie further apart are of other seasons
UNKNOWN_POSITION_SD_M = 5.0  #: where a pass does not say


class Verdict(IntEnum):
    """What became of a block."""

    NOT_COMPARED = 0  #: 比較不可: one of the years has no value
    WITHIN_NOISE = 1  #: 変化なし（ばらつきの範囲）
    WORSE = 2  #: 悪化
    BETTER = 3  #: 良化（工事記録なし）
    REPAIRED = 4  #: 修繕済
    SUSPECT = 5  #: 悪化の疑い: more likely than not noise where it stands alone; look again


VERDICT_WORDS = ("比較不可", "ばらつきの範囲", "悪化", "良化（工事記録なし）", "修繕済", "悪化の疑い")


@dataclass(frozen=True)
class Indicator:
    """How one indicator is compared."""

    key: str  #: column
    name: str
    unit: str
    sizes: tuple[float, ...]  #: changes that are thought of
    se_key: str = ""  #: column of the row's standard error; without one the settings say


INDICATORS = (
    Indicator("crack_pct", "ひび割れ率", "ポイント", (-40, -20, -10, -5, 0, 5, 10, 20, 40)),
    Indicator("rut_mm", "わだち掘れ量", "mm", (-20, -10, -5, 0, 5, 10, 20), "rut_se_mm"),
    Indicator("iri_mm_per_m", "IRI", "mm/m", (-4, -2, -1, 0, 1, 2, 4), "iri_se_mm_per_m"),
)


@dataclass(frozen=True)
class ChangeSettings:
    """What can be set of the comparison."""

    most_wrong: float = 0.05  #: of the blocks reported as changed, over the network (false discovery rate)
    most_alarms: float = 0.05  #: of the unchanged blocks that are called 悪化の疑い (false alarm rate)
    crack_sd: float = 0.9  #: points, of one pass on one block near 0 %; corrected by what the data show
    crack_sd_by_level: float = 1.3  #: … and more at higher levels: `crack_variance`
    rut_se_mm: float = 1.5  #: where a row has none
    iri_se_mm_per_m: float = 0.5
    young_years: float = 5.0  #: roads paved so recently tell the bias between years
    least_young: int = 300  #: blocks of them; with fewer the median of all compared blocks


@dataclass(frozen=True, eq=False)
class IndicatorChange:
    """The comparison of one indicator; arrays (n,) of the blocks."""

    indicator: Indicator
    raw: Floats  #: now − then, as measured
    change: Floats  #: … without the bias of the year and of the windows' places
    se: Floats  #: of it, all errors together
    runs: Runs
    worse: Bools
    better: Bools
    suspect: Bools  #: 悪化の疑い
    bias: Floats  #: (n,)
    bias_from: str  #: which blocks told it
    noise: Noise


@dataclass(frozen=True, eq=False)
class Change:
    """The comparison of two years."""

    then_year: int
    now_year: int
    verdict: NDArray[np.int8]  #: (n,) Verdict
    same_season: Bools
    years: Floats  #: (n,) between the passes
    worked_on: Bools  #: paved or repaired between the passes
    indicators: dict[str, IndicatorChange] = field(default_factory=dict)


def compare(sections: Sections, then: Year, now: Year, settings: ChangeSettings | None = None) -> Change:
    """The change of every block between two years."""
    settings = settings or ChangeSettings()
    both = then.inspected & now.inspected
    worked = both & (now.worked_on > then.day)
    dated = both & (now.worked_on == now.worked_on) & (now.worked_on <= then.day)
    days = (now.day - then.day).astype("timedelta64[D]").astype(float)
    days[~both] = np.nan
    found = {
        each.key: each_change
        for each in INDICATORS
        if (each_change := _compare_one(each, sections, then, now, both & ~worked, dated, settings)) is not None
    }
    verdict = np.zeros(len(sections), np.int8)
    compared = np.zeros(len(sections), bool)
    worse, better, suspect = compared.copy(), compared.copy(), compared.copy()
    for one in found.values():
        compared |= np.isfinite(one.change)
        worse |= one.worse
        better |= one.better
        suspect |= one.suspect
    verdict[compared] = Verdict.WITHIN_NOISE
    verdict[suspect] = Verdict.SUSPECT
    verdict[better] = Verdict.BETTER
    verdict[worse] = Verdict.WORSE
    verdict[worked] = Verdict.REPAIRED
    return Change(
        then.fiscal_year, now.fiscal_year, verdict, both & same_season(then, now), days / 365.25, worked, found
    )


def same_season(then: Year, now: Year) -> Bools:
    """(n,) whether both passes were in the same part of the year: 凍上 comes and goes with it."""
    apart = np.abs(_day_of_year(then) - _day_of_year(now))
    return np.asarray(np.minimum(apart, 365 - apart) <= SEASON_DAYS)


def _day_of_year(year: Year) -> Floats:
    days = (year.day - year.day.astype("datetime64[Y]").astype("datetime64[D]")).astype(float)
    return np.where(np.isnat(year.day), np.nan, days)


def _compare_one(
    indicator: Indicator,
    sections: Sections,
    then: Year,
    now: Year,
    usable: Bools,
    dated: Bools,
    settings: ChangeSettings,
) -> IndicatorChange | None:
    a, b = getattr(then, indicator.key), getattr(now, indicator.key)
    raw = np.where(usable, b - a, np.nan)
    if not np.isfinite(raw).any():
        return None
    chains = sections.chains
    level = np.where(np.isfinite(raw), (a + b) / 2, 0.0)
    base = _variance(indicator, then, level, settings) + _variance(indicator, now, level, settings)
    sd_m = np.hypot(*(_position_sd(year) for year in (then, now)))
    slope = neighbours_differ((a + b) / 2, chains)
    calm = np.isfinite(raw) & (slope <= np.nanmedian(slope[np.isfinite(raw)]) if np.isfinite(slope).any() else True)
    year_bias, source = _bias(raw, level, now, dated, settings)
    noise = learn_noise(raw, base, level, chains, calm)
    white = base * noise.scale**2
    values = (a + b) / 2
    passes = np.minimum(np.maximum(then.passes, 1), np.maximum(now.passes, 1))
    sizes = np.asarray(indicator.sizes, float)
    bias, same, keep = year_bias, None, calm
    for _ in range(2):  # changed blocks have moved the biases and widened the errors: again without them
        if same is not None:
            keep = np.isfinite(raw) & (same > 0.5)
            if source == MEDIAN and keep.any():
                year_bias = year_bias + _bias(np.where(keep, raw - bias, np.nan), level, now, dated, settings)[0]
        day, day_variance = road_bias(raw - year_bias, white, level, chains, same)
        bias = year_bias + day
        ahead, ahead_sd = align(raw - bias, values, white, sd_m, chains)
        change = raw - bias - shift_effect(values, ahead, chains)
        rest = np.where(keep, change, np.nan)
        own = np.maximum(base * residual_scale(rest, base) ** 2, white)
        shared = shared_variance(rest, white, chains)
        variance = own + shift_variance(values, white / 4, ahead_sd, chains) + RUN * (shared + day_variance)
        runs = find_runs(change, variance, passes, chains, sizes)
        same = np.nan_to_num(1.0 - runs.worse - runs.better)
    noise = replace(noise, shared=shared)
    worse, better = choose(runs.worse, settings.most_wrong), choose(runs.better, settings.most_wrong)
    suspect = suspected(runs.worse, settings.most_alarms) & ~worse
    return IndicatorChange(
        indicator, raw, change, np.sqrt(variance), runs, worse, better & ~worse, suspect, bias, source, noise
    )


YOUNG = "舗設後の新しい区間の中央値"
MEDIAN = "比較した区間の中央値（網全体に一様な変化は分けられない）"


def _bias(raw: Floats, level: Floats, now: Year, dated: Bools, settings: ChangeSettings) -> tuple[Floats, str]:
    """(n,) what the values of a year lie above those of the other, by level, and which blocks told it."""
    known = np.isfinite(raw)
    age = (now.day - now.worked_on).astype("timedelta64[D]").astype(float) / 365.25
    young = known & dated & (age <= settings.young_years)
    if np.count_nonzero(young) >= settings.least_young:
        return np.full(len(raw), float(np.median(raw[young]))), YOUNG
    edges = bins(level[known])
    which = np.searchsorted(edges, level)
    medians = [np.median(raw[part]) if (part := known & (which == k)).any() else 0.0 for k in range(len(edges) + 1)]
    return np.asarray(medians)[which], MEDIAN


def _variance(indicator: Indicator, year: Year, level: Floats, settings: ChangeSettings) -> Floats:
    passes = np.maximum(year.passes, 1)
    if not indicator.se_key:
        return np.asarray(crack_variance(level, settings.crack_sd, settings.crack_sd_by_level) / passes + 1e-4)
    se = getattr(year, indicator.se_key)
    unknown = settings.rut_se_mm if indicator.key == "rut_mm" else settings.iri_se_mm_per_m
    return np.asarray(np.where(np.isfinite(se), se, unknown / np.sqrt(passes)) ** 2 + 1e-4)


def _position_sd(year: Year) -> Floats:
    sd = np.where(np.isfinite(year.position_sd_m), year.position_sd_m, UNKNOWN_POSITION_SD_M)
    return sd / np.sqrt(np.maximum(year.passes, 1))
