"""Curves of an evaluation as one SVG: precision over recall, and observed over predicted share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporters.svg import element, line, polyline, text

SIDE, LEFT, TOP, GAP = 300.0, 56.0, 34.0, 90.0  #: pixels
COLOURS = ("#d55e00", "#0072b2", "#009e73")
NAMESPACE = "http://www.w3.org/2000/svg"
INK, FAINT = "#212b33", "#d5dade"

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Points in 0-1 and, ringed, the one that is in use."""

    points: Sequence[Point]
    in_use: Point | None = None


def draw(panels: Mapping[tuple[str, str, str], Mapping[str, Line]]) -> bytes:
    """An SVG of panels side by side: (title, name across, name upwards) -> lines by name; all axes run from 0 to 1."""
    parts = [panel(LEFT + index * (SIDE + GAP), names, lines) for index, (names, lines) in enumerate(panels.items())]
    width, height = LEFT + len(panels) * (SIDE + GAP), TOP + SIDE + 66
    ground = element("rect", width=width, height=height, fill="#fff")
    return element(
        "svg",
        ground + "".join(parts),
        xmlns=NAMESPACE,
        width=width,
        height=height,
        font_family="sans-serif",
        font_size=12,
        fill=INK,
    ).encode()


def panel(left: float, names: tuple[str, str, str], lines: Mapping[str, Line]) -> str:
    """One square with its grid, lines and legend."""
    title, across, upwards = names

    def place(point: Point) -> Point:
        return left + point[0] * SIDE, TOP + (1 - point[1]) * SIDE

    parts = [text(left, TOP - 14, f"{title}: {upwards} over {across}", font_weight="bold")]
    for step in range(6):
        value = step / 5
        (x, y) = place((value, value))
        parts += [
            line(left, y, left + SIDE, y, stroke=FAINT),
            line(x, TOP, x, TOP + SIDE, stroke=FAINT),
            text(left - 6, y + 4, f"{value:.1f}", text_anchor="end"),
            text(x, TOP + SIDE + 16, f"{value:.1f}", text_anchor="middle"),
        ]
    parts.append(text(left + SIDE / 2, TOP + SIDE + 34, across, text_anchor="middle"))
    for index, (name, each) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        parts.append(polyline([place(point) for point in each.points], fill="none", stroke=colour, stroke_width=2))
        parts.append(text(left + SIDE / len(lines) * index, TOP + SIDE + 54, name, fill=colour))
        if each.in_use is not None:
            x, y = place(each.in_use)
            parts.append(element("circle", cx=x, cy=y, r=5, fill="none", stroke=colour, stroke_width=2))
    return "".join(parts)
