"""Text files as Japanese offices write them: UTF-8 with or without BOM, UTF-16 of a spreadsheet, CP932."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

MAX_BYTES = 512 * 2**20  #: more than a week of fixes, a day of motion; a larger file is never read into memory
MAX_RECORDS = 1_000_000  #: of a table or track: a day at 10 Hz
MAX_CELLS = 10  #: … times so many values of a table
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
Item = TypeVar("Item")


class TooMuch(Exception):
    """A file holds more than any drive can; the words are for people."""


def at_most(items: Iterable[Item], count: int = MAX_RECORDS) -> Iterator[Item]:
    """The items; raises TooMuch where there are more than `count`, so that a small file fills no memory."""
    for number, item in enumerate(items, start=1):
        if number > count:
            raise TooMuch(f"記録が多すぎます({count:,}件まで)。このファイルは使いません。1日ごとに分けてください")
        yield item


def lines_of(text: str) -> Iterator[str]:
    """The lines with their ends, one by one; `io.StringIO` would keep four bytes a character."""
    return (match[0] for match in _LINE.finditer(text))


def read_bytes(path: Path) -> bytes:
    """The bytes of a table or track; none where the file cannot be read or is larger than any such file."""
    try:
        return path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError:
        return b""


def decode(data: bytes) -> str:
    """The text of `data`: UTF-8 (BOM or not) or UTF-16 with BOM, else CP932; what fits none becomes U+FFFD."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932", errors="replace")


def parse_table(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of CSV text; names and values stripped, missing values "". Empty rows are left out.

    Raises TooMuch.

    >>> parse_table("file, timestamp\\na.jpg,x\\n")
    (['file', 'timestamp'], [{'file': 'a.jpg', 'timestamp': 'x'}])
    """
    lines = ([value.strip() for value in line] for line in csv.reader(lines_of(text.replace("\0", ""))) if any(line))
    rows: list[dict[str, str]] = []
    cells = 0
    try:
        header = next(lines, [])
        for row in at_most(lines):
            cells += max(len(header), len(row))
            if cells > MAX_CELLS * MAX_RECORDS:
                raise TooMuch(f"値が多すぎます({MAX_CELLS * MAX_RECORDS:,}個まで)。このファイルは使いません")
            rows.append(dict(zip(header, row + [""] * (len(header) - len(row)), strict=False)))
    except csv.Error:  # a field of more than 128 KiB: an open quote, no table
        return [], []
    return header, rows
