"""What the checks of 様式A and of the national database's table say, and what their tables may not say."""

from __future__ import annotations

import csv
import io
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporters.form_a import export_form_a, read_form
from exporters.form_a.checks import mixed_lanes
from exporters.form_a.findings import Findings, Level
from exporters.national import export_national
from pavement.errors import BadInput
from pavement.record import RouteShape, Survey
from pavement.road import Direction
from pavement.segment import Segment
from tests.exporters.builders import R4, make_place, make_segment, make_survey

LINE = [(141.19, 40.59), (141.21, 40.62)]
ROUTE = RouteShape(R4, "国道4号", LINE, "B", "青森県", "青森県")


def survey_of(*segments: Segment, route: RouteShape = ROUTE) -> Survey:
    return replace(make_survey(), segments=segments, routes=[route])


def checked(survey: Survey, out: Path) -> list[str]:
    """The findings, one line each: level, rows, column, text."""
    export_form_a(survey, out)
    file = io.StringIO((out / "様式A_検査.csv").read_text("utf-8-sig"), newline="")
    return [" ".join((line[0], line[2], line[3], line[4])).strip() for line in list(csv.reader(file))[1:]]


def test_rows_in_order_give_no_finding(tmp_path: Path) -> None:
    rows = [make_segment(112.5 + i / 10, direction=d) for d in Direction for i in range(3)]
    assert checked(survey_of(*rows), tmp_path) == ["指摘なし"]


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (
            [make_segment(112.5), make_segment(112.8)],
            ["注意 4 距離標 112K600 から 112K800 まで行がない(途切れ)"],
        ),
        (
            [make_segment(112.5, size=0.2), make_segment(112.6)],
            ["誤り 4 距離標 112K600 から 112K700 までが前の行と重なる"],
        ),
        (
            [make_segment(112.5), make_segment(112.5, lane=2), make_segment(112.5, direction=Direction.UP)],
            ["指摘なし"],
        ),
        (
            [make_segment(112.5), make_segment(112.5)],
            ["誤り 4 距離標 112K500 から 112K600 までが前の行と重なる"],
        ),
        (
            [make_segment(112.5, end=make_place(112.5), length_m=0.0)],
            ["誤り 3 距離標 起点 112K500 が終点 112K500 より小さくない"],
        ),
        (
            [make_segment(112.5), make_segment(112.6, start=replace(make_place(112.6), lon=141.2012), length_m=130)],
            ["誤り 4 緯度・経度(起点) 前の行の終点と 85 m 離れている"],  # 0.001° of longitude at 40.6° N: 84.5 m
        ),
        (
            [make_segment(112.5, length_m=76.0)],
            ["注意 3 緯度・経度 起終点の座標の間隔 101 m が延長 76 m と合わない"],
        ),
        (
            [make_segment(112.5, start=replace(make_place(112.5), lat=38.0), length_m=101)],
            [
                "誤り 3 緯度・経度(起点) 38.00000, 141.20000 は路線の範囲の外",
                "注意 3 緯度・経度 起終点の座標の間隔 289038 m が延長 101 m と合わない",
            ],
        ),
        (
            [make_segment(112.5, lane=5, attributes={"paved_on": "平成22年頃", "surface": "砂利"})],
            [
                "注意 3 車線番号 「5」は一覧にない",
                "注意 3 舗装種別 「砂利」は一覧にない",
                "注意 3 表層の舗設年月 「平成22年頃」は日付ではない",
            ],
        ),
        (
            [make_segment(112.5, size=0.2, lane=91), make_segment(112.6, lane=1)],
            ["注意 3～4 車線番号 車線91と車線別が重複(結合しない)"],
        ),
    ],
)
def test_each_fault_is_said_once_with_its_row(segments: list[Segment], said: list[str], tmp_path: Path) -> None:
    assert checked(survey_of(*segments), tmp_path) == said


def test_a_word_outside_a_confirmed_list_is_an_error(tmp_path: Path) -> None:
    route = replace(ROUTE, road_class="E", prefecture="青森")
    assert checked(survey_of(make_segment(), route=route), tmp_path) == [
        "誤り 3 都道府県 「青森」は一覧にない",
        "誤り 3 分類(AorB) 「E」は一覧にない",
    ]


def test_findings_go_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        checked(survey_of(make_segment(), make_segment()), tmp_path)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "検査結果 誤り 1件、注意 0件" in caplog.text
    assert "112K500 から 112K600 までが前の行と重なる" in caplog.text


def test_equal_findings_of_many_rows_are_one_line() -> None:
    findings = Findings()
    for row in (3, 4, 9):
        findings.add(Level.NOTE, "R8", row, "車線", "x")
    assert list(findings) == ["注意 R8 3～9行 車線: x (3件)"]


def test_lane_91_is_flagged_only_where_lanes_lie_beside_it() -> None:
    whole, lane = make_segment(112.5, size=0.2, lane=91), make_segment(112.6, lane=1)
    beyond, other = make_segment(112.7, lane=2), make_segment(112.5, lane=1, direction=Direction.UP)
    unknown = make_segment(112.5, lane=None)
    found = mixed_lanes([whole, lane, beyond, other, unknown])
    assert found == {id(whole), id(lane), id(unknown)}


def test_the_national_table_joins_by_its_keys_and_never_91_with_lanes(tmp_path: Path) -> None:
    rows = [make_segment(112.5, lane=91, size=0.2), make_segment(112.5), make_segment(112.6), make_segment(112.7)]
    paths = export_national(survey_of(*rows), tmp_path)
    assert [path.name for path in paths] == ["舗装DB.csv", "舗装DB_cp932.csv", "舗装DB_検査.csv"]
    lines = list(csv.DictReader(io.StringIO(paths[0].read_text("utf-8-sig"), newline="")))
    keys = [
        tuple(line[name] for name in ("路線番号", "路線枝番", "起点KP", "終点KP", "上下", "車線")) for line in lines
    ]
    assert keys == [
        ("4", "000", "112.5000", "112.6000", "下り", "1"),
        ("4", "000", "112.6000", "112.7000", "下り", "1"),
        ("4", "000", "112.7000", "112.8000", "下り", "1"),
        ("4", "000", "112.5000", "112.7000", "下り", "91"),
    ]
    assert [(line["車線区分"], bool(line["重複"])) for line in lines] == [
        ("車線別", True),
        ("車線別", True),
        ("車線別", False),
        ("車道部全体", True),
    ]
    assert lines[0]["年度"] == "2026"
    assert lines[0]["わだち掘れ量(mm)"] == ""
    assert "舗装DB.csv,2～5,車線番号" in paths[2].read_text("utf-8-sig")


COLUMN = 'number="1"\nheader="路線番号"\ntype="数値"\nmark="C"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[[columns]]\n{COLUMN}source='nowhere'", "column 1: unknown source 'nowhere'"),
        (f"[[columns]]\n{COLUMN}colour='red'", "column 1: colour: unknown key"),
        (f"[[columns]]\n{COLUMN}decimals='many'", "column 1: decimals: Input should be a valid integer"),
        (f"[[columns]]\n{COLUMN}decimals=12", "column 1: decimals 12"),
        (f"[[columns]]\n{COLUMN}[[columns]]\n{COLUMN}", "header '路線番号' stands twice"),
        (f"[[columns]]\n{COLUMN.replace('数値', 'リスト')}", "column 1: type リスト and key list go together"),
        (f"[[columns]]\n{COLUMN.replace('数値', '整数')}", "column 1: type: Input should be"),
        ("[[columns]]\nnumber='1'", "column 1: header: Field required (and 2 more)"),
        ("sheets='route'", "columns: Field required"),
        ("columns=[]", "has no columns"),
        (f"sheets='each'\n[[columns]]\n{COLUMN}", "sheets: Input should be"),
        (f"[template]\nfiel='x'\n[[columns]]\n{COLUMN}", "template: file: Field required (and 1 more)"),
        ("title = ", "is no TOML"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_form(path)
    assert f"form.toml: {said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_of_ones_own_says_what_the_sheet_is(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(f"title='点検表'\n[[columns]]\n{COLUMN}source='route_no'\n", "utf-8")
    names = [each.name for each in export_form_a(survey_of(make_segment()), tmp_path, read_form(path))]
    assert names == ["点検表.xlsx", "点検表.csv", "点検表_cp932.csv", "点検表_検査.csv"]
    assert (tmp_path / "点検表.csv").read_text("utf-8-sig") == "路線番号\n4\n"


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml: cannot be read"):
        read_form(tmp_path / "none.toml")


def test_the_shipped_tables_say_which_columns_are_confirmed() -> None:
    form: Any = read_form()
    first = [c for c in form.columns if c.number.isdigit()]
    assert [c.number for c in first] == [str(i) for i in range(1, 41)]
    assert {c.mark for c in first[:16]} == {"C"}
    assert "C" not in {c.mark for c in form.columns if c not in first[:16]}
    confirmed = [c.header for c in read_form(name="national.toml").columns if c.mark == "C"]
    assert confirmed == ["路線番号", "路線枝番", "起点KP", "終点KP", "上下", "車線"]
