"""Potholes over the years: new, grown, come again, repaired, vanished, still there; and days from found to repaired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from statistics import median

from pavement.fiscal_year import fiscal_year_days
from pavement.review.pothole import Fate, Pothole, PotholeFate
from pavement.review.pothole_pairs import pair_potholes

GROWN_SHARE, GROWN_M2 = 1.5, 0.05  #: grown: by both

LookedAt = Callable[[int, Sequence[Pothole]], Sequence[bool]]  #: 年度, potholes -> whether their places were inspected


@dataclass(frozen=True)
class DaysToRepair:
    """Days from found to repaired; None where nothing was repaired."""

    repaired: int
    open: int
    median_days: float | None
    p90_days: float | None


@dataclass(frozen=True)
class _Known:
    """A pothole of an earlier year, that year, and whether a later look at its place did not find it."""

    pothole: Pothole
    year: int
    gone: bool = False


def compare_potholes(
    by_year: Mapping[int, Sequence[Pothole]], year: int, looked_at: LookedAt
) -> tuple[PotholeFate, ...]:
    """The fate of every pothole that `year` found or still had to find, against all earlier years: who was not looked
    at for a year is not forgotten. What vanished or was repaired before `year` is not told again.
    """
    known: list[_Known] = []
    for earlier in sorted(each for each in by_year if each < year):
        known = _carried(known, by_year[earlier], earlier, looked_at)
    now = list(by_year.get(year, ()))
    pairs = pair_potholes([each.pothole for each in known], now)
    first, _ = fiscal_year_days(year)
    new = _new_or_first(by_year, year, now, looked_at)
    fates = []
    for j, one in enumerate(now):
        before = known[pairs[j]] if j in pairs else None
        if before:
            fate = Fate.AGAIN if before.gone and not one.repaired_on else _fate(before.pothole, one)
        else:
            fate = Fate.AGAIN if _seen_after_works(one) else Fate.REPAIRED if one.repaired_on else new[j]
        area, seen_in = (before.pothole.area_m2, before.year) if before else (None, None)
        since = before.pothole if before and not before.gone and fate is not Fate.AGAIN else None
        fates.append(PotholeFate(_first_found(since, one), fate, area, seen_in))
    left = [each for i, each in enumerate(known) if i not in set(pairs.values()) and not each.gone]
    looked = looked_at(year, [each.pothole for each in left])
    for each, seen in zip(left, looked, strict=True):
        mended = each.pothole.repaired_on
        if mended is not None and mended < first:
            continue
        fate = Fate.REPAIRED if mended else Fate.VANISHED if seen else Fate.UNSEEN
        fates.append(PotholeFate(each.pothole, fate, each.pothole.area_m2, each.year))
    return tuple(fates)


def as_of(potholes: Sequence[Pothole], year: int) -> list[Pothole]:
    """As they were known when a 年度 ended: what was repaired later was open then."""
    _, last = fiscal_year_days(year)
    return [
        replace(each, repaired_on=None) if each.repaired_on is not None and each.repaired_on > last else each
        for each in potholes
    ]


def days_to_repair(potholes: Sequence[Pothole]) -> DaysToRepair:
    """Days from found to repaired of the repaired ones; of the others how many are open."""
    days = sorted((p.repaired_on - p.found_on).days for p in potholes if p.repaired_on and p.found_on)
    left = sum(p.repaired_on is None for p in potholes)
    if not days:
        return DaysToRepair(0, left, None, None)
    return DaysToRepair(len(days), left, float(median(days)), float(days[ceil(0.9 * len(days)) - 1]))


def _carried(known: Sequence[_Known], found: Sequence[Pothole], year: int, looked_at: LookedAt) -> list[_Known]:
    """What is known after another year: the newer record of each, and those that it did not see."""
    pairs = pair_potholes([each.pothole for each in known], found)
    of_before = set(pairs.values())
    left = [each for i, each in enumerate(known) if i not in of_before]
    looked = looked_at(year, [each.pothole for each in left])
    kept = [replace(each, gone=each.gone or seen) for each, seen in zip(left, looked, strict=True)]
    for j, one in enumerate(found):
        before = known[pairs[j]] if j in pairs else None
        again = before is None or before.gone or _mended_before(before.pothole, one)
        kept.append(_Known(one if again or before is None else _first_found(before.pothole, one), year))
    return kept


def _first_found(before: Pothole | None, now: Pothole) -> Pothole:
    """The newer record with the day on which the pothole was first found."""
    days: list[date] = [day for one in (before, now) if one and (day := one.found_on)]
    return replace(now, found_on=min(days)) if days else now


def _new_or_first(by_year: Mapping[int, object], year: int, now: Sequence[Pothole], looked_at: LookedAt) -> list[Fate]:
    """新規 only where somebody had looked for potholes before: a survey vehicle does not."""
    before = [looked_at(each, now) for each in by_year if each < year]
    return [Fate.NEW if any(looked) else Fate.FIRST for looked in zip(*before, strict=True)] or [Fate.FIRST] * len(now)


def _mended_before(before: Pothole, now: Pothole) -> bool:
    found = now.seen_on or now.found_on
    return before.repaired_on is not None and found is not None and found > before.repaired_on


def _seen_after_works(now: Pothole) -> bool:
    return now.repaired_on is not None and now.seen_on is not None and now.seen_on > now.repaired_on


def _fate(before: Pothole, now: Pothole) -> Fate:
    if _seen_after_works(now) or (now.repaired_on is None and _mended_before(before, now)):
        return Fate.AGAIN
    if now.repaired_on or before.repaired_on:
        return Fate.REPAIRED
    if before.area_m2 and now.area_m2:
        grown = now.area_m2 > before.area_m2 * GROWN_SHARE and now.area_m2 - before.area_m2 > GROWN_M2
        return Fate.GROWN if grown else Fate.STILL
    return Fate.STILL
