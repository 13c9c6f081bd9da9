"""Sheets of a form read back: a workbook or CSV, corrected by people, columns in any order."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from exporters.form_a.cells import parse_cell, parse_number
from exporters.form_a.fields import Value
from exporters.form_a.headers import DEPTH, find_headers
from exporters.form_a.table import NUMBER, Form
from exporters.form_a.template import header_names, is_example
from pavement.errors import BadInput
from pavement.harmless_text import as_meant

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
CHECKED = 4  #: numbers of a row below the headers that may be text before it is taken for units


@dataclass(frozen=True)
class SheetRow:
    """One row as a sheet has it: `values` by the index of the form's column; a column that is not there is missing."""

    sheet: str
    number: int  #: as the spreadsheet counts
    values: Mapping[int, Value]

    def by_source(self, form: Form) -> dict[str, Value]:
        """The values by what they were filled with."""
        return {form.columns[i].source: v for i, v in self.values.items() if form.columns[i].source}


def read_sheets(path: Path, form: Form) -> list[SheetRow]:
    """All rows of a form's sheets; BadInput where the file has no such sheet."""
    found: list[SheetRow] = []
    titles: list[str] = []
    for title, lines in _open(path):
        rows = _read_rows(title, lines, form)
        if rows is not None:
            found += rows
            titles.append(title)
    if not titles:
        what = f"no sheet has headers like {form.columns[0].header}, {form.columns[-1].header}"
        raise BadInput(what, file=path, do="name the form's table with --form, or correct the headers")
    return found


def _open(path: Path) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
    """Title and rows of each sheet that may hold data."""
    if path.suffix.lower() == ".csv":
        yield path.name, _csv_lines(path)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, InvalidFileException) as error:
        what = f"is neither a workbook (.xlsx) nor a .csv ({type(error).__name__})"
        raise BadInput(what, file=path, do="save it as .xlsx") from None
    try:
        visible: list[Any] = [page for page in book.worksheets if page.sheet_state == "visible"]
        data = [page for page in visible if not is_example(page.title)] or visible
        for page in data:
            page.reset_dimensions()  # what a sheet says of its own size may be wrong
            yield page.title, (tuple(map(_unescaped, line)) for line in page.iter_rows(values_only=True))
    finally:
        book.close()


def _unescaped(value: object) -> object:
    """Text without the escapes of signs that XML lacks."""
    if not isinstance(value, str) or "_x" not in value:
        return value
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)


def _csv_lines(path: Path) -> list[list[object]]:
    """The rows of a CSV file in UTF-8 or CP932, with commas, semicolons or tabs."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file=path, do="name a .csv or .xlsx file") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp932")
        except UnicodeDecodeError:
            raise BadInput("is neither UTF-8 nor CP932", file=path, do="save it as CSV UTF-8 in Excel") from None
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [[as_meant(cell) for cell in line] for line in reader]


def _read_rows(title: str, lines: Iterable[Sequence[object]], form: Form) -> list[SheetRow] | None:
    """The rows below the headers; None where a sheet has none."""
    given = iter(lines)
    grid = list(islice(given, DEPTH))
    headers = find_headers(grid, header_names(form))
    if headers is None:
        return None
    rows: list[SheetRow] = []
    for number, line in enumerate(chain(grid[headers.row :], given), start=headers.row + 1):
        raw = {i: line[place - 1] if place <= len(line) else None for i, place in headers.columns.items()}
        if all(value is None or value == "" for value in raw.values()):
            continue
        if not rows and number <= headers.row + CHECKED and _is_caption(raw, form):
            continue
        rows.append(SheetRow(title, number, {i: parse_cell(form.columns[i], v, form) for i, v in raw.items()}))
    return rows


def _is_caption(raw: Mapping[int, object], form: Form) -> bool:
    """Whether a row below the headers holds units or types: text in most of its columns of numbers, no number."""
    numbers = [v for i, v in raw.items() if form.columns[i].type == NUMBER and v not in (None, "")]
    words = [v for v in numbers if isinstance(v, str) and parse_number(v) is None]
    return len(words) > 1 and len(words) == len(numbers)
