"""様式A of a survey: the workbook (ours, or a customer's blank filled), the same rows as CSV, and what to check.

Rows: per road (the order in which the survey names them) all of 下り, then all of 上り, each by lane and kilopost.
"""

from __future__ import annotations

import io
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exporters.form_a.blank import CHECKS, FIRST_ROW, make_blank
from exporters.form_a.checks import Checker, judge_list, mixed_lanes
from exporters.form_a.csv_pair import CsvPair, open_csv_pair
from exporters.form_a.fields import Row, Value, is_plain, make_row
from exporters.form_a.findings import Findings, Level
from exporters.form_a.package import Filling, write_package
from exporters.form_a.table import Form, read_form
from exporters.form_a.template import Target, check_room, open_template
from exporters.wording import fiscal_year_short, last_day, road_name, shapes_by_road
from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.record import Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

MAX_TITLE = 31  #: UTF-16 units, Excel's limit
MAX_ROWS = 1_048_576  #: of a sheet
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sheet:
    """The segments of one sheet in their order. `suffix` tells apart class C and D."""

    title: str
    segments: Sequence[Segment]
    suffix: str = ""


class Rows:
    """Makes the rows of a survey in a form, checks them and puts them into the CSV files, as they pass."""

    def __init__(self, survey: Survey, form: Form, findings: Findings) -> None:
        self.form, self.findings = form, findings
        self._shapes = shapes_by_road(survey.routes)
        self._year = survey.year
        self._mixed = mixed_lanes(survey.segments)
        self._checker = Checker(form, survey.routes, findings)

    def row(self, segment: Segment) -> Row:
        """The row of one segment."""
        form, shape = self.form, self._shapes.get(segment.road)
        mixed = id(segment) in self._mixed
        return make_row(
            segment, shape, turned=form.turn_up_rows, kp_style=form.kp_style, year=self._year, mixed_lanes=mixed
        )

    def values(self, sheet: Sheet, first_row: int, table: CsvPair) -> Iterator[list[Value]]:
        """The values of a sheet's rows, one list a row in the order of the form's columns."""
        columns = self.form.columns
        for number, segment in enumerate(sheet.segments, start=first_row):
            row = self.row(segment)
            values = [column.value(row) for column in columns]
            self._checker.see(sheet.title, number, row, values)
            table.add(values)
            yield values


def export_form_a(survey: Survey, out: Path, form: Form | None = None) -> list[Path]:
    """様式A.xlsx (more than one where a blank is filled route by route), .csv, _cp932.csv and _検査.csv."""
    form = form or read_form()
    findings = Findings()
    rows = Rows(survey, form, findings)
    sheets = make_sheets(survey, form)
    with open_csv_pair(form, out, findings) as table:
        if form.template is None:
            books = [_write_own(survey, rows, sheets, table, out)]
        else:
            books = _fill_template(rows, sheets, table, out)
    checks = tell(findings, form, out)
    return [*books, out / f"{form.title}.csv", out / f"{form.title}_cp932.csv", checks]


def tell(findings: Findings, form: Form, out: Path) -> Path:
    """The findings as a file and in the log."""
    path = findings.write(out / f"{form.title}_検査.csv")
    level = logging.WARNING if findings.count(Level.ERROR) else logging.INFO
    log.log(level, "%s: 検査結果 %s: %s", form.title, findings.summary(), path)
    for line in findings:
        log.info("%s: %s", form.title, line)
    return path


def make_sheets(survey: Survey, form: Form) -> list[Sheet]:
    """One sheet per road or one for all, those of class C and D apart; one empty sheet where there are no segments."""
    shapes, year = shapes_by_road(survey.routes), fiscal_year_short(survey.year)
    by_road: dict[RoadKey, list[Segment]] = defaultdict(list)
    for segment in survey.segments:
        by_road[segment.road].append(segment)
    groups: dict[tuple[str, str, RoadKey | None], list[Segment]] = defaultdict(list)
    for road, segments in by_road.items():
        suffix = "_CD" if form.class_cd_apart and is_plain(shapes.get(road)) else ""
        name = road_name(road) if form.per_route else form.title
        groups[name, suffix, road if form.per_route else None] += sorted(segments, key=_order)
    sheets: dict[str, Sheet] = {}
    for (name, suffix, _), segments in groups.items():
        title = sheet_title(name, f"_{year}{suffix}", sheets)
        sheets[title.casefold()] = Sheet(title, segments, suffix)
        if len(segments) > MAX_ROWS - 100:
            raise BadInput(f"{len(segments)} rows for one sheet", file=title, do="write one sheet per route")
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


def _write_own(survey: Survey, rows: Rows, sheets: Sequence[Sheet], table: CsvPair, out: Path) -> Path:
    """The product's own workbook."""
    first = next((sheet.segments[0] for sheet in sheets if sheet.segments), None)
    blank = make_blank(rows.form, {s.title: len(s.segments) for s in sheets}, rows.row(first) if first else None)
    fillings = {
        blank.parts[s.title]: blank.filling(s.title, rows.values(s, FIRST_ROW, table), len(s.segments)) for s in sheets
    }
    fillings[blank.parts[CHECKS]] = blank.filling(CHECKS, _finding_rows(rows.findings), None)
    with whole_file(out / f"{rows.form.title}.xlsx") as temporary:
        write_package(io.BytesIO(blank.data), temporary, fillings, last_day(survey))
    return out / f"{rows.form.title}.xlsx"


def _finding_rows(findings: Findings) -> Iterator[Sequence[Value]]:
    """Read when the sheet's turn has come: after all rows."""
    lines: Sequence[Sequence[Value]] = findings.lines()
    yield from lines or [(None, None, None, None, findings.summary(), None)]


def _fill_template(rows: Rows, sheets: Sequence[Sheet], table: CsvPair, out: Path) -> list[Path]:
    """The customer's blank, once for every sheet: nothing but that sheet's rows is changed."""
    form = rows.form
    if form.template is None:
        raise ValueError("no template")
    target = open_template(form.template, form, rows.findings)
    written = []
    for sheet in sheets:
        name = f"_{sheet.title}" if form.per_route else sheet.suffix
        path = out / f"{form.title}{name}{form.template.file.suffix}"
        check_room(target, len(sheet.segments), rows.findings)
        values = _for_target(rows, rows.values(sheet, target.first_row, table), target, sheet.title)
        count = len(sheet.segments)
        filling = Filling(target.sheet, target.spots, target.first_row, values, count, date1904=target.date1904)
        with whole_file(path) as temporary:
            write_package(form.template.file, temporary, {target.part: filling}, None)
        written.append(path)
    return written


def _for_target(rows: Rows, lines: Iterator[list[Value]], target: Target, where: str) -> Iterator[list[Value]]:
    """The values that the blank has columns for, judged by its own drop-downs too."""
    judges = [(i, rows.form.columns[i], judge_list(rows.form.columns[i], words)) for i, words in target.lists.items()]
    for number, values in enumerate(lines, start=target.first_row):
        for i, column, judge in judges:
            value = values[i]
            if value is not None and (wrong := judge(value)) is not None:
                rows.findings.add(wrong[0], where, number, column.header, f"様式の一覧: {wrong[1]}")
        yield [_shown(values[i], i, target, rows.form) for i in target.columns]


def _shown(value: Value, index: int, target: Target, form: Form) -> Value:
    """The value, a day as text where the blank's cells do not show days."""
    if index not in target.texts or not isinstance(value, date):
        return value
    return f"{value.year}/{value.month}" + ("" if form.columns[index].month_only else f"/{value.day}")
