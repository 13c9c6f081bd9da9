"""写真台帳.xlsx: three photos a printed A4 page with their facts and a small map, a sheet for every road and direction.

A book ends after `MAX_PHOTOS`, so that it opens on an office PC; the next is 写真台帳_2.xlsx.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties

from exporters.form_a.export import sheet_title
from exporters.locator import Locator
from exporters.photo_facts import photo_facts, sections_of_photos
from exporters.picture_cells import place_map, place_photo
from exporters.wording import fiscal_year, kp_text, last_day, road_name, shapes_by_road
from exporters.workbook import pin
from pavement.files import whole_file
from pavement.record import Photo, Survey

MAX_PHOTOS = 300  #: about 30 MB
PER_PAGE = 3
PHOTO_PX = 900  #: as stored
COLUMNS = (430, 66, 194)  #: px: photo, names of the facts, their values; together 183 mm
SLACK = 0.94  #: of a column that a picture takes: a column is narrower where the machine's font is
FIRST_PT, FACT_PT, MAP_PT = 20.0, 17.0, 72.0  #: heights of rows; three photos leave less than a row of a page free
FACTS = 10  #: rows with text beside a photo
MAP_M = 2000.0  #: width of what the map shows
FONT = "游ゴシック"
_THIN = Side(style="thin", color="8A949C")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_PALE = PatternFill("solid", fgColor="EEF2F5")


def export_photo_ledger(survey: Survey, out: Path) -> list[Path]:
    """写真台帳.xlsx, and further volumes where there are very many photos."""
    volumes = [survey.photos[i : i + MAX_PHOTOS] for i in range(0, len(survey.photos), MAX_PHOTOS)] or [()]
    paths = [out / f"写真台帳{'' if i == 0 else f'_{i + 1}'}.xlsx" for i in range(len(volumes))]
    writer = _Writer(survey)
    for path, photos in zip(paths, volumes, strict=True):
        with whole_file(path) as temporary:
            writer.book(photos).save(temporary)
            pin(temporary, last_day(survey))
        gc.collect()  # a book refers to itself: without this the next one would stand beside it in memory
    for stale in set(out.glob("写真台帳_*.xlsx")) - set(paths):
        stale.unlink()
    return paths


class _Writer:
    """Makes books of a survey's photos."""

    def __init__(self, survey: Survey) -> None:
        self._shapes, self._locator = shapes_by_road(survey.routes), Locator.of(survey)
        self._section_of = sections_of_photos(survey)
        self._heading = f"写真台帳 {fiscal_year(survey.year)}"
        self._manager = next((shape.manager for shape in survey.routes if shape.manager), "") or ""

    def book(self, photos: Sequence[Photo]) -> Workbook:
        """A workbook of some photos; their pictures are made when it is saved."""
        book = Workbook()
        book.remove(book.worksheets[0])
        book.properties.title, book.properties.creator = self._heading, "pavement"
        for (road, direction), own in groupby(photos, lambda photo: (photo.road, photo.direction)):
            titles = {title.casefold(): None for title in book.sheetnames}
            name = sheet_title(road_name(road), f"_{direction}", titles)
            self._fill(book.create_sheet(name), list(own))
        if not book.worksheets:
            book.create_sheet("写真台帳")["A1"] = "該当する写真はありません"
        return book

    def _fill(self, sheet: Any, photos: list[Photo]) -> None:
        """A sheet of photos, three a page."""
        _set_up(sheet, self._heading, self._manager)
        for index, photo in enumerate(photos):
            row = 1 + index * (FACTS + 1)
            self._write(sheet, photo, row)
            if index % PER_PAGE == PER_PAGE - 1 and index + 1 < len(photos):
                sheet.row_breaks.append(Break(id=row + FACTS))
        sheet.print_area = f"A1:C{len(photos) * (FACTS + 1)}"

    def _write(self, sheet: Any, photo: Photo, row: int) -> None:
        """One photo: picture on the left, facts and map on the right."""
        first, last = self._section_of(photo)
        facts = [
            ("写真番号", photo.number),
            ("様式A", f"{kp_text(first)}～{kp_text(last)}"),
            *photo_facts(photo, self._shapes),
            ("備考", ""),
        ]
        for i, (name, value) in enumerate(facts):
            sheet.row_dimensions[row + i].height = FACT_PT if i else FIRST_PT
            _write_cell(sheet, row + i, 2, name, 9, _PALE)
            _write_cell(sheet, row + i, 3, value, 10 if i else 11, _PALE if i == 0 else None)
        sheet.row_dimensions[row + FACTS].height = MAP_PT
        _write_cell(sheet, row + FACTS, 2, "位置図", 9, _PALE)
        _write_cell(sheet, row + FACTS, 3, "", 9, None)
        for i in range(FACTS + 1):
            sheet.cell(row + i, 1).border = _BOX
        sheet.merge_cells(start_row=row, end_row=row + FACTS, start_column=1, end_column=1)
        height = round((FIRST_PT + (FACTS - 1) * FACT_PT + MAP_PT) * 4 / 3)
        if not place_photo(sheet, photo.marked, (row - 1, 0), (round(SLACK * COLUMNS[0]), height), PHOTO_PX):
            _write_cell(sheet, row, 1, f"写真を読めません: {photo.marked.name}", 9, None)
        map_px = round(SLACK * COLUMNS[2])
        height_share = (MAP_PT * 4 / 3 - 4) / map_px
        place = self._locator.around(photo.place, photo.road, photo.direction, MAP_M, height_share)
        place_map(sheet, place, (row - 1 + FACTS, 2), map_px)


def _set_up(sheet: Any, heading: str, manager: str) -> None:
    """Columns, and how the sheet prints: A4 portrait, heading above, page numbers below."""
    for letter, pixels in zip("ABC", COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = (pixels - 5) / 7
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", sheet.PAPERSIZE_A4
    sheet.page_margins = PageMargins(left=0.5, right=0.4, top=0.7, bottom=0.55, header=0.3, footer=0.25)
    sheet.print_options.horizontalCentered = True
    # columns are as wide as the machine's font: shrink to the page's width, and break the pages by hand
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.oddHeader.left.text, sheet.oddHeader.center.text = heading, "&A"
    sheet.oddHeader.right.text = manager.replace("&", "&&")
    sheet.oddFooter.center.text = "&P / &N"


def _write_cell(sheet: Any, row: int, column: int, value: str, size: int, fill: PatternFill | None) -> None:
    """A bordered text cell; text stays text even if it starts like a formula, and shrinks rather than spills."""
    cell = sheet.cell(row, column, value)
    cell.data_type = "s"
    cell.font, cell.border = Font(name=FONT, size=size), _BOX
    cell.alignment = Alignment(vertical="center", horizontal="left", indent=1 if column == 3 else 0, shrink_to_fit=True)
    if fill:
        cell.fill = fill
