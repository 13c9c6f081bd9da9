"""HTML as text: tables, sections and numbers, shared by the report's chapters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from exporters.svg import RATING_COLORS, RATING_INKS, rating_class
from exporters.wording import rating_text
from pavement.segment import Segment


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """An HTML table; cells are markup already, columns in `numbers` stand to the right."""

    def line(tag: str, cells: Sequence[str]) -> str:
        return "".join(
            f"<{tag} class='n'>{cell}</{tag}>" if i in numbers else f"<{tag}>{cell}</{tag}>"
            for i, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{line('th', heads)}</tr></thead><tbody>{body}</tbody></table>"


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences."""
    return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in lines) + "</ul>"


def none(words: str) -> str:
    """A sentence that stands where there is nothing to show."""
    return f"<p class='none'>{escape(words)}</p>"


def shown(value: float | None, decimals: int = 1, unknown: str = "") -> str:
    """A number; what is not known is blank, never 0."""
    return unknown if value is None else f"{value:,.{decimals}f}"


def badge(segment: Segment) -> str:
    """The diagnosis on its colour."""
    key = rating_class(segment.rating)
    style = f"background:{RATING_COLORS[key]};color:{RATING_INKS[key]}"
    return f"<span class='badge' style='{style}'>{escape(rating_text(segment))}</span>"
