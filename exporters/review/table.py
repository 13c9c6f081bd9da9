"""A sheet as values: heads, rows, and how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | float | int | date | None


@dataclass(frozen=True)
class Head:
    """A column: its name with unit, decimals of numbers (None: text), width in characters."""

    name: str
    decimals: int | None = None
    width: int = 12


@dataclass(frozen=True)
class Table:
    """A sheet."""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def first_rows(table: Table, names: Iterable[str], most: int) -> tuple[list[str], list[Sequence[Cell]]]:
    """Some columns of the first rows."""
    places = [[head.name for head in table.heads].index(name) for name in names]
    return [table.heads[k].name for k in places], [[row[k] for k in places] for row in table.rows[:most]]
