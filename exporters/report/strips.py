"""The report's strip charts: along the kilopost, per road and direction, what was measured and found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from exporters.report.figures import by_road, road_anchor
from exporters.report.html import none
from exporters.report.layout import WIDTH, Layout, Stretch, Stretches, layout_of
from exporters.report.limits import limits_of, rules_of
from exporters.report.map import runs_of
from exporters.report.panels import PANELS, draw_coverage, draw_kiloposts, draw_panel, label
from exporters.report.titles import Shapes, defect_title, segment_title
from exporters.svg import POTHOLE_COLOR, RATING_COLORS, RATING_INKS, RATING_WORDS, element, rating_class, text
from exporters.wording import display_name, kp_text
from pavement.defect import Category, Defect
from pavement.rating import Limits
from pavement.record import Survey
from pavement.segment import Segment

#: Colour and shape (within a box of 8 × 8 pixels, from its upper left) of the defects in the lower row.
OTHERS = {
    Category.STEP: ("#0072b2", "m4 0l4 4l-4 4l-4 -4z"),
    Category.PATCH: ("#8d6e63", "m1 1h6v6h-6z"),
    Category.CRACK_ALLIGATOR: ("#37474f", "m3.3 0h1.4v8h-1.4z"),
    Category.CRACK_LINEAR: ("#90a4ae", "m3.5 2h1v6h-1z"),
    Category.RUT: ("#37474f", "m1 3.5h6v1.5h-6z"),
}
POTHOLE = (POTHOLE_COLOR, "m-0.5 0h9l-4.5 8z")
LEGEND = (
    "斜線 = 未測定、破線 = 判定の境目。棒の色はその値が達した境目(橙 = Ⅱ、朱 = Ⅲ)で、区間の判定ではありません。"
    "わだち掘れ量の縦線は標準誤差の ± 2 倍、∧ は目盛を超える値。"
    "損傷: ▼ ポットホール(紫)、◆ 段差(青)、■ 応急補修跡(茶)、❘ ひび割れ(濃 = 亀甲状、淡 = 線状)、━ わだち掘れ。"
)


def draw_strips(survey: Survey, shapes: Shapes) -> str:
    """All strips as HTML, 下り above 上り of the same road and stretch."""
    layout = layout_of(survey)
    stretches, rules = Stretches(survey, layout), rules_of(survey.run)
    parts: list[str] = []
    for number, road in enumerate(by_road(survey.segments)):
        name, limits = escape(display_name(road, shapes)), limits_of(rules, shapes.get(road))
        parts.append(f"<h3 id='{road_anchor(number)}'>{name}</h3>")
        for pair in stretches.of(road):
            charts = [
                f"<figcaption>{name} <b>{each.direction}</b> <small>{_where(each)}</small></figcaption>"
                + draw_strip(each, shapes, limits, layout)
                for each in pair
            ]
            if layout.tall < 1:
                parts.append(f"<figure class='pair'>{''.join(charts)}</figure>")
            else:
                parts += [f"<figure>{chart}</figure>" for chart in charts]
    if not parts:
        return none("区間がありません。")
    return f"<p class='legend hint'>棒は{layout.bar}。{LEGEND}</p>" + "".join(parts)


def _where(stretch: Stretch) -> str:
    return f"{kp_text(stretch.segments[0].start.kp_km)}～{kp_text(stretch.segments[-1].end.kp_km)}"


def draw_strip(stretch: Stretch, shapes: Shapes, limits: Limits, layout: Layout) -> str:
    """Ribbon of diagnoses, defects, a panel per measured quantity, 有効測定率, kiloposts."""
    y = 2.0
    parts = [*_ribbon(stretch, shapes, y, layout)]
    y += 10 + 14 * layout.tall
    for words, own in _defect_rows(stretch, layout):
        parts += [label(y + 9, words), *_marks(stretch, own, shapes, y, layout)]
        y += 14
    for panel in PANELS:
        if panel is PANELS[0] or any(getattr(bar, panel.field) is not None for bar in stretch.bars):
            parts += draw_panel(stretch, panel, limits, y, layout)
            y += panel.height * layout.tall + 4 + 8 * layout.tall
    parts += draw_coverage(stretch, y, layout)
    y += 8 + 24 * layout.tall
    parts += draw_kiloposts(stretch.axis, y)
    return element("svg", "".join(parts), viewBox=f"0 0 {WIDTH:.0f} {y + 16:.0f}", class_="strip", role="img")


def _defect_rows(stretch: Stretch, layout: Layout) -> Iterator[tuple[str, Sequence[Defect]]]:
    """Potholes in a row of their own, other defects below where there are any; one row in compact charts."""
    potholes = [d for d in stretch.defects if d.category is Category.POTHOLE]
    others = [d for d in stretch.defects if d.category is not Category.POTHOLE]
    if layout.tall < 1:
        yield "損傷", [*others, *potholes]
        return
    yield "ポットホール", potholes
    if others:
        yield "その他の損傷", others


def _ribbon(stretch: Stretch, shapes: Shapes, y: float, layout: Layout) -> Iterator[str]:
    """The diagnoses: a cell a segment, coloured and lettered; in compact charts a cell a run of the same diagnosis."""
    tall = 4 + 14 * layout.tall
    yield label(y + tall - 4, "判定")
    runs: Sequence[Sequence[Segment]] = (
        [[s] for s in stretch.segments] if layout.tall == 1 else list(runs_of(stretch.segments))
    )
    for run in runs:
        key = rating_class(run[0].rating)
        x1, x2 = stretch.axis(run[0].start.kp_km), stretch.axis(run[-1].end.kp_km)
        title = _run_title(run, shapes) if layout.titles else ""
        gap = 0.5 * layout.tall
        wide = max(x2 - x1 - 2 * gap, 0.5)
        box: dict[str, Any] = {"x": round(x1 + gap, 1), "y": y, "width": round(wide, 1), "height": tall}
        yield element("rect", title=title, fill=RATING_COLORS[key], **box)
        if x2 - x1 > 22:
            words = (run[0].rating or "―") if layout.tall == 1 else key or "―"
            middle, ink = round((x1 + x2) / 2, 1), RATING_INKS[key]
            yield text(middle, y + tall / 2 + 4, words, class_="cell", text_anchor="middle", fill=ink)


def _run_title(run: Sequence[Segment], shapes: Shapes) -> str:
    if len(run) == 1:
        return segment_title(run[0], shapes)
    where = f"{kp_text(run[0].start.kp_km)}～{kp_text(run[-1].end.kp_km)}({len(run)} 区間)"
    return f"{where}\n{RATING_WORDS[rating_class(run[0].rating)]}"


def _marks(stretch: Stretch, defects: Sequence[Defect], shapes: Shapes, y: float, layout: Layout) -> Iterator[str]:
    """A mark at each defect; in compact charts one path per kind, marks on one pixel once."""
    at: dict[Category, dict[int, str]] = {}
    for defect in defects:
        x = stretch.axis(defect.kp_km)
        color, shape = POTHOLE if defect.category is Category.POTHOLE else OTHERS[defect.category]
        path = f"M{x - 4:.1f} {y + 1:.1f}{shape}"
        if layout.tall == 1:
            yield element("path", title=defect_title(defect, shapes), d=path, fill=color)
        else:
            at.setdefault(defect.category, {})[round(x)] = path
    for category, paths in at.items():
        color = (POTHOLE if category is Category.POTHOLE else OTHERS[category])[0]
        yield element("path", d="".join(paths.values()), fill=color)
