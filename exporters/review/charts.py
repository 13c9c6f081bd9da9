"""Bars and lines of the report as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from exporters.svg import element, line, polyline, text

WIDTH, ROW, LEFT, RIGHT = 1080.0, 24.0, 190.0, 90.0
PLOT_HEIGHT = 190.0


def stacked_bars(rows: Mapping[str, Sequence[float]], colors: Sequence[str], words: Sequence[str], unit: str) -> str:
    """A bar a name, parts one after the other in one scale; the sum stands at its end."""
    most = max((sum(parts) for parts in rows.values()), default=0.0)
    if not most:
        return ""
    scale, pieces = (WIDTH - LEFT - RIGHT) / most, []
    for k, (name, parts) in enumerate(rows.items()):
        x, y = LEFT, k * ROW + 4
        pieces.append(text(LEFT - 8, y + 13, name[:16], class_="name", text_anchor="end"))
        for value, color, word in zip(parts, colors, words, strict=True):
            if value > 0:
                title = f"{name} {word} {value:,.1f} {unit}"
                pieces.append(element("rect", title=title, x=x, y=y, width=value * scale, height=ROW - 7, fill=color))
                x += value * scale
        pieces.append(text(x + 6, y + 13, f"{sum(parts):,.1f} {unit}", class_="tick"))
    return element("svg", "".join(pieces), viewBox=f"0 0 {WIDTH:.0f} {len(rows) * ROW + 6:.0f}", role="img")


def month_line(values: Sequence[tuple[str, float | None]], target: float | None) -> str:
    """Shares of 0 to 100 % by month, and the target as a line."""
    known = [(k, value) for k, (_, value) in enumerate(values) if value is not None]
    if not known:
        return ""
    step = (WIDTH - LEFT - RIGHT) / max(len(values) - 1, 1)

    def at(k: int, value: float) -> tuple[float, float]:
        return LEFT + k * step, 10 + PLOT_HEIGHT * (1 - min(value, 100.0) / 100)

    pieces = []
    for share in (0, 25, 50, 75, 100):
        _, y = at(0, share)
        pieces.append(line(LEFT, y, WIDTH - RIGHT, y, stroke="#dde2e6", stroke_width=1.0))
        pieces.append(text(LEFT - 8, y + 4, f"{share} %", class_="tick", text_anchor="end"))
    if target is not None:
        _, y = at(0, target)
        pieces.append(line(LEFT, y, WIDTH - RIGHT, y, stroke="#d55e00", stroke_width=1.2, stroke_dasharray="6 4"))
        pieces.append(text(WIDTH - RIGHT + 6, y + 4, "目標", class_="tick"))
    pieces.append(polyline([at(k, v) for k, v in known], fill="none", stroke="#1f5f8b", stroke_width=2.4))
    for k, value in known:
        x, y = at(k, value)
        pieces.append(element("circle", title=f"{values[k][0]} {value:.1f} %", cx=x, cy=y, r=3.5, fill="#1f5f8b"))
    for k, (name, _) in enumerate(values):
        pieces.append(text(LEFT + k * step, PLOT_HEIGHT + 30, name, class_="tick", text_anchor="middle"))
    last, value = known[-1]
    x, y = at(last, value)
    pieces.append(text(x + 6, y - 8, f"{value:.1f} %", class_="name"))
    return element("svg", "".join(pieces), viewBox=f"0 0 {WIDTH:.0f} {PLOT_HEIGHT + 40:.0f}", role="img")


def swatches(colors: Mapping[str, str]) -> str:
    """A legend as HTML."""
    parts = [f"<span><i style='background:{color}'></i>{escape(word)}</span>" for word, color in colors.items()]
    return f"<p class='legend'>{''.join(parts)}</p>"
