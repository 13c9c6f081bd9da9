"""The network's sections and what a year found on them, as arrays: 72,000 segments and 360,000 blocks are no objects.

Row i of every array is the same place. NaN, -1 or no day stand for what is not known, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.road import RoadKey

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

RATINGS = ("", "Ⅰ", "Ⅱ", "Ⅲ")  #: by number: 0 = no diagnosis
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, eq=False)
class Labels:
    """A text a row: `codes` (n,) into `names`, -1 where there is none."""

    codes: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Iterable[str | None]) -> Labels:
        """From texts; empty ones are none."""
        known: dict[str, int] = {}
        codes = [known.setdefault(each, len(known)) if each else -1 for each in values]
        return cls(np.array(codes, np.int32), tuple(known))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.generic]) -> Labels:
        """Some rows (positions or a mask)."""
        return Labels(self.codes[rows], self.names)

    def text(self, row: int) -> str:
        """The text of one row, "" where there is none."""
        code = int(self.codes[row])
        return self.names[code] if code >= 0 else ""

    @property
    def known(self) -> Bools:
        """(n,) whether there is a text."""
        return self.codes >= 0


@dataclass(frozen=True, eq=False)
class Sections:
    """The sections of one level (segments or blocks), ordered by road, direction and kilopost; arrays (n,)."""

    place: NDArray[np.str_]  #: ids, see `pavement.place`
    road: Ints  #: index into `roads`
    up: Bools  #: 上り
    from_kp_km: Floats
    to_kp_km: Floats
    length_m: Floats
    lonlat: Floats  #: (n, 4) lon and lat of the start (lower kilopost) and of the end, degrees
    manager: Labels
    office: Labels
    municipality: Labels
    road_class: Labels
    closed: Labels  #: the reason where it cannot be driven: 冬期閉鎖, 通行止, 工事中
    roads: tuple[RoadKey, ...]
    names: tuple[str, ...]  #: of the roads, for people

    def __len__(self) -> int:
        return len(self.road)

    def take(self, rows: NDArray[np.generic]) -> Sections:
        """Some rows (positions or a mask)."""
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("roads", "names")}
        taken: dict[str, Any] = {
            name: part.take(rows) if isinstance(part, Labels) else part[rows] for name, part in parts.items()
        }
        return replace(self, **taken)

    @cached_property
    def chains(self) -> Ints:
        """(k + 1,) rows where an unbroken run of one road and direction begins, and the end."""
        if not len(self):
            return np.zeros(1, np.int32)
        broken = np.abs(self.from_kp_km[1:] - self.to_kp_km[:-1]) > 1e-6
        new = broken | (np.diff(self.road) != 0) | (self.up[1:] != self.up[:-1])
        return np.concatenate([[0], np.flatnonzero(new) + 1, [len(self)]]).astype(np.int32)

    def order(self) -> NDArray[np.intp]:
        """The positions that put rows into order."""
        return np.lexsort((self.from_kp_km, self.up, self.road))


@dataclass(frozen=True, eq=False)
class Year:
    """What a 年度 found on sections; arrays (n,) beside those of `Sections`."""

    fiscal_year: int
    inspected: Bools  #: seen well enough to count as 点検済
    day: Days  #: of the adopted pass
    crack_pct: Floats
    rut_mm: Floats
    rut_se_mm: Floats
    iri_mm_per_m: Floats
    iri_se_mm_per_m: Floats
    mci: Floats
    rating: Ints  #: index into RATINGS
    premature: Bools  #: Ⅲ-2: worn out before 使用目標年数
    potholes: Floats
    coverage_pct: Floats
    position_sd_m: Floats
    passes: Ints  #: drives that the values are the mean of
    drive: Labels
    paved_on: Days  #: 舗設年月
    repaired_on: Days
    design_life_years: Floats
    lane_width_m: Floats

    def __len__(self) -> int:
        return len(self.inspected)

    def take(self, rows: NDArray[np.generic]) -> Year:
        """Some rows (positions or a mask)."""
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "fiscal_year"}
        taken: dict[str, Any] = {
            name: part.take(rows) if isinstance(part, Labels) else part[rows] for name, part in parts.items()
        }
        return replace(self, **taken)

    @property
    def worked_on(self) -> Days:
        """(n,) the last day of works that is known: paved or repaired."""
        return self.last_works(slice(None))

    def last_works(self, rows: slice) -> Days:
        """`worked_on` of some rows, without looking at all the others."""
        return np.fmax(self.paved_on[rows], self.repaired_on[rows])


def empty_year(fiscal_year: int, n: int) -> Year:
    """A year in which nothing was seen."""
    values: dict[str, Any] = {"fiscal_year": fiscal_year}
    for each in fields(Year)[1:]:
        if "Floats" in str(each.type):
            values[each.name] = np.full(n, np.nan)
        elif "Days" in str(each.type):
            values[each.name] = np.full(n, NO_DAY)
        elif "Bools" in str(each.type):
            values[each.name] = np.zeros(n, bool)
    values |= {"rating": np.zeros(n, np.int8), "passes": np.zeros(n, np.int32)}
    return Year(**values, drive=Labels(np.full(n, -1, np.int32), ()))


def place_rows(sections: Sections, places: NDArray[np.str_]) -> NDArray[np.intp]:
    """The section (its row) of every place; -1 for places that are not of this network."""
    if not len(sections):
        return np.full(len(places), -1, np.intp)
    order = np.argsort(sections.place)
    at = np.minimum(np.searchsorted(sections.place, places, sorter=order), len(order) - 1)
    found = order[at]
    return np.where(sections.place[found] == places, found, -1)


def length_by(codes: Ints, lengths: Floats, size: int) -> Floats:
    """(size,) metres of every code; codes below 0 are left out."""
    known = codes >= 0
    return np.bincount(codes[known], lengths[known], minlength=size).astype(float)


def attribute_day(text: str) -> np.datetime64:
    """A ledger's day or month ("2019-10", "2019-10-05"); NaT where it is neither.

    >>> attribute_day("2019-10").item(), attribute_day("初夏")
    (datetime.date(2019, 10, 1), np.datetime64('NaT','D'))
    """
    try:
        return np.datetime64(text.strip()[:10], "D")
    except ValueError:
        return NO_DAY


def attribute_number(attributes: Mapping[str, str], name: str) -> float:
    """A ledger's number; NaN where there is none."""
    try:
        return float(attributes.get(name, "nan"))
    except ValueError:
        return float("nan")
