"""`make bench`, 様式A: a prefecture's year of rows beside XlsxWriter's time for the same cells in the same run.

A process of its own, for its memory: `python -m tests.bench_forms [ROWS]`.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench_table import Row, run_child, slope, tell

ROWS = 72_000  #: 100 m rows of 3,600 km in both directions
PER_ROAD = 600


def main(rows: int = ROWS) -> None:
    """Print the rows: 1, 10 and 100 hundredths of a prefecture, and XlsxWriter beside the whole."""
    counts = [rows // 100, rows // 10, rows]
    runs = [run_child("tests.bench_forms", count, "--alone") for count in counts]
    grown = slope(counts, [run.answer["ours"] for run in runs])
    found = [
        Row("様式A", "workbook, CSVs, checks", count, "rows", run.answer["ours"], peak_mb=run.peak_mb)
        for count, run in zip(counts, runs, strict=True)
    ]
    theirs = runs[-1].answer["theirs"]
    peer = "XlsxWriter, the same cells, workbook alone" if theirs else "XlsxWriter is not installed"
    ratio = theirs / runs[-1].answer["ours"] if theirs else None
    tell([*found[:-1], replace(found[-1], slope=grown, against=peer, ratio=ratio)])


def alone(rows: int) -> None:
    """Print the core-seconds of both for so many rows, by this process."""
    from exporters.form_a import export_form_a, read_form

    survey = make_year(rows)
    with tempfile.TemporaryDirectory() as name:
        started = time.process_time()
        export_form_a(survey, Path(name), read_form().adjusted(per_route=False))
        ours = time.process_time() - started
        print(json.dumps({"ours": ours, "theirs": xlsxwriter_seconds(Path(name), read_form().title)}))


def make_year(rows: int) -> Any:
    """A survey of that many segments on roads of 60 km, three indicators measured on most."""
    from pavement.record import RouteShape, Survey
    from pavement.road import Direction, RoadKey
    from pavement.segment import Flag, Place, Segment

    ledger = {"municipality": "十和田市", "paved_on": "2012-10", "design_life_years": "13"}
    segments: list[Segment] = []
    routes: list[RouteShape] = []
    for road_index in range(-(-rows // PER_ROAD)):
        road = RoadKey("一般県道", str(road_index + 1), "000", "現道")
        west = 140.0 + 0.001 * road_index
        line = [(west, 40.0), (west, 40.0 + 0.0009 * PER_ROAD)]
        routes.append(RouteShape(road, f"県道{road_index + 1}号線", line, "B", "青森県", "青森県"))
        for index in range(min(PER_ROAD, rows - len(segments))):
            place = index // 2
            start, end = (
                Place(k / 10, float(k // 10), k % 10 * 100.0, west, 40 + 0.0009 * k) for k in (place, place + 1)
            )
            segments.append(
                Segment(
                    *(road, (Direction.DOWN, Direction.UP)[index % 2], 1, start, end, 100.0 + 0.37 * (index % 7)),
                    crack_pct=0.37 * (index % 160),
                    rut_mm=None if index % 5 == 0 else 0.21 * (index % 130),
                    rut_se_mm=None,
                    iri_mm_per_m=1.013 + 0.013 * (index % 400),
                    potholes=index % 3,
                    mci=4.2,
                    rating=("Ⅰ", "Ⅱ", "Ⅲ-1")[index % 3],
                    rating_basis="ひび割れ率;わだち掘れ量;IRI",
                    coverage_pct=80 + 0.1 * (index % 200),
                    frames=21,
                    position_sd_m=3.2,
                    flags=(Flag.REVIEW, Flag.ESTIMATED),
                    surveyed_on=date(2026, 6, 1 + index % 28),
                    photos=(f"P{len(segments):06d}",),
                    attributes=ledger,
                )
            )
    return Survey(segments, [], [], [], [], routes, [], 2026)


def xlsxwriter_seconds(folder: Path, title: str) -> float | None:
    """CPU seconds in which XlsxWriter, streaming, writes the cells of the workbook; None where it is not installed."""
    try:
        xlsxwriter: Any = importlib.import_module("xlsxwriter")
    except ImportError:
        return None
    started, reading = time.process_time(), 0.0
    book = xlsxwriter.Workbook(str(folder / "theirs.xlsx"), {"constant_memory": True})
    page, plain = book.add_worksheet(), book.add_format({"border": 1})
    day = book.add_format({"border": 1, "num_format": "yyyy/m/d"})
    lines = enumerate(cells_of(folder / f"{title}.xlsx"))
    while True:
        before = time.process_time()
        some = list(islice(lines, 500))
        reading += time.process_time() - before
        if not some:
            break
        for row, line in some:
            for column, value in enumerate(line):
                if value is None:
                    page.write_blank(row, column, None, plain)
                elif isinstance(value, str):
                    page.write_string(row, column, value, plain)
                elif isinstance(value, date):
                    page.write_datetime(row, column, value, day)
                else:
                    page.write_number(row, column, value, plain)
    book.close()
    return time.process_time() - started - reading


def cells_of(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of the workbook's first sheet."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    yield from book.worksheets[0].iter_rows(values_only=True)
    book.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    alone(count) if "--alone" in sys.argv else main(count)
