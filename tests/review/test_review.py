"""The review against the same figures by SQL; where a sum is written there, it is computed here another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from pavement.place import segment_place
from pavement.review.change import Verdict
from pavement.review.pothole import Fate
from pavement.review.rows import RATINGS
from pavement.review.to_json import public_json, review_json
from tests.review.builders import block_places
from tests.review.conftest import Stored

OPEN = "s.level = 'segment' AND s.closed IS NULL"
SEEN = "a.fiscal_year = 2026 AND a.flags NOT LIKE '%有効測定率不足%'"
JOIN = "sections s JOIN adopted a ON a.place = s.place"


def sql(stored: Stored, query: str) -> list[tuple[Any, ...]]:
    with stored.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_lengths_are_those_of_an_independent_query(stored: Stored) -> None:
    coverage = stored.review.coverage
    ((whole,),) = sql(stored, f"SELECT sum(length_m) FROM sections s WHERE {OPEN}")
    ((seen,),) = sql(stored, f"SELECT sum(s.length_m) FROM {JOIN} WHERE {OPEN} AND {SEEN}")
    assert (coverage.total.network_m, coverage.total.inspected_m) == pytest.approx((whole, seen))
    by_office = sql(stored, f"SELECT s.office, sum(s.length_m) FROM {JOIN} WHERE {OPEN} AND {SEEN} GROUP BY s.office")
    assert {name: each.inspected_m for name, each in coverage.by_office.items()} == pytest.approx(dict(by_office))
    ((closed,),) = sql(stored, "SELECT sum(length_m) FROM sections WHERE level = 'segment' AND closed IS NOT NULL")
    assert coverage.total.closed_m == pytest.approx(closed)
    assert coverage.closed_by_reason_km == pytest.approx({"冬期閉鎖": closed / 1000})


@pytest.mark.parametrize(
    ("group", "column"),
    [("by_office", "s.office"), ("by_municipality", "s.municipality"), ("by_class", "s.road_class")],
)
def test_condition_is_that_of_an_independent_query(stored: Stored, group: str, column: str) -> None:
    found = getattr(stored.review.condition, group)
    rows = sql(
        stored,
        f"SELECT {column}, substr(a.rating, 1, 1), sum(s.length_m) / 1000 FROM {JOIN} "
        f"WHERE {OPEN} AND {SEEN} GROUP BY 1, 2",
    )
    assert len(rows) > 4
    for name, rating, km in rows:
        assert found[name].by_rating_km[RATINGS.index(rating)] == pytest.approx(km)
    means = sql(
        stored,
        f"SELECT {column}, sum(a.crack_pct * s.length_m) / sum(s.length_m), sum(a.potholes), "
        f"sum(CASE WHEN a.mci < 3 THEN s.length_m END) / 1000 FROM {JOIN} WHERE {OPEN} AND {SEEN} GROUP BY 1",
    )
    for name, crack, potholes, low in means:
        assert found[name].crack_pct == pytest.approx(crack)
        assert found[name].potholes == potholes
        assert found[name].by_mci_km[0] == pytest.approx(low or 0.0)


def test_both_directions_need_both(stored: Stored) -> None:
    ((both,),) = sql(
        stored,
        "SELECT sum(x.length_m + y.length_m) FROM sections x JOIN sections y ON x.level = 'segment' AND "
        "y.level = 'segment' AND x.road_type = y.road_type AND x.route_no = y.route_no AND "
        "x.from_kp_km = y.from_kp_km AND x.direction = '下り' AND y.direction = '上り' "
        "AND x.closed IS NULL AND y.closed IS NULL "
        "JOIN adopted a ON a.place = x.place AND a.fiscal_year = 2026 AND a.flags NOT LIKE '%不足%' "
        "JOIN adopted b ON b.place = y.place AND b.fiscal_year = 2026 AND b.flags NOT LIKE '%不足%'",
    )
    share = stored.review.coverage.both_directions_pct
    assert share == pytest.approx(100 * both / stored.review.coverage.total.network_m)


def test_what_is_missing_is_planned_once(stored: Stored) -> None:
    coverage = stored.review.coverage
    left = sum(m.km for m in coverage.missing if not m.closed)
    assert left == pytest.approx(coverage.total.uninspected_m / 1000)
    assert sum(p.km for p in coverage.plan) + sum(m.km for m in coverage.left_out) == pytest.approx(left)
    assert {m.reason for m in coverage.missing} == {"未走行", "有効測定率不足", "冬期閉鎖"}
    assert all(len({m.office for m in p.stretches}) == 1 for p in coverage.plan)


def test_planted_decay_is_found_and_little_else(stored: Stored) -> None:
    change = stored.review.change
    assert change is not None
    rows = {place: k for k, place in enumerate(stored.review.blocks.place.tolist())}
    assert len(rows) == len(stored.filled.blocks)
    compared = change.verdict != Verdict.NOT_COMPARED
    large = stored.filled.planted.points == 20
    planted = np.zeros(len(rows), bool)
    for k, place in block_places(stored.filled):
        planted[rows[place]] = stored.filled.planted.length[k] > 1 and bool(large[k])
    reported = np.isin(change.verdict, (Verdict.WORSE, Verdict.SUSPECT))
    assert reported[planted & compared].mean() > 0.9
    assert (change.verdict[planted & compared] == Verdict.WORSE).mean() > 0.5


def test_works_between_the_passes_are_repaired(stored: Stored) -> None:
    import dataclasses

    from pavement.review.change import compare
    from pavement.review.rates import deterioration_rates

    then, now = stored.material.block_years
    works = now.paved_on.copy()
    works[100:200] = np.datetime64("2026-05-01")
    change = compare(stored.material.blocks, then, dataclasses.replace(now, paved_on=works))
    both = (then.inspected & now.inspected)[100:200]
    assert (change.verdict[100:200][both] == Verdict.REPAIRED).all()
    rates = deterioration_rates(stored.material.blocks, change, now)
    whole = next(rate for rate in rates if rate.group == "全体" and rate.indicator == "ひび割れ率")
    usable = np.isfinite(change.indicators["crack_pct"].raw)
    assert not usable[100:200].any()
    assert whole.blocks <= usable.sum()


def test_another_season_is_marked(stored: Stored) -> None:
    import dataclasses

    from pavement.review.change import compare

    then, now = stored.material.block_years
    winter = dataclasses.replace(now, day=now.day + np.timedelta64(150, "D"))
    assert not compare(stored.material.blocks, then, winter).same_season.any()
    assert compare(stored.material.blocks, then, now).same_season[then.inspected & now.inspected].all()


def test_crossings_are_those_of_an_independent_query(stored: Stored) -> None:
    rows = sql(
        stored,
        "SELECT a.place FROM adopted a JOIN adopted b ON a.place = b.place AND a.level = 'segment' AND "
        "a.fiscal_year = 2026 AND b.fiscal_year = 2025 AND a.rating LIKE 'Ⅲ%' AND b.rating IN ('Ⅰ', 'Ⅱ')",
    )
    found = {segment_place(c.road, c.direction, c.from_kp_km) for c in stored.review.crossings}
    assert found == {place for (place,) in rows}
    assert {c.certainty for c in stored.review.crossings} <= {"確か", "疑い", "ばらつきの範囲", "比較不可"}


def test_potholes_have_a_fate_and_days(stored: Stored) -> None:
    fates = {each.pothole.id: each.fate for each in stored.review.potholes}
    assert all(fates[f"p{i:02d}"] is Fate.REPAIRED for i in range(5))
    assert all(fates[f"p{i:02d}"] is Fate.STILL for i in range(5, 10))
    assert all(fates[f"p{i:02d}"] is Fate.NEW for i in range(20, 30))
    assert {fates[f"p{i:02d}"] for i in range(10, 20)} <= {Fate.VANISHED, Fate.UNSEEN}
    days = stored.review.pothole_days
    assert (days.repaired, days.open, days.median_days) == (5, 15, 385.0)  # first found the year before


def test_candidates_never_name_a_method_for_repair_stage(stored: Stored) -> None:
    candidates = stored.review.candidates
    assert candidates
    assert all(c.work == "要詳細調査（FWD・コア）" for c in candidates if c.rating == "Ⅲ")
    assert [c.rank for c in candidates] == list(range(1, len(candidates) + 1))
    assert not any("打換え" in c.work for c in candidates)
    spent = sum(c.cost or 0.0 for c in candidates if c.within_budget)
    assert 0 < spent <= 3_000_000
    worn = sql(stored, f"SELECT sum(s.length_m) FROM {JOIN} WHERE {OPEN} AND {SEEN} AND a.rating LIKE 'Ⅲ%'")
    assert sum(c.repair_m for c in candidates) == pytest.approx(worn[0][0])


def test_kpi_have_changes_and_an_index(stored: Stored) -> None:
    shares = [k for k in stored.review.kpi if k.name.startswith("点検実施延長率")]
    year = next(k for k in shares if k.kind == "年度" and k.period == "令和8年度")
    before = next(k for k in shares if k.kind == "年度" and k.period == "令和7年度")
    assert year.value == pytest.approx(stored.review.coverage.total.share_pct)
    assert year.value is not None
    assert before.value is not None
    assert year.change == pytest.approx(year.value - before.value)
    assert year.index == pytest.approx(year.value)
    months = [k.value for k in shares if k.kind == "月" and k.period >= "2026-04" and k.value is not None]
    assert len(months) == 12
    assert months == sorted(months)
    days = next(k for k in stored.review.kpi if "日数" in k.name and k.period == "令和8年度")
    assert days.value == 385.0
    assert days.index == pytest.approx(100 * 10 / 385)
    cost = next(k for k in stored.review.kpi if k.name == "点検費用" and k.period == "令和8年度")
    assert cost.value == pytest.approx(1e9 / stored.review.coverage.total.inspected_m)
    first = next(k for k in shares if k.kind == "年度")
    assert first.change is None


def test_the_public_sees_sums_only(stored: Stored) -> None:
    public = public_json(stored.review)
    assert "candidates" not in public
    assert "missing" not in public
    assert "items" not in public["potholes"]
    assert not any("費用" in row["name"] for row in public["kpi"])
    assert review_json(stored.review)["coverage"] == public["coverage"]
