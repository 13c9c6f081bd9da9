"""A pothole as a year knows it, and what may become of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pavement.road import Direction, RoadKey


class Fate(StrEnum):
    """What became of a pothole since the earlier years."""

    FIRST = "確認（過年度の走行なし）"  #: nobody looked for potholes there before
    NEW = "新規"
    GROWN = "拡大"
    STILL = "継続"
    AGAIN = "再発"  #: seen again after it was repaired, or after a pass that did not see it
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
    seen_on: date | None = None  #: the last day on which it was seen
    course_deg: float = float("nan")  #: of travel past it, from north; NaN: not known


@dataclass(frozen=True)
class PotholeFate:
    """A pothole with what became of it; the newer record where there are two, with the day it was first found."""

    pothole: Pothole
    fate: Fate
    before_m2: float | None = None
    seen_in: int | None = None  #: the newest earlier 年度 that knew it
