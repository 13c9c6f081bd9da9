"""Figures by name, their table, and the report that holds several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Figures = dict[str, float | int | str | None]


@dataclass(frozen=True)
class Section:
    """A table under its heading; `note` is a sentence that says how to read it."""

    key: str  #: its name in the JSON
    heading: str
    rows: Mapping[str, Figures]
    note: str = ""

    def to_markdown(self) -> str:
        """Heading, note and table."""
        return "\n\n".join(part for part in (f"## {self.heading}", self.note, to_markdown(self.rows)) if part)


@dataclass(frozen=True)
class Report:
    """Tables, what only the JSON holds, and pictures by file name."""

    sections: Sequence[Section]
    more: Mapping[str, object] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def to_markdown(self) -> str:
        """All sections."""
        return "\n\n".join(section.to_markdown() for section in self.sections)

    def to_json(self) -> dict[str, object]:
        """Every table by its key, and the rest."""
        return {**{section.key: section.rows for section in self.sections}, **self.more}


def to_markdown(rows: Mapping[str, Figures]) -> str:
    """A Markdown table: one row a name, one column a figure.

    >>> print(to_markdown({"all": {"n": 3, "f1": 0.5, "r": None}}))
    | | n | f1 | r |
    |---|---|---|---|
    | all | 3 | 0.500 | – |
    """
    kinds: dict[tuple[str, ...], dict[str, Figures]] = {}
    for name, figures in rows.items():  # rows with other columns make a table of their own
        kinds.setdefault(tuple(figures), {})[name] = figures
    if len(kinds) > 1:
        return "\n\n".join(to_markdown(each) for each in kinds.values())
    columns = list(next(iter(kinds), ()))

    def cell(value: float | int | str | None) -> str:
        return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, figures in rows.items():
        lines.append(f"| {name} | " + " | ".join(cell(figures.get(column)) for column in columns) + " |")
    return "\n".join(lines)
