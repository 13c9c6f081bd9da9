"""全線点検結果とりまとめ_令和N年度.xlsx: a sheet a table, and a first sheet of charts that read from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from exporters.review.table import Cell, Table
from exporters.review.tables import all_tables
from exporters.svg import RATING_COLORS
from exporters.workbook import pin
from pavement.files import whole_file
from pavement.fiscal_year import fiscal_year_days
from pavement.harmless_text import harmless
from pavement.review.notes import accuracy_words
from pavement.review.review import Review

CHARTS = "グラフ"
HEAD_FILL = PatternFill("solid", fgColor="1F5F8B")
HEAD_FONT, NOTE_FONT = Font(bold=True, color="FFFFFF"), Font(color="5B6770", italic=True)
HEAD_ROW = 2  #: the first row is the note: the table proper begins below it
A3, A4 = 8, 9  #: Excel's paper sizes
CHART_COLUMNS, COLUMN_WIDTH = 18, 8.4  #: of the sheet of charts, characters
LINE_POINTS = 15
CHART_CM = (16, 9)  #: nine columns wide
WIDE = 170  #: characters: a wider sheet is printed on A3
MCI_COLORS = ("B2182B", "EF8A62", "FDDBC7", "4393C3", RATING_COLORS[""])  #: bands, low to high, and 不明
CHANGE_COLORS = ("6A1B9A", "009E73", "1F5F8B", "E6B455")  #: 悪化, 良化, 修繕済, 悪化の疑い
PIE_ROWS = (*(f"健全性 {name} の延長" for name in ("Ⅰ", "Ⅱ", "Ⅲ")), "判定できない延長（要確認）")
MOST_BARS = 40  #: groups in a chart: more cannot be read
COLORS = {"Ⅰ": RATING_COLORS["Ⅰ"], "Ⅱ": RATING_COLORS["Ⅱ"], "Ⅲ": RATING_COLORS["Ⅲ"], "未判定": RATING_COLORS[""]}


def export_book(review: Review, out: Path) -> Path:
    """The book in `out`; the same review gives the same bytes."""
    path = out / f"全線点検結果とりまとめ_{review.label}.xlsx"
    book = Workbook()
    charts = book.active
    assert isinstance(charts, Worksheet)
    charts.title = CHARTS
    tables = all_tables(review)
    sheets = {table.title: _write(book, table) for table in tables}
    _draw(charts, review, {table.title: table for table in tables}, sheets)
    day = review.made_on or fiscal_year_days(review.fiscal_year)[1]
    with whole_file(path) as temporary:
        book.save(temporary)
        pin(temporary, datetime(day.year, day.month, day.day, tzinfo=UTC))
    return path


def _write(book: Workbook, table: Table) -> Worksheet:
    sheet: Worksheet = book.create_sheet(table.title)
    sheet.append([table.note or table.title])
    _note(sheet, "A1", len(table.heads), sum(head.width for head in table.heads))
    sheet.append([head.name for head in table.heads])
    for k, head in enumerate(table.heads, start=1):
        top = sheet[f"{get_column_letter(k)}{HEAD_ROW}"]
        top.font, top.fill = HEAD_FONT, HEAD_FILL
        top.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(k)].width = head.width
    for values in table.rows:
        sheet.append([_value(each) for each in values])
    for k, head in enumerate(table.heads, start=1):
        shape = "#,##0" + ("." + "0" * head.decimals if head.decimals else "")
        for row in range(HEAD_ROW + 1, HEAD_ROW + 1 + len(table.rows)) if head.decimals is not None else ():
            whole = isinstance(table.rows[row - HEAD_ROW - 1][k - 1], int)
            sheet.cell(row, k).number_format = "#,##0" if whole else shape
    sheet.freeze_panes = f"B{HEAD_ROW + 1}"
    if table.rows:
        last = get_column_letter(len(table.heads))
        sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{HEAD_ROW + len(table.rows)}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A3 if sum(head.width for head in table.heads) > WIDE else A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.oddHeader is not None and sheet.oddFooter is not None:
        sheet.oddHeader.left.text, sheet.oddFooter.center.text = table.title, "&P / &N"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    return sheet


def _note(sheet: Worksheet, place: str, columns: int, width: float) -> None:
    """A note over all columns, so that it is read whole, on paper too, and makes no sheet wider."""
    cell, row = sheet[place], int(place[1:])
    cell.font, cell.alignment = NOTE_FONT, Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
    sheet.row_dimensions[row].height = LINE_POINTS * ceil(2.1 * len(str(cell.value)) / width)


def _value(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 9) + 0.0  # -0.0 reads as if something had been lost
    return harmless(cell) if isinstance(cell, str) else cell


def _draw(charts: Worksheet, review: Review, tables: dict[str, Table], sheets: dict[str, Worksheet]) -> None:
    charts["A1"] = f"全線点検結果とりまとめ {review.label}"
    charts["A1"].font = Font(bold=True, size=16)
    charts["A2"] = "".join(accuracy_words(review)) + "表は各シート。"
    _note(charts, "A2", CHART_COLUMNS, CHART_COLUMNS * COLUMN_WIDTH)
    charts.sheet_view.showGridLines = False
    charts.page_setup.orientation, charts.page_setup.paperSize = "portrait", A4
    charts.page_setup.fitToWidth, charts.page_setup.fitToHeight = 1, 1
    charts.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    spots = (f"{column}{row}" for row in (4, 25, 46, 67) for column in ("A", "J"))
    charts.add_chart(_pie(tables["総括"], sheets["総括"]), next(spots))
    for title, words in (("健全性_事務所別", "事務所別の健全性（km）"), ("健全性_分類別", "分類別の健全性（km）")):
        if title in tables and len(tables[title].rows) > 1:  # one group is the whole again
            charts.add_chart(_stacked(tables[title], sheets[title], words, 3, list(COLORS.values())), next(spots))
    title = "健全性_路線別"
    if title in tables:
        most = f"、はじめの{MOST_BARS}路線" if len(tables[title].rows) > MOST_BARS else ""
        words = f"路線別の健全性（km{most}）"
        charts.add_chart(_stacked(tables[title], sheets[title], words, 3, list(COLORS.values())), next(spots))
    title = "健全性_事務所別" if "健全性_事務所別" in tables else "健全性_路線別"
    if title in tables and review.condition.total.mci is not None:
        charts.add_chart(_stacked(tables[title], sheets[title], "MCIの区分（km）", 8, MCI_COLORS), next(spots))
    title = "点検実施_事務所別" if "点検実施_事務所別" in tables else "点検実施_路線別"
    if title in tables:
        charts.add_chart(_shares(tables[title], sheets[title]), next(spots))
    months = _series(tables["KPI"], f"{review.fiscal_year:04d}-04")
    if months is not None:
        charts.add_chart(_line(sheets["KPI"], months), next(spots))
    title = "経年変化_路線別"
    if title in tables:
        words = "過年度からの変化（路線別、km）"
        charts.add_chart(_stacked(tables[title], sheets[title], words, 4, CHANGE_COLORS), next(spots))
    charts.print_area = "A1:R88"


def _pie(table: Table, sheet: Worksheet) -> PieChart:
    rows = [k for k, row in enumerate(table.rows) if row[0] in PIE_ROWS]
    first, last = HEAD_ROW + 1 + rows[0], HEAD_ROW + 1 + rows[-1]
    chart = PieChart()
    chart.title = "健全性の診断（延長）"
    chart.add_data(Reference(sheet, min_col=3, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    for k, color in enumerate(COLORS.values()):
        point = DataPoint(idx=k)
        point.graphicalProperties.solidFill = color.lstrip("#")
        chart.series[0].dPt.append(point)
    chart.dataLabels = DataLabelList()
    chart.dataLabels.showPercent = True
    chart.dataLabels.showVal = chart.dataLabels.showSerName = chart.dataLabels.showCatName = False
    chart.dataLabels.showLeaderLines = False
    chart.width, chart.height = CHART_CM
    return chart


def _stacked(table: Table, sheet: Worksheet, title: str, first: int, colors: Sequence[str]) -> BarChart:
    """Kilometres of the columns from `first` (1 = A) on, a colour a column."""
    chart = _bars(title, "km")
    chart.grouping, chart.overlap = "stacked", 100
    last = HEAD_ROW + min(len(table.rows), MOST_BARS)
    columns = Reference(sheet, min_col=first, max_col=first + len(colors) - 1, min_row=HEAD_ROW, max_row=last)
    chart.add_data(columns, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=HEAD_ROW + 1, max_row=last))
    for series, color in zip(chart.series, colors, strict=True):
        series.graphicalProperties.solidFill = color.lstrip("#")
    return chart


def _shares(table: Table, sheet: Worksheet) -> BarChart:
    chart = _bars("点検実施延長率（%）", "%")
    chart.legend = None
    last = HEAD_ROW + min(max(len(table.rows), 1), MOST_BARS)
    chart.add_data(Reference(sheet, min_col=6, min_row=HEAD_ROW, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=HEAD_ROW + 1, max_row=last))
    chart.series[0].graphicalProperties.solidFill = "1F5F8B"
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 100
    return chart


def _bars(title: str, unit: str) -> BarChart:
    chart = BarChart()
    chart.type, chart.title = "col", title
    chart.width, chart.height = CHART_CM
    chart.y_axis.title = unit
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.numFmt = "General"  # 0.5 km of a small network is not 1
    return chart


def _series(table: Table, first: str) -> tuple[int, int] | None:
    """Rows of the first KPI by month from `first` on; None where there are fewer than two."""
    found = [
        k for k, row in enumerate(table.rows) if row[2] == "月" and row[0] == table.rows[0][0] and str(row[3]) >= first
    ]
    return (HEAD_ROW + 1 + found[0], HEAD_ROW + 1 + found[-1]) if len(found) > 1 else None


def _line(sheet: Worksheet, rows: tuple[int, int]) -> LineChart:
    chart = LineChart()
    chart.title = "点検実施延長率の推移（累計、%）"
    chart.add_data(Reference(sheet, min_col=5, min_row=rows[0], max_row=rows[1]))
    chart.set_categories(Reference(sheet, min_col=4, min_row=rows[0], max_row=rows[1]))
    chart.legend = None
    chart.width, chart.height = CHART_CM
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 100
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.series[0].graphicalProperties.line.solidFill = "1F5F8B"
    chart.series[0].smooth = False
    chart.y_axis.numFmt = "0"
    return chart
