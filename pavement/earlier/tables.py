"""CSV and Excel files as cells; nothing is understood here."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pavement.errors import BadInput

MOST_BYTES = 64 * 2**20
MOST_UNPACKED = 512 * 2**20
MOST_ROWS = 500_000
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Grid:
    """A sheet: cells as texts, and the numbers of the lines."""

    name: str
    lines: Sequence[Sequence[str]]
    numbers: Sequence[int]


def read_grids(data: bytes, name: str) -> list[Grid]:
    """The tables of a file by its name's ending; raises BadInput."""
    if len(data) > MOST_BYTES:
        raise BadInput(
            f"{name} has {len(data):,} bytes", do=f"give a file of at most {MOST_BYTES:,}, a year or an office"
        )
    if name.lower().endswith((".xlsx", ".xlsm")) or data[:4] == b"PK\x03\x04":
        return list(_workbook(data, name))
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadInput(f"{name} is an old Excel file (.xls)", do="save it as .xlsx or CSV")
    return [_text(data, name)]


def _text(data: bytes, name: str) -> Grid:
    text = _decoded(data, name)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if first.count("\t") > first.count(",") else ",")
    lines, numbers = [], []
    try:
        for line in reader:
            if any(cell.strip() for cell in line):
                lines.append([cell.strip() for cell in line[:MOST_COLUMNS]])
                numbers.append(reader.line_num)
            if len(lines) > MOST_ROWS:
                raise BadInput(f"{name} has more than {MOST_ROWS:,} rows", do="give a year or an office at a time")
    except csv.Error as error:
        raise BadInput(f"{name}: line {reader.line_num} cannot be read ({error})", do="export it again") from error
    if not lines:
        raise BadInput(f"{name} is empty", do="give a table with a header")
    return Grid("", lines, numbers)


def _decoded(data: bytes, name: str) -> str:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput(f"{name} is no text in UTF-8 or CP932", do="save it as .xlsx or CSV")


def _workbook(data: bytes, name: str) -> Iterator[Grid]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise BadInput(f"{name} is larger than {MOST_UNPACKED:,} bytes when unpacked", do="save it as CSV")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise BadInput(f"{name} is no readable Excel file", do="save it as .xlsx again, or as CSV") from error
    found = False
    try:
        for sheet in book.worksheets:
            lines, numbers = [], []
            for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
                cells = ["" if cell is None else _cell(cell) for cell in row]
                if any(cells):
                    lines.append(cells)
                    numbers.append(number)
                if len(lines) > MOST_ROWS:
                    raise BadInput(f"{name} has more than {MOST_ROWS:,} rows", do="give a year or an office at a time")
            if lines:
                found = True
                yield Grid(sheet.title, lines, numbers)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"{name} is no readable Excel file", do="save it as .xlsx again, or as CSV") from error
    finally:
        book.close()
    if not found:
        raise BadInput(f"{name} is empty", do="give a table with a header")


def _cell(value: object) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value).strip()
