"""What people changed in a sheet: its rows beside those that the result would print."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exporters.form_a.cells import parse_cell
from exporters.form_a.csv_pair import to_cp932
from exporters.form_a.fields import Value, make_row
from exporters.form_a.findings import Findings, Level
from exporters.form_a.pairing import pair
from exporters.form_a.reading import SheetRow, read_sheets
from exporters.form_a.segments import to_segment
from exporters.form_a.table import Form, FormColumn
from exporters.tables import KP
from exporters.wording import kp_text, road_name, shapes_by_road
from pavement.files import write_whole
from pavement.harmless_text import harmless
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

HEAD = (
    *("sheet", "row", "column", "field", "old", "new"),
    *("road_type", "route_no", "branch_no", "kind", "direction", "lane", "from_kp_km", "to_kp_km"),
)
SAME_KP_KM = 0.00005  #: half of the printed 0.1 m


@dataclass(frozen=True)
class Change:
    """One cell that says something else than the result. `field` is the column's source, or its header."""

    sheet: str
    row: int
    column: str
    field: str
    old: Value
    new: Value
    segment: Segment

    @property
    def old_text(self) -> str:
        """The result's value as text."""
        return _shown(self.old)

    @property
    def new_text(self) -> str:
        """The sheet's value as text."""
        return _shown(self.new)

    def cells(self) -> list[str]:
        """The line of changes.csv, in the order of `HEAD`."""
        road, lane = self.segment.road, self.segment.lane
        return [
            *(self.sheet, str(self.row), self.column, self.field, self.old_text, self.new_text),
            *(road.road_type, road.route_no, road.branch_no, road.kind, self.segment.direction.value),
            "" if lane is None else str(lane),
            *(f"{place.kp_km:.{KP}f}" for place in (self.segment.start, self.segment.end)),
        ]


def import_form_a(sheet: Path, survey: Survey, form: Form) -> tuple[list[Change], Findings]:
    """Every difference between a sheet and the survey that it was made from, and what could not be compared."""
    findings = Findings()
    rows = read_sheets(sheet, form)
    return list(_compare(rows, survey, form, findings)), findings


def write_changes(changes: Iterable[Change], path: Path) -> Path:
    """The changes as CSV (UTF-8 with BOM)."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEAD)
    writer.writerows([harmless(cell) for cell in change.cells()] for change in changes)
    write_whole(path, buffer.getvalue().encode("utf-8-sig"))
    return path


def _compare(rows: Sequence[SheetRow], survey: Survey, form: Form, findings: Findings) -> Iterable[Change]:
    shapes = shapes_by_road(survey.routes)
    read = [(row, to_segment(row.by_source(form))) for row in rows]
    for row, told in read:
        if told is None:
            text = "路線番号・距離標・上下線区分のどれかが読めない: この行は比べない"
            findings.add(Level.ERROR, row.sheet, row.number, "", text)
    pairs, unknown, missing = pair([(row, told) for row, told in read if told], survey.segments, form)
    for row, told, segment in pairs:
        shape = shapes.get(segment.road)
        yield from _changes(row, told, segment, shape, form, survey.year)
    for row, told in unknown:
        text = f"結果にない区間: {_name(told)}"
        findings.add(Level.ERROR, row.sheet, row.number, "", text)
    _tell_missing(missing, {segment.road for _, _, segment in pairs}, findings)


def _tell_missing(missing: Iterable[Segment], roads: set[RoadKey], findings: Findings) -> None:
    """Segments that no row tells of: one by one on roads that the sheet has, else by road."""
    for segment in missing:
        text = f"シートにない区間: {_name(segment)}" if segment.road in roads else "路線がシートにない"
        findings.add(Level.NOTE, road_name(segment.road), None, "", text)


def _name(segment: Segment) -> str:
    lane = "" if segment.lane is None else f" 第{segment.lane}車線"
    return f"{road_name(segment.road)} {segment.direction.value}{lane} {kp_text(segment.start.kp_km)}"


def _changes(
    row: SheetRow, told: Segment, segment: Segment, shape: RouteShape | None, form: Form, year: int
) -> Iterable[Change]:
    """The cells of one row that differ from what the segment would print."""
    first = row.by_source(form)
    turned = _is_turned(first, segment)
    printed = make_row(segment, shape, turned=turned, kp_style=form.kp_style, year=year)
    same_places = {
        end: abs(a.kp_km - b.kp_km) < SAME_KP_KM
        for end, a, b in (("from", told.start, segment.start), ("to", told.end, segment.end))
    }
    for index, new in row.values.items():
        column = form.columns[index]
        name, _, end = column.source.rpartition("_")
        if name in ("post", "offset") and same_places[_other(end) if turned else end]:
            continue
        old = parse_cell(column, column.value(printed), form)
        if not _same(old, new, column):
            yield Change(row.sheet, row.number, column.header, column.source or column.header, old, new, segment)


def _is_turned(values: dict[str, Value], segment: Segment) -> bool:
    """Whether a 上り row starts at its higher kilopost."""
    if segment.direction is not Direction.UP:
        return False
    start, end = (_kp(values, name) for name in ("from", "to"))
    return start is not None and end is not None and start > end


def _kp(values: dict[str, Value], end: str) -> float | None:
    kp, post, offset = (values.get(f"{name}_{end}") for name in ("kp", "post", "offset"))
    if isinstance(kp, int | float):
        return float(kp)
    return post + offset / 1000 if isinstance(post, int | float) and isinstance(offset, int | float) else None


def _other(end: str) -> str:
    return "to" if end == "from" else "from"


def _same(old: Value, new: Value, column: FormColumn) -> bool:
    """Whether two values of a column are one: months where it shows months, numbers to the last digit."""
    if isinstance(old, date) and isinstance(new, date) and column.month_only:
        return (old.year, old.month) == (new.year, new.month)
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=1e-12, abs_tol=1e-9)
    if isinstance(old, str) and isinstance(new, str):
        return new in (old, to_cp932(old)[0].decode("cp932"))  # the sheet may have been the CP932 one
    return old == new


def _shown(value: Value) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
