"""A customer's own blank workbook: where its headers stand, what its cells may hold, what it cannot take."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from exporters.form_a.cells import parse_number
from exporters.form_a.findings import Findings, Level
from exporters.form_a.headers import DEPTH, Headers, find_headers, header_key
from exporters.form_a.package import read_part, sheet_parts
from exporters.form_a.sheet_rows import Spot
from exporters.form_a.sheet_xml import SheetXml
from exporters.form_a.table import DATE, NUMBER, Blank, Form, FormColumn
from exporters.form_a.template_rules import last_rows, own_lists
from pavement.errors import BadInput

EXAMPLES = ("例", "説明", "sample", "example")  #: in the titles of sheets that show how, not what
SKIPPED_ROWS = 5  #: rows below the headers that may hold units, types or an example
_WORKBOOK_DO = "save it as .xlsx in Excel or LibreOffice"


@dataclass(frozen=True)
class Target:
    """The sheet that takes the rows. `columns` are indexes of the form's columns, in the order of `spots`."""

    part: str
    title: str
    sheet: SheetXml
    columns: tuple[int, ...]
    texts: frozenset[int]  #: those of them whose days are written as text, for the blank does not show days there
    spots: tuple[Spot, ...]
    first_row: int
    date1904: bool
    ends: Mapping[str, int]  #: the last row of what the blank has ready, by its name
    lists: Mapping[int, frozenset[str]]  #: words that the sheet's own drop-downs allow, by the form's column


def header_names(form: Form) -> dict[str, int]:
    """The form's columns by the keys of their headers: the header, its aliases, the header without its unit."""
    names: dict[str, int] = {}
    for index, column in enumerate(form.columns):
        bare = [column.header.replace(f"({column.unit})", "")] if column.unit else []
        for text in (column.header, *column.aliases, *bare):
            names.setdefault(header_key(text), index)
    return names


def is_example(title: str) -> bool:
    """Whether a sheet's title says that it only shows how."""
    return any(word in title.casefold() for word in EXAMPLES)


def open_template(blank: Blank, form: Form, findings: Findings) -> Target:
    """The sheet of the customer's workbook that has the form's headers; BadInput where none has."""
    file = blank.file
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(file) as packed:
            warnings.simplefilter("ignore")  # openpyxl says what it would lose; it is asked to save nothing
            book = load_workbook(file)
            page, headers = _find_page(book, blank, form)
            part = sheet_parts(packed)[page.title]
            sheet = read_part(packed, part)
    except (OSError, KeyError, ValueError, StopIteration, ElementTree.ParseError, zipfile.BadZipFile) as error:
        raise BadInput(f"is no workbook that can be filled ({error})", file=file, do=_WORKBOOK_DO) from None
    first = blank.first_row or _first_row(page, headers, form, findings)
    pairs = sorted((place, index) for index, place in headers.columns.items())
    _refuse_filled(page, pairs, first, file)
    spots = tuple(Spot(place) for place, _ in pairs)
    texts = frozenset(index for place, index in pairs if _needs_text(page.cell(first, place), form.columns[index]))
    _tell_cells(page, pairs, first, texts, form, findings)
    _tell_differences(page, headers, form, findings)
    lists = own_lists(book, page, sheet, dict(pairs), first)
    date1904 = book.epoch == CALENDAR_MAC_1904
    ends = last_rows(page, sheet, first)
    return Target(part, page.title, sheet, tuple(i for _, i in pairs), texts, spots, first, date1904, ends, lists)


def _find_page(book: Workbook, blank: Blank, form: Form) -> tuple[Worksheet, Headers]:
    """The visible sheet with the most headers, one that is no example before one that is."""
    names = header_names(form)
    found: list[tuple[bool, int, int, Worksheet, Headers]] = []
    for page in book.worksheets:
        if blank.sheet not in ("", page.title) or (not blank.sheet and page.sheet_state != "visible"):
            continue
        depth = max(DEPTH, blank.header_row or 0)
        grid = [[cell.value for cell in row] for row in page.iter_rows(max_row=min(page.max_row, depth))]
        headers = find_headers(grid, names, blank.header_row)
        if headers is not None:
            found.append((is_example(page.title), -len(headers.columns), len(found), page, headers))
    if not found:
        where = f"sheet 「{blank.sheet}」" if blank.sheet else "any visible sheet"
        do = "name sheet and header_row under [template], or aliases of columns, in the form's table"
        raise BadInput(f"the form's headers are not in {where}", file=blank.file, do=do)
    best = min(found, key=lambda each: each[:3])
    return best[3], best[4]


def _bottom(page: Worksheet, row: int) -> int:
    """The last row of the merged cells that begin in or above a row and reach it."""
    return max((m.max_row for m in page.merged_cells.ranges if m.min_row <= row <= m.max_row), default=row)


def _first_row(page: Worksheet, headers: Headers, form: Form, findings: Findings) -> int:
    """The first row below the headers that holds neither units nor types nor an example."""
    row = _bottom(page, headers.row) + 1
    for _ in range(SKIPPED_ROWS):
        values = [page.cell(row, place).value for place in range(1, (page.max_column or 1) + 1)]
        numbers = [
            page.cell(row, place).value for i, place in headers.columns.items() if form.columns[i].type == NUMBER
        ]
        words = any(isinstance(v, str) and not v.startswith("=") and parse_number(v) is None for v in numbers)
        first = next((value for value in values if value is not None), None)
        example = isinstance(first, str) and "例" in first and len(first) <= 8
        if not words and not example:
            break
        findings.add(Level.NOTE, page.title, row, "", "単位・型・記入例の行とみて残した")
        row = _bottom(page, row) + 1
    return row


def _refuse_filled(page: Worksheet, pairs: Sequence[tuple[int, int]], first: int, file: Path) -> None:
    """A sheet with data is no blank: nothing is overwritten."""
    for row in page.iter_rows(min_row=first):
        for place, _ in pairs:
            value = row[place - 1].value if place <= len(row) else None
            if value not in (None, "") and row[place - 1].data_type != "f":
                what = f"sheet 「{page.title}」 has a value in {row[place - 1].coordinate}"
                raise BadInput(what, file=file, do="give the blank form, or first_row under [template]")


def _needs_text(cell: Cell | MergedCell, column: FormColumn) -> bool:
    """Whether a day would be shown as a bare number."""
    return column.type == DATE and not is_date_format(cell.number_format)


def _tell_cells(
    page: Worksheet,
    pairs: Sequence[tuple[int, int]],
    first: int,
    texts: Collection[int],
    form: Form,
    findings: Findings,
) -> None:
    """What the blank's first data row does not take as it is."""
    for _, index in pairs:
        column = form.columns[index]
        if index in texts and column.source:
            findings.add(Level.NOTE, page.title, None, column.header, "日付の書式がない列なので文字で書いた")
    for place in range(1, (page.max_column or 1) + 1):
        if page.cell(first, place).data_type == "f":
            text = "様式の数式を残した(開いて再計算する)。様式より下の行にはない"
            findings.add(Level.NOTE, page.title, first, f"{get_column_letter(place)}列", text)


def _tell_differences(page: Worksheet, headers: Headers, form: Form, findings: Findings) -> None:
    """Headers that only one side has."""
    for index, column in enumerate(form.columns):
        if index not in headers.columns and (column.source or column.default):
            findings.add(Level.NOTE, page.title, None, column.header, "この項目の列が様式にない(書かない)")
    for place, label in headers.unknown.items():
        text = "様式のこの列に当たる項目がない(空欄)"
        findings.add(Level.NOTE, page.title, headers.row, f"{get_column_letter(place)}列「{label}」", text)


def check_room(target: Target, count: int, findings: Findings) -> None:
    """Rows beyond what the blank has ready: its rules, colours and print area end before them."""
    last = target.first_row + count - 1
    for name, end in target.ends.items():
        if end < last:
            text = f"様式の{name}は {end} 行目まで。{last} 行目まで広げて使う"
            findings.add(Level.NOTE, target.title, last, "", text)
