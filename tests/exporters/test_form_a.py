"""様式A: the golden rows, cell by cell, and what a spreadsheet must never do with them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from exporters.form_a import export_form_a, read_form
from exporters.form_a.csv_pair import to_cp932
from exporters.form_a.export import sheet_title
from pavement.harmless_text import as_meant
from tests.exporters.builders import empty_survey, make_segment, make_survey

DAY = datetime(2026, 6, 3)
PAVED = datetime(2012, 10, 1)
ROAD = [None, None, None, None, None, "青森県", "青森県", 4, "現道", "国道4号", "B"]
BASIS = "舗装点検要領の判定区分(ひび割れ率)"
TOWA = "十和田市"
SEEN = (91.2, "一般国道", "000")  # 91.25 to even
#: of every column: header, type, width, number format, and the words that its list allows (what it does elsewhere)
WHOLE, D1, D5, MONTH = "General", "0.0", "0.00000", 'yyyy"年"m"月"'
STOP, WARN = "stop", "warning"
COLUMNS: list[tuple[str, str, float, str, str]] = [
    ("地整", "リスト", 6, WHOLE, STOP),
    ("事務所番号", "数値", 6, WHOLE, ""),
    ("事務所", "文字列", 8, WHOLE, ""),
    ("出張所番号", "数値", 6, WHOLE, ""),
    ("出張所", "文字列", 8, WHOLE, ""),
    ("都道府県", "リスト", 9, WHOLE, STOP),
    ("都道府県・政令市", "文字列", 11, WHOLE, ""),
    ("路線番号", "数値", 7, WHOLE, ""),
    ("現道・旧道・新道区分", "リスト", 9, WHOLE, STOP),
    ("路線名", "文字列", 16, WHOLE, ""),
    ("分類(AorB)", "リスト", 7, WHOLE, STOP),
    ("市町村(起点)", "文字列", 11, WHOLE, ""),
    ("距離標(起点)※数値", "数値", 9, WHOLE, ""),
    ("距離標からの追加距離(起点)※数値", "数値", 11, WHOLE, ""),
    ("緯度(起点)※10進数", "数値", 10, D5, ""),
    ("経度(起点)※10進数", "数値", 11, D5, ""),
    ("市町村(終点)", "文字列", 11, WHOLE, ""),
    ("距離標(終点)※数値", "数値", 9, WHOLE, ""),
    ("距離標からの追加距離(終点)※数値", "数値", 11, WHOLE, ""),
    ("緯度(終点)※10進数", "数値", 10, D5, ""),
    ("経度(終点)※10進数", "数値", 11, D5, ""),
    ("上下線区分", "リスト", 7, WHOLE, WARN),
    ("車線番号", "リスト", 6, WHOLE, WARN),
    ("延長(m)", "数値", 8, D1, ""),
    ("舗装種別", "リスト", 12, WHOLE, WARN),
    ("表層の舗設年月", "日付", 11, MONTH, ""),
    ("使用目標年数", "数値", 7, WHOLE, ""),
    ("点検年月日", "日付", 11, "yyyy/m/d", ""),
    ("点検方法", "リスト", 13, WHOLE, WARN),
    ("ひび割れ率(%)", "数値", 8, D1, ""),
    ("わだち掘れ量(mm)", "数値", 8, D1, ""),
    ("IRI(mm/m)", "数値", 8, "0.00", ""),
    ("判断基準", "文字列", 9, WHOLE, ""),
    ("その他判断基準内容", "文字列", 32, WHOLE, ""),
    ("健全性の診断", "リスト", 8, WHOLE, WARN),
    ("健全性コード", "数値", 7, WHOLE, ""),
    ("詳細調査", "文字列", 10, WHOLE, ""),
    ("措置内容", "文字列", 12, WHOLE, ""),
    ("措置年月", "日付", 11, MONTH, ""),
    ("写真番号", "文字列", 18, WHOLE, ""),
    ("備考", "文字列", 34, WHOLE, ""),
    ("有効測定率(%)", "数値", 8, D1, ""),
    ("道路種別", "リスト", 11, WHOLE, WARN),
    ("路線枝番", "文字列", 7, WHOLE, ""),
]
#: 国道4号_R8 from row 3 on: 下り by kilopost, then 上り
GOLDEN: list[list[Any]] = [
    # 12-16 起点, 17-21 終点, 22-29, 30-32 indicators, 33-35+, 36-38 left to people, 39, 40, three additions
    [
        *ROAD,
        *(TOWA, 112, 500, 40.6, 141.2),
        *(TOWA, 112, 600, 40.6009, 141.2002),
        *("下り", 1, 101.4, "アスファルト", PAVED, 13, DAY, "機器(新技術)"),
        *(25.0, None, None),
        *("9:その他", BASIS, "Ⅱ", 2),
        *(None, None, None),
        *("P0001", "要確認;少なくとも"),
        *SEEN,
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
        *SEEN,
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
        *SEEN,
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
        *(0.0, "一般国道", "000"),
    ],
]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    export_form_a(make_survey(), tmp_path)
    return load_workbook(tmp_path / "様式A.xlsx")


def test_rows_are_the_golden_rows(book: Any) -> None:
    sheet = book["国道4号_R8"]
    assert [list(row) for row in sheet.iter_rows(min_row=3, values_only=True)] == GOLDEN
    kinds = {str: "s", float: "n", int: "n", datetime: "d", type(None): "n"}
    assert [[cell.data_type for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        [kinds[type(value)] for value in row] for row in GOLDEN
    ]


def test_columns_are_the_golden_columns(book: Any) -> None:
    sheet = book["国道4号_R8"]
    rules = {str(r.sqref).split(":")[0]: r.errorStyle for r in sheet.data_validations.dataValidation}
    letters = [cell.column_letter for cell in sheet[2]]
    for row in range(3, 7):  # every cell, also the empty ones
        assert [
            (
                sheet[f"{at}2"].value,
                sheet[f"{at}1"].value,
                sheet.column_dimensions[at].width - 1,
                sheet[f"{at}{row}"].number_format,
                rules.get(f"{at}3", ""),
            )
            for at in letters
        ] == COLUMNS
    assert {cell.border.left.style for row in sheet["A1:AR6"] for cell in row} == {"thin"}


def test_sheets_are_one_per_road_and_year_with_class_d_apart(book: Any) -> None:
    assert book.sheetnames == ["国道4号_R8", "=1+1幹線_R8_CD", "記入例・説明", "コード", "検査結果"]
    assert book["コード"].sheet_state == "hidden"
    assert all(not sheet.merged_cells.ranges for sheet in book)
    assert book["国道4号_R8"].freeze_panes == "A3"
    assert book["国道4号_R8"].auto_filter.ref == "A2:AR6"


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


def test_replaced_characters_are_named_with_row_and_column(tmp_path: Path) -> None:
    export_form_a(make_survey(), tmp_path)
    lines = list(csv.reader(io.StringIO((tmp_path / "様式A_検査.csv").read_text("utf-8-sig"), newline="")))
    text = "CP932 にない文字「𠮷」(U+20BB7) を 〓 に置き換えた"
    assert ["注意", "様式A_cp932.csv", "4", "市町村(起点)", text, "1"] in lines
    assert ["注意", "様式A_cp932.csv", "6", "都道府県・政令市", text, "1"] in lines
    assert (tmp_path / "様式A_cp932.csv").read_bytes().decode("cp932").splitlines()[3].count("〓") == 1


def test_findings_stand_in_the_book_as_in_the_file(book: Any, tmp_path: Path) -> None:
    file = list(csv.reader(io.StringIO((tmp_path / "様式A_検査.csv").read_text("utf-8-sig"), newline="")))
    sheet = [["" if v is None else str(v) for v in row] for row in book["検査結果"].iter_rows(values_only=True)]
    assert sheet == [[as_meant(cell) for cell in line] for line in file]
    assert len(file) > 3


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


def test_all_roads_may_share_a_sheet_but_those_of_class_c_and_d(tmp_path: Path) -> None:
    export_form_a(make_survey(), tmp_path, read_form().adjusted(per_route=False))
    book = load_workbook(tmp_path / "様式A.xlsx")
    assert book.sheetnames[:2] == ["様式A_R8", "様式A_R8_CD"]
    together = replace(read_form().adjusted(per_route=False), class_cd_apart=False)
    export_form_a(make_survey(), tmp_path, together)
    assert load_workbook(tmp_path / "様式A.xlsx")["様式A_R8"].max_row == 7


@pytest.mark.parametrize(("style", "post", "offset"), [("", 112, 500), ("post", 112, 500), ("cumulative", 0, 112500)])
def test_kiloposts_are_written_either_way(tmp_path: Path, style: Any, post: float, offset: float) -> None:
    export_form_a(make_survey(), tmp_path, replace(read_form(), kp_style=style))
    sheet = load_workbook(tmp_path / "様式A.xlsx")["国道4号_R8"]
    assert (sheet["M3"].value, sheet["N3"].value) == (post, offset)


def test_numbers_of_numpy_and_numbers_that_are_none_are_written_as_what_they_are(tmp_path: Path) -> None:
    odd = make_segment(rut_mm=np.float64(12.345), iri_mm_per_m=math.nan, length_m=np.float64(100.04), crack_pct=-0.0)
    export_form_a(replace(make_survey(), segments=[odd]), tmp_path)
    sheet = load_workbook(tmp_path / "様式A.xlsx")["国道4号_R8"]
    assert [sheet[f"{at}3"].value for at in ("AD", "AE", "AF", "X")] == [0, 12.3, None, 100]


def test_a_text_longer_than_a_cell_is_cut_and_said(tmp_path: Path) -> None:
    long = make_segment(photos=tuple(f"P{i:04d}" for i in range(8000)))
    export_form_a(replace(make_survey(), segments=[long]), tmp_path)
    assert len(load_workbook(tmp_path / "様式A.xlsx")["国道4号_R8"]["AN3"].value) == 32_767
    assert "切り詰めた" in (tmp_path / "様式A_検査.csv").read_text("utf-8-sig")
