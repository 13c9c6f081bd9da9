"""様式A: the golden rows, cell by cell, and what a spreadsheet must never do with them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from exporters.form_a import export_form_a, sheet_title, to_cp932
from exporters.form_a_table import read_form
from pavement.errors import BadInput
from tests.exporters.builders import empty_survey, make_survey

DAY = datetime(2026, 6, 3)
PAVED = datetime(2012, 10, 1)
ROAD = [None, None, None, None, None, "青森県", "青森県", 4, "現道", "国道4号", "B"]
BASIS = "舗装点検要領の判定区分(ひび割れ率)"
TOWA = "十和田市"
#: 国道4号_R8 from row 3 on: 下り by kilopost, then 上り
GOLDEN: list[list[Any]] = [
    # 12-16 起点, 17-21 終点, 22-29, 30-32 indicators, 33-35+, 36-38 left to people, 39, 40
    [
        *ROAD,
        *(TOWA, 112, 500, 40.6, 141.2),
        *(TOWA, 112, 600, 40.6009, 141.2002),
        *("下り", 1, 101.4, "アスファルト", PAVED, 13, DAY, "機器(新技術)"),
        *(25.0, None, None),
        *("9:その他", BASIS, "Ⅱ", 2),
        *(None, None, None),
        *("P0001", "要確認;少なくとも"),
    ],
    [
        *ROAD,
        *(TOWA, 112, 600, 40.6009, 141.2002),
        *(TOWA, 112, 700, 40.6018, 141.2004),
        *("下り", 1, 101.4, "アスファルト", PAVED, 13, DAY, "機器(新技術)"),
        *(47.0, None, None),
        *("9:その他", BASIS, "Ⅲ-1", 31),
        *(None, None, None),
        *("P0002;P0003", "要確認;少なくとも;ポットホール2箇所"),
    ],
    [
        *ROAD,
        *("𠮷野町", 112, 500, 40.6, 141.2),
        *("@町", 112, 600, 40.6009, 141.2002),
        *("上り", 1, 101.4, "アスファルト", None, None, DAY, "機器(新技術)"),
        *(25.0, None, None),
        *("9:その他", BASIS, "Ⅱ", 2),
        *(None, None, None),
        *("P0001", "要確認;少なくとも"),
    ],
    [
        *ROAD,
        *(TOWA, 112, 600, 40.6009, 141.2002),
        *(TOWA, 112, 700, 40.6018, 141.2004),
        *("上り", 1, 101.4, "アスファルト", PAVED, 13, None, None),
        *(None, None, None),
        *(None, None, None, None),
        *(None, None, None),
        *(None, "要確認;有効測定率不足"),
    ],
]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    export_form_a(make_survey(), tmp_path)
    return load_workbook(tmp_path / "様式A.xlsx")


def test_rows_are_the_golden_rows(book: Any) -> None:
    sheet = book["国道4号_R8"]
    assert [list(row) for row in sheet.iter_rows(min_row=3, values_only=True)] == GOLDEN
    assert [cell.value for cell in sheet[2]] == [column.header for column in read_form().columns]
    assert {cell.value for cell in sheet[1]} == {"文字列", "数値", "日付", "リスト"}


def test_sheets_are_one_per_road_and_year_with_class_d_apart(book: Any) -> None:
    assert book.sheetnames == ["国道4号_R8", "=1+1幹線_R8_CD", "記入例・説明", "コード"]
    assert book["コード"].sheet_state == "hidden"
    assert all(not sheet.merged_cells.ranges for sheet in book)
    assert book["国道4号_R8"].freeze_panes == "A3"
    assert book["国道4号_R8"].auto_filter.ref == "A2:AO6"


def test_class_d_road_has_no_subdivision_no_design_life_and_cumulative_metres(book: Any) -> None:
    sheet = book["=1+1幹線_R8_CD"]
    row = {head.value: cell.value for head, cell in zip(sheet[2], sheet[3], strict=True)}
    assert (row["健全性の診断"], row["健全性コード"], row["使用目標年数"]) == ("Ⅲ", 3, None)
    assert (row["距離標(起点)※数値"], row["距離標からの追加距離(終点)※数値"]) == (0, 100)
    assert (row["わだち掘れ量(mm)"], row["IRI(mm/m)"]) == (12.3, 3.46)


def test_text_never_becomes_a_formula(book: Any) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert book["=1+1幹線_R8_CD"]["H3"].value == "=1+1幹線"
    assert book["=1+1幹線_R8_CD"]["H3"].quotePrefix


def test_dates_and_coordinates_are_formatted_numbers(book: Any) -> None:
    row = book["国道4号_R8"][3]
    assert (row[14].number_format, row[25].number_format, row[27].number_format) == (
        "0.00000",
        'yyyy"年"m"月"',
        "yyyy/m/d",
    )
    assert row[27].is_date


def test_lists_point_at_the_code_sheet(book: Any) -> None:
    rules = {str(rule.sqref): rule for rule in book["国道4号_R8"].data_validations.dataValidation}
    rule = rules["AI3:AI6"]  # 健全性の診断
    column, first, last = rule.formula1.split("!")[1].replace("$", "")[0], 2, 6
    words = [book["コード"][f"{column}{i}"].value for i in range(first, last + 1)]
    assert rule.formula1 == f"'コード'!${column}$2:${column}$6"
    assert words == ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅲ-1", "Ⅲ-2"]
    assert {rules["F3:F6"].errorStyle, rule.errorStyle} == {"stop", "warning"}


def test_guide_explains_every_column(book: Any) -> None:
    rows = list(book["記入例・説明"].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == [column.header for column in read_form().columns]
    assert [row[5] for row in rows[:16]] == ["確定"] * 16
    assert all(row[5].startswith("提案") for row in rows[16:])


def test_csv_says_the_same_in_both_encodings(tmp_path: Path) -> None:
    export_form_a(make_survey(), tmp_path)
    data = (tmp_path / "様式A.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n") == 6
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["健全性の診断"] for row in rows] == ["Ⅱ", "Ⅲ-1", "Ⅱ", "", "Ⅲ"]
    assert [row["ひび割れ率(%)"] for row in rows] == ["25.0", "47.0", "25.0", "", "25.0"]
    assert (rows[0]["緯度(起点)※10進数"], rows[0]["点検年月日"], rows[0]["表層の舗設年月"]) == (
        "40.60000",
        "2026-06-03",
        "2012-10",
    )
    assert (rows[2]["市町村(終点)"], rows[4]["路線番号"]) == ("'@町", "'=1+1幹線")
    replaced = (tmp_path / "様式A_cp932.csv").read_bytes().decode("cp932")
    assert replaced == data.decode("utf-8-sig").replace("𠮷", "〓")


def test_replaced_characters_are_named_and_the_list_goes_with_them(tmp_path: Path) -> None:
    survey = make_survey()
    named = tmp_path / "様式A_cp932_置換文字.txt"
    assert named in export_form_a(survey, tmp_path)
    assert "𠮷\tU+20BB7\t2箇所" in named.read_text("utf-8-sig")
    assert named not in export_form_a(replace(survey, segments=survey.segments[:2], routes=[]), tmp_path)
    assert not named.exists()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    written = [[path.read_bytes() for path in export_form_a(make_survey(), tmp_path / run)] for run in "ab"]
    assert written[0] == written[1]


def test_a_survey_without_segments_still_gives_a_form(tmp_path: Path) -> None:
    export_form_a(empty_survey(), tmp_path)
    book = load_workbook(tmp_path / "様式A.xlsx")
    assert book.sheetnames[0] == "様式A_R8"
    assert book["様式A_R8"].max_row == 2


def test_turned_up_rows_start_at_the_higher_kilopost(tmp_path: Path) -> None:
    export_form_a(make_survey(), tmp_path, replace(read_form(), turn_up_rows=True))
    sheet = load_workbook(tmp_path / "様式A.xlsx")["国道4号_R8"]
    assert [(sheet[f"L{i}"].value, sheet[f"N{i}"].value, sheet[f"S{i}"].value) for i in (3, 5)] == [
        ("十和田市", 500, 600),
        ("@町", 600, 500),
    ]


@pytest.mark.parametrize(
    ("name", "taken", "title"),
    [
        ("国道4号", (), "国道4号_R8"),
        ("A[1]:*?/\\b", (), "A-1------b_R8"),
        ("あ" * 40, (), "あ" * 28 + "_R8"),  # 28 + 3 = 31
        ("𠮷" * 40, (), "𠮷" * 14 + "_R8"),  # 14 * 2 units + 3 = 31
        ("Route", ("route_r8", "route_r8~2"), "Route_R8~3"),
    ],
)
def test_sheet_titles_fit_excel(name: str, taken: tuple[str, ...], title: str) -> None:
    assert sheet_title(name, "_R8", dict.fromkeys(taken)) == title


def test_signs_with_a_twin_in_cp932_are_not_lost() -> None:
    data, lost = to_cp932("−〜Ⅰ㎡髙")
    assert data.decode("cp932") == "－～Ⅰ㎡髙"
    assert not lost


def test_a_form_that_names_an_unknown_source_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "form.toml"
    table.write_text('[[columns]]\nnumber="1"\nheader="x"\ntype="数値"\nmark="C"\nsource="nowhere"\n', "utf-8")
    with pytest.raises(BadInput, match=r"form\.toml: column 1: unknown source 'nowhere'"):
        read_form(table)
