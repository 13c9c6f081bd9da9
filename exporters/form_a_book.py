"""The workbook of 様式A: data sheets, 記入例・説明, and the hidden code sheet that the lists are validated by."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from exporters.form_a_fields import Row, Value, number_or_text
from exporters.form_a_table import MARKS, Form, FormColumn

CODES = "コード"
GUIDE = "記入例・説明"
FONT = "游ゴシック"
_THIN = Side(style="thin", color="BFC5CA")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FILLS = {"C": PatternFill("solid", fgColor="D6E6F2"), "": PatternFill("solid", fgColor="EEF0E4")}
_TYPE_FILL = PatternFill("solid", fgColor="F3F4F5")
_HEAD_FONT = Font(name=FONT, size=10, bold=True)
_BODY_FONT = Font(name=FONT, size=10)
_TYPE_FONT = Font(name=FONT, size=9, color="6B7278")
_HEAD_PLACE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_BODY_PLACE = Alignment(vertical="center")
_TEXT_PLACE = Alignment(horizontal="left", vertical="center", indent=1)
_WRAP_PLACE = Alignment(horizontal="left", vertical="center", wrap_text=True)
_GUIDE: Mapping[str, float] = {
    "列": 6,
    "項目名": 32,
    "型": 8,
    "単位": 7,
    "リスト": 30,
    "区分": 15,
    "値の出所": 19,
    "記入例": 24,
    "説明": 60,
}


@dataclass(frozen=True)
class Sheet:
    """One data sheet: its title and rows."""

    title: str
    rows: Sequence[Row]


def write_book(path: Path, form: Form, sheets: Sequence[Sheet], created: datetime) -> None:
    """The workbook at `path`, the same bytes for the same rows."""
    book = Workbook(write_only=True)
    book.properties.title = "舗装点検記録様式(様式A)"
    book.properties.creator = "pavement"
    for sheet in sheets:
        _write_sheet(book, form, sheet)
    _write_guide(book, form, next((row for sheet in sheets for row in sheet.rows), None))
    _write_codes(book, form)
    book.save(path)
    _pin(path, created)


def _cell(sheet: Any, value: Value, number_format: str = "General", **style: Any) -> Cell:
    """A styled cell; text stays text even if it starts like a formula."""
    cell: Any = WriteOnlyCell(sheet)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(("=", "+", "-", "@")):
            cell.quotePrefix = True
    place = _TEXT_PLACE if isinstance(value, str) else _BODY_PLACE
    cell.font, cell.alignment, cell.border = _BODY_FONT, place, _BORDER
    for name, look in style.items():
        setattr(cell, name, look)
    if number_format != "General":
        cell.number_format = number_format
    made: Cell = cell
    return made


def _write_sheet(book: Workbook, form: Form, sheet: Sheet) -> None:
    """Type row, header row, data; frozen below the headers, filtered by them."""
    page: Any = book.create_sheet(sheet.title)
    last = f"{get_column_letter(len(form.columns))}{max(len(sheet.rows), 1) + 2}"
    for i, column in enumerate(form.columns, start=1):
        page.column_dimensions[get_column_letter(i)].width = column.width + 1
    page.freeze_panes = "A3"
    page.auto_filter.ref = f"A2:{last}"
    page.row_dimensions[2].height = 62
    _set_print(page, 2)
    page.print_title_rows = "1:2"
    for validation in _validations(form, len(sheet.rows)):
        page.data_validations.append(validation)
    page.append([_cell(page, c.type, font=_TYPE_FONT, fill=_TYPE_FILL, alignment=_HEAD_PLACE) for c in form.columns])
    page.append(_head(page, form.columns))
    for row in sheet.rows:
        page.append([_cell(page, column.value(row), column.format) for column in form.columns])


def _head(page: Any, columns: Iterable[FormColumn]) -> list[Cell]:
    """Headers: confirmed columns in blue, proposed ones in olive."""
    return [
        _cell(page, c.header, font=_HEAD_FONT, alignment=_HEAD_PLACE, fill=_FILLS.get(c.mark, _FILLS[""]))
        for c in columns
    ]


def _set_print(page: Any, pages_wide: int) -> None:
    """A3 landscape."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A3
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = pages_wide, 0
    page.page_margins = PageMargins(0.4, 0.4, 0.5, 0.5)
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.HeaderFooter.oddFooter.center.text = "&A  &P / &N"


def _validations(form: Form, rows: int) -> list[DataValidation]:
    """A list for each column that has one; outside it, confirmed columns refuse and proposed ones warn."""
    places = {name: get_column_letter(i) for i, name in enumerate(form.lists, start=1)}
    validations = []
    for i, column in enumerate(form.columns, start=1):
        if not column.list:
            continue
        code, end = places[column.list], len(form.lists[column.list]) + 1
        validation = DataValidation(
            type="list",
            formula1=f"'{CODES}'!${code}$2:${code}${end}",
            allow_blank=True,
            showErrorMessage=True,
            errorStyle="stop" if column.mark == "C" else "warning",
            errorTitle=column.header[:31],
            error="一覧にない値です。",
        )
        letter = get_column_letter(i)
        validation.add(f"{letter}3:{letter}{max(rows, 1) + 2}")
        validations.append(validation)
    return validations


def _write_guide(book: Workbook, form: Form, example: Row | None) -> None:
    """What each column is, whether it is confirmed, and an example from the survey's first row."""
    page: Any = book.create_sheet(GUIDE)
    for i, width in enumerate(_GUIDE.values(), start=1):
        page.column_dimensions[get_column_letter(i)].width = width
    page.freeze_panes = "A2"
    _set_print(page, 1)
    lines = [_guide_line(form, column, example) for column in form.columns]
    for i, line in enumerate(lines, start=2):
        page.row_dimensions[i].height = 17.0 * max(map(_lines_needed, line, _GUIDE.values()))
    page.append([_cell(page, w, font=_HEAD_FONT, alignment=_HEAD_PLACE, fill=_FILLS["C"]) for w in _GUIDE])
    for column, line in zip(form.columns, lines, strict=True):
        cells: list[Any] = [_cell(page, word, alignment=_WRAP_PLACE) for word in line]
        cells[list(_GUIDE).index("区分")].fill = _FILLS.get(column.mark, _FILLS[""])
        cells[list(_GUIDE).index("記入例")].number_format = column.format
        page.append(cells)


def _guide_line(form: Form, column: FormColumn, example: Row | None) -> list[Value]:
    """The guide's cells for one column, in the order of `_GUIDE`."""
    words = form.lists.get(column.list, ())
    listed = "・".join(words) if len(words) <= 10 else f"{words[0]} ～ {words[-1]}({len(words)})"
    source = column.source or ("定数" if column.default else "手入力")
    value = None if example is None else column.value(example)
    mark = MARKS[column.mark]
    number = number_or_text(column.number)
    return [number, column.header, column.type, column.unit, listed, mark, source, value, column.note]


def _lines_needed(value: Value, width: float) -> int:
    """Lines that a text takes in a column; full-width characters take two units of width."""
    units = sum(1 if ord(c) < 0x2000 else 2 for c in value) if isinstance(value, str) else 0
    return max(1, math.ceil(units / (width * 1.1)))


def _write_codes(book: Workbook, form: Form) -> None:
    """One column per list; hidden, but anyone may show it again."""
    page: Any = book.create_sheet(CODES)
    page.sheet_state = "hidden"
    page.append([_cell(page, name, font=_HEAD_FONT) for name in form.lists])
    longest = max(map(len, form.lists.values()), default=0)
    for i in range(longest):
        page.append([number_or_text(words[i]) if i < len(words) else None for words in form.lists.values()])


def _pin(path: Path, created: datetime) -> None:
    """Set every time stamp inside the workbook to `created`."""
    stamp = created.astimezone(UTC)
    text = f"{stamp:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(path) as old:
        parts = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts:
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*(</dcterms)", rb"\g<1>" + text + rb"\g<2>", data)
            info = zipfile.ZipInfo(name, (created.year, created.month, created.day, 0, 0, 0))
            new.writestr(info, data, zipfile.ZIP_DEFLATED)
