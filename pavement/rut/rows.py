"""Shifts of cells of the road as rows that lie askew, and one profile that they share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pavement.rut.view import Bools, Floats

ROUNDS = 3
ALTERNATIONS = 4


@dataclass(frozen=True)
class RowModel:
    """Shifts of cells as a straight line of each row, at + tilt · y, plus one profile for all rows."""

    at: Floats
    tilt: Floats
    profile: Floats
    lens: float = 0.0
    lens_sd: float = np.inf
    lens_profile: Floats = field(default_factory=lambda: np.zeros(0))  #: what an error of 1 in k1 would feign

    def shifts(self, y: Floats) -> Floats:
        """(rows, columns)."""
        return self.at[:, None] + self.tilt[:, None] * y + self.profile

    @classmethod
    def fit(cls, shift: Floats, weight: Floats, y: Floats) -> RowModel:
        """Weighted least squares of shifts (rows, columns) with Tukey weights; the profile has no line of its own."""
        model, robust = cls._fit(shift, weight, y, np.zeros(len(y))), np.ones_like(shift)
        for _ in range(ROUNDS):
            robust = tukey(shift - model.shifts(y), weight > 0)
            model = cls._fit(shift, weight * robust, y, model.profile)
        return model

    @classmethod
    def _fit(cls, shift: Floats, weight: Floats, y: Floats, profile: Floats) -> RowModel:
        """Rows and profile in turn."""
        w = weight + 1e-12
        s0, s1, s2 = w.sum(1), (w * y).sum(1), (w * y * y).sum(1)
        determinant = np.maximum(s0 * s2 - s1 * s1, 1e-18)
        for _ in range(ALTERNATIONS):
            rest = shift - profile
            r0, r1 = (w * rest).sum(1), (w * rest * y).sum(1)
            at, tilt = (s2 * r0 - s1 * r1) / determinant, (s0 * r1 - s1 * r0) / determinant
            profile = (w * (shift - at[:, None] - tilt[:, None] * y)).sum(0) / w.sum(0)
            profile = profile - np.polyval(np.polyfit(y, profile, 1), y)
        return cls(at, tilt, profile)

    def sd(self, shift: Floats, weight: Floats, y: Floats) -> Floats:
        """Standard error (columns,) of the profile from the scatter of the rows."""
        rest = shift - self.shifts(y)
        w = weight * tukey(rest, weight > 0) + 1e-12
        return np.asarray(np.sqrt((w**2 * rest**2).sum(0)) / w.sum(0))

    def with_lens(self, shift: Floats, weight: Floats, y: Floats, bend: Floats) -> RowModel:
        """The model with the error of k1 in it: the `bend` (rows, columns) that no common profile explains."""
        rest = shift - self.shifts(y)
        w = weight * tukey(rest, weight > 0)
        shape = self._fit(bend, w, y, np.zeros(len(y)))
        apart = bend - shape.shifts(y)
        power = max(float((w * apart**2).sum()), 1e-12)
        value = float((w * apart * rest).sum()) / power
        left = rest - value * apart
        return replace(
            self,
            lens=value,
            lens_sd=float(np.sqrt((w**2 * apart**2 * left**2).sum())) / power,
            lens_profile=shape.profile,
        )


def tukey(rest: Floats, counts: Bools) -> Floats:
    """Tukey's weights of residuals (0 … 1), scaled by the median of those that count."""
    scale = 1.48 * float(np.median(np.abs(rest[counts]))) if counts.any() else 1.0
    return np.asarray(np.clip(1 - (rest / (4.7 * scale + 1e-4)) ** 2, 0, None) ** 2)
