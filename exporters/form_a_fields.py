"""What 様式A can be filled with: the names that `source` in form_a.toml may use."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from exporters.wording import road_name
from pavement.record import RouteShape
from pavement.road import Direction, RoadKey
from pavement.segment import Place, Segment

Value = str | int | float | date | None

METHOD = "機器(新技術)"
CRITERION = "舗装点検要領の判定区分"
RATING_CODES = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅲ-1": 31, "Ⅲ-2": 32}
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?$")


@dataclass(frozen=True)
class Row:
    """One segment in the form: `first` and `last` are its 起点 and 終点 as the form has them."""

    segment: Segment
    shape: RouteShape | None
    first: Place
    last: Place

    def attribute(self, name: str) -> str | None:
        """What the ledger says, None where it says nothing."""
        return self.segment.attributes.get(name) or None

    @property
    def plain(self) -> bool:
        """Whether the road is of class C or D: no subdivision of Ⅲ, no 使用目標年数."""
        return self.shape is not None and self.shape.road_class in ("C", "D")


def make_row(segment: Segment, shapes: Mapping[RoadKey, RouteShape], turn_up_rows: bool = False) -> Row:
    """The row of one segment."""
    ends = (segment.start, segment.end)
    if turn_up_rows and segment.direction is Direction.UP:
        ends = ends[::-1]
    return Row(segment, shapes.get(segment.road), *ends)


def number_or_text(text: str | None) -> Value:
    """A whole number where the text is one, else the text.

    >>> number_or_text("4"), number_or_text("幹線1号"), number_or_text(None)
    (4, '幹線1号', None)
    """
    return int(text) if text is not None and text.isascii() and text.isdigit() else text


def month_or_text(text: str | None) -> Value:
    """The first of the month (or the day itself) where the text is an ISO month or day, else the text.

    >>> month_or_text("2010-10"), month_or_text("平成22年頃")
    (datetime.date(2010, 10, 1), '平成22年頃')
    """
    if text is None or (found := _YEAR_MONTH.match(text)) is None:
        return text
    year, month, day = (int(group or 1) for group in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return text


def _post(row: Row, place: Place) -> float:
    return 0.0 if row.shape is not None and row.shape.kp_style == "cumulative" else place.post_km


def _offset(row: Row, place: Place) -> float:
    cumulative = row.shape is not None and row.shape.kp_style == "cumulative"
    return place.kp_km * 1000 if cumulative else place.offset_m


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
    """Flags, then potholes, joined by `;`."""
    count = row.segment.potholes
    return ";".join([*row.segment.flags, *([f"ポットホール{count}箇所"] if count else [])])


FIELDS: Mapping[str, Callable[[Row], Value]] = {
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
    "post_from": lambda row: _post(row, row.first),
    "offset_from": lambda row: _offset(row, row.first),
    "lat_from": lambda row: row.first.lat,
    "lon_from": lambda row: row.first.lon,
    "post_to": lambda row: _post(row, row.last),
    "offset_to": lambda row: _offset(row, row.last),
    "lat_to": lambda row: row.last.lat,
    "lon_to": lambda row: row.last.lon,
    "direction": lambda row: str(row.segment.direction),
    "lane": lambda row: row.segment.lane,
    "length_m": lambda row: row.segment.length_m,
    "surface": lambda row: row.attribute("surface"),
    "paved_on": lambda row: month_or_text(row.attribute("paved_on")),
    "design_life_years": lambda row: None if row.plain else number_or_text(row.attribute("design_life_years")),
    "surveyed_on": lambda row: row.segment.surveyed_on,
    "method": lambda row: METHOD if row.segment.surveyed_on or row.segment.frames else None,
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


def _municipality(row: Row, place: Place) -> str | None:
    """The municipality at an end: `municipality` at the lower kilopost, `municipality_end` at the higher."""
    lower = row.attribute("municipality")
    return lower if place is row.segment.start else row.attribute("municipality_end") or lower


def known(value: Value) -> bool:
    """Whether a value is one: None, "" and NaN are not."""
    return value not in (None, "") and not (isinstance(value, float) and math.isnan(value))
