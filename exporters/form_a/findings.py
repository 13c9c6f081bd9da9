"""What is wrong or worth a look in a sheet: one readable list, equal findings of many rows as one line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pavement.files import write_whole
from pavement.harmless_text import harmless

HEAD = ("区分", "対象", "行", "列", "内容", "件数")
NOTHING = "指摘なし"


class Level(StrEnum):
    """How bad it is."""

    ERROR = "誤り"  #: the sheet contradicts itself or the form
    NOTE = "注意"  #: may be right; a person should look


@dataclass
class Span:
    """The rows of one finding."""

    first: int | None
    last: int | None
    count: int = 1

    def text(self) -> str:
        """`3`, `3～12`, or nothing where it is of no row."""
        if self.first is None:
            return ""
        return str(self.first) if self.first == self.last else f"{self.first}～{self.last}"


class Findings:
    """A growing list; what is said twice of the same column is one line with its rows."""

    def __init__(self) -> None:
        self._spans: dict[tuple[Level, str, str, str], Span] = {}

    def add(self, level: Level, where: str, row: int | None, column: str, text: str) -> None:
        """One finding: `where` = the sheet or file, `row` as numbered there, `column` = its header, or ""."""
        span = self._spans.get((level, where, column, text))
        if span is None:
            self._spans[level, where, column, text] = Span(row, row)
        else:
            span.last, span.count = row, span.count + 1

    def lines(self) -> list[tuple[str, str, str, str, str, int]]:
        """The list in the order of `HEAD`, errors first."""
        return [
            (level.value, where, span.text(), column, text, span.count)
            for wanted in Level
            for (level, where, column, text), span in self._spans.items()
            if level is wanted
        ]

    def count(self, level: Level) -> int:
        """How many lines there are of a level."""
        return sum(key[0] is level for key in self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[str]:
        """Each finding in one line of text, for logs."""
        for level, where, rows, column, text, count in self.lines():
            place = " ".join(part for part in (where, f"{rows}行" if rows else "", column) if part)
            yield f"{level} {place}: {text}" + (f" ({count}件)" if count > 1 else "")

    def summary(self) -> str:
        """How many of each level."""
        return "、".join(f"{level} {self.count(level)}件" for level in Level) if self._spans else NOTHING

    def write(self, path: Path) -> Path:
        """The list as CSV for people (UTF-8 with BOM)."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        lines = self.lines() or [("", "", "", "", NOTHING, 0)]
        writer.writerows([HEAD, *([harmless(str(cell)) for cell in line] for line in lines)])
        write_whole(path, buffer.getvalue().encode("utf-8-sig"))
        return path
