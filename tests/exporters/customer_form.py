"""A blank 様式A as a customer's: titles in merged rows above, groups, units, drop-downs, a hidden code sheet."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

SHEET = "点検記録"
FIRST_ROW = 7
READY_ROWS = 4  #: rows of the blank that are formatted
#: (header, width, number format); None = a group's first column, whose title stands in the row above
HEADERS: tuple[tuple[str, float, str], ...] = (
    ("№", 5, "0"),
    ("都道府県", 9, "General"),
    ("路線\n番号", 7, "0"),
    ("現道・旧道・\n新道区分", 9, "General"),
    ("路線名", 16, "General"),
    ("市町村", 11, "General"),
    ("距離標", 9, "0.000"),
    ("距離標からの追加距離", 11, "0.0"),
    ("緯度", 10, "0.00000"),
    ("経度", 11, "0.00000"),
    ("市町村", 11, "General"),
    ("距離標", 9, "0.000"),
    ("距離標からの追加距離", 11, "0.0"),
    ("上下線区分", 7, "General"),
    ("車線番号", 6, "0"),
    ("点検年月日", 12, '[$-411]ggge"年"m"月"d"日"'),
    ("表層の舗設年月", 11, "General"),
    ("ひび割れ率（％）", 8, "0.0"),
    ("わだち掘れ量（㎜）", 8, "0.0"),
    ("IRI （mm/m）", 8, "0.00"),
    ("健全性の診断", 8, "General"),
    ("備 考", 34, "General"),
)
GROUPS = {"起点": (6, 10), "終点": (11, 13)}
RATING = 21  #: the column of 健全性の診断
X14 = (
    '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    '<x14:dataValidations count="1" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    '<x14:dataValidation type="list" allowBlank="1" showErrorMessage="1"><x14:formula1>'
    "<xm:f>コード表!$B$2:$B$4</xm:f></x14:formula1><xm:sqref>U7:U10</xm:sqref></x14:dataValidation>"
    "</x14:dataValidations></ext></extLst>"
)


def make_customer_form(path: Path) -> Path:
    """Write the blank to `path`; what openpyxl would lose on saving is put in afterwards."""
    book = Workbook()
    page: Any = book.active
    page.title = SHEET
    _add_titles(page)
    _add_body(page)
    codes: Any = book.create_sheet("コード表")
    for row in (("上下", "健全性"), ("上り", "Ⅰ"), ("下り", "Ⅱ"), (None, "Ⅲ")):
        codes.append(row)
    codes.sheet_state = "hidden"
    example: Any = book.create_sheet("記入例")
    for column, (header, _, _) in enumerate(HEADERS, start=1):
        example.cell(1, column, header)
    book.defined_names["上下一覧"] = DefinedName("上下一覧", attr_text="コード表!$A$2:$A$3")
    page.print_area = f"A1:{get_column_letter(len(HEADERS))}{FIRST_ROW + READY_ROWS - 1}"
    page.print_title_rows = "4:6"
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</worksheet>", X14.encode() + b"</worksheet>")
            new.writestr(info, data)
        new.writestr("customXml/item1.xml", "<決裁/>")
    return path


def _add_titles(page: Any) -> None:
    """A title over all columns, a line of the office, groups over their columns, headers, units."""
    last = get_column_letter(len(HEADERS))
    page["A1"] = "令和８年度　舗装点検記録様式"
    page["A1"].font = Font(size=16, bold=True)
    page.merge_cells(f"A1:{last}1")
    page["A2"] = "青森県 県土整備部 道路課"
    page.merge_cells("A2:F2")
    for column, (header, width, _) in enumerate(HEADERS, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
        group = next((name for name, (first, end) in GROUPS.items() if first <= column <= end), None)
        page.cell(5 if group else 4, column, header).alignment = Alignment(wrap_text=True)
        if group is None:
            page.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)
    for group, (first, end) in GROUPS.items():
        page.cell(4, first, group)
        page.merge_cells(start_row=4, end_row=4, start_column=first, end_column=end)
    for column, unit in ((7, "(km)"), (8, "(m)"), (9, "(度)")):
        page.cell(6, column, unit)
    page.row_dimensions[5].height = 40


def _add_body(page: Any) -> None:
    """Formatted rows, one of them with a formula of the customer's; drop-downs and a colour for Ⅲ."""
    side, end = Side(style="hair"), FIRST_ROW + READY_ROWS - 1
    for row in range(FIRST_ROW, end + 1):
        page.row_dimensions[row].height = 21
        for column, (_, _, form) in enumerate(HEADERS, start=1):
            cell = page.cell(row, column)
            cell.border, cell.number_format = Border(side, side, side, side), form
            cell.protection = Protection(locked=False)
        page.cell(row, 1, f"=ROW()-{FIRST_ROW - 1}")
    directions = DataValidation(type="list", formula1="上下一覧", allow_blank=True)
    directions.add(f"N{FIRST_ROW}:N{end}")
    page.add_data_validation(directions)
    lanes = DataValidation(type="list", formula1='"1,2,91"', allow_blank=True)
    lanes.add(f"O{FIRST_ROW}:O{end}")
    page.add_data_validation(lanes)
    rating = get_column_letter(RATING)
    red = PatternFill("solid", bgColor="FFC7CE")
    page.conditional_formatting.add(
        f"{rating}{FIRST_ROW}:{rating}{end}", cast(Any, CellIsRule)("equal", ['"Ⅲ"'], fill=red)
    )
