"""The product's own blank workbook of a form: data sheets, 記入例・説明, the hidden code sheet, 検査結果."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from exporters.form_a.fields import Row, Value, number_or_text
from exporters.form_a.findings import HEAD
from exporters.form_a.package import Filling, read_part, sheet_parts
from exporters.form_a.sheet_rows import Spot
from exporters.form_a.sheet_xml import SheetXml
from exporters.form_a.table import LIST, MARKS, TEXT, Form, FormColumn
from pavement.harmless_text import FORMULA_STARTS

CODES = "コード"
GUIDE = "記入例・説明"
CHECKS = "検査結果"
FIRST_ROW = 3  #: below the types and the headers
FONT = "游ゴシック"
HEADER_HEIGHT = 62
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
_CHECKS = dict(zip(HEAD, (8, 24, 14, 30, 70, 8), strict=True))


@dataclass(frozen=True)
class OwnBlank:
    """The workbook's bytes, and where its sheets lie."""

    data: bytes
    parts: Mapping[str, str]
    sheets: Mapping[str, SheetXml]

    def filling(self, title: str, rows: Iterable[Sequence[Value]], count: int | None) -> Filling:
        """Rows for a sheet; two rows of samples tell the styles."""
        sheet = self.sheets[title]
        first = FIRST_ROW if title != CHECKS else 2
        plain, quoted = sheet.rows[first].cells, sheet.rows[first + 1].cells
        spots = [Spot(column, cell.style, quoted[column].style) for column, cell in plain.items()]
        return Filling(sheet, spots, first, rows, count, keep=False)


def make_blank(form: Form, sheets: Mapping[str, int], example: Row | None) -> OwnBlank:
    """A blank with data sheets for that many rows each."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = f"舗装点検記録様式({form.title})"
    book.properties.creator = "pavement"
    for title, count in sheets.items():
        _add_sheet(book, form, title, count)
    _add_guide(book, form, example)
    _add_codes(book, form)
    _add_checks(book)
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as packed:
        parts = sheet_parts(packed)
        return OwnBlank(buffer.getvalue(), parts, {t: read_part(packed, parts[t]) for t in (*sheets, CHECKS)})


def _put(page: Any, row: int, column: int, value: Value, **style: Any) -> None:
    """A styled cell; text stays text even if it starts like a formula."""
    cell = page.cell(row, column)
    if value is not None:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
    looks = {"font": _BODY_FONT, "border": _BORDER, "alignment": _BODY_PLACE} | style
    for name, look in looks.items():
        setattr(cell, name, look)


def _add_sheet(book: Workbook, form: Form, title: str, count: int) -> None:
    """Type row, header row and two rows of samples; frozen below the headers, filtered by them."""
    page: Any = book.create_sheet(title)
    last = max(count, 1) + FIRST_ROW - 1
    page.freeze_panes = f"A{FIRST_ROW}"
    page.auto_filter.ref = f"A2:{get_column_letter(len(form.columns))}{last}"
    page.row_dimensions[2].height = HEADER_HEIGHT
    page.print_title_rows = "1:2"
    _set_print(page, 2)
    for i, column in enumerate(form.columns, start=1):
        page.column_dimensions[get_column_letter(i)].width = column.width + 1
        _put(page, 1, i, column.type, font=_TYPE_FONT, fill=_TYPE_FILL, alignment=_HEAD_PLACE)
        fill = _FILLS.get(column.mark, _FILLS[""])
        _put(page, 2, i, column.header, font=_HEAD_FONT, alignment=_HEAD_PLACE, fill=fill)
        place = _TEXT_PLACE if column.type in (TEXT, LIST) else _BODY_PLACE
        for row, quoted in ((FIRST_ROW, False), (FIRST_ROW + 1, True)):
            _put(page, row, i, None, alignment=place, number_format=column.format, quotePrefix=quoted)
    for validation in _validations(form, last):
        page.add_data_validation(validation)


def _set_print(page: Any, pages_wide: int) -> None:
    """A3 landscape."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A3
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = pages_wide, 0
    page.page_margins = PageMargins(0.4, 0.4, 0.5, 0.5)
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.HeaderFooter.oddFooter.center.text = "&A  &P / &N"


def _validations(form: Form, last: int) -> list[DataValidation]:
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
        validation.add(f"{letter}{FIRST_ROW}:{letter}{last}")
        validations.append(validation)
    return validations


def _add_guide(book: Workbook, form: Form, example: Row | None) -> None:
    """What each column is, whether it is confirmed, and an example from the survey's first row."""
    page: Any = book.create_sheet(GUIDE)
    page.freeze_panes = "A2"
    _set_print(page, 1)
    _add_head(page, _GUIDE)
    mark, shown = (list(_GUIDE).index(name) + 1 for name in ("区分", "記入例"))
    for row, column in enumerate(form.columns, start=2):
        line = _guide_line(form, column, example)
        page.row_dimensions[row].height = 17.0 * max(map(_lines_needed, line, _GUIDE.values()))
        for i, word in enumerate(line, start=1):
            _put(page, row, i, word, alignment=_WRAP_PLACE)
        page.cell(row, mark).fill = copy(_FILLS.get(column.mark, _FILLS[""]))
        page.cell(row, shown).number_format = column.format


def _add_head(page: Any, widths: Mapping[str, float]) -> None:
    for i, (word, width) in enumerate(widths.items(), start=1):
        page.column_dimensions[get_column_letter(i)].width = width
        _put(page, 1, i, word, font=_HEAD_FONT, alignment=_HEAD_PLACE, fill=_FILLS["C"])


def _guide_line(form: Form, column: FormColumn, example: Row | None) -> list[Value]:
    """The guide's cells for one column, in the order of `_GUIDE`."""
    words = form.lists.get(column.list, ())
    listed = "・".join(words) if len(words) <= 10 else f"{words[0]} ～ {words[-1]}({len(words)})"
    source = column.source or ("定数" if column.default else "手入力")
    value = None if example is None else column.value(example)
    number = number_or_text(column.number)
    return [number, column.header, column.type, column.unit, listed, MARKS[column.mark], source, value, column.note]


def _lines_needed(value: Value, width: float) -> int:
    """Lines that a text takes in a column; full-width characters take two units of width."""
    units = sum(1 if ord(c) < 0x2000 else 2 for c in value) if isinstance(value, str) else 0
    return max(1, math.ceil(units / (width * 1.1)))


def _add_codes(book: Workbook, form: Form) -> None:
    """One column per list; hidden, but anyone may show it again."""
    page: Any = book.create_sheet(CODES)
    page.sheet_state = "hidden"
    for column, (name, words) in enumerate(form.lists.items(), start=1):
        _put(page, 1, column, name, font=_HEAD_FONT)
        for row, word in enumerate(words, start=2):
            page.cell(row, column, number_or_text(word))


def _add_checks(book: Workbook) -> None:
    """The sheet of findings: headers and two rows of samples."""
    page: Any = book.create_sheet(CHECKS)
    page.freeze_panes = "A2"
    _set_print(page, 1)
    _add_head(page, _CHECKS)
    for row, quoted in ((2, False), (3, True)):
        for i in range(1, len(_CHECKS) + 1):
            _put(page, row, i, None, alignment=_WRAP_PLACE, quotePrefix=quoted)
