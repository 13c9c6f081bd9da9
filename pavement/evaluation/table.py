"""Figures by name, and their table."""

from __future__ import annotations

from collections.abc import Mapping

Figures = dict[str, float | int | None]


def to_markdown(rows: Mapping[str, Figures]) -> str:
    """A Markdown table: one row a name, one column a figure.

    >>> print(to_markdown({"all": {"n": 3, "f1": 0.5, "r": None}}))
    | | n | f1 | r |
    |---|---|---|---|
    | all | 3 | 0.500 | – |
    """
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))

    def cell(value: float | int | None) -> str:
        return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, figures in rows.items():
        lines.append(f"| {name} | " + " | ".join(cell(figures.get(column)) for column in columns) + " |")
    return "\n".join(lines)
