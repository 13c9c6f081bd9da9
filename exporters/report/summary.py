"""The report's head: what was inspected, how it was judged, road by road."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from exporters.report.figures import by_road, km, km_by_rating, mean_by_length, road_anchor
from exporters.report.html import shown, table
from exporters.svg import RATING_COLORS, RATING_WORDS
from exporters.wording import JST, display_name, wareki_date
from pavement.defect import Category
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Flag, Segment


def survey_days(survey: Survey) -> str:
    """The days (JST) of the drives."""
    times = [f.timestamp for f in survey.frames if f.timestamp is not None]
    if not times:
        return ""
    ends = (min(times).astimezone(JST).date(), max(times).astimezone(JST).date())
    return f"撮影 {'～'.join(wareki_date(day) for day in dict.fromkeys(ends))}"


def draw_cards(survey: Survey) -> str:
    """Six numbers, each with what it rests on."""
    segments = survey.segments
    used = sum(frame.rejected is None for frame in survey.frames)
    crack, coverage = mean_by_length(segments, "crack_pct"), mean_by_length(segments, "coverage_pct")
    seen = [segment for segment in segments if segment.frames]
    by_direction = " / ".join(f"{d} {km(s for s in seen if s.direction is d):,.2f}" for d in Direction)
    rated, unseen = sum(bool(s.rating) for s in segments), len(segments) - len(seen)
    worst = max((s.crack_pct for s in segments if s.crack_pct is not None), default=None)
    cards = (
        ("点検延長", f"{km(seen):,.2f}", "km", by_direction),
        ("ポットホール", *_potholes(survey)),
        ("平均ひび割れ率", shown(crack, 1, "―"), "%", "測定なし" if worst is None else f"最大 {worst:.1f} %"),
        ("平均有効測定率", shown(coverage, 0, "―"), "%", "判定できた路面の割合"),
        ("100 m区間", f"{len(segments):,}", "区間", f"判定あり {rated:,} / 未点検 {unseen:,}"),
        ("使った画像", f"{used:,}", "枚", f"全 {len(survey.frames):,} 枚 うち除外 {len(survey.frames) - used:,}"),
    )
    return "".join(_card(*card) for card in cards)


def _card(name: str, number: str, unit: str, below: str) -> str:
    head = f"<b>{escape(name)}</b><strong>{escape(number)}<small>{escape(unit)}</small></strong>"
    return f"<div class='card'>{head}<span>{escape(below)}</span></div>"


def _potholes(survey: Survey) -> tuple[str, str, str]:
    """Number of potholes; a dash where nothing was looked at."""
    found = [d for d in survey.defects if d.category is Category.POTHOLE]
    if not found and all(s.potholes is None for s in survey.segments):
        return "―", "", "測定なし"
    count = len(found) or sum(s.potholes or 0 for s in survey.segments)
    largest = max((d.area_m2 for d in found if d.area_m2 is not None), default=None)
    return f"{count:,}", "箇所", "見つからず" if largest is None else f"最大 {largest:.2f} m²"


def draw_ratings(segments: Sequence[Segment]) -> str:
    """Length by diagnosis as one bar, with the numbers below."""
    total = km(segments)
    if total <= 0:
        return "<p class='none'>判定する区間がありません。</p>"
    lengths = km_by_rating(segments)
    bar = "".join(
        f"<i style='background:{RATING_COLORS[key]};flex:{length / total:.5f}' title='{RATING_WORDS[key]}'></i>"
        for key, length in lengths.items()
        if length
    )
    words = "".join(
        f"<span><i style='background:{RATING_COLORS[key]}'></i>{RATING_WORDS[key]} "
        f"<b>{length:,.2f} km</b>({100 * length / total:.1f} %)</span>"
        for key, length in lengths.items()
    )
    return f"<div class='bar'>{bar}</div><p>{words}</p>"


def draw_roads(survey: Survey, shapes: Mapping[RoadKey, RouteShape]) -> str:
    """One row a road: lengths by diagnosis, means, potholes, 有効測定率; the name leads to the road's charts."""
    potholes = Counter(d.road for d in survey.defects if d.category is Category.POTHOLE)
    rows = [
        _road_row(number, road, segments, display_name(road, shapes), potholes[road])
        for number, (road, segments) in enumerate(by_road(survey.segments).items())
    ]
    if not rows:
        return "<p class='none'>区間がありません。</p>"
    heads = (
        "路線",
        "点検延長 km<br>下り / 上り",
        *(f"{word}<br>km" for word in ("Ⅰ", "Ⅱ", "Ⅲ", "未判定")),
        "ひび割れ率<br>平均 %",
        "わだち<br>平均 mm",
        "IRI 平均<br>mm/m",
        "ポット<br>ホール",
        "有効測定率<br>%",
        "要確認<br>区間",
    )
    return table(heads, rows, range(1, 12))


def _road_row(number: int, road: RoadKey, segments: Sequence[Segment], name: str, potholes: int) -> tuple[str, ...]:
    lengths = km_by_rating(segments)
    seen = [s for s in segments if s.frames]
    looked = potholes or any(s.potholes is not None for s in segments)
    return (
        f"<a href='#{road_anchor(number)}'>{escape(name)}</a> <small>{escape(road.road_type)}</small>",
        " / ".join(f"{km(s for s in seen if s.direction is d):,.2f}" for d in Direction),
        *(f"{lengths[key]:,.2f}" for key in ("Ⅰ", "Ⅱ", "Ⅲ", "")),
        shown(mean_by_length(segments, "crack_pct")),
        shown(mean_by_length(segments, "rut_mm")),
        shown(mean_by_length(segments, "iri_mm_per_m"), 2),
        f"{potholes:,}" if looked else "",
        shown(mean_by_length(segments, "coverage_pct"), 0),
        f"{sum(Flag.REVIEW in s.flags for s in segments):,}",
    )
