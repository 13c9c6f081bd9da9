"""How far two passes over one road agree, block by block: scatter, bias and gain of a pass, the scatter's law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.evaluation.crack_repeatability_pass import BlockValues
from pavement.evaluation.table import Figures

Floats = NDArray[np.float64]

TOGETHER, DISJOINT, BOTH = "all kinds together", "every other photo", "all kinds, every other photo"
SHOWN_PCT = (0, 5, 10, 20, 40)  #: levels at which the law is told
LEAST = 4  #: blocks that two passes share


@dataclass(frozen=True, eq=False)
class Twice:
    """Two passes' values of the blocks (n,) that both saw, and the lesser 有効測定率 of the two."""

    first: Floats
    second: Floats
    coverage_pct: Floats
    order: Floats  #: place of the blocks along the road, in blocks

    @property
    def level(self) -> Floats:
        """(n,) mean of both."""
        return (self.first + self.second) / 2

    def where(self, chosen: NDArray[np.bool_]) -> Twice:
        """Some of the blocks."""
        return Twice(*(each[chosen] for each in (self.first, self.second, self.coverage_pct, self.order)))


def twice(a: BlockValues, b: BlockValues) -> Twice:
    """The blocks that both passes saw."""
    both = np.isfinite(a.crack_pct) & np.isfinite(b.crack_pct)
    least = np.minimum(a.coverage_pct, b.coverage_pct)[both]
    return Twice(a.crack_pct[both], b.crack_pct[both], least, np.flatnonzero(both).astype(float))


def spread(found: Sequence[Twice]) -> Figures:
    """How the values of a pass scatter, and what passes differ by as a whole."""
    found = [each for each in found if len(each.first) >= LEAST]
    if not found:
        names = ("sd", "robust", "bias of a pass", "gain of a pass", "p95 of |difference|", "alike")
        return {"blocks": 0, **dict.fromkeys(names)}
    lines = [line(each) for each in found]
    rest = np.concatenate([remaining(each) for each in found])
    middle = [offset + slope * float(each.level.mean()) for (offset, slope), each in zip(lines, found, strict=True)]
    apart = np.concatenate([each.first - each.second for each in found])
    return {
        "blocks": len(rest),
        "sd": float(np.sqrt((rest**2).mean() / 2)),
        "robust": 1.4826 * float(np.median(np.abs(rest))) / np.sqrt(2),
        "bias of a pass": float(np.sqrt(np.mean(np.square(middle)) / 2)),
        "gain of a pass": float(np.sqrt(np.mean(np.square([slope for _, slope in lines])) / 2)),
        "p95 of |difference|": float(np.percentile(np.abs(apart), 95)),
        "alike": alike(found),
    }


def line(each: Twice) -> tuple[float, float]:
    """Offset and slope by level of the difference of two passes: what a review takes out road by road."""
    level = each.level - each.level.mean()
    square = float((level * level).sum())
    apart = each.first - each.second
    slope = float((level * apart).sum()) / square if square > 1e-9 else 0.0
    return float(apart.mean() - slope * each.level.mean()), slope


def remaining(each: Twice) -> Floats:
    """(n,) the differences without that line, as large as if two degrees of freedom had not gone into it."""
    offset, slope = line(each)
    n = len(each.first)
    return np.asarray((each.first - each.second - offset - slope * each.level) * np.sqrt(n / (n - 2)))


def law(well: Mapping[str, Sequence[Twice]]) -> dict[str, Figures]:
    """The sd of a pass by level: a and b of `pavement.review.noise.crack_variance`, and what they give at levels."""
    day, half, both = (fit(well.get(name, ())) for name in (TOGETHER, DISJOINT, BOTH))
    full = day[0] + half[0] / 2, day[1] + half[1] / 2
    rows = {TOGETHER: day, DISJOINT: half, BOTH: both, "a full pass": full}
    return {
        name: {
            "a": float(np.sqrt(a2)),
            "b": float(np.sqrt(b2)),
            **{f"at {level} %": float(np.sqrt(a2 + b2 * level * (100 - level) / 100)) for level in SHOWN_PCT},
        }
        for name, (a2, b2) in rows.items()
    }


def fit(found: Sequence[Twice]) -> tuple[float, float]:
    """(a², b²) not negative: a line through half the squared differences, weighed as squares of normal errors are."""
    from scipy.optimize import nnls

    rows = [each for each in found if len(each.first) >= LEAST]
    if not rows:
        return 0.0, 0.0
    level = np.concatenate([each.level for each in rows])
    square = np.concatenate([remaining(each) ** 2 / 2 for each in rows])
    design = np.column_stack([np.ones(len(level)), level * (100 - level) / 100])
    weight, fitted = np.ones(len(level)), np.zeros(2)
    for _ in range(20):
        fitted, _ = nnls(design * weight[:, None], square * weight)
        weight = 1 / np.maximum(design @ fitted, 0.25)
    return float(fitted[0]), float(fitted[1])


def alike(found: Sequence[Twice]) -> float | None:
    """Correlation of neighbouring blocks' differences; None with fewer than ten neighbours."""
    left: list[float] = []
    right: list[float] = []
    for each in found:
        rest, beside = remaining(each), np.diff(each.order) == 1
        left += rest[:-1][beside].tolist()
        right += rest[1:][beside].tolist()
    if len(left) < 10 or not np.any(left) or not np.any(right):
        return None
    return float(np.mean(np.multiply(left, right)) / np.sqrt(np.mean(np.square(left)) * np.mean(np.square(right))))
