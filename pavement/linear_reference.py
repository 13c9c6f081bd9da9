"""The linear reference: kilopost ↔ metres along one line, from what is known at places along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPACING_RATIO = (0.7, 1.3)  #: real length / nominal length of the stretch between two posts; outside: refuse
EDGE_KM = 1e-9
END_M = 0.01  #: a place this little beyond the end of a measured line is at its end


@dataclass(frozen=True, eq=False)
class Scale:
    """The kilopost scale of one line: known kiloposts by their place along it. Arrays (n,), n ≥ 2, along rising.

    Between two neighbours `kp` runs linearly with the length. A stretch whose length does not fit its kiloposts
    (`SPACING_RATIO`), whose kiloposts are out of order, or in which a post is known to stand elsewhere, has none.
    """

    along_m: Floats
    kp_km: Floats
    posts_km: Floats  #: what stands on or near the line, rising; empty for a road measured from its start
    refused: Flags | None = None  #: (n - 1,) stretches whose own post stands far off the line
    measured: bool = False  #: measured from 起点: the whole line is covered, nothing goes on beyond
    spacing_km: float | None = None  #: the whole road's usual spacing of posts, where this is a part of it

    @classmethod
    def unknown(cls, length_m: float) -> Scale:
        """The scale of a line of which no kilopost is known."""
        return cls(np.array([0.0, length_m]), np.zeros(2), np.empty(0), measured=True)

    @cached_property
    def sound(self) -> Flags:
        """(n - 1,) whether the stretch between neighbours may be interpolated."""
        nominal = np.diff(self.kp_km) * 1000
        length = np.diff(self.along_m)
        low, high = SPACING_RATIO
        fits: Flags = (nominal > 0) & (length >= low * nominal - 1e-6) & (length <= high * nominal + 1e-6)
        return fits if self.refused is None else fits & ~self.refused

    @cached_property
    def usual_spacing_km(self) -> float:
        """The spacing that most sound stretches have."""
        if self.spacing_km is not None:
            return self.spacing_km
        steps = np.round(np.diff(self.kp_km)[self.sound], 3)
        if not len(steps):
            return 1.0
        values, counts = np.unique(steps, return_counts=True)
        return float(values[counts.argmax()])

    @cached_property
    def _reach(self) -> tuple[Floats, Floats]:
        """(n - 1,) share of its length by which each stretch goes on before its start and behind its end."""
        before, behind = np.full((2, len(self.along_m) - 1), EDGE_KM)
        length = np.maximum(np.diff(self.along_m), END_M)
        before[0], behind[-1] = (END_M / length[0], END_M / length[-1]) if self.measured else (1.0, 1.0)
        return before, behind

    def kp_at(self, along_m: ArrayLike) -> Floats:
        """Kilopost at metres along the line; NaN where it is refused or lies over one spacing beyond the last post."""
        along = np.asarray(along_m, float)
        i = np.clip(np.searchsorted(self.along_m, along, side="right") - 1, 0, len(self.along_m) - 2)
        length = np.maximum(self.along_m[i + 1] - self.along_m[i], 1e-9)
        share = (along - self.along_m[i]) / length
        before, behind = self._reach
        known = self.sound[i] & (share >= -before[i]) & (share <= 1 + behind[i])
        # a place on a post belongs to the stretch before it too, which may be the sound one
        earlier = np.maximum(i - 1, 0)
        on_post = (along == self.along_m[i]) & (i > 0) & ~self.sound[i] & self.sound[earlier]
        kp = self.kp_km[i] + share * (self.kp_km[i + 1] - self.kp_km[i])
        return np.where(known | on_post, kp, np.nan)

    def alongs_at(self, kp_km: float) -> Floats:
        """All places of a kilopost in metres along the line, rising: more than one where posts repeat their numbers."""
        step = np.diff(self.kp_km)
        share = (kp_km - self.kp_km[:-1]) / np.where(self.sound, step, 1.0)
        before, behind = self._reach
        edge = EDGE_KM / np.maximum(step, EDGE_KM)
        held = self.sound & (share >= -np.maximum(before, edge)) & (share <= 1 + np.maximum(behind, edge))
        along = self.along_m[:-1] + share * np.diff(self.along_m)
        return np.unique(np.round(along[held], 6))

    def along_at(self, kp_km: float) -> float | None:
        """Metres along the line at a kilopost (the first such place); None where no sound stretch holds it."""
        places = self.alongs_at(kp_km)
        return float(places[0]) if len(places) else None

    def repeats(self, from_kp: float, to_kp: float) -> bool:
        """Whether the middle of a stretch of kilopost is found at two places of the line."""
        return len(self.alongs_at((from_kp + to_kp) / 2)) > 1

    def lower_post(self, kp_km: float) -> float:
        """The nearest lower post. Before the first: 0 on a road measured from its start, else the first one (the rest
        is then negative).
        """
        i = int(np.searchsorted(self.posts_km, kp_km + 1e-6, side="right")) - 1
        if i < 0 and (self.measured or not len(self.posts_km)):
            return 0.0
        return float(self.posts_km[max(i, 0)])

    def post_missing(self, from_kp: float, to_kp: float) -> bool:
        """Whether a post that should stand in or around the stretch does not (or the stretch is extrapolated)."""
        if self.measured:
            return False
        middle = (from_kp + to_kp) / 2
        holds = np.flatnonzero(self.sound & (self.kp_km[:-1] <= middle) & (middle < self.kp_km[1:]))
        if not len(holds):
            return True
        return bool(np.diff(self.kp_km)[holds].max() > 1.5 * self.usual_spacing_km)

    def part(self, from_m: float, to_m: float) -> Scale:
        """The scale of a part of the line, its metres counted from `from_m`; the next neighbours beyond are kept."""
        first = max(int(np.searchsorted(self.along_m, from_m, side="right")) - 1, 0)
        last = min(int(np.searchsorted(self.along_m, to_m, side="left")) + 1, len(self.along_m))
        first, last = min(first, len(self.along_m) - 2), max(last, first + 2, 2)
        kp = self.kp_km[first:last]
        posts = self.posts_km[(self.posts_km >= kp.min() - 1e-6) & (self.posts_km <= kp.max() + 1e-6)]
        refused = None if self.refused is None else self.refused[first : last - 1]
        return Scale(self.along_m[first:last] - from_m, kp, posts, refused, self.measured, self.usual_spacing_km)


@dataclass(frozen=True)
class LedgerLength:
    """The length of a road in the ledger beside that of its line."""

    ledger_m: float
    line_m: float

    def __str__(self) -> str:
        percent = 100 * (self.line_m / self.ledger_m - 1)
        return f"台帳延長 {self.ledger_m:,.0f} m・GIS延長 {self.line_m:,.0f} m({percent:+.1f} %)"
