"""Several passes of one year as one value: the mean of n independent passes errs by 1/√n of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.review.adoption import SPOILT, AdoptionRule
from pavement.review.rows import Days, Floats, Sections, Year
from pavement.road import RoadKey

KEY = ("road_type", "route_no", "branch_no", "kind", "direction")
MEANS = ("crack_pct", "rut_mm", "iri_mm_per_m")
ERRORS = {"rut_se_mm": "rut_mm", "iri_se_mm_per_m": "iri_mm_per_m"}
GRID_M = 20  #: thousandths of kilopost of a block


@dataclass(frozen=True, eq=False)
class Passes:
    """Some rows of blocks of any drives, as they were measured."""

    keys: Sequence[Sequence[str]]  #: road_type, route_no, branch_no, kind, direction
    from_kp_km: Floats
    values: Mapping[str, Floats]
    flags: Sequence[str]
    day: Days


def average_passes(
    sections: Sections, year: Year, parts: Iterable[Passes], rule: AdoptionRule, kept: Set[str] = frozenset()
) -> Year:
    """The year with the mean of the passes that are valid and of the adopted one's season, made after the last works;
    places in `kept` (corrected by a person) and those with one pass stay as they are.
    """
    n = len(sections)
    sums = {name: np.zeros(n) for name in (*MEANS, *ERRORS, "position_sd_m")}
    counts = {name: np.zeros(n) for name in sums}
    passes = np.zeros(n, np.int64)
    finder = _Finder(sections)
    summer = np.isin(_month(year.day), list(rule.months))
    for part in parts:
        rows = finder.rows(part)
        usable = rows >= 0
        usable &= part.values["coverage_pct"] >= rule.min_coverage_pct
        sound = {text: not SPOILT & set(text.split(";")) for text in set(part.flags)}
        usable &= np.array([sound[text] for text in part.flags], bool)
        at = np.where(usable, rows, 0)
        usable &= np.isin(_month(part.day), list(rule.months)) == summer[at]
        usable &= ~(year.worked_on[at] > part.day)
        at, here = rows[usable], np.flatnonzero(usable)
        np.add.at(passes, at, 1)
        for name in sums:
            values = part.values[name][here]
            known = np.isfinite(values)
            square = values * values if name in ERRORS or name == "position_sd_m" else values
            np.add.at(sums[name], at[known], square[known])
            np.add.at(counts[name], at[known], 1)
    several = passes > 1
    if kept:
        several &= ~np.isin(sections.place, np.array(sorted(kept), "U16"))
    changed: dict[str, Any] = {"passes": np.where(several, passes, year.passes)}
    for name in MEANS:
        changed[name] = np.where(several & (counts[name] > 0), _ratio(sums[name], counts[name]), getattr(year, name))
    for name in ERRORS:  # of a mean of n values: the root of the sum of squares over n
        error = _ratio(np.sqrt(sums[name]), counts[name])
        changed[name] = np.where(several & (counts[name] > 0), error, getattr(year, name))
    sd = np.sqrt(_ratio(sums["position_sd_m"], counts["position_sd_m"]))
    changed["position_sd_m"] = np.where(several & np.isfinite(sd), sd, year.position_sd_m)
    return replace(year, **changed)


class _Finder:
    """The row of a block by road, direction and kilopost."""

    def __init__(self, sections: Sections) -> None:
        self._roads = {road: k for k, road in enumerate(sections.roads)}
        keys = (sections.road.astype(np.int64) * 2 + sections.up) * 10**7 + _cell(sections.from_kp_km)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        self._known: dict[tuple[str, ...], int] = {}

    def rows(self, part: Passes) -> NDArray[np.intp]:
        """(m,) row of every pass, -1 where the network has no such block."""
        codes = np.array([self._code(tuple(key)) for key in part.keys], np.int64)
        keys = codes * 10**7 + _cell(part.from_kp_km)
        if not len(self._keys):
            return np.full(len(keys), -1, np.intp)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((self._keys[at] == keys) & (codes >= 0), self._order[at], -1)

    def _code(self, key: tuple[str, ...]) -> int:
        if key not in self._known:
            road = self._roads.get(RoadKey(*key[:4]), -1)
            self._known[key] = road * 2 + (key[4] == "上り") if road >= 0 else -1
        return self._known[key]


def _cell(kp_km: Floats) -> NDArray[np.int64]:
    return np.asarray(np.round(kp_km * 1000, 1) // GRID_M, np.int64)


def _month(day: Days) -> NDArray[np.int64]:
    months = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.where(np.isnat(day), 0, months)


def _ratio(total: Floats, count: Floats) -> Floats:
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0), float)
