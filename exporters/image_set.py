"""images/: masked photos with their marked twins, and an index (CSV, Excel) from a number to road, place and row."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from exporters.photo_facts import sections_of_photos
from exporters.tables import DEGREES, KP, OFFSET
from exporters.wording import JST, kp_text, last_day
from exporters.workbook import pin
from pavement.files import whole_file
from pavement.harmless_text import harmless
from pavement.record import Photo, Survey

_INDEX: Mapping[str, Callable[[Photo], str]] = {
    "写真番号": lambda p: p.number,
    "file": lambda p: p.file,
    "marked_file": lambda p: marked_file(p),
    "road_type": lambda p: p.road.road_type,
    "route_no": lambda p: p.road.route_no,
    "branch_no": lambda p: p.road.branch_no,
    "kind": lambda p: p.road.kind,
    "direction": lambda p: p.direction,
    "lane": lambda p: "" if p.lane is None else str(p.lane),
    "kp_km": lambda p: f"{p.place.kp_km:.{KP}f}",
    "post_km": lambda p: f"{p.place.post_km:.{KP}f}",
    "offset_m": lambda p: f"{p.place.offset_m:.{OFFSET}f}",
    "距離標": lambda p: kp_text(p.place.kp_km),
    "lon": lambda p: f"{p.place.lon:.{DEGREES}f}",
    "lat": lambda p: f"{p.place.lat:.{DEGREES}f}",
    "timestamp_jst": lambda p: p.timestamp.astimezone(JST).isoformat(timespec="milliseconds"),
    "subject": lambda p: p.subject,
    "degree": lambda p: p.degree,
    "公開区分": lambda p: "公開用",
    "kept_share": lambda p: "" if p.kept_share is None else f"{p.kept_share:.3f}",
    "drive": lambda p: p.drive,
    "frame": lambda p: p.frame,
}
ROW_COLUMN = "様式A_from_kp_km"  #: from_kp_km of the segment's row
HEADS = (*_INDEX, "defect_id", ROW_COLUMN)
A4 = 9  #: as Excel numbers papers
NUMBERS = ("lane", "kp_km", "post_km", "offset_m", "lon", "lat", "kept_share", ROW_COLUMN)
FONT = "游ゴシック"
WIDTHS = {"file": 58, "marked_file": 66, "timestamp_jst": 30, "subject": 16, "degree": 34, "frame": 30, ROW_COLUMN: 18}


def marked_file(photo: Photo) -> str:
    """The marked twin's path relative to the output folder.

    The masked photo's name with `_marked` before its suffix.
    """
    path = PurePosixPath(photo.file)
    return str(path.with_name(f"{path.stem}_marked{path.suffix}"))


def export_images(survey: Survey, out: Path) -> list[Path]:
    """images/index.csv (UTF-8 with BOM) and index.xlsx, and every photo at its place in `out`."""
    written = [
        bring(source, out / name)
        for photo in survey.photos
        for source, name in ((photo.masked, photo.file), (photo.marked, marked_file(photo)))
    ]
    table, book = out / "images" / "index.csv", out / "images" / "index.xlsx"
    with whole_file(table) as temporary, open(temporary, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADS)
        writer.writerows([harmless(cell) for cell in row] for row in _rows(survey))
    with whole_file(book) as temporary:
        _write_book(temporary, _rows(survey))
        pin(temporary, last_day(survey))
    return [table, book, *written]


def _rows(survey: Survey) -> Iterable[list[str]]:
    """The index, a row a photo."""
    section_of = sections_of_photos(survey)
    defects = {defect.photo: defect.defect_id for defect in survey.defects if defect.photo}
    for photo in survey.photos:
        own = (value(photo) for value in _INDEX.values())
        yield [*own, defects.get(photo.number, ""), f"{section_of(photo)[0]:.{KP}f}"]


def _write_book(path: Path, rows: Iterable[list[str]]) -> None:
    """The index as a sheet whose file names open the photos; written as the rows come."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("画像一覧")
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    for number, head in enumerate(HEADS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(head, 12)
    sheet.append([_cell(sheet, head, font=Font(name=FONT, size=10, bold=True)) for head in HEADS])
    last = 1
    for row in rows:
        sheet.append([_index_cell(sheet, head, text) for head, text in zip(HEADS, row, strict=True)])
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(HEADS))}{last}"
    book.save(path)


def _index_cell(sheet: Any, head: str, text: str) -> Any:
    """A number as a number, a file as a link relative to the sheet, all else as text."""
    if head in NUMBERS:
        return _cell(sheet, float(text) if text else None)
    if head in ("file", "marked_file"):
        cell = _cell(sheet, text, font=Font(name=FONT, size=10, color="0B5CAD", underline="single"))
        cell.hyperlink = quote(str(PurePosixPath(text).relative_to("images")))
        return cell
    return _cell(sheet, text)


def _cell(sheet: Any, value: str | float | None, font: Font | None = None) -> Any:
    """A cell; text stays text even if it starts like a formula."""
    cell: Any = WriteOnlyCell(sheet, value)
    cell.font = font or Font(name=FONT, size=10)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def bring(source: Path, target: Path) -> Path:
    """Make `target` the file `source`: nothing to do where it is, else a hard link, else a copy."""
    if target.exists() and target.samefile(source):
        return target
    with whole_file(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
    return target
