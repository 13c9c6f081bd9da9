"""Panels of the strip charts: bars of one quantity over its limits, 有効測定率, kiloposts.

Bars of one colour are one path; in detailed charts each has a transparent twin that shows its value to a pointer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from exporters.report.layout import LEFT, RIGHT, WIDTH, Axis, Bar, Layout, Stretch
from exporters.svg import RATING_COLORS, element, line, nice_step, text
from exporters.wording import kp_text
from pavement.rating import Limits

INK = "#5b6770"
COVERAGE_COLOR, SOUND_COLOR, EMPTY_COLOR = "#b9cbd8", "#6f8799", "#f6f7f8"
HATCH = "url(#hatch)"


@dataclass(frozen=True)
class Panel:
    """One measured quantity: bars from 0 to `high`, which also names the limits' field."""

    label: str
    unit: str
    field: str
    high: float
    height: float = 52.0

    def limits(self, limits: Limits) -> tuple[float, ...]:
        """Where Ⅱ and Ⅲ begin; one value where there is one for both."""
        found: tuple[float, float] = getattr(limits, self.field)
        return found if found[0] < found[1] else found[:1]

    def color(self, value: float, limits: Limits) -> str:
        """Colour of the limit that the value reaches; neutral below, as one indicator never makes a Ⅰ."""
        second, third = getattr(limits, self.field)
        return RATING_COLORS["Ⅲ"] if value >= third else RATING_COLORS["Ⅱ"] if value >= second else SOUND_COLOR


CRACK = Panel("ひび割れ率", "%", "crack_pct", 60, 72)
RUT = Panel("わだち掘れ量", "mm", "rut_mm", 50)
IRI = Panel("IRI", "mm/m", "iri_mm_per_m", 10)
PANELS = (CRACK, RUT, IRI)


def label(y: float, words: str, hint: str = "") -> str:
    """The name of a panel, left of it."""
    return text(0, y, words, class_="name") + (text(0, y + 13, hint, class_="hint") if hint else "")


def draw_panel(stretch: Stretch, panel: Panel, limits: Limits, y: float, layout: Layout) -> Iterator[str]:
    """Bars of one quantity; what was not measured is hatched, never a bar of height 0."""
    height = panel.height * layout.tall
    base = y + height
    yield label(y + 12, panel.label, panel.unit)
    yield element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=height, fill=EMPTY_COLOR)
    boxes: dict[str, list[str]] = defaultdict(list)
    errors: list[str] = []
    for bar in stretch.bars:
        value = getattr(bar, panel.field)
        if value is None:
            boxes[HATCH].append(_box(stretch.axis, bar, base, height))
            continue
        tall = max(min(value / panel.high, 1) * height, 1)
        boxes[panel.color(value, limits)].append(_box(stretch.axis, bar, base, tall))
        if value > panel.high:
            errors.append(_over(stretch.axis, bar, y))
        elif panel is RUT and layout.blocks and bar.rut_se_mm is not None:
            errors.append(_error(stretch.axis, bar, base, height / panel.high, panel.high))
    for fill, paths in boxes.items():
        yield element("path", d="".join(paths), fill=fill)
    if errors:
        yield element("path", d="".join(errors), stroke="#212b33", stroke_width=1, fill="none")
    for limit in panel.limits(limits):
        at = base - min(limit / panel.high, 1) * height
        yield line(LEFT, at, WIDTH - RIGHT, at, stroke=INK, stroke_width=0.8, stroke_dasharray="4 3")
        yield text(LEFT - 5, at + 4, f"{limit:g}", class_="tick", text_anchor="end")
    yield line(LEFT, base, WIDTH - RIGHT, base, stroke=INK, stroke_width=0.8)
    if layout.blocks:
        yield from _pointers(stretch, panel, y, height)


def _box(axis: Axis, bar: Bar, base: float, tall: float) -> str:
    """A bar as part of a path, a hair apart from its neighbours."""
    x1, x2 = axis(bar.low), axis(bar.high)
    gap = min(0.4, (x2 - x1) / 8)
    wide = max(x2 - x1 - 2 * gap, 0.3)
    return f"M{x1 + gap:.1f} {base:.1f}v-{tall:.1f}h{wide:.1f}v{tall:.1f}z"


def _over(axis: Axis, bar: Bar, y: float) -> str:
    """A small arrow up: the value lies above the panel."""
    middle = (axis(bar.low) + axis(bar.high)) / 2
    return f"M{middle - 3:.1f} {y + 4:.1f}l3 -3l3 3"


def _error(axis: Axis, bar: Bar, base: float, px_per_unit: float, high: float) -> str:
    """Twice the standard error up and down of a rut depth."""
    depth, spread = bar.rut_mm or 0.0, 2 * (bar.rut_se_mm or 0.0)
    low, top = max(depth - spread, 0), min(depth + spread, high)
    return f"M{(axis(bar.low) + axis(bar.high)) / 2:.1f} {base - low * px_per_unit:.1f}V{base - top * px_per_unit:.1f}"


def _pointers(stretch: Stretch, panel: Panel, y: float, height: float) -> Iterator[str]:
    """Transparent twins of the bars with their values as titles."""
    for bar in stretch.bars:
        value = getattr(bar, panel.field)
        words = "未測定" if value is None else f"{panel.label} {value:.1f} {panel.unit}"
        if value is not None and panel is RUT and bar.rut_se_mm is not None:
            words += f" ± {bar.rut_se_mm:.1f}(標準誤差)"
        x1, x2 = stretch.axis(bar.low), stretch.axis(bar.high)
        title = f"{kp_text(bar.low)}～{kp_text(bar.high)}\n{words}"
        yield element("rect", title=title, x=x1, y=y, width=max(x2 - x1, 0.4), height=height, fill_opacity=0)


def draw_coverage(stretch: Stretch, y: float, layout: Layout) -> Iterator[str]:
    """有効測定率 of each bar from 0 to 100 %."""
    height = 24 * layout.tall
    yield label(y + 10, "有効測定率", "%" if layout.tall == 1 else "")
    yield element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=height, fill=EMPTY_COLOR)
    seen = [bar for bar in stretch.bars if bar.coverage_pct > 0]
    boxes = (_box(stretch.axis, b, y + height, height * min(b.coverage_pct, 100) / 100) for b in seen)
    yield element("path", d="".join(boxes) or "M0 0", fill=COVERAGE_COLOR)
    for bar in stretch.bars if layout.blocks else ():
        x1, x2 = stretch.axis(bar.low), stretch.axis(bar.high)
        title = f"{kp_text(bar.low)}～{kp_text(bar.high)}\n有効測定率 {bar.coverage_pct:.0f} %"
        yield element("rect", title=title, x=x1, y=y, width=max(x2 - x1, 0.4), height=height, fill_opacity=0)


def draw_kiloposts(axis: Axis, y: float) -> Iterator[str]:
    """Ticks and kiloposts along the strip's foot."""
    step = max(nice_step(axis.high - axis.low, 12), 0.1)
    first = math.ceil(axis.low / step - 1e-6)
    for i in range(first, math.floor(axis.high / step + 1e-6) + 1):
        x = axis(i * step)
        yield line(x, y - 6, x, y, stroke=INK, stroke_width=0.8)
        anchor = "end" if x > WIDTH - 40 else "middle"
        yield text(min(x, WIDTH), y + 12, kp_text(i * step), class_="tick", text_anchor=anchor)
