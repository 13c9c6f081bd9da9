"""Which shift of time makes two records of one drive agree: windows, robust residuals, likelihood."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEP_S = 0.2
WINDOW_S = 4.0  #: pairs are taken together over so long: a trigger's and a fix's scatter cancel in their sums
LEAST_PAIRS = 40
OUTLIER = 3.0  #: residuals of so many sigma count no more than that


@dataclass(frozen=True)
class Channel:
    """One thing that pictures `seen` (n,) and track `told` (m, n) at every shift both tell."""

    seen: Floats
    told: Floats
    sigma: float
    finest: float
    through_zero: bool

    @classmethod
    def of(cls, seen: Floats, told: Floats, finest: float, *, through_zero: bool) -> Channel:
        """With the scatter about the best fit, by medians; `finest`: pictures tell no smaller difference."""
        slack = [np.nanmedian(np.abs(_residuals(seen, row, through_zero))) for row in told]
        usual = 1.4826 * float(np.nanmin(slack)) if np.isfinite(slack).any() else np.inf
        return cls(seen, told, max(usual, finest), finest, through_zero)

    def at(self, shifts: NDArray[np.intp]) -> Channel:
        """The same at some of the shifts."""
        return replace(self, told=self.told[shifts])


@dataclass(frozen=True)
class Window:
    """Pairs (n,) and the neighbours (first, last + 1) within `WINDOW_S` about each."""

    seconds: Floats
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    @classmethod
    def of(cls, start_s: Floats, end_s: Floats) -> Window:
        """Of pairs in the order of time."""
        middle = (start_s + end_s) / 2
        first = np.searchsorted(middle, middle - WINDOW_S / 2 - 1e-6)
        return cls(end_s - start_s, first, np.searchsorted(middle, middle + WINDOW_S / 2 + 1e-6))

    def mean(self, rate: Floats) -> Floats:
        """Mean rate (n,) over each window, weighted by time; NaN where one of its pairs has none."""
        sums = [np.concatenate([[0.0], np.cumsum(each)]) for each in (np.nan_to_num(rate) * self.seconds, self.seconds)]
        unknown = np.concatenate([[0], np.cumsum(np.isnan(rate))])
        amount, seconds, lost = (each[self.last] - each[self.first] for each in (*sums, unknown))
        return np.asarray(np.where(lost > 0, np.nan, amount / seconds))


def _residuals(seen: Floats, told: Floats, through_zero: bool) -> Floats:
    """What is left of `seen` after the track's values in the best unit; NaN where the track tells nothing."""
    both = np.isfinite(told)
    if both.sum() < LEAST_PAIRS / 2:
        return np.full(len(seen), np.nan)
    x, y = told[both], seen[both]
    weight = np.ones(len(x))
    slope, base = 0.0, 0.0
    for _ in range(4):
        if through_zero:
            slope = float((weight * x * y).sum() / max((weight * x * x).sum(), 1e-12))
        else:
            mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
            slope = float((weight * (x - mx) * (y - my)).sum() / max((weight * (x - mx) ** 2).sum(), 1e-12))
            base = float(my - slope * mx)
        rest = np.abs(y - base - slope * x)
        usual = 1.4826 * float(np.median(rest)) + 1e-12
        weight = 1 / np.maximum(1.0, (rest / usual) ** 2)
    left = np.full(len(seen), np.nan)
    left[both] = y - base - slope * x
    return left


def likelihood(parts: list[Channel], use: Bools) -> tuple[Floats, Floats]:
    """Minus the log-likelihood at every shift, and the share of variance that the better of the channels explains.

    Neighbours count as far as they are independent.
    """
    total, best = np.zeros(len(parts[0].told)), np.zeros(len(parts[0].told))
    for part in parts:
        seen = part.seen[use]
        left = np.array([_residuals(seen, row[use], part.through_zero) for row in part.told])
        limit = (OUTLIER * part.sigma) ** 2
        power = np.minimum(np.nan_to_num(left**2, nan=np.inf), limit)
        rest = power.mean(1)
        middle = np.median(seen)
        spread = float(np.minimum((seen - middle) ** 2, np.maximum(limit, np.median((seen - middle) ** 2) * 9)).mean())
        row = np.nan_to_num(left[int(rest.argmin())])
        row = np.clip(row, -OUTLIER * part.sigma, OUTLIER * part.sigma)
        likeness = float(np.clip((row[1:] * row[:-1]).mean() / ((row**2).mean() + part.finest**2), 0.0, 0.95))
        independent = len(seen) * (1 - likeness) / (1 + likeness)
        total += independent / 2 * np.log(np.maximum(rest / limit, 1e-6))
        best = np.maximum(best, 1 - (rest + part.finest**2) / (spread + part.finest**2))
    return total, best


def lowest(shifts: Floats, curve: Floats, at: int) -> float:
    """The minimum to a part of a step."""
    if at in (0, len(shifts) - 1) or not np.isfinite(curve[at - 1 : at + 2]).all():
        return float(shifts[at])
    before, here, after = curve[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float(shifts[at] + (0.5 * (before - after) / bend if bend > 1e-12 else 0.0) * STEP_S)
