"""Headers of a sheet by name: any row, full or half width, line breaks, a group's title in the row above."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEPTH = 40  #: rows in which headers are looked for
ENOUGH = 5  #: headers that a sheet of the form has at least
_SPACE = re.compile(r"\s+")
_DASH = re.compile("[‐‑‒–—―−ー]")  # NFKC has made half- and full-width signs one before


def plain_text(text: str) -> str:
    """Text without what people do not mean: width, spaces, line breaks, kinds of dash.

    >>> plain_text("距離標（起点）\\n ※数値"), plain_text("Ⅲ－１")
    ('距離標(起点)※数値', 'iii-1')
    """
    return _DASH.sub("-", _SPACE.sub("", unicodedata.normalize("NFKC", text))).casefold()


def header_key(text: str) -> str:
    """A header's name without its annotation.

    >>> header_key("距離標（起点）※数値") == header_key("距離標(起点)")
    True
    """
    return plain_text(text).split("※")[0]


@dataclass(frozen=True)
class Headers:
    """Where the headers stand: `row` (from 1) and, of each column of the form by its index, the sheet's (from 1)."""

    row: int
    columns: Mapping[int, int]
    unknown: Mapping[int, str]  #: the sheet's other headers


def find_headers(grid: Sequence[Sequence[object]], names: Mapping[str, int], row: int | None = None) -> Headers | None:
    """The row of `grid` (a sheet's first rows) with the most headers; None where none has enough.

    `names`: the form's columns by `header_key`. `row`: where they are known to stand.
    """
    rows = range(len(grid)) if row is None else range(row - 1, min(row, len(grid)))
    found = [_headers_in(grid, number, names) for number in rows]
    best = max(found, key=lambda headers: len(headers.columns), default=None)
    return best if best is not None and len(best.columns) >= min(ENOUGH, len(names)) else None


def _headers_in(grid: Sequence[Sequence[object]], number: int, names: Mapping[str, int]) -> Headers:
    """The headers that one row has, with the row above it where that is a group's title or a merged cell."""
    here, above = grid[number], grid[number - 1] if number else ()
    columns: dict[int, int] = {}
    unknown: dict[int, str] = {}
    group = ""
    for place in range(max(len(here), len(above))):
        over = _text(above, place)
        group = over or group
        label = _text(here, place) or over
        if not label:
            continue
        for key in (f"{label}({group})", f"{group}({label})", f"{group}{label}", label):
            index = names.get(header_key(key))
            if index is not None and index not in columns:
                columns[index] = place + 1
                break
        else:
            unknown[place + 1] = label
    return Headers(number + 1, columns, unknown)


def _text(row: Sequence[object], place: int) -> str:
    value = row[place] if place < len(row) else None
    return "" if value is None else str(value).strip()
