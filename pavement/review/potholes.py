"""Potholes of two years: new, grown, repaired, vanished, still there; and days from found to repaired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil
from statistics import median

from pavement.road import Direction, RoadKey

SAME_PLACE_KM = 0.012  #: two passes' places of one pothole differ by up to two standard deviations of each
GROWN_SHARE, GROWN_M2 = 1.5, 0.05  #: grown: by both


class Fate(StrEnum):
    """What became of a pothole between two years."""

    NEW = "新規"
    GROWN = "拡大"
    STILL = "継続"
    REPAIRED = "補修済"
    VANISHED = "消失（補修記録なし）"
    UNSEEN = "未確認（今年度未点検）"


@dataclass(frozen=True)
class Pothole:
    """A pothole as a year knows it."""

    id: str
    road: RoadKey
    direction: Direction
    kp_km: float
    lon: float
    lat: float
    area_m2: float | None = None
    found_on: date | None = None
    repaired_on: date | None = None
    office: str = ""


@dataclass(frozen=True)
class PotholeFate:
    """A pothole with what became of it; the newer record where there are two."""

    pothole: Pothole
    fate: Fate
    before_m2: float | None = None


@dataclass(frozen=True)
class DaysToRepair:
    """Days from found to repaired; None where nothing was repaired."""

    repaired: int
    open: int
    median_days: float | None
    p90_days: float | None


def compare_potholes(
    then: Sequence[Pothole], now: Sequence[Pothole], looked_at: Callable[[Pothole], bool]
) -> tuple[PotholeFate, ...]:
    """The fate of every pothole of either year; `looked_at` tells whether a place was inspected this year.

    The same id is the same pothole; else the nearest of the same road and direction that no other claims.
    """
    pairs = pair_potholes(then, now)
    fates = []
    for i, one in enumerate(now):
        before = then[pairs[i]] if i in pairs else None
        fates.append(PotholeFate(one, _fate(before, one), before.area_m2 if before else None))
    for i, one in enumerate(then):
        if i not in pairs.values():
            gone = Fate.REPAIRED if one.repaired_on else Fate.VANISHED if looked_at(one) else Fate.UNSEEN
            fates.append(PotholeFate(one, gone, one.area_m2))
    return tuple(fates)


def pair_potholes(then: Sequence[Pothole], now: Sequence[Pothole]) -> dict[int, int]:
    """Which of `then` each of `now` is: by id, then the nearest pairs first."""
    ids = {one.id: i for i, one in enumerate(then)}
    pairs = {j: ids[one.id] for j, one in enumerate(now) if one.id in ids}
    places: dict[tuple[RoadKey, Direction], list[int]] = {}
    taken = set(pairs.values())
    for i, one in enumerate(then):
        if i not in taken:
            places.setdefault((one.road, one.direction), []).append(i)
    near = [
        (abs(one.kp_km - then[i].kp_km), j, i)
        for j, one in enumerate(now)
        if j not in pairs
        for i in places.get((one.road, one.direction), ())
        if abs(one.kp_km - then[i].kp_km) <= SAME_PLACE_KM
    ]
    for _, j, i in sorted(near):
        if j not in pairs and i not in taken:
            pairs[j] = i
            taken.add(i)
    return pairs


def days_to_repair(potholes: Sequence[Pothole]) -> DaysToRepair:
    """Days from found to repaired of the repaired ones; of the others how many are open."""
    days = sorted((p.repaired_on - p.found_on).days for p in potholes if p.repaired_on and p.found_on)
    left = sum(p.repaired_on is None for p in potholes)
    if not days:
        return DaysToRepair(0, left, None, None)
    return DaysToRepair(len(days), left, float(median(days)), float(days[ceil(0.9 * len(days)) - 1]))


def _fate(before: Pothole | None, now: Pothole) -> Fate:
    if now.repaired_on:
        return Fate.REPAIRED
    if before is None:
        return Fate.NEW
    if before.area_m2 and now.area_m2:
        grown = now.area_m2 > before.area_m2 * GROWN_SHARE and now.area_m2 - before.area_m2 > GROWN_M2
        return Fate.GROWN if grown else Fate.STILL
    return Fate.STILL
