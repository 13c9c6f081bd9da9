"""Rows of a survey vehicle's results (路面性状測定車) and what became of those that could not be used. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pavement.road import Direction, RoadKey

SOURCE = "路面性状測定車"
VALUES = ("crack_pct", "rut_mm", "iri_mm_per_m", "mci")


@dataclass(frozen=True)
class MeasuredRow:
    """One stretch as it was measured; None = not measured."""

    number: int  #: line of the file
    road: RoadKey
    direction: Direction
    from_kp_km: float  #: the lower kilopost
    to_kp_km: float
    crack_pct: float | None = None
    rut_mm: float | None = None
    iri_mm_per_m: float | None = None
    mci: float | None = None
    surveyed_on: date | None = None
    lane: int | None = None

    @property
    def length_km(self) -> float:
        """Of kilopost."""
        return self.to_kp_km - self.from_kp_km


@dataclass(frozen=True)
class Refused:
    """A row that could not be used."""

    number: int
    reason: str


@dataclass(frozen=True)
class VehicleSurvey:
    """A file that was read: rows in = used + refused."""

    name: str
    sha256: str
    rows: Sequence[MeasuredRow]
    refused: Sequence[Refused]
    assumed: Sequence[str]  #: what was guessed of columns, units and words, a line each
    maker: str = SOURCE

    @property
    def rows_in(self) -> int:
        """Rows below the header."""
        return len(self.rows) + len(self.refused)

    def reasons(self) -> Mapping[str, int]:
        """How many rows were refused for what, the most frequent first."""
        counts: dict[str, int] = {}
        for each in self.refused:
            counts[each.reason] = counts.get(each.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
