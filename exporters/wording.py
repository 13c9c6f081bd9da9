"""How staff write kiloposts, dates and road names; shared by every exporter that people read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from pavement.defect import Category, Defect
from pavement.record import Photo, RouteShape, Survey
from pavement.road import RoadKey
from pavement.segment import Flag, Segment

JST = timezone(timedelta(hours=9), "JST")
_ERAS = ((date(2019, 5, 1), "令和", "R"), (date(1989, 1, 8), "平成", "H"), (date(1926, 12, 25), "昭和", "S"))
_ROAD_WORDS = {"一般国道": "国道", "主要地方道": "県道", "一般県道": "県道"}


def kp_text(kp_km: float) -> str:
    """The kilopost as it is written, to the metre, carried into the kilometre.

    >>> kp_text(112.5), kp_text(112.99996), kp_text(0.02)
    ('112K500', '113K000', '0K020')
    """
    km, metres = divmod(math.floor(round(kp_km * 1000, 1) + 0.5), 1000)
    return f"{km}K{metres:03d}"


def _era(day: date) -> tuple[str, str, int]:
    """Era word, its letter and the year in it.

    >>> _era(date(2019, 4, 30)), _era(date(2019, 5, 1))
    (('平成', 'H', 31), ('令和', 'R', 1))
    """
    for first, word, letter in _ERAS:
        if day >= first:
            return word, letter, day.year - first.year + 1
    return "西暦", "", day.year


def wareki_date(day: date) -> str:
    """The day in the Japanese calendar.

    >>> wareki_date(date(2026, 6, 3)), wareki_date(date(2019, 5, 1))
    ('令和8年6月3日', '令和元年5月1日')
    """
    word, _, year = _era(day)
    return f"{word}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def fiscal_year(year: int) -> str:
    """年度 in words; the year that holds the change of era bears the new name (2019年度 = 令和元年度).

    >>> fiscal_year(2026), fiscal_year(2019), fiscal_year(2018)
    ('令和8年度', '令和元年度', '平成30年度')
    """
    word, _, number = _era(date(year + 1, 3, 31))
    number -= 1
    return f"{word}{'元' if number == 1 else number}年度"


def fiscal_year_short(year: int) -> str:
    """年度 for sheet names.

    >>> fiscal_year_short(2026), fiscal_year_short(2018)
    ('R8', 'H30')
    """
    _, letter, number = _era(date(year + 1, 3, 31))
    return f"{letter}{number - 1}"


def degree_of(defect: Defect) -> str:
    """How large or high a defect is, in words."""
    parts = [] if defect.area_m2 is None else [f"面積 {defect.area_m2:.2f} m²"]
    if defect.depth_mm is not None:
        parts.append(f"{'高さ' if defect.category is Category.STEP else '深さ'} {defect.depth_mm:.0f} mm（推定）")
    return " ".join(parts)


def jst_text(moment: datetime) -> str:
    """Local time of a moment, the date in the Japanese calendar.

    >>> jst_text(datetime(2026, 6, 3, 1, 2, 3, tzinfo=UTC))
    '令和8年6月3日 10:02:03'
    """
    local = moment.astimezone(JST)
    return f"{wareki_date(local.date())} {local:%H:%M:%S}"


def utc_text(moment: datetime) -> str:
    """The moment in UTC, ISO 8601, to the millisecond.

    >>> utc_text(datetime(2026, 6, 3, 1, 2, 3, 400_000, tzinfo=UTC))
    '2026-06-03T01:02:03.400Z'
    """
    rounded = moment.astimezone(UTC) + timedelta(microseconds=500)
    return rounded.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def road_name(road: RoadKey) -> str:
    """A short name made of the key alone; branch and kind only where they say something.

    >>> road_name(RoadKey("一般国道", "4", "000", "現道")), road_name(RoadKey("一般県道", "27", "001", "旧道"))
    ('国道4号', '県道27号-001旧道')
    """
    word = _ROAD_WORDS.get(road.road_type, road.road_type)
    return (f"{word}{road.route_no}号" if road.route_no.isdigit() else road.route_no) + _part(road)


def _part(road: RoadKey) -> str:
    """Branch and kind, empty for the main 現道."""
    branch = "" if road.branch_no in ("", "000") else f"-{road.branch_no}"
    return branch + ("" if road.kind == "現道" else road.kind)


def shapes_by_road(routes: Iterable[RouteShape]) -> Mapping[RoadKey, RouteShape]:
    """The first shape of each road; it speaks for the road's name, class and manager."""
    shapes: dict[RoadKey, RouteShape] = {}
    for route in routes:
        shapes.setdefault(route.road, route)
    return shapes


def display_name(road: RoadKey, shapes: Mapping[RoadKey, RouteShape]) -> str:
    """The road's name for people: the network's name, led by the short name where it does not hold the number."""
    name = shapes[road].name if road in shapes else ""
    if name in ("", road.route_no):
        return road_name(road)
    return name + _part(road) if road.route_no in name else f"{road_name(road)} {name}"


def rating_text(segment: Segment) -> str:
    """The diagnosis in words, with what is not known of it."""
    least = "少なくとも" if Flag.AT_LEAST in segment.flags else ""
    return least + segment.rating if segment.rating else "未判定"


def photo_lane(photo: Photo) -> str:
    """下り or 上り, and the lane where it is known."""
    return str(photo.direction) + ("" if photo.lane is None else f" 第{photo.lane}車線")


def last_day(survey: Survey) -> datetime:
    """Midnight (JST) of the survey's last day: the pinned creation date, so that two runs write the same bytes."""
    day = max((each.surveyed_on for each in survey.segments if each.surveyed_on), default=date(survey.year, 4, 1))
    return datetime(day.year, day.month, day.day, tzinfo=JST)
