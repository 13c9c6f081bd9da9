"""Every sum of the book recomputed by SQL on the store, sheet by sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from exporters.review.book import export_book
from pavement.review.change import Verdict
from tests.review.conftest import Stored

OPEN = "s.level = 'segment' AND s.closed IS NULL"
SEEN = "a.fiscal_year = 2026 AND a.flags NOT LIKE '%有効測定率不足%'"
JOIN = "sections s JOIN adopted a ON a.place = s.place"
GROUPS = {"事務所別": "s.office", "市町村別": "s.municipality", "分類別": "s.road_class"}
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def sheets(stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    path: Path = export_book(stored.review, tmp_path_factory.mktemp("book"))
    book = openpyxl.load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}


def sql(stored: Stored, query: str) -> Rows:
    with stored.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def column(rows: Rows, name: str) -> list[Any]:
    at = rows[0].index(name)
    return [row[at] for row in rows[1:]]


def by_name(rows: Rows, name: str) -> dict[str, Any]:
    return dict(zip(column(rows, rows[0][0]), column(rows, name), strict=True))


@pytest.mark.parametrize("group", GROUPS)
def test_inspected_lengths(stored: Stored, sheets: dict[str, Rows], group: str) -> None:
    rows, name = sheets[f"点検実施_{group}"], GROUPS[group]
    query = f"SELECT {name}, sum(s.length_m) / 1000 FROM {{}} WHERE {{}} GROUP BY 1"
    whole: dict[str, float] = dict(sql(stored, query.format("sections s", OPEN)))
    seen: dict[str, float] = dict(sql(stored, query.format(JOIN, f"{OPEN} AND {SEEN}")))
    shut: dict[str, float] = dict(
        sql(stored, query.format("sections s", "s.level = 'segment' AND s.closed IS NOT NULL"))
    )
    assert by_name(rows, "管理延長(km)") == pytest.approx(whole)
    assert by_name(rows, "点検済(km)") == pytest.approx({key: seen.get(key, 0.0) for key in whole})
    assert by_name(rows, "対象外(km)") == pytest.approx({key: shut.get(key, 0.0) for key in whole})
    left = {key: km - seen.get(key, 0.0) for key, km in whole.items()}
    assert by_name(rows, "未点検(km)") == pytest.approx(left, abs=1e-6)
    assert by_name(rows, "点検実施延長率(%)") == pytest.approx(
        {key: 100 * seen.get(key, 0.0) / km for key, km in whole.items()}
    )


@pytest.mark.parametrize("group", GROUPS)
def test_conditions(stored: Stored, sheets: dict[str, Rows], group: str) -> None:
    rows, name = sheets[f"健全性_{group}"], GROUPS[group]
    means = ", ".join(
        f"sum(a.{each} * s.length_m) / sum(s.length_m)" for each in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci")
    )
    bands = ", ".join(
        f"coalesce(sum(CASE WHEN {each} THEN s.length_m END), 0) / 1000"
        for each in ("a.mci < 3", "a.mci >= 3 AND a.mci < 4", "a.mci >= 4 AND a.mci < 5", "a.mci >= 5")
    )
    kinds = ", ".join(
        f"coalesce(sum(CASE WHEN a.rating LIKE '{each}%' THEN s.length_m END), 0) / 1000" for each in "ⅠⅡⅢ"
    )
    found = sql(
        stored,
        f"SELECT {name}, sum(s.length_m) / 1000, {kinds}, {bands}, {means}, sum(a.potholes) FROM {JOIN} "
        f"WHERE {OPEN} AND {SEEN} GROUP BY 1",
    )
    names: tuple[str, ...] = (
        "点検済(km)",
        "Ⅰ(km)",
        "Ⅱ(km)",
        "Ⅲ(km)",
        "MCI 3未満(km)",
        "MCI 3以上4未満(km)",
        "MCI 4以上5未満(km)",
    )
    names += ("MCI 5以上(km)", "ひび割れ率(%)", "わだち掘れ量(mm)", "IRI(mm/m)", "MCI", "ポットホール(件)")
    for k, head in enumerate(names, start=1):
        assert by_name(rows, head) == pytest.approx({row[0]: row[k] for row in found}), head


def test_routes_sum_to_the_whole(stored: Stored, sheets: dict[str, Rows]) -> None:
    ((seen,),) = sql(stored, f"SELECT sum(s.length_m) / 1000 FROM {JOIN} WHERE {OPEN} AND {SEEN}")
    assert sum(column(sheets["健全性_路線別"], "点検済(km)")) == pytest.approx(seen)
    assert sum(column(sheets["点検実施_路線別"], "点検済(km)")) == pytest.approx(seen)
    assert dict(zip(column(sheets["総括"], "項目"), column(sheets["総括"], "令和8年度"), strict=True))[
        "点検済延長"
    ] == pytest.approx(seen)


def test_missing_and_plan(stored: Stored, sheets: dict[str, Rows]) -> None:
    rows = sheets["未点検区間"]
    left = sql(
        stored,
        f"SELECT sum(s.length_m) / 1000 FROM sections s WHERE {OPEN} AND NOT EXISTS "
        f"(SELECT 1 FROM adopted a WHERE a.place = s.place AND {SEEN})",
    )[0][0]
    counted = [km for km, kind in zip(column(rows, "延長(km)"), column(rows, "分母"), strict=True) if kind == "対象"]
    assert sum(counted) == pytest.approx(left)
    short = sum(each.km for each in stored.review.coverage.left_out)
    assert sum(column(sheets["巡回計画"], "延長(km)")) + short == pytest.approx(left)


def test_worse_stretches_hold_the_worse_blocks(stored: Stored, sheets: dict[str, Rows]) -> None:
    change, blocks = stored.review.change, stored.review.blocks
    assert change is not None
    for head, verdict in (("うち悪化(m)", Verdict.WORSE), ("うち疑い(m)", Verdict.SUSPECT)):
        metres = float(blocks.length_m[change.verdict == verdict].sum())
        assert sum(column(sheets["悪化区間"], head)) == pytest.approx(metres)


def test_candidates(stored: Stored, sheets: dict[str, Rows]) -> None:
    rows = sheets["修繕候補区間"]
    ((worn,),) = sql(stored, f"SELECT sum(s.length_m) FROM {JOIN} WHERE {OPEN} AND {SEEN} AND a.rating LIKE 'Ⅲ%'")
    assert sum(column(rows, "うちⅢ(m)")) == pytest.approx(worn)
    money = [c for c, within in zip(column(rows, "概算(円)"), column(rows, "予算内"), strict=True) if within == "○"]
    assert 0 < sum(money) <= 3_000_000


def test_potholes(stored: Stored, sheets: dict[str, Rows]) -> None:
    rows = sheets["ポットホール"]
    this = {name for (name,) in sql(stored, "SELECT defect_id FROM adopted_defects WHERE fiscal_year = 2026")}
    last = {name for (name,) in sql(stored, "SELECT defect_id FROM adopted_defects WHERE fiscal_year = 2025")}
    fates = dict(zip(column(rows, "番号"), column(rows, "状況"), strict=True))
    assert set(fates) == this | last
    assert {name for name, fate in fates.items() if fate == "新規"} == this - last
    mended = sql(stored, "SELECT defect_id FROM defect_states WHERE repaired_at IS NOT NULL")
    assert {name for name, fate in fates.items() if fate == "補修済"} == {name for (name,) in mended}


@pytest.mark.parametrize(("kind", "period", "until"), [("年度", "令和8年度", 3), ("四半期", "令和8年度第2四半期", 9)])
def test_kpi(stored: Stored, sheets: dict[str, Rows], kind: str, period: str, until: int) -> None:
    last = f"{2026 if until > 3 else 2027}-{until:02d}-31"
    ((whole,),) = sql(stored, f"SELECT sum(length_m) FROM sections s WHERE {OPEN}")
    query = f"SELECT sum(s.length_m) FROM {JOIN} WHERE {OPEN} AND {SEEN} AND a.surveyed_on <= '{last}'"
    ((seen,),) = sql(stored, query)
    rows = [row for row in sheets["KPI"][1:] if row[2] == kind and row[3] == period]
    share = next(row for row in rows if str(row[0]).startswith("点検実施延長率"))
    assert share[4] == pytest.approx(100 * seen / whole)
    assert share[7] == pytest.approx(share[4])  # target 100 %
    if kind == "年度":
        cost = next(row for row in rows if row[0] == "点検費用")
        ratio = next(row for row in rows if str(row[0]).startswith("点検費用の"))
        assert cost[4] == pytest.approx(1_000_000 / (seen / 1000))
        assert ratio[4] == pytest.approx(100 * cost[4] / 50_000)
        assert ratio[7] == pytest.approx(100 * 100 / ratio[4])


def test_change_by_route(stored: Stored, sheets: dict[str, Rows]) -> None:
    rows = sheets["経年変化_路線別"]
    compared = sql(
        stored,
        "SELECT sum(s.length_m) / 1000 FROM sections s JOIN adopted a ON a.place = s.place AND a.fiscal_year = 2026 "
        "JOIN adopted b ON b.place = s.place AND b.fiscal_year = 2025 WHERE s.level = 'block' "
        "AND a.flags NOT LIKE '%不足%' AND b.flags NOT LIKE '%不足%'",
    )[0][0]
    ((whole,),) = sql(stored, "SELECT sum(length_m) / 1000 FROM sections WHERE level = 'block'")
    parts = {head: sum(column(rows, head)) for head in rows[0][1:7]}
    assert sum(parts.values()) == pytest.approx(whole, abs=0.01)
    assert sum(parts.values()) - parts["比較不可(km)"] == pytest.approx(compared, abs=0.01)
