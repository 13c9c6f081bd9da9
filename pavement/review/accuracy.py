"""精度確認: the ministry's test of 20 m blocks against a survey vehicle's results, as a road division runs it itself.

検出率 = share of the blocks that truly are Ⅱ or worse (Ⅲ) which were found, 的中率 = share of those reported which are
right; ranks A (80 % or more) to E. The ministry publishes ranks, no pass mark: the least rank is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pavement.rating import Limits

Floats = NDArray[np.float64]
LEVELS = ("Ⅰ", "Ⅱ", "Ⅲ")
CLASSES = ("Ⅱ以上", "Ⅲ")
INDICATORS = {"crack_pct": ("ひび割れ率", "%"), "rut_mm": ("わだち掘れ量", "mm"), "iri_mm_per_m": ("IRI", "mm/m")}
OVERALL = "rating"
RANKS = (("A", 80.0), ("B", 60.0), ("C", 40.0), ("D", 20.0), ("E", 0.0))
PASSED, FAILED, TOO_FEW = "合格", "不合格", "ブロック数不足"
Z = 1.96


@dataclass(frozen=True)
class CheckSettings:
    """What makes a test valid and passed."""

    least_rank: str = "B"  #: both 検出率 and 的中率
    least_blocks: int = 100  #: compared
    least_damaged: int = 20  #: truly of the class, and reported as it
    classes: tuple[str, ...] = CLASSES  #: which must be passed


@dataclass(frozen=True)
class ClassTest:
    """検出率 and 的中率 of Ⅱ以上 or of Ⅲ; % with their 95 % interval (Wilson), None without a block."""

    name: str
    truly: int
    reported: int
    both: int
    detection_pct: float | None
    detection_interval: tuple[float, float] | None
    detection_rank: str | None
    precision_pct: float | None
    precision_interval: tuple[float, float] | None
    precision_rank: str | None
    verdict: str


@dataclass(frozen=True)
class Agreement:
    """Bland and Altman 1986: ours − theirs; `group` a true class or 全体."""

    group: str
    blocks: int
    bias: float | None
    sd: float | None
    low: float | None  #: limits of agreement, bias ∓ 1.96 sd
    high: float | None
    mean_error: float | None  #: of absolute differences
    r: float | None


@dataclass(frozen=True, eq=False)
class IndicatorCheck:
    """One indicator, or the diagnosis as a whole (`rating`: levels, no agreement)."""

    key: str
    name: str
    unit: str
    blocks: int
    confusion: tuple[tuple[int, ...], ...]  #: [true level][reported level]
    tests: tuple[ClassTest, ...]
    agreement: tuple[Agreement, ...]
    verdict: str
    ours: Floats = field(repr=False)
    theirs: Floats = field(repr=False)


def check_blocks(
    ours: Mapping[str, Floats],
    theirs: Mapping[str, Floats],
    limits: Limits | None = None,
    settings: CheckSettings | None = None,
) -> tuple[IndicatorCheck, ...]:
    """The test of every indicator over the same blocks, arrays (n,) with NaN for not measured; the last one is the
    diagnosis by the indicators that both have. Indicators that are never compared are left out.
    """
    limits, settings = limits or Limits(), settings or CheckSettings()
    found: list[IndicatorCheck] = []
    levels: list[tuple[Floats, Floats]] = []
    for key, (name, unit) in INDICATORS.items():
        if key not in ours or key not in theirs:
            continue
        both = np.isfinite(ours[key]) & np.isfinite(theirs[key])
        if not both.any():
            continue
        bounds = getattr(limits, key)
        a, b = (np.where(both, each, np.nan) for each in (ours[key], theirs[key]))
        levels.append((level_of(a, bounds), level_of(b, bounds)))
        agreement = agree(a[both], b[both], levels[-1][1][both])
        found.append(
            _judge(key, name, unit, a[both], b[both], levels[-1][0][both], levels[-1][1][both], agreement, settings)
        )
    if len(found) > 1:
        mine, true = (np.fmax.reduce([pair[side] for pair in levels]) for side in (0, 1))
        some = np.isfinite(mine) & np.isfinite(true)
        found.append(_judge(OVERALL, "健全性の診断", "", mine[some], true[some], mine[some], true[some], (), settings))
    return tuple(found)


def level_of(values: Floats, bounds: tuple[float, float]) -> Floats:
    """(n,) 0 Ⅰ, 1 Ⅱ, 2 Ⅲ; NaN stays.

    >>> level_of(np.array([19.99, 20.0, 40.0, np.nan]), (20.0, 40.0))
    array([ 0.,  1.,  2., nan])
    """
    return np.where(np.isfinite(values), (values >= bounds[0]).astype(float) + (values >= bounds[1]), np.nan)


def rank_of(share_pct: float) -> str:
    """The ministry's rank.

    >>> [rank_of(each) for each in (80.0, 79.9, 40.0, 19.0)]
    ['A', 'B', 'C', 'E']
    """
    return next(name for name, least in RANKS if share_pct >= least)


def agree(ours: Floats, theirs: Floats, true_level: Floats) -> tuple[Agreement, ...]:
    """The agreement over all blocks and by true class."""
    groups = [("全体", np.ones(len(ours), bool)), *((name, true_level == k) for k, name in enumerate(LEVELS))]
    return tuple(_agreement(name, ours[rows], theirs[rows]) for name, rows in groups)


def _agreement(name: str, ours: Floats, theirs: Floats) -> Agreement:
    n = len(ours)
    if n == 0:
        return Agreement(name, 0, None, None, None, None, None, None)
    apart = ours - theirs
    bias, error = float(apart.mean()), float(np.abs(apart).mean())
    if n < 2:
        return Agreement(name, n, bias, None, None, None, error, None)
    sd = float(apart.std(ddof=1))
    varied = n > 2 and ours.std() > 0 and theirs.std() > 0
    r = float(np.corrcoef(ours, theirs)[0, 1]) if varied else None
    return Agreement(name, n, bias, sd, bias - Z * sd, bias + Z * sd, error, r)


def _judge(
    key: str,
    name: str,
    unit: str,
    ours: Floats,
    theirs: Floats,
    mine: Floats,
    true: Floats,
    agreement: tuple[Agreement, ...],
    settings: CheckSettings,
) -> IndicatorCheck:
    table = np.zeros((len(LEVELS), len(LEVELS)), int)
    np.add.at(table, (true.astype(int), mine.astype(int)), 1)
    tests = tuple(_test(each, table, settings) for each in CLASSES)
    needed = [each.verdict for each in tests if each.name in settings.classes]
    verdict = FAILED if FAILED in needed else TOO_FEW if TOO_FEW in needed else PASSED
    confusion = tuple(tuple(int(cell) for cell in row) for row in table)
    return IndicatorCheck(key, name, unit, len(ours), confusion, tests, agreement, verdict, ours, theirs)


def _test(name: str, table: NDArray[np.int_], settings: CheckSettings) -> ClassTest:
    least = CLASSES.index(name) + 1
    truly, reported, both = int(table[least:].sum()), int(table[:, least:].sum()), int(table[least:, least:].sum())
    detection = 100 * both / truly if truly else None
    precision = 100 * both / reported if reported else None
    pass_mark = dict(RANKS)[settings.least_rank]
    enough = truly >= settings.least_damaged and int(table.sum()) >= settings.least_blocks
    # nothing reported of what is there is a failure, not a lack of blocks
    good = detection is not None and precision is not None and min(detection, precision) >= pass_mark
    return ClassTest(
        name,
        truly,
        reported,
        both,
        detection,
        wilson(both, truly),
        None if detection is None else rank_of(detection),
        precision,
        wilson(both, reported),
        None if precision is None else rank_of(precision),
        TOO_FEW if not enough else PASSED if good else FAILED,
    )


def wilson(hits: int, n: int) -> tuple[float, float] | None:
    """95 % interval of a share, % (Wilson 1927); None without a case.

    >>> [round(each) for each in wilson(15, 20)]
    [53, 89]
    """
    if n == 0:
        return None
    p, z2 = hits / n, Z * Z
    middle, half = p + z2 / (2 * n), Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, 100 * (middle - half) / (1 + z2 / n)), min(100.0, 100 * (middle + half) / (1 + z2 / n))
