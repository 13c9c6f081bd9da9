"""Sheets read back: what nobody changed is no change, whatever the segments; what somebody changed is found."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from exporters.form_a import Form, export_form_a, import_form_a, read_form, write_changes
from exporters.form_a.changes import HEAD
from exporters.form_a.reading import read_sheets
from exporters.form_a.segments import to_segment
from pavement.errors import BadInput
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Flag, Place, Segment
from tests.exporters.builders import make_survey

ROADS = (
    RouteShape(RoadKey("一般国道", "4", "000", "現道"), "国道4号", [], "B", "青森県", "青森県"),
    RouteShape(RoadKey("一般県道", "4", "000", "現道"), "県道4号", [], None, "青森県", "髙田町"),
    RouteShape(RoadKey("一般国道", "4", "002", "旧道"), "=SUM(A1)", [], "A", "岩手県", None),
    RouteShape(RoadKey("市町村道", "幹線1号", "000", "現道"), "'=1+1", [], "D", None, "𠮷野町", kp_style="cumulative"),
    RouteShape(RoadKey("市町村道", "004", "000", "新道"), "", [], "C", None, None),
)
MANY = 15  #: examples of a property; each is a workbook
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Co", "Cn")), min_size=1, max_size=12)
measured = st.none() | st.floats(0, 100, allow_subnormal=False)
ledgers = st.fixed_dictionaries(
    {},
    optional={
        "municipality": texts,
        "municipality_end": texts,
        "surface": st.sampled_from(("アスファルト", "コンクリート")),
        "paved_on": st.sampled_from(("2012-10", "2012-10-15", "平成22年頃", "令和元年5月", "2012")),
        "design_life_years": st.sampled_from(("13", "13.5", "0013", "不明")),
    },
)


@st.composite
def one_segment(draw: st.DrawFn) -> Segment:
    """Any segment on a grid of 0.1 of kilopost, with posts every kilometre."""
    tenth, flags = draw(st.integers(0, 4000)), draw(st.lists(st.sampled_from(Flag), unique=True))
    start, end = (
        Place(k / 10, float(k // 10), k % 10 * 100.0, draw(st.floats(139, 142)), draw(st.floats(39, 42)))
        for k in (tenth, tenth + 1)
    )
    rating = draw(st.none() | st.sampled_from(("Ⅰ", "Ⅱ", "Ⅲ", "Ⅲ-1", "Ⅲ-2")))
    return Segment(
        draw(st.sampled_from(ROADS)).road,
        draw(st.sampled_from(Direction)),
        draw(st.none() | st.sampled_from((1, 2, 91))),
        *(start, end, draw(st.floats(50, 150)), draw(measured), draw(measured), None, draw(measured)),
        potholes=draw(st.none() | st.integers(0, 9)),
        mci=None,
        rating=rating,
        rating_basis=draw(st.sampled_from(("ひび割れ率", "ひび割れ率;わだち掘れ量;IRI"))) if rating else "",
        coverage_pct=draw(st.floats(0, 100)),
        frames=draw(st.integers(0, 9)),
        position_sd_m=None,
        flags=tuple(sorted(flags, key=list(Flag).index)),
        surveyed_on=draw(st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        photos=tuple(draw(st.lists(st.from_regex(r"P[0-9]{4}", fullmatch=True), max_size=3))),
        attributes=draw(ledgers),
    )


def key(segment: Segment) -> Any:
    return segment.road, segment.direction, segment.lane or 0, segment.start.kp_km


some_segments = st.lists(one_segment(), max_size=5, unique_by=key)
forms = st.builds(
    lambda turn, one, style: replace(read_form(), turn_up_rows=turn, sheets="all" if one else "route", kp_style=style),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("", "post", "cumulative")),
)


def survey_of(segments: Sequence[Segment]) -> Survey:
    return Survey(segments, [], [], [], [], ROADS, [], 2026)


@settings(max_examples=MANY)
@given(segments=some_segments, form=forms, file=st.sampled_from(("様式A.xlsx", "様式A.csv", "様式A_cp932.csv")))
def test_what_nobody_changed_is_no_change(segments: list[Segment], form: Form, file: str) -> None:
    survey = survey_of(segments)
    with tempfile.TemporaryDirectory() as folder:
        export_form_a(survey, Path(folder), form)
        changes, findings = import_form_a(Path(folder) / file, survey, form)
    assert changes == []
    assert list(findings) == []


@settings(max_examples=MANY)
@given(segments=some_segments, form=forms, file=st.sampled_from(("様式A.xlsx", "様式A.csv")))
def test_a_sheet_holds_the_segments_as_printed(segments: list[Segment], form: Form, file: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        export_form_a(survey_of(segments), Path(folder), form)
        rows = read_sheets(Path(folder) / file, form)
    read = [to_segment(row.by_source(form)) for row in rows]
    assert None not in read
    expected = sorted((printed(each, form, months=file.endswith("csv")) for each in segments), key=key)
    assert sorted((each for each in read if each), key=key) == expected


def printed(segment: Segment, form: Form, months: bool) -> Segment:
    """What a sheet carries of a segment, at the digits that it prints."""
    shape = next(route for route in ROADS if route.road == segment.road)
    cumulative = (form.kp_style or shape.kp_style) == "cumulative"
    plain = shape.road_class in ("C", "D")

    def place(p: Place) -> Place:
        post, offset = (0.0, round(p.kp_km * 1000, 1)) if cumulative else (p.post_km, round(p.offset_m, 1))
        return Place(p.kp_km, post, offset, round(p.lon, 5), round(p.lat, 5))

    def one(value: float | None, digits: int = 1) -> float | None:
        return None if value is None else round(value, digits)

    return replace(
        segment,
        start=place(segment.start),
        end=place(segment.end),
        length_m=round(segment.length_m, 1),
        crack_pct=one(segment.crack_pct),
        rut_mm=one(segment.rut_mm),
        iri_mm_per_m=one(segment.iri_mm_per_m, 2),
        coverage_pct=round(segment.coverage_pct, 1),
        potholes=segment.potholes or None,  # 0 and unknown look alike in 備考
        rating="Ⅲ" if plain and segment.rating and segment.rating.startswith("Ⅲ") else segment.rating,
        frames=0,
        attributes=ledger_of(segment, plain, months),
    )


def ledger_of(segment: Segment, plain: bool, months: bool) -> dict[str, str]:
    """The ledger's words: the surface has a default, days and months are ISO."""
    found = {"surface": "アスファルト"} | {k: text.replace("\r\n", "\n") for k, text in segment.attributes.items()}
    if "municipality" in found:
        found.setdefault("municipality_end", found["municipality"])
    if plain:
        found.pop("design_life_years", None)
    iso = {"令和元年5月": "2019-05", "2012-10-15": "2012-10" if months else "2012-10-15"}
    if "paved_on" in found:
        found["paved_on"] = iso.get(found["paved_on"], found["paved_on"])
    return found


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    export_form_a(make_survey(), tmp_path)
    return tmp_path / "様式A.xlsx"


def edit(path: Path, sheet: str = "国道4号_R8", **cells: Any) -> None:
    book = load_workbook(path)
    for place, value in cells.items():
        book[sheet][place] = value
    book.save(path)


def read_text(path: Path) -> io.StringIO:
    return io.StringIO(path.read_text("utf-8-sig"), newline="")


def test_each_corrected_cell_is_told_with_row_column_old_and_new(exported: Path) -> None:
    edit(
        exported,
        AD3="３１．５",
        AI4="Ⅲ－２",
        AB3="令和8年6月4日",
        AL3="切削オーバーレイ",
        AM3=date(2027, 5, 1),
        AN4=None,
    )
    changes, findings = import_form_a(exported, make_survey(), read_form())
    assert [(c.row, c.column, c.field, c.old_text, c.new_text) for c in changes] == [
        (3, "点検年月日", "surveyed_on", "2026-06-03", "2026-06-04"),
        (3, "ひび割れ率(%)", "crack_pct", "25", "31.5"),
        (3, "措置内容", "措置内容", "", "切削オーバーレイ"),
        (3, "措置年月", "措置年月", "", "2027-05-01"),
        (4, "健全性の診断", "rating", "Ⅲ-1", "Ⅲ-2"),
        (4, "写真番号", "photos", "P0002;P0003", ""),
    ]
    assert not len(findings)


def test_a_corrected_key_still_finds_its_segment(exported: Path) -> None:
    edit(exported, N3=450, W4=2, AQ5="主要地方道", I6="旧道")
    changes, findings = import_form_a(exported, make_survey(), read_form())
    assert sorted((c.row, c.field, c.old_text, c.new_text) for c in changes) == [
        (3, "offset_from", "500", "450"),
        (4, "lane", "1", "2"),
        (5, "road_type", "一般国道", "主要地方道"),
        (6, "kind", "現道", "旧道"),
    ]
    assert not len(findings)


def test_rows_added_removed_doubled_or_unreadable_are_named(exported: Path) -> None:
    book = load_workbook(exported)
    sheet: Any = book["国道4号_R8"]
    sheet.append([cell.value for cell in sheet[3]])
    sheet["M6"] = "?"
    sheet.delete_rows(4)
    del book["=1+1幹線_R8_CD"]
    book.save(exported)
    changes, findings = import_form_a(exported, make_survey(), read_form())
    assert changes == []
    assert list(findings) == [
        "誤り 国道4号_R8 5行: 路線番号・距離標・上下線区分のどれかが読めない: この行は比べない",
        "誤り 国道4号_R8 6行: 結果にない区間: 国道4号 下り 第1車線 112K500",
        "注意 国道4号: シートにない区間: 国道4号 下り 第1車線 112K600",
        "注意 国道4号: シートにない区間: 国道4号 上り 第1車線 112K600",
        "注意 =1+1幹線: 路線がシートにない",
    ]


def test_columns_in_another_order_and_a_csv_from_excel_are_read(exported: Path, tmp_path: Path) -> None:
    book, moved = load_workbook(exported), Workbook()
    page: Any = moved.active
    page.append(["令和8年度 点検結果"])
    for cells in book["国道4号_R8"].iter_rows(min_row=2, values_only=True):
        page.append([None, *reversed(cells)])
    moved.save(tmp_path / "moved.xlsx")
    survey = replace(make_survey(), segments=make_survey().segments[:4])
    changes, findings = import_form_a(tmp_path / "moved.xlsx", survey, read_form())
    assert changes == []
    assert not len(findings)
    lines = list(csv.reader(read_text(tmp_path / "様式A.csv")))
    day, branch = lines[0].index("点検年月日"), lines[0].index("路線枝番")
    for line in lines[1:]:
        line[day], line[branch] = line[day].replace("-0", "/").replace("-", "/"), "0"  # as Excel saves it
    with open(tmp_path / "excel.csv", "w", encoding="cp932", errors="replace", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(lines)
    changes, _ = import_form_a(tmp_path / "excel.csv", make_survey(), read_form())
    assert {c.new for c in changes} == {"?野町"}  # what CP932 lacks, lost by that other program


def test_days_as_excels_numbers_are_days(exported: Path) -> None:
    book = load_workbook(exported)
    cell: Any = book["国道4号_R8"]["AB3"]
    cell.value, cell.number_format = 46176, "General"
    book.save(exported)
    assert import_form_a(exported, make_survey(), read_form())[0] == []


def test_a_kilopost_that_stands_twice_is_told_apart_by_its_place(tmp_path: Path) -> None:
    here = make_survey().segments[0]
    there = replace(here, start=replace(here.start, lat=40.7), end=replace(here.end, lat=40.701), crack_pct=1.0)
    survey = replace(make_survey(), segments=[there, here])
    export_form_a(survey, tmp_path)
    assert import_form_a(tmp_path / "様式A.xlsx", survey, read_form())[0] == []
    assert import_form_a(tmp_path / "様式A.xlsx", replace(survey, segments=[here, there]), read_form())[0] == []


def test_changes_are_written_as_a_table(exported: Path, tmp_path: Path) -> None:
    edit(exported, AD3=30, AO3="=cmd")
    changes, _ = import_form_a(exported, make_survey(), read_form())
    write_changes(changes[:1], tmp_path / "changes.csv")
    lines = list(csv.reader(read_text(tmp_path / "changes.csv")))
    place = ["一般国道", "4", "000", "現道", "下り", "1", "112.5000", "112.6000"]
    assert lines == [list(HEAD), ["国道4号_R8", "3", "ひび割れ率(%)", "crack_pct", "25", "30", *place]]


@pytest.mark.parametrize("name", ["missing.xlsx", "missing.csv", "empty.csv", "latin.csv", "old.xls"])
def test_what_is_no_sheet_of_the_form_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe\x80\xa0\xfd")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(BadInput, match=name) as caught:
        import_form_a(tmp_path / name, make_survey(), read_form())
    assert "\n" not in str(caught.value)
