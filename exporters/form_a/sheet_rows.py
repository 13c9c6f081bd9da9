"""Rows into the XML of one worksheet. Whatever is not a row that is written stays byte by byte as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from exporters.form_a.days import to_serial
from exporters.form_a.fields import Value
from exporters.form_a.sheet_xml import OldCell, OldRow, SheetXml
from pavement.harmless_text import FORMULA_STARTS

CHUNK_ROWS = 250
MAX_TEXT = 32_767  #: characters of a cell, Excel's limit
_REFERENCE = re.compile(rb"(<(?:\w+:)?dimension\s+ref\s*=\s*[\"'])([^\"']*)")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Spot:
    """Where a value goes: the column (from 1) and its styles."""

    column: int
    style: str = ""
    quoted: str = ""  #: for text that would be a formula if someone edited it; "" = as `style`


def fill(
    sheet: SheetXml,
    spots: Sequence[Spot],
    first_row: int,
    rows: Iterable[Sequence[Value]],
    count: int,
    *,
    keep: bool = True,
    date1904: bool = False,
) -> Iterator[bytes]:
    """The sheet's XML with `count` rows from `first_row` on, in pieces.

    `spots` and the values of a row go together, by rising column. A row that the blank has keeps its attributes, its
    cells in other columns and its styles; a new one is styled as the blank's first data row. Without `keep` the
    blank's own rows from `first_row` on go.
    """
    data, p = sheet.data, sheet.prefix
    head = _with_dimension(data[: sheet.start], spots, first_row, count)
    yield head + f"<{p}sheetData>".encode()
    before = [row for number, row in sheet.rows.items() if number < first_row]
    yield b"".join(data[row.start : row.end] for row in before)
    pattern = sheet.rows.get(first_row) if keep else None
    writer = _Writer(sheet, spots, pattern, date1904)
    pieces: list[str] = []
    number = first_row - 1
    for number, values in enumerate(rows, start=first_row):
        old = sheet.rows.get(number) if keep else None
        pieces.append(writer.new_row(number, values) if old is None else writer.old_row(number, old, values))
        if len(pieces) == CHUNK_ROWS:
            yield "".join(pieces).encode()
            pieces.clear()
    yield "".join(pieces).encode()
    if keep:
        yield b"".join(data[row.start : row.end] for at, row in sheet.rows.items() if at > number)
    yield f"</{p}sheetData>".encode() + data[sheet.end :]


def _with_dimension(head: bytes, spots: Sequence[Spot], first_row: int, count: int) -> bytes:
    """The head with `<dimension>` stretched over the rows; readers stop where it ends."""

    def stretched(found: re.Match[bytes]) -> bytes:
        first, _, last = found[2].decode().replace("$", "").partition(":")
        left, top = coordinate_from_string(first)
        right, bottom = coordinate_from_string(last or first)
        west = min(column_index_from_string(left), spots[0].column)
        east = max(column_index_from_string(right), spots[-1].column)
        south = max(bottom, first_row + count - 1)
        return found[1] + f"{get_column_letter(west)}{top}:{get_column_letter(east)}{south}".encode()

    return _REFERENCE.sub(stretched, head, count=1) if spots and count else head


class _Writer:
    """Cells and rows as text."""

    def __init__(self, sheet: SheetXml, spots: Sequence[Spot], pattern: OldRow | None, date1904: bool) -> None:
        p = sheet.prefix
        self._p, self._date1904 = p, date1904
        self._text = (f' t="inlineStr"><{p}is><{p}t', f"</{p}t></{p}is></{p}c>")
        self._number = (f"><{p}v>", f"</{p}v></{p}c>")
        self._attributes = pattern.attributes if pattern else ""
        styles = dict(sheet.column_styles)
        styles |= {column: cell.style for column, cell in pattern.cells.items()} if pattern else {}
        self._spots = [(f'<{p}c r="{get_column_letter(s.column)}', *map(_style, _styles(s, styles))) for s in spots]
        self._columns = [spot.column for spot in spots]
        others = {column: cell.style for column, cell in pattern.cells.items()} if pattern else {}
        rest = sorted(set(others) - set(self._columns))
        self._others = [(column, f'<{p}c r="{get_column_letter(column)}', _style(others[column])) for column in rest]
        self._cache: dict[str, str] = {}

    def new_row(self, number: int, values: Sequence[Value]) -> str:
        """A row that the blank does not have."""
        cells = self._cells(number, values)
        if self._others:
            more = {column: f'{reference}{number}"{style}/>' for column, reference, style in self._others}
            cells = _merged(dict(zip(self._columns, cells, strict=True)) | more)
        p = self._p
        return f'<{p}row r="{number}"{self._attributes}>{"".join(cells)}</{p}row>'

    def old_row(self, number: int, old: OldRow, values: Sequence[Value]) -> str:
        """A row of the blank with values put in; where the blank calculates, it goes on to."""
        cells = dict(zip(self._columns, self._cells(number, values, old.cells), strict=True))
        kept = {column: cell.xml.decode() for column, cell in old.cells.items() if column not in cells or cell.formula}
        p = self._p
        return f'<{p}row r="{number}"{old.attributes}>{"".join(_merged(cells | kept))}</{p}row>'

    def _cells(self, number: int, values: Sequence[Value], old: Mapping[int, OldCell] | None = None) -> list[str]:
        """The cells of a row, each complete; the hot loop."""
        cells: list[str] = []
        add = cells.append
        before_text, after_text = self._text
        before_number, after_number = self._number
        cache = self._cache
        for i, (reference, style, quoted) in enumerate(self._spots):
            value = values[i]
            if old is not None and (cell := old.get(self._columns[i])) is not None:
                style = quoted = _style(cell.style)
            if value is None:
                add(f'{reference}{number}"{style}/>')
                continue
            if isinstance(value, date):
                value = to_serial(value, self._date1904)
            if isinstance(value, str):
                shown = cache.get(value)
                if shown is None:
                    shown = self._remember(value)
                used = quoted if value.startswith(FORMULA_STARTS) else style
                add(f'{reference}{number}"{used}{before_text}{shown}{after_text}')
            else:
                add(f'{reference}{number}"{style}{before_number}{value}{after_number}')
        return cells

    def _remember(self, value: str) -> str:
        """Text as XML, with the end of the tag before it; kept, for most texts come again and again."""
        if len(self._cache) > 20_000:
            self._cache.clear()
        text = escape(_ODD.sub(lambda found: f"_x{ord(found[0]):04X}_", value[:MAX_TEXT]))
        shown = f' xml:space="preserve">{text}' if text != text.strip() or "\n" in text else f">{text}"
        self._cache[value] = shown
        return shown


def _styles(spot: Spot, blank: Mapping[int, str]) -> tuple[str, str]:
    style = spot.style or blank.get(spot.column, "")
    return style, spot.quoted or style


def _style(style: str) -> str:
    return f' s="{style}"' if style else ""


def _merged(cells: Mapping[int, str]) -> list[str]:
    return [cells[column] for column in sorted(cells)]
