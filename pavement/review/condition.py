"""The condition of a network by length: Ⅰ, Ⅱ, Ⅲ and bands of MCI, by route, office, municipality and class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pavement.review.rows import RATINGS, Floats, Ints, Sections, Year, length_by

MCI_LIMITS = (3.0, 4.0, 5.0)  #: < 3 at once, 3-5 repair (in two), > 5 desirable
MCI_BANDS = ("3未満", "3以上4未満", "4以上5未満", "5以上", "不明")


@dataclass(frozen=True)
class Condition:
    """Of one group, kilometres of inspected road, both directions together; means by length, None = not measured."""

    km: float
    by_rating_km: tuple[float, float, float, float]  #: no diagnosis, Ⅰ, Ⅱ, Ⅲ
    by_mci_km: tuple[float, ...]  #: MCI_BANDS
    crack_pct: float | None
    rut_mm: float | None
    iri_mm_per_m: float | None
    mci: float | None
    potholes: int

    @property
    def mci_km(self) -> tuple[float | None, ...]:
        """Kilometres by MCI_BANDS; None for the bands where no MCI is known at all: that is not 0 km."""
        if self.mci is not None:
            return self.by_mci_km
        return (*(None for _ in self.by_mci_km[:-1]), self.by_mci_km[-1])

    def share_pct(self, rating: str) -> float | None:
        """Share of the diagnosed length, %; None where nothing was diagnosed."""
        diagnosed = sum(self.by_rating_km[1:])
        return 100 * self.by_rating_km[RATINGS.index(rating)] / diagnosed if diagnosed else None


@dataclass(frozen=True)
class Conditions:
    """The network's condition, whole and by group."""

    total: Condition
    by_route: dict[str, Condition]
    by_office: dict[str, Condition]
    by_municipality: dict[str, Condition]
    by_class: dict[str, Condition]


NOTHING = Condition(0.0, (0.0, 0.0, 0.0, 0.0), (0.0,) * len(MCI_BANDS), None, None, None, None, 0)


def review_condition(sections: Sections, year: Year) -> Conditions:
    """The condition of the inspected sections that are not closed."""
    rows = np.flatnonzero(year.inspected & ~sections.closed.known)
    part, found = sections.take(rows), year.take(rows)
    whole = condition_by(np.zeros(len(rows), np.int32), ("",), part.length_m, found)
    return Conditions(
        total=whole.get("", NOTHING),
        by_route=condition_by(part.road, part.names, part.length_m, found),
        by_office=condition_by(part.office.codes, part.office.names, part.length_m, found),
        by_municipality=condition_by(part.municipality.codes, part.municipality.names, part.length_m, found),
        by_class=condition_by(part.road_class.codes, part.road_class.names, part.length_m, found),
    )


def condition_by(codes: Ints, names: Sequence[str], length_m: Floats, year: Year) -> dict[str, Condition]:
    """The condition of every name that has any length; rows with code -1 are left out. Equal names are one."""
    unique = list(dict.fromkeys(names))
    one: Ints = (
        np.array([unique.index(name) for name in names] + [-1], np.int64)[codes] if len(unique) < len(names) else codes
    )
    size = len(unique)
    km = length_by(one, length_m, size) / 1000
    ratings = _table(one, year.rating, length_m, size, len(RATINGS))
    band = np.where(np.isfinite(year.mci), np.searchsorted(MCI_LIMITS, year.mci, side="right"), len(MCI_LIMITS) + 1)
    bands = _table(one, band, length_m, size, len(MCI_BANDS))
    crack, rut, iri, mci = (
        _means(one, getattr(year, n), length_m, size) for n in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci")
    )
    potholes = length_by(one, np.nan_to_num(year.potholes), size)
    return {
        name: Condition(
            float(km[k]),
            (float(ratings[k, 0]), float(ratings[k, 1]), float(ratings[k, 2]), float(ratings[k, 3])),
            tuple(bands[k].tolist()),
            _known(crack[k]),
            _known(rut[k]),
            _known(iri[k]),
            _known(mci[k]),
            int(potholes[k]),
        )
        for k, name in enumerate(unique)
        if km[k] > 0
    }


def _table(codes: Ints, columns: Ints, length_m: Floats, size: int, width: int) -> Floats:
    cell = np.where(codes >= 0, codes.astype(np.int64) * width + columns, -1)
    return length_by(cell, length_m, size * width).reshape(size, width) / 1000


def _means(codes: Ints, values: Floats, length_m: Floats, size: int) -> Floats:
    known = np.where(np.isfinite(values), codes, -1)
    total, weight = length_by(known, np.nan_to_num(values) * length_m, size), length_by(known, length_m, size)
    return np.asarray(np.divide(total, weight, out=np.full(size, np.nan), where=weight > 0), float)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
