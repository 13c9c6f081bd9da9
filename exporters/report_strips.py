"""The report's strip charts: along the kilopost, per road and direction, what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from exporters.report_map import segment_title
from exporters.svg import POTHOLE_COLOR, RATING_COLORS, RATING_INKS, element, line, nice_step, rating_class, text
from exporters.wording import degree_of, display_name, kp_text, shapes_by_road
from pavement.defect import Category, Defect
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

WIDTH, LEFT, RIGHT = 1080.0, 106.0, 14.0  #: pixels
ROW_KM = 5.0  #: kilopost length of one strip
MOST_BLOCKS = 6000  #: above it the bars stand for segments, so that the report stays a few megabytes
INK = "#5b6770"
COVERAGE_COLOR, SOUND_COLOR = "#b9cbd8", "#6f8799"


@dataclass(frozen=True)
class Panel:
    """One measured quantity: bars from 0 to `high`, lines at its thresholds."""

    label: str
    unit: str
    field: str
    thresholds: tuple[float, ...]
    high: float
    height: float = 64.0

    def color(self, value: float) -> str:
        """Colour of the threshold that the value reaches; neutral below, as one indicator never makes a Ⅰ."""
        return (SOUND_COLOR, RATING_COLORS["Ⅱ"], RATING_COLORS["Ⅲ"])[sum(value >= t for t in self.thresholds)]


CRACK = Panel("ひび割れ率", "%", "crack_pct", (20, 40), 60, 84)
RUT = Panel("わだち掘れ量", "mm", "rut_mm", (20, 40), 50)
IRI = Panel("IRI", "mm/m", "iri_mm_per_m", (3, 8), 10)


@dataclass(frozen=True)
class Axis:
    """Kilopost to pixels."""

    low: float
    high: float

    def __call__(self, kp_km: float) -> float:
        """Pixel of a kilopost."""
        return LEFT + (kp_km - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)


@dataclass(frozen=True)
class Stretch:
    """What one strip shows: one road and direction between two kiloposts."""

    axis: Axis
    segments: Sequence[Segment]
    bars: Sequence[Segment]
    potholes: Sequence[Defect]


def draw_strips(survey: Survey) -> str:
    """All strips as HTML, 下り above 上り of the same road and stretch."""
    shapes = shapes_by_road(survey.routes)
    fine = survey.blocks if 0 < len(survey.blocks) <= MOST_BLOCKS else survey.segments
    parts: list[str] = []
    for road in dict.fromkeys(s.road for s in survey.segments):
        name = escape(display_name(road, shapes))
        for axis in _axes([s for s in survey.segments if s.road == road]):
            for direction in Direction:
                stretch = _stretch(survey, fine, road, direction, axis)
                if stretch.segments:
                    chart = _draw(stretch, shapes)
                    parts.append(f"<figure><figcaption>{name} <b>{direction}</b></figcaption>{chart}</figure>")
    return "".join(parts) or "<p class='none'>区間がありません。</p>"


def _axes(segments: Sequence[Segment]) -> list[Axis]:
    """One axis per `ROW_KM`; a short road fills the width."""
    low, high = min(s.start.kp_km for s in segments), max(s.end.kp_km for s in segments)
    rows = max(1, math.ceil((high - low) / ROW_KM - 1e-9))
    span = max(high - low, 0.1) if rows == 1 else ROW_KM
    return [Axis(low + i * span, low + (i + 1) * span) for i in range(rows)]


def _stretch(survey: Survey, fine: Sequence[Segment], road: RoadKey, direction: Direction, axis: Axis) -> Stretch:
    """The records that lie on the axis."""

    def here(records: Sequence[Segment]) -> list[Segment]:
        own = (s for s in records if s.road == road and s.direction == direction)
        return [s for s in own if axis.low - 1e-6 <= s.start.kp_km < axis.high - 1e-6]

    potholes = [
        d
        for d in survey.defects
        if (d.category, d.road, d.direction) == (Category.POTHOLE, road, direction) and axis.low <= d.kp_km <= axis.high
    ]
    segments = here(survey.segments)
    return Stretch(axis, segments, here(fine) or segments, potholes)


def _draw(stretch: Stretch, shapes: Mapping[RoadKey, RouteShape]) -> str:
    """Ribbon of diagnoses, potholes, a panel per measured quantity, 有効測定率, kiloposts."""
    y = 4.0
    parts = [*_ribbon(stretch, shapes, y)]
    y += 24
    parts += _potholes(stretch, y)
    y += 16
    for panel in (CRACK, RUT, IRI):
        if panel is CRACK or any(getattr(s, panel.field) is not None for s in stretch.bars):
            parts += _panel(stretch, panel, y)
            y += panel.height + 12
    parts += _coverage(stretch, y)
    y += 32
    parts += _kiloposts(stretch.axis, y)
    return element("svg", "".join(parts), viewBox=f"0 0 {WIDTH:.0f} {y + 18:.0f}", class_="strip", role="img")


def _label(y: float, words: str, hint: str = "") -> str:
    """The name of a panel, left of it."""
    return text(0, y, words, class_="name") + (text(0, y + 13, hint, class_="hint") if hint else "")


def _ribbon(stretch: Stretch, shapes: Mapping[RoadKey, RouteShape], y: float) -> Iterator[str]:
    """One cell a segment, coloured and lettered by its diagnosis."""
    yield _label(y + 13, "判定")
    for s in stretch.segments:
        x1, x2 = stretch.axis(s.start.kp_km), stretch.axis(s.end.kp_km)
        color, ink = RATING_COLORS[rating_class(s.rating)], RATING_INKS[rating_class(s.rating)]
        title = segment_title(s, shapes)
        yield element("rect", title=title, x=x1 + 0.5, y=y, width=max(x2 - x1 - 1, 0.5), height=18, fill=color)
        if x2 - x1 > 22:
            yield text((x1 + x2) / 2, y + 13, s.rating or "―", class_="cell", text_anchor="middle", fill=ink)


def _potholes(stretch: Stretch, y: float) -> Iterator[str]:
    """A triangle at each pothole."""
    yield _label(y + 9, "ポットホール")
    for defect in stretch.potholes:
        x = stretch.axis(defect.kp_km)
        title = f"{kp_text(defect.kp_km)}\n{degree_of(defect)}"
        shape = f"M{x - 4.5:.1f} {y + 1:.1f} h9 l-4.5 8 z"
        yield element("path", title=title, d=shape, fill=POTHOLE_COLOR)


def _panel(stretch: Stretch, panel: Panel, y: float) -> Iterator[str]:
    """Bars of one quantity over its thresholds; what was not measured is hatched, never a bar of height 0."""
    base = y + panel.height
    yield _label(y + 14, panel.label, panel.unit)
    yield element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=panel.height, fill="#f6f7f8")
    for s in stretch.bars:
        value = getattr(s, panel.field)
        x1, x2 = stretch.axis(s.start.kp_km), stretch.axis(s.end.kp_km)
        span: dict[str, Any] = {"x": x1 + 0.4, "width": max(x2 - x1 - 0.8, 0.4)}
        where = f"{kp_text(s.start.kp_km)}～{kp_text(s.end.kp_km)}"
        if value is None:
            yield element("rect", title=f"{where}\n未測定", y=y, height=panel.height, fill="url(#hatch)", **span)
            continue
        tall = max(min(value / panel.high, 1) * panel.height, 1)
        title = f"{where}\n{panel.label} {value:.1f} {panel.unit}"
        yield element("rect", title=title, y=base - tall, height=tall, fill=panel.color(value), **span)
    for threshold in panel.thresholds:
        at = base - threshold / panel.high * panel.height
        yield line(LEFT, at, WIDTH - RIGHT, at, stroke=INK, stroke_width=0.8, stroke_dasharray="4 3")
        yield text(LEFT - 5, at + 4, f"{threshold:g}", class_="tick", text_anchor="end")
    yield line(LEFT, base, WIDTH - RIGHT, base, stroke=INK, stroke_width=0.8)


def _coverage(stretch: Stretch, y: float) -> Iterator[str]:
    """有効測定率 of each bar from 0 to 100 %."""
    yield _label(y + 10, "有効測定率", "%")
    yield element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=24, fill="#f6f7f8")
    for s in stretch.bars:
        x1, x2 = stretch.axis(s.start.kp_km), stretch.axis(s.end.kp_km)
        tall = 24 * min(max(s.coverage_pct, 0), 100) / 100
        title = f"{kp_text(s.start.kp_km)}～{kp_text(s.end.kp_km)}\n有効測定率 {s.coverage_pct:.0f} %"
        yield element(
            "rect", title=title, x=x1, y=y + 24 - tall, width=max(x2 - x1, 0.4), height=tall, fill=COVERAGE_COLOR
        )


def _kiloposts(axis: Axis, y: float) -> Iterator[str]:
    """Ticks and kiloposts along the strip's foot."""
    step = max(nice_step(axis.high - axis.low, 12), 0.1)
    first = math.ceil(axis.low / step - 1e-6)
    for i in range(first, math.floor(axis.high / step + 1e-6) + 1):
        x = axis(i * step)
        yield line(x, y - 6, x, y, stroke=INK, stroke_width=0.8)
        anchor = "end" if x > WIDTH - 40 else "middle"
        yield text(min(x, WIDTH), y + 12, kp_text(i * step), class_="tick", text_anchor=anchor)
