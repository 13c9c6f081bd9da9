"""The sections that want attention first, with a photo each."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from exporters.report.html import badge, none, shown, table
from exporters.report.limits import limits_of, rules_of
from exporters.report.titles import Shapes
from exporters.svg import rating_class
from exporters.thumbnails import thumbnail
from exporters.wording import display_name, kp_text
from pavement.rating import Rules
from pavement.record import Photo, Survey
from pavement.segment import Flag, Segment

MOST_ROWS = 15
THUMBNAIL_PX = 320
INDICATORS = (("ひび割れ率", "crack_pct"), ("わだち掘れ量", "rut_mm"), ("IRI", "iri_mm_per_m"))
HEADS = (
    "写真",
    "路線・方向",
    "区間",
    "判定",
    "ひび割れ率<br>%",
    "わだち<br>mm",
    "IRI<br>mm/m",
    "ポット<br>ホール",
    "有効測定率<br>%",
    "備考",
)


def worst_sections(survey: Survey, shapes: Shapes) -> str:
    """Ⅲ before Ⅱ, then by how far the worst indicator lies beyond the limit of Ⅲ, then by potholes."""
    rules = rules_of(survey.run)
    damaged = [s for s in survey.segments if rating_class(s.rating) in ("Ⅱ", "Ⅲ") or s.potholes]
    worst = sorted(damaged, key=lambda s: severity(s, rules, shapes), reverse=True)[:MOST_ROWS]
    if not worst:
        return none("Ⅱ・Ⅲの区間、ポットホールのある区間はありません(未判定の区間については分かりません)。")
    photos = {photo.number: photo for photo in survey.photos}
    rows = [_row(segment, photos, shapes) for segment in worst]
    more = len(damaged) - len(worst)
    rest = none(f"ほか {more:,} 区間は様式Aと segments.gpkg にあります。") if more else ""
    return table(HEADS, rows, range(4, 9)) + rest


def severity(segment: Segment, rules: Rules, shapes: Shapes) -> tuple[int, float, int]:
    """Rank of a section; larger is worse."""
    limits = limits_of(rules, shapes.get(segment.road))
    measured = [(getattr(segment, name), getattr(limits, name)[1]) for _, name in INDICATORS]
    beyond = max((value / limit for value, limit in measured if value is not None), default=0.0)
    return "ⅠⅡⅢ".find(rating_class(segment.rating) or "-"), beyond, segment.potholes or 0


def _row(segment: Segment, photos: Mapping[str, Photo], shapes: Shapes) -> tuple[str, ...]:
    remarks = "・".join(flag for flag in segment.flags if flag is not Flag.AT_LEAST)
    return (
        _photo(segment, photos),
        f"<span class='road'>{escape(display_name(segment.road, shapes))}<br>{segment.direction}</span>",
        f"<span class='kp'>{kp_text(segment.start.kp_km)}～{kp_text(segment.end.kp_km)}</span>",
        badge(segment),
        *(shown(getattr(segment, name)) for _, name in INDICATORS),
        "" if segment.potholes is None else f"{segment.potholes}",
        f"{segment.coverage_pct:.0f}",
        f"<span class='note'>{escape(remarks)}</span>",
    )


def _photo(segment: Segment, photos: Mapping[str, Photo]) -> str:
    """A small copy of the segment's first photo that can be read, inside the file."""
    for number in segment.photos:
        small = thumbnail(photos[number].marked, THUMBNAIL_PX, 70) if number in photos else None
        if small is not None:
            data = base64.b64encode(small.jpeg).decode("ascii")
            return f"<img alt='{escape(number)}' src='data:image/jpeg;base64,{data}'>{escape(number)}"
    return ""
