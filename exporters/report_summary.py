"""The report's head: what was inspected, how it was judged, how much of it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from exporters.svg import RATING_COLORS, RATING_WORDS, rating_class
from exporters.wording import JST, wareki_date
from pavement.defect import Category
from pavement.record import Survey
from pavement.road import Direction
from pavement.segment import Segment


def survey_days(survey: Survey) -> str:
    """The days (JST) of the drives."""
    days = sorted({f.timestamp.astimezone(JST).date() for f in survey.frames if f.timestamp is not None})
    if not days:
        return ""
    words = [wareki_date(day) for day in dict.fromkeys((days[0], days[-1]))]
    return f"撮影 {'～'.join(words)}"


def draw_cards(survey: Survey) -> str:
    """Six numbers, each with what it rests on."""
    segments = survey.segments
    used = sum(frame.rejected is None for frame in survey.frames)
    crack, coverage = mean_by_length(segments, "crack_pct"), mean_by_length(segments, "coverage_pct")
    seen = [segment for segment in segments if segment.frames]
    by_direction = " / ".join(f"{d} {km(s for s in seen if s.direction is d):.2f}" for d in Direction)
    rated, unseen = sum(bool(s.rating) for s in segments), len(segments) - len(seen)
    worst = max((s.crack_pct for s in segments if s.crack_pct is not None), default=None)
    cards = (
        ("点検延長", f"{km(seen):.2f}", "km", by_direction),
        ("ポットホール", *_potholes(survey)),
        ("平均ひび割れ率", _shown(crack), "%", "測定なし" if worst is None else f"最大 {worst:.1f} %"),
        ("平均有効測定率", _shown(coverage, 0), "%", "判定できた路面の割合"),
        ("100 m区間", f"{len(segments)}", "区間", f"判定あり {rated} / 未点検 {unseen}"),
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
    return str(count), "箇所", "見つからず" if largest is None else f"最大 {largest:.2f} m²"


def draw_ratings(segments: Sequence[Segment]) -> str:
    """Length by diagnosis as one bar, with the numbers below."""
    total = km(segments)
    if total <= 0:
        return "<p class='none'>判定する区間がありません。</p>"
    lengths = {key: km(s for s in segments if rating_class(s.rating) == key) for key in RATING_COLORS}
    bar = "".join(
        f"<i style='background:{RATING_COLORS[key]};flex:{length / total:.5f}' title='{RATING_WORDS[key]}'></i>"
        for key, length in lengths.items()
        if length
    )
    words = "".join(
        f"<span><i style='background:{RATING_COLORS[key]}'></i>{RATING_WORDS[key]} "
        f"<b>{length:.2f} km</b>({100 * length / total:.1f} %)</span>"
        for key, length in lengths.items()
    )
    return f"<div class='bar'>{bar}</div><p>{words}</p>"


def km(segments: Iterable[Segment]) -> float:
    """Real length in kilometres."""
    return sum(segment.length_m for segment in segments) / 1000


def mean_by_length(segments: Iterable[Segment], name: str) -> float | None:
    """Mean of a quantity over the segments where it was measured, weighted by length; None without any."""
    pairs = [(value, s.length_m) for s in segments if (value := getattr(s, name)) is not None]
    total = sum(length for _, length in pairs)
    return sum(value * length for value, length in pairs) / total if total else None


def _shown(value: float | None, decimals: int = 1) -> str:
    return "―" if value is None else f"{value:.{decimals}f}"
