"""The rules of a customer's blank: drop-downs and their words, and the rows at which its ranges end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from openpyxl import Workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from exporters.form_a.sheet_xml import SheetXml

_RANGE = re.compile(r"(?:'?(?P<sheet>[^'!]+)'?!)?(?P<range>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)$")


def last_rows(page: Worksheet, sheet: SheetXml, first: int) -> dict[str, int]:
    """The row at which what covers the first data row ends, by its name."""
    areas = page.print_area or ""
    printed = areas if isinstance(areas, str) else ",".join(areas)
    ranges = {
        "入力規則": " ".join(text for _, text, _ in _rules(sheet)),
        "条件付き書式": " ".join(str(each.sqref) for each in page.conditional_formatting),
        "フィルター": page.auto_filter.ref or "",
        "印刷範囲": " ".join(part.rpartition("!")[2] for part in printed.split(",")).replace("$", ""),
    }
    found = {
        name: [bottom for _, top, _, bottom in _bounds(text) if top <= first <= bottom] for name, text in ranges.items()
    }
    return {name: max(ends) for name, ends in found.items() if ends}


def _rules(sheet: SheetXml) -> Iterator[tuple[str, str, str]]:
    """Type, ranges and first formula of every data validation, also of those in Excel 2010's extension."""
    for rule in ElementTree.fromstring(sheet.data).iter():
        if rule.tag.endswith("}dataValidation"):
            texts = {e.tag.rpartition("}")[2]: e.text or "" for e in rule.iter()}
            formula = texts.get("f") or texts.get("formula1", "")
            yield rule.get("type", ""), rule.get("sqref") or texts.get("sqref", ""), formula


def _bounds(ranges: str) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right and bottom of each range of a list with spaces between; whole columns reach the last row."""
    for text in ranges.split():
        left, top, right, bottom = range_boundaries(text)
        yield left or 1, top or 1, right or 16_384, bottom or 1_048_576


def own_lists(
    book: Workbook, page: Worksheet, sheet: SheetXml, columns: Mapping[int, int], first: int
) -> dict[int, frozenset[str]]:
    """The words of the blank's own drop-downs in the first data row, where they can be told."""
    found: dict[int, frozenset[str]] = {}
    for kind, ranges, formula in _rules(sheet):
        words = _words(book, page, formula) if kind == "list" else frozenset()
        for left, top, right, bottom in _bounds(ranges):
            if words and top <= first <= bottom:
                found |= {index: words for place, index in columns.items() if left <= place <= right}
    return found


def _words(book: Workbook, page: Worksheet, formula: str) -> frozenset[str]:
    """What a list's formula stands for; empty where it must be calculated."""
    formula = formula.strip().lstrip("=")
    if formula.startswith('"'):
        return frozenset(word.strip() for word in formula.strip('"').split(","))
    name: Any = page.defined_names.get(formula) or book.defined_names.get(formula)
    match = _RANGE.match(str(name.attr_text) if name is not None else formula)
    if match is None or (match["sheet"] and match["sheet"] not in book.sheetnames):
        return frozenset()
    source: Any = book[match["sheet"]] if match["sheet"] else page
    cells = source[match["range"].replace("$", "")]
    rows = cells if isinstance(cells, tuple) else ((cells,),)
    return frozenset(str(cell.value) for row in rows for cell in row if cell.value is not None)
