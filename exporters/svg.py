"""SVG elements as text: the few that maps and charts need, every value escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

RATING_COLORS = {"Ⅰ": "#009e73", "Ⅱ": "#e69f00", "Ⅲ": "#d55e00", "": "#a3abb2"}  #: told apart by the colour-blind
RATING_INKS = {"Ⅰ": "#fff", "Ⅱ": "#212b33", "Ⅲ": "#fff", "": "#212b33"}  #: of text on these colours
RATING_WORDS = {"Ⅰ": "Ⅰ 健全", "Ⅱ": "Ⅱ 表層機能保持段階", "Ⅲ": "Ⅲ 修繕段階", "": "未判定"}
POTHOLE_COLOR = "#6a1b9a"


def rating_class(rating: str | None) -> str:
    """Ⅰ, Ⅱ, Ⅲ (its subdivisions too) or "" for no diagnosis.

    >>> rating_class("Ⅲ-2"), rating_class(None)
    ('Ⅲ', '')
    """
    return (rating or "")[:1]


def element(name: str, content: str = "", title: str = "", **attributes: Any) -> str:
    """One element; `_` in attribute names stands for `-`, a trailing one is dropped; `content` is markup already.

    >>> element("rect", x=1, stroke_width=0.5, title="<a>")
    '<rect x="1" stroke-width="0.5"><title>&lt;a&gt;</title></rect>'
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"' for key, value in attributes.items()
    )
    content += f"<title>{escape(title)}</title>" if title else ""
    return f"<{name}{words}>{content}</{name}>" if content else f"<{name}{words}/>"


def text(x: float, y: float, words: str, **attributes: Any) -> str:
    """A line of text at a baseline."""
    return element("text", escape(words), x=x, y=y, **attributes)


def polyline(points: Iterable[tuple[float, ...]], title: str = "", **attributes: Any) -> str:
    """An open line."""
    return element("polyline", title=title, points=" ".join(f"{x:.1f},{y:.1f}" for x, y, *_ in points), **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: Any) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def nice_step(span: float, most: int) -> float:
    """The smallest 1, 2 or 5 times a power of ten that divides `span` into at most `most` parts.

    >>> nice_step(2.0, 12), nice_step(950, 4)
    (0.2, 500)
    """
    power = -4
    while True:
        for factor in (1, 2, 5):
            step: float = factor * 10**power if power >= 0 else factor / 10**-power
            if span / step <= most:
                return step
        power += 1


def _short(value: object) -> str:
    """Numbers to a tenth of a pixel, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
