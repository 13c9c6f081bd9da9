"""Where the rows and cells of a worksheet lie in its XML, to the byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

_OPEN = re.compile(rb"<[^\s/>]+(?P<attributes>(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?)>")
_OWN = re.compile(r"\s+(?:r|spans)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True)
class OldCell:
    """A cell of the blank: its bytes, its style (an index as text), whether it calculates."""

    xml: bytes
    style: str
    formula: bool


@dataclass(frozen=True)
class OldRow:
    """A row of the blank: where it lies in the XML, its attributes without its number, its cells by column."""

    start: int
    end: int
    attributes: str
    cells: Mapping[int, OldCell]


@dataclass(frozen=True)
class SheetXml:
    """A worksheet's XML and where its rows lie."""

    data: bytes
    prefix: str  #: of the element names: "" or "x:"
    start: int  #: `<sheetData…` begins here
    end: int  #: and ends before this
    rows: Mapping[int, OldRow]
    column_styles: Mapping[int, str]  #: of columns without cells


@dataclass
class _Reading:
    """What expat has told so far."""

    data: bytes
    rows: dict[int, OldRow] = field(default_factory=dict)
    styles: dict[int, str] = field(default_factory=dict)
    prefix: str = ""
    start: int = -1
    end: int = -1
    row: tuple[int, int, str] = (0, 0, "")
    cells: dict[int, OldCell] = field(default_factory=dict)
    cell: tuple[int, int, str] = (0, 0, "")
    formula: bool = False


def read_sheet_xml(data: bytes) -> SheetXml:
    """The places of rows and cells; ValueError where the XML is no worksheet in UTF-8."""
    told = _Reading(data)
    parser = expat.ParserCreate()

    def opened(name: str, attributes: dict[str, str]) -> None:
        local, at = name.rpartition(":")[2], parser.CurrentByteIndex
        if local == "sheetData":
            told.start, told.prefix = at, name[: -len(local)]
        elif local == "col":
            for column in range(int(attributes["min"]), min(int(attributes["max"]), 1000) + 1):
                told.styles[column] = attributes.get("style", "")
        elif told.start >= 0 and told.end < 0:
            if local == "row":
                number = int(attributes.get("r", told.row[0] + 1))
                told.row, told.cells = (number, at, _attributes(data, at)), {}
            elif local == "c":
                column = _column(attributes.get("r"), told.cells)
                told.cell, told.formula = (column, at, attributes.get("s", "")), False
            elif local == "f":
                told.formula = True

    def closed(name: str) -> None:
        local = name.rpartition(":")[2]
        if told.end >= 0 or told.start < 0 or local not in ("row", "c", "sheetData"):
            return
        begin = {"row": told.row[1], "c": told.cell[1], "sheetData": told.start}[local]
        opening = _OPEN.match(data, begin)
        at = parser.CurrentByteIndex
        end = opening.end() if opening and opening["empty"] else data.index(b">", at) + 1
        if local == "c":
            column, start, style = told.cell
            told.cells[column] = OldCell(data[start:end], style, told.formula)
        elif local == "row":
            number, start, text = told.row
            told.rows[number] = OldRow(start, end, text, told.cells)
        else:
            told.end = end

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"broken XML: {error}") from None
    if told.end < 0 or b"utf-16" in data[:200].lower() or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("no worksheet in UTF-8")
    return SheetXml(data, told.prefix, told.start, told.end, told.rows, told.styles)


def _attributes(data: bytes, at: int) -> str:
    opening = _OPEN.match(data, at)
    return _OWN.sub("", opening["attributes"].decode()) if opening else ""


def _column(reference: str | None, before: Mapping[int, object]) -> int:
    if reference is None:
        return max(before, default=0) + 1
    return int(column_index_from_string(coordinate_from_string(reference)[0]))
