"""Measured rows on the grid of the contract: 0.1 and 0.02 of kilopost, means by shared length. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pavement.earlier.record import VALUES, MeasuredRow
from pavement.place import Level, place_id
from pavement.rating import Limits, Measured, mci, rate
from pavement.road import Direction, RoadKey

LONGEST_M = {Level.BLOCK: 40.0, Level.SEGMENT: 200.0}  #: rows that say something of a cell of this size


@dataclass
class Cell:
    """What the rows say of one section."""

    road: RoadKey
    direction: Direction
    from_m: int  #: thousandths of kilopost
    shared_m: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    day: date | None = None
    lane: int | None = None

    def value(self, name: str) -> float | None:
        """The mean, None where no row has it."""
        weight = self.weights.get(name, 0.0)
        return self.sums[name] / weight if weight > 0 else None

    def coverage_pct(self, level: Level) -> float:
        """Share of the cell that rows lie on."""
        return min(100.0, 100.0 * self.shared_m / level.size_m)


def spread(rows: Sequence[MeasuredRow], level: Level) -> Mapping[str, Cell]:
    """Place → cell, of the rows that are short enough for the level."""
    cells: dict[str, Cell] = {}
    size = level.size_m
    for row in rows:
        low, high = round(row.from_kp_km * 1000, 3), round(row.to_kp_km * 1000, 3)
        if high - low > LONGEST_M[level] + 1e-6:
            continue
        for start in range(math.floor(low / size) * size, math.ceil(high / size) * size, size):
            shared = min(high, start + size) - max(low, start)
            if shared <= 1e-6:
                continue
            place = place_id(level, row.road, row.direction, start / 1000)
            cell = cells.setdefault(place, Cell(row.road, row.direction, start))
            cell.shared_m += shared
            cell.day = max(filter(None, (cell.day, row.surveyed_on)), default=None)
            cell.lane = row.lane if cell.lane is None else cell.lane
            for name in VALUES:
                value = getattr(row, name)
                if value is not None:
                    cell.sums[name] = cell.sums.get(name, 0.0) + shared * value
                    cell.weights[name] = cell.weights.get(name, 0.0) + shared
    return cells


def diagnose(cell: Cell, level: Level, limits: Limits, measured: Measured) -> dict[str, object]:
    """Values of a row of results: the given MCI, else the formula's; the diagnosis by the same rule as everywhere."""
    crack, rut, iri, given = (cell.value(name) for name in VALUES)
    coverage = cell.coverage_pct(level)
    rating = rate(
        Measured(
            crack_pct=crack,
            rut_mm=rut,
            iri_mm_per_m=iri,
            coverage_pct=coverage,
            surface=measured.surface,
            road_class=measured.road_class,
            paved_on=measured.paved_on,
            design_life_years=measured.design_life_years,
            surveyed_on=cell.day,
        ),
        limits,
    )
    return {
        "crack_pct": crack,
        "rut_mm": rut,
        "iri_mm_per_m": iri,
        "mci": mci(crack, rut, iri) if given is None else given,
        "coverage_pct": coverage,
        "rating": rating.value,
        "rating_basis": ";".join(rating.basis),
        "flags": ";".join(rating.flags),
    }
