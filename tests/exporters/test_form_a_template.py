"""A customer's own blank, filled: the rows are there, and nothing else has changed, byte by byte."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from exporters.form_a import export_form_a, import_form_a, read_form
from exporters.form_a.sheet_rows import Spot, fill
from exporters.form_a.sheet_xml import read_sheet_xml
from exporters.form_a.table import Blank
from pavement.errors import BadInput
from pavement.record import Survey
from tests.exporters.builders import make_segment, make_survey
from tests.exporters.customer_form import FIRST_ROW, HEADERS, SHEET, make_customer_form

pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension")  # openpyxl, reading what we wrote
PART = "xl/worksheets/sheet1.xml"
DAY = datetime(2026, 6, 3)


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    return make_customer_form(tmp_path / "白紙.xlsx")


@pytest.fixture
def survey() -> Survey:
    """One road of six rows, two more than the blank has ready."""
    return replace(make_survey(), segments=[make_segment(112.5 + i / 10) for i in range(6)])


def fill_in(blank: Path, survey: Survey, out: Path, **changes: Any) -> Path:
    export_form_a(survey, out, replace(read_form(), template=Blank(blank), **changes))
    return out / "様式A.xlsx"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_values_stand_under_their_headers(blank: Path, survey: Survey, tmp_path: Path) -> None:
    sheet: Any = load_workbook(fill_in(blank, survey, tmp_path / "out"))[SHEET]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST_ROW)]
    assert len(rows) == 6
    assert rows[1] == [
        *("=ROW()-6", "青森県", 4, "現道", "国道4号"),
        *("十和田市", 112, 600, 40.6009, 141.2002),
        *("十和田市", 112, 700),
        *("下り", 1, DAY, "2012/10", 25.0, None, None, "Ⅱ", "要確認;少なくとも"),
    ]
    assert rows[4][0] is None  # a new row: the customer's formulas end with the blank's rows


def test_everything_but_the_rows_is_as_it_was(blank: Path, survey: Survey, tmp_path: Path) -> None:
    before, after = parts(blank), parts(fill_in(blank, survey, tmp_path / "out"))
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == [PART]
    rest = re.compile(rb'<row r="(?:[7-9]|1\d)".*?</row>|<dimension [^>]*>', re.DOTALL)
    assert rest.sub(b"", before[PART]) == rest.sub(b"", after[PART])
    assert b'<dimension ref="A1:V12"' in after[PART]
    for word in (b"x14:dataValidation", b"mergeCell", b"conditionalFormatting", b"dataValidations", b"customXml"):
        assert word in after[PART] or any(word in name.encode() for name in after)


def test_every_cell_keeps_its_style_and_new_rows_have_the_first_ones(
    blank: Path, survey: Survey, tmp_path: Path
) -> None:
    old: Any = load_workbook(blank)[SHEET]
    new: Any = load_workbook(fill_in(blank, survey, tmp_path / "out"))[SHEET]
    for row in range(1, 13):
        like = row if row < FIRST_ROW + 4 else FIRST_ROW
        assert new.row_dimensions[row].height == old.row_dimensions[like].height
        for column in range(1, len(HEADERS) + 1):
            assert new.cell(row, column).style_id == old.cell(like, column).style_id  # of one and the same styles.xml


def test_what_does_not_fit_the_blank_is_said(blank: Path, survey: Survey, tmp_path: Path) -> None:
    worst = make_segment(113.1, rating="Ⅲ-1", lane=3)
    fill_in(blank, replace(survey, segments=[*survey.segments, worst]), tmp_path / "out")
    said = (tmp_path / "out" / "様式A_検査.csv").read_text("utf-8-sig")
    for line in (
        "注意,点検記録,6,,単位・型・記入例の行とみて残した,1",
        "注意,点検記録,,表層の舗設年月,日付の書式がない列なので文字で書いた,1",
        "注意,点検記録,,延長(m),この項目の列が様式にない(書かない),1",
        "注意,点検記録,5,A列「№」,様式のこの列に当たる項目がない(空欄),1",
        "注意,点検記録,13,,様式の入力規則は 10 行目まで。13 行目まで広げて使う,1",
        "注意,点検記録,13,,様式の条件付き書式は 10 行目まで。13 行目まで広げて使う,1",
        "注意,点検記録,13,,様式の印刷範囲は 10 行目まで。13 行目まで広げて使う,1",
        "注意,点検記録,7,A列,様式の数式を残した(開いて再計算する)。様式より下の行にはない,1",
        "注意,様式A_R8,13,健全性の診断,様式の一覧: 「Ⅲ-1」は一覧にない,1",  # a list of Excel 2010's extension
        "注意,様式A_R8,13,車線番号,様式の一覧: 「3」は一覧にない,1",  # a list in the rule itself
    ):
        assert line in said.splitlines()
    assert "上下線区分,様式の一覧" not in said  # a named list


def test_a_filled_blank_is_read_back(blank: Path, survey: Survey, tmp_path: Path) -> None:
    survey = replace(survey, segments=[*survey.segments, *make_survey().segments[2:4]])
    form = replace(read_form(), template=Blank(blank))
    path = fill_in(blank, survey, tmp_path / "out")
    assert import_form_a(path, survey, form)[0] == []
    book = load_workbook(path)
    book[SHEET]["R8"] = "２６．５"
    book.save(path)
    changes, findings = import_form_a(path, survey, form)
    assert [(c.sheet, c.row, c.field, c.old, c.new) for c in changes] == [(SHEET, 8, "crack_pct", 25, 26.5)]
    assert not len(findings)


def test_one_book_per_route_where_asked(blank: Path, tmp_path: Path) -> None:
    form = replace(read_form(), template=Blank(blank))
    names = [path.name for path in export_form_a(make_survey(), tmp_path / "out", form)]
    assert names[:2] == ["様式A.xlsx", "様式A_CD.xlsx"]
    names = [path.name for path in export_form_a(make_survey(), tmp_path / "o2", form.adjusted(per_route=True))]
    assert names[:2] == ["様式A_国道4号_R8.xlsx", "様式A_=1+1幹線_R8_CD.xlsx"]


def test_words_of_the_customer_stand_for_ours(blank: Path, survey: Survey, tmp_path: Path) -> None:
    columns = [replace(c, words={"下り": "2:下り線"}) if c.source == "direction" else c for c in read_form().columns]
    form = replace(read_form(), template=Blank(blank), columns=tuple(columns))
    export_form_a(survey, tmp_path / "out", form)
    assert load_workbook(tmp_path / "out" / "様式A.xlsx")[SHEET]["N7"].value == "2:下り線"
    assert import_form_a(tmp_path / "out" / "様式A.xlsx", survey, form)[0] == []


def test_a_sheet_with_data_is_not_overwritten(blank: Path, survey: Survey, tmp_path: Path) -> None:
    full = fill_in(blank, survey, tmp_path / "out")
    with pytest.raises(BadInput, match=r"様式A\.xlsx: sheet 「点検記録」 has a value in B7"):
        fill_in(full, survey, tmp_path / "again")


@pytest.mark.parametrize("what", ["nothing", "text", "other"])
def test_what_is_no_blank_of_the_form_is_refused(tmp_path: Path, survey: Survey, what: str) -> None:
    path = tmp_path / "x.xlsx"
    if what == "text":
        path.write_text("no zip")
    elif what == "other":
        book = Workbook()
        book.create_sheet("台帳").append(["品名", "数量", "単価", "金額", "備考"])
        book.save(path)
    with pytest.raises(BadInput, match=r"x\.xlsx"):
        fill_in(path, survey, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.xlsx"))


def test_xml_with_prefixes_gaps_and_self_closing_tags_is_filled() -> None:
    xml = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="n"><x:dimension ref="A1"/><x:cols><x:col min="2" max="3" '
        b'style="7"/></x:cols><x:sheetData><x:row r="1"><x:c r="A1"/><x:c r="B1" s="2"/></x:row><x:row r="2" '
        b'spans="1:2" ht="20"/></x:sheetData><x:end a=">"/></x:worksheet>'
    )
    spots = [Spot(2), Spot(3)]
    filled = b"".join(fill(read_sheet_xml(xml), spots, 2, [["あ<", 1.5], [None, 2]], 2)).decode()
    assert '<x:row r="1"><x:c r="A1"/><x:c r="B1" s="2"/></x:row>' in filled
    assert (
        '<x:row r="2" ht="20"><x:c r="B2" s="7" t="inlineStr"><x:is><x:t>あ&lt;</x:t></x:is></x:c>'
        '<x:c r="C2" s="7"><x:v>1.5</x:v></x:c></x:row>' in filled
    )
    assert '<x:row r="3" ht="20"><x:c r="B3" s="7"/><x:c r="C3" s="7"><x:v>2</x:v></x:c></x:row>' in filled
    assert filled.endswith('</x:sheetData><x:end a=">"/></x:worksheet>')
    assert '<x:dimension ref="A1:C3"/>' in filled
    assert (
        '<c r="A5"><v>1</v></c>'
        in b"".join(fill(read_sheet_xml(b"<worksheet><sheetData/></worksheet>"), [Spot(1)], 5, [[1]], 1)).decode()
    )


def test_sheet_and_rows_may_be_named(tmp_path: Path, blank: Path) -> None:
    form = replace(read_form(), template=Blank(blank, sheet=SHEET, header_row=5, first_row=9))
    export_form_a(replace(make_survey(), segments=[make_segment()]), tmp_path / "out", form)
    assert load_workbook(tmp_path / "out" / "様式A.xlsx")[SHEET]["B9"].value == "青森県"
