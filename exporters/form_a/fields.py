"""What a form can be filled with: the names that `source` may use in form_a.toml and national.toml."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from exporters.form_a.days import parse_day
from exporters.wording import road_name
from pavement.record import RouteShape
from pavement.road import Direction
from pavement.segment import Flag, Place, Segment

Value = str | int | float | date | None

METHOD, OF_SURVEY_VEHICLE, OF_PERSON = "機器(新技術)", "機器(測定車)", "目視"
CRITERION = "舗装点検要領の判定区分"
INDICATORS = {"crack_pct": "ひび割れ率", "rut_mm": "わだち掘れ量", "iri_mm_per_m": "IRI"}
RATING_CODES = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅲ-1": 31, "Ⅲ-2": 32}
WHOLE_CARRIAGEWAY = 91  #: 車線番号 of 車道部全体, never joined with lanes 1, 2, …
MIXED_LANES = "車線91と車線別が重複(結合しない)"
_NUMBER = re.compile(r"(0|[1-9]\d{0,14})(\.\d*[1-9])?$")


@dataclass(frozen=True)
class Row:
    """One segment in the form: `first` and `last` are its 起点 and 終点 as the form has them."""

    segment: Segment
    shape: RouteShape | None
    first: Place
    last: Place
    cumulative: bool = False  #: 距離標 as 0 + metres from the start, instead of the nearest post + metres
    year: int | None = None  #: 年度
    mixed_lanes: bool = False  #: lane 91 and lane-wise rows cover the same stretch

    def attribute(self, name: str) -> str | None:
        """What the ledger says, None where it says nothing."""
        return self.segment.attributes.get(name) or None

    @property
    def plain(self) -> bool:
        """Whether the road is of class C or D: no subdivision of Ⅲ, no 使用目標年数."""
        return is_plain(self.shape)


def is_plain(shape: RouteShape | None) -> bool:
    """Whether a road is of class C or D."""
    return shape is not None and shape.road_class in ("C", "D")


def make_row(
    segment: Segment,
    shape: RouteShape | None,
    *,
    turned: bool = False,
    kp_style: str = "",
    year: int | None = None,
    mixed_lanes: bool = False,
) -> Row:
    """The row of one segment. `turned`: a 上り row starts at the higher kilopost; `kp_style` overrides the route's."""
    ends = (segment.start, segment.end)
    if turned and segment.direction is Direction.UP:
        ends = ends[::-1]
    cumulative = (kp_style or (shape.kp_style if shape else "post")) == "cumulative"
    return Row(segment, shape, *ends, cumulative, year, mixed_lanes)


def number_or_text(text: str | None) -> Value:
    """A number where it says all that the text says, else the text.

    >>> number_or_text("4"), number_or_text("13.5"), number_or_text("004"), number_or_text("幹線1号")
    (4, 13.5, '004', '幹線1号')
    """
    if text is None or not text.isascii() or not _NUMBER.match(text):
        return text
    return float(text) if "." in text else int(text)


def day_or_text(text: str | None) -> Value:
    """The day, or the first of the month, where the text names one, else the text.

    >>> day_or_text("2010-10"), day_or_text("平成22年頃")
    (datetime.date(2010, 10, 1), '平成22年頃')
    """
    return None if text is None else parse_day(text) or text


def _post(row: Row, place: Place) -> float:
    return 0.0 if row.cumulative else place.post_km


def _offset(row: Row, place: Place) -> float:
    return place.kp_km * 1000 if row.cumulative else place.offset_m


def _rating(row: Row) -> str | None:
    rating = row.segment.rating
    return "Ⅲ" if rating and row.plain and rating.startswith("Ⅲ") else rating or None


def _rating_code(row: Row) -> int | None:
    rating = _rating(row)
    return None if rating is None else RATING_CODES.get(rating)


def _criterion_text(row: Row) -> str:
    basis = row.segment.rating_basis
    return f"{CRITERION}({basis.replace(';', '・')})" if basis else CRITERION


def _remarks(row: Row) -> str:
    """Flags, then potholes, what a person gave, the routes of a 重複区間, joined by `;`."""
    count, also, given = row.segment.potholes, row.segment.attributes.get("also"), row.segment.by_person
    holes, others = [f"ポットホール{count}箇所"] if count else [], [f"重複: {also}"] if also else []
    ours = [f"職員の値: {'・'.join(INDICATORS[name] for name in given)}"] if given else []
    return ";".join([*row.segment.flags, *holes, *ours, *others])


def _method(segment: Segment) -> str | None:
    """点検方法; 目視 where nothing but a person's values stands (what they gave beside a machine's: in 備考)."""
    there = [name for name in INDICATORS if getattr(segment, name) is not None]
    if there and set(there) <= set(segment.by_person):
        return OF_PERSON
    if Flag.SURVEY_VEHICLE in segment.flags:
        return OF_SURVEY_VEHICLE
    return METHOD if segment.surveyed_on or segment.frames else None


FIELDS: Mapping[str, Callable[[Row], Value]] = {
    "year": lambda row: row.year,
    "prefecture": lambda row: row.shape.prefecture if row.shape else None,
    "manager": lambda row: row.shape.manager if row.shape else None,
    "office": lambda row: row.shape.office if row.shape else None,
    "road_type": lambda row: row.segment.road.road_type,
    "route_no": lambda row: number_or_text(row.segment.road.route_no),
    "branch_no": lambda row: row.segment.road.branch_no,
    "kind": lambda row: row.segment.road.kind,
    "route_name": lambda row: (row.shape.name if row.shape else None) or road_name(row.segment.road),
    "road_class": lambda row: row.shape.road_class if row.shape else None,
    "municipality_from": lambda row: _municipality(row, row.first),
    "municipality_to": lambda row: _municipality(row, row.last),
    "kp_from": lambda row: row.first.kp_km,
    "kp_to": lambda row: row.last.kp_km,
    "post_from": lambda row: _post(row, row.first),
    "offset_from": lambda row: _offset(row, row.first),
    "lat_from": lambda row: row.first.lat,
    "lon_from": lambda row: row.first.lon,
    "post_to": lambda row: _post(row, row.last),
    "offset_to": lambda row: _offset(row, row.last),
    "lat_to": lambda row: row.last.lat,
    "lon_to": lambda row: row.last.lon,
    "direction": lambda row: row.segment.direction.value,
    "lane": lambda row: row.segment.lane,
    "lane_kind": lambda row: _lane_kind(row.segment.lane),
    "lane_note": lambda row: MIXED_LANES if row.mixed_lanes else None,
    "length_m": lambda row: row.segment.length_m,
    "surface": lambda row: row.attribute("surface"),
    "paved_on": lambda row: day_or_text(row.attribute("paved_on")),
    "design_life_years": lambda row: None if row.plain else number_or_text(row.attribute("design_life_years")),
    "surveyed_on": lambda row: row.segment.surveyed_on,
    "method": lambda row: _method(row.segment),
    "crack_pct": lambda row: row.segment.crack_pct,
    "rut_mm": lambda row: row.segment.rut_mm,
    "iri_mm_per_m": lambda row: row.segment.iri_mm_per_m,
    "mci": lambda row: row.segment.mci,
    "coverage_pct": lambda row: row.segment.coverage_pct,
    "criterion_text": _criterion_text,
    "rating": _rating,
    "rating_code": _rating_code,
    "photos": lambda row: ";".join(row.segment.photos),
    "remarks": _remarks,
}


def _lane_kind(lane: int | None) -> str | None:
    """Whether a row is of one lane or of the whole carriageway."""
    if lane is None:
        return None
    return "車道部全体" if lane == WHOLE_CARRIAGEWAY else "車線別"


def _municipality(row: Row, place: Place) -> str | None:
    """The municipality at an end: `municipality` at the lower kilopost, `municipality_end` at the higher."""
    lower = row.attribute("municipality")
    return lower if place is row.segment.start else row.attribute("municipality_end") or lower


def known(value: Value) -> bool:
    """Whether a value is one: None, "" and numbers that are none are not."""
    return value is not None and value != "" and not (isinstance(value, float) and not math.isfinite(value))
