"""Survey vehicles' tables as offices have them: headers, kiloposts, units, and every refused row with its reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.earlier.cells import spread
from pavement.earlier.columns import ColumnMapping, mapping_from_table
from pavement.earlier.reading import read_vehicle_survey
from pavement.earlier.record import MeasuredRow, VehicleSurvey
from pavement.errors import BadInput
from pavement.place import Level, place_id
from pavement.road import Direction, RoadKey

NATIONAL, MAIN = RoadKey("一般国道", "4", "000", "現道"), RoadKey("主要地方道", "4", "000", "現道")
OLD = RoadKey("一般国道", "4", "000", "旧道")
ROADS = {NATIONAL: "一般国道4号", MAIN: "青森浪岡線", OLD: "一般国道4号"}


def read(text: str, mapping: ColumnMapping | None = None, year: int | None = None) -> VehicleSurvey:
    return read_vehicle_survey(text.encode("cp932"), "R3.csv", ROADS, mapping, year)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("112K500", "112K600"),
        ("112.5", "112.6"),
        ("１１２ｋ５００", "112K600"),
        ("112600", "112500"),
        ("112.5KP", "112.6KP"),
    ],
)
def test_kiloposts_as_people_write_them(start: str, end: str) -> None:
    (row,) = read(f"路線,上下,自,至,ひび割れ率\n国道4号,下り,{start},{end},12\n").rows
    assert (row.road, row.from_kp_km, row.to_kp_km) == (NATIONAL, 112.5, 112.6)


def test_posts_with_offsets_and_lengths() -> None:
    text = "道路種別,路線番号,起点距離標,追加距離(m),延長(m),わだち掘れ量(cm)\n国道,4,112,500,100,1.2\n"
    (row,) = read(text).rows
    assert (row.from_kp_km, row.to_kp_km, row.rut_mm) == (112.5, 112.6, 12.0)
    assert row.direction is Direction.DOWN


def test_roads_by_name_kind_and_type() -> None:
    lines = "路線,区分,自,至,MCI\n{},{},1.0,1.1,5\n"
    mapping = mapping_from_table({"columns": {"kind": "区分"}})
    for route, kind, road in (("国道4号", "旧道", OLD), ("国道4号", "", NATIONAL), ("青森浪岡線", "", MAIN)):
        assert read(lines.format(route, kind), mapping).rows[0].road == road


def test_every_refused_row_has_a_reason() -> None:
    good = "国道4号,下り,{},{},{},2021/6/1"
    lines = ["路線,上下,自,至,ひび割れ率,調査年月日", good.format(1, 1.1, 10)]
    lines += [good.format(1, 1.1, 10), good.format(2, 2.1, 101), good.format(3, 3.1, "-"), good.format(4, 4, 1)]
    lines += [
        good.format("x", 5, 1),
        good.format(6, 7, 1),
        "国道5号,下り,1,1.1,5,",
        "4号,下り,1,1.1,5,",
        ",下り,1,1.1,5,",
    ]
    lines += ["国道4号,中,8,8.1,5,", "国道4号,下り,9,9.1,5,2020/6/1", good.format(10, 10.1, "多い")]
    found = read("\n".join(lines), year=2021)
    assert found.rows_in == len(lines) - 1
    assert len(found.rows) == 1
    assert sorted(found.reasons().values()) == [1] * 12
    assert {each.number for each in found.refused} == set(range(3, len(lines) + 1))


def test_flatness_becomes_iri_and_is_told() -> None:
    text = "路線,上下,自,至,平坦性σ(mm),調査日\n国道4号,上,1,1.02,2.0,令和3年10月5日\n"
    found = read(text)
    (row,) = found.rows
    assert row.iri_mm_per_m == pytest.approx(1.47 * 2 + 0.75)
    assert (row.direction, row.surveyed_on) == (Direction.UP, date(2021, 10, 5))
    assert any("σ" in each for each in found.assumed)
    (other,) = read(text, mapping_from_table({"sigma": [1.33, 0.24]})).rows
    assert other.iri_mm_per_m == pytest.approx(2.9)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"columns": {"colour": "x"}}, "colour"),
        ({"units": {"kp": "mile"}}, "km or m"),
        ({"directions": {"1": "east"}}, "下り or 上り"),
        ({"sigma": 3}, "sigma"),
        ({"tables": {}}, "tables"),
    ],
)
def test_a_wrong_mapping_is_told(table: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        mapping_from_table(table)


def row_of(start: float, length: float, crack: float) -> MeasuredRow:
    return MeasuredRow(1, NATIONAL, Direction.DOWN, start, round(start + length, 6), crack_pct=crack)


@given(st.lists(st.floats(0, 100), min_size=5, max_size=40), st.integers(0, 19))
def test_means_are_kept_wherever_rows_begin(values: list[float], offset_m: int) -> None:
    """The length-weighted sum over the blocks is that over the rows."""
    rows = [row_of(round(1 + offset_m / 1000 + 0.02 * k, 6), 0.02, value) for k, value in enumerate(values)]
    cells = spread(rows, Level.BLOCK)
    total = sum(cell.sums["crack_pct"] for cell in cells.values())
    assert total == pytest.approx(20 * sum(values), rel=1e-6, abs=1e-6)
    assert all(cell.coverage_pct(Level.BLOCK) <= 100 for cell in cells.values())


def test_long_rows_make_no_blocks() -> None:
    rows = [row_of(1.0, 0.1, 30.0)]
    assert spread(rows, Level.BLOCK) == {}
    (place,) = spread(rows, Level.SEGMENT)
    assert place == place_id(Level.SEGMENT, NATIONAL, "下り", 1.0)
