"""Text files as Japanese offices write them: UTF-8 with or without BOM, UTF-16 of a spreadsheet, CP932."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

MAX_BYTES = 512 * 2**20  #: more than a week of fixes, a day of motion; a larger file is never read into memory


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

    >>> parse_table("file, timestamp\\na.jpg,x\\n")
    (['file', 'timestamp'], [{'file': 'a.jpg', 'timestamp': 'x'}])
    """
    lines = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    try:
        header, *rows = [[value.strip() for value in line] for line in lines if any(line)] or [[]]
    except csv.Error:  # a field of more than 128 KiB: an open quote, no table
        return [], []
    return header, [dict(zip(header, row + [""] * len(header), strict=False)) for row in rows]
