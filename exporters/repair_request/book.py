"""補修依頼書 as a workbook of one sheet, for offices that fill it in on the computer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from exporters.photo_facts import Facts
from exporters.picture_cells import place_map, place_photo
from exporters.repair_request.request import FAR_HEIGHT, NEAR_HEIGHT, NOTE, RECEIPT, SENDER, TITLE, Request
from exporters.workbook import pin

COLUMNS, COLUMN_PX = 24, 28  #: of the grid that all boxes stand on
LABEL = 3  #: columns
SLACK = 0.94  #: of its columns that a picture takes: they are narrower where the machine's font is
FACT_PT, LINE_PT, PHOTO_PT = 17.0, 24.0, 190.0
LEFT = 14  #: columns of the facts; the maps take the others
PHOTO_PX = 1000
FONT = "游ゴシック"
_THIN = Side(style="thin", color="8A949C")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_PALE = PatternFill("solid", fgColor="EEF2F5")


def write_book(request: Request, path: Path, day: datetime) -> None:
    """The workbook at `path`."""
    book = Workbook()
    sheet: Any = book.active
    book.properties.title, book.properties.creator = f"{TITLE} {request.defect_id}", "pavement"
    _set_up(sheet, request.manager)
    _put(sheet, 1, 1, COLUMNS, TITLE, size=16, box=False)
    sheet.row_dimensions[1].height = 28
    row = 2
    for names in SENDER:
        row = _put_row(sheet, row, [(name, "") for name in names])
    row += 1
    top = row
    for heading, facts in (("位置", request.place), ("損傷", request.damage)):
        row = _put_facts(sheet, row, heading, facts)
    width = round(SLACK * (COLUMNS - LEFT) * COLUMN_PX)
    place_map(sheet, request.near, (top - 1, LEFT), width)
    below = top + round(NEAR_HEIGHT * width / (FACT_PT * 4 / 3)) + 1
    place_map(sheet, request.far, (below - 1, LEFT), width)
    row = max(row, below + round(FAR_HEIGHT * width / (FACT_PT * 4 / 3)) + 1)
    for each in range(top, row + 1):
        sheet.row_dimensions[each].height = FACT_PT
    row = _put_photos(sheet, row, request)
    _put(sheet, row, 1, COLUMNS, NOTE, size=8, box=False)
    row += 1
    for cells in RECEIPT:
        row = _put_row(sheet, row, cells)
    book.save(path)
    pin(path, day)


def _set_up(sheet: Any, manager: str) -> None:
    """The grid, and how the sheet prints: one A4 page."""
    sheet.title = TITLE
    sheet.sheet_format.customHeight = True
    for number in range(1, COLUMNS + 1):
        sheet.column_dimensions[sheet.cell(1, number).column_letter].width = (COLUMN_PX - 5) / 7
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 1
    sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.6, bottom=0.5, header=0.3, footer=0.25)
    sheet.print_options.horizontalCentered = True
    sheet.oddHeader.right.text = manager.replace("&", "&&")


def _put_row(sheet: Any, row: int, cells: Sequence[tuple[str, str]]) -> int:
    """One line of names and values or blanks; the next row."""
    width = COLUMNS // len(cells)
    for i, (name, value) in enumerate(cells):
        first = 1 + i * width
        _put(sheet, row, first, LABEL, name, size=9, fill=True)
        _put(sheet, row, first + LABEL, width - LABEL, value)
    sheet.row_dimensions[row].height = LINE_PT
    return row + 1


def _put_facts(sheet: Any, row: int, heading: str, facts: Facts) -> int:
    """A heading and its facts in the left columns; the next row."""
    _put(sheet, row, 1, LEFT, heading, size=11, fill=True)
    for name, value in facts:
        row += 1
        _put(sheet, row, 1, LABEL, name, size=9)
        _put(sheet, row, 1 + LABEL, LEFT - LABEL, value)
    return row + 1


def _put_photos(sheet: Any, row: int, request: Request) -> int:
    """Caption and photos; the next row."""
    _put(sheet, row, 1, COLUMNS, request.caption, box=False)
    row += 1
    sheet.row_dimensions[row].height = PHOTO_PT
    boxes = ((0, LEFT), (LEFT, COLUMNS - LEFT))
    for (name, path), (first, columns) in zip(request.pictures, boxes, strict=False):
        box = round(SLACK * columns * COLUMN_PX), round(PHOTO_PT * 4 / 3) - 4
        if not place_photo(sheet, path, (row - 1, first), box, PHOTO_PX):
            _put(sheet, row, first + 1, columns, f"写真を読めません: {path.name}")
        _put(sheet, row + 1, first + 1, columns, name, size=8, box=False)
    return row + 2


def _put(
    sheet: Any, row: int, column: int, columns: int, value: str, size: int = 10, *, fill: bool = False, box: bool = True
) -> None:
    """A text over some columns; it stays text even if it starts like a formula."""
    for each in range(column, column + columns):
        cell = sheet.cell(row, each)
        if box:
            cell.border = _BOX
        if fill:
            cell.fill = _PALE
    sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + columns - 1)
    cell = sheet.cell(row, column, value)
    if value:
        cell.data_type = "s"
    cell.font = Font(name=FONT, size=size)
    cell.alignment = Alignment(vertical="center", horizontal="left", indent=0, shrink_to_fit=True)
