"""様式A (舗装点検記録様式): the workbook, and the same rows as CSV.

Rows: per road (the order in which the survey names them) all of 下り, then all of 上り, each by lane and kilopost.
Every road key has a sheet of its own, so roads of class C and D do too; their sheets end in `_CD`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exporters.form_a_book import Sheet, write_book
from exporters.form_a_fields import Row, make_row
from exporters.form_a_table import Form, read_form
from exporters.wording import fiscal_year_short, last_day, road_name, shapes_by_road
from pavement.files import whole_file, write_whole
from pavement.record import Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_TITLE = 31  #: UTF-16 units, Excel's limit
GETA = "〓"  #: stands for a character that CP932 lacks
CP932_TWINS = str.maketrans("−〜—‖¢£¬", "－～―∥￠￡￢")  #: the same signs at another place of Unicode

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")


def export_form_a(survey: Survey, out: Path, form: Form | None = None) -> list[Path]:
    """様式A.xlsx, 様式A.csv (UTF-8 with BOM) and 様式A_cp932.csv; a list of replaced characters where there are any."""
    form = form or read_form()
    sheets = make_sheets(survey, form)
    book = out / f"{form.title}.xlsx"
    with whole_file(book) as temporary:
        write_book(temporary, form, sheets, last_day(survey))
    text = _csv_text(form, sheets)
    write_whole(out / f"{form.title}.csv", text.encode("utf-8-sig"))
    data, lost = to_cp932(text)
    write_whole(out / f"{form.title}_cp932.csv", data)
    return [book, out / f"{form.title}.csv", out / f"{form.title}_cp932.csv", *_name_lost(out, form, lost)]


def make_sheets(survey: Survey, form: Form) -> list[Sheet]:
    """One sheet per road with its rows in order; one empty sheet where there are no segments."""
    shapes, year = shapes_by_road(survey.routes), fiscal_year_short(survey.year)
    by_road: dict[RoadKey, list[Segment]] = defaultdict(list)
    for segment in survey.segments:
        by_road[segment.road].append(segment)
    sheets: dict[str, Sheet] = {}
    for road, segments in by_road.items():
        rows = [make_row(segment, shapes, form.turn_up_rows) for segment in sorted(segments, key=_order)]
        suffix = f"_{year}_CD" if rows[0].plain else f"_{year}"
        title = sheet_title(road_name(road), suffix, sheets)
        sheets[title.casefold()] = Sheet(title, rows)
    return list(sheets.values()) or [Sheet(f"{form.title}_{year}", [])]


def _order(segment: Segment) -> tuple[bool, int, float]:
    return segment.direction is Direction.UP, segment.lane or 0, segment.start.kp_km


def sheet_title(name: str, suffix: str, taken: Mapping[str, object]) -> str:
    """A title that Excel takes: at most 31 UTF-16 units, no `[]:*?/\\`, unlike those `taken` (their casefolded names).

    >>> sheet_title("a/b", "_R8", {}), sheet_title("国道4号", "_R8", {"国道4号_r8": 1})
    ('a-b_R8', '国道4号_R8~2')
    """
    name = "".join("-" if c in "[]:*?/\\" or ord(c) < 32 else c for c in name).strip("' ")
    count, tail = 1, suffix
    while True:
        kept = name
        while len((kept + tail).encode("utf-16-le")) // 2 > MAX_TITLE:
            kept = kept[:-1]
        if (kept + tail).casefold() not in taken:
            return kept + tail
        count, tail = count + 1, f"{suffix}~{count + 1}"


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV file: a leading apostrophe says text.

    >>> harmless("=1+1"), harmless("国道4号"), harmless("-0.5")
    ("'=1+1", '国道4号', '-0.5')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not _NUMBER.match(text) else text


def _csv_text(form: Form, sheets: Sequence[Sheet]) -> str:
    """All rows of all sheets under one header row, CRLF line ends."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(column.header for column in form.columns)
    writer.writerows(_csv_cells(form, row) for sheet in sheets for row in sheet.rows)
    return buffer.getvalue()


def _csv_cells(form: Form, row: Row) -> Iterator[str]:
    return (harmless(column.text(row)) for column in form.columns)


def to_cp932(text: str) -> tuple[bytes, Counter[str]]:
    """The text in CP932, and how often each character that it lacks was replaced by 〓.

    >>> to_cp932("Ⅲ𠮷")[0].decode("cp932"), dict(to_cp932("Ⅲ𠮷")[1])
    ('Ⅲ〓', {'𠮷': 1})
    """
    text = text.translate(CP932_TWINS)
    lost = Counter({char: text.count(char) for char in sorted(set(text)) if not _in_cp932(char)})
    return text.translate({ord(char): GETA for char in lost}).encode("cp932"), lost


def _in_cp932(char: str) -> bool:
    try:
        return bool(char.encode("cp932"))
    except UnicodeEncodeError:
        return False


def _name_lost(out: Path, form: Form, lost: Mapping[str, int]) -> list[Path]:
    """The list of replaced characters beside the CSV; an older run's list goes where there are none."""
    path = out / f"{form.title}_cp932_置換文字.txt"
    if not lost:
        path.unlink(missing_ok=True)
        return []
    lines = [f"{form.title}_cp932.csv では、CP932 にない次の文字を {GETA} に置き換えました。"]
    lines += [f"{char}\tU+{ord(char):04X}\t{count}箇所" for char, count in lost.items()]
    write_whole(path, ("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))
    return [path]
