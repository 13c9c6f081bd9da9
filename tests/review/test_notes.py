"""What is said of the figures: 推定 until the own 精度確認 is passed, lengths that cannot be compared, KPI by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from exporters.review.book import export_book
from exporters.review.gis import export_gis
from pavement.review.kpi import KpiSettings, kpi_series
from pavement.review.notes import notes
from pavement.review.rows import Labels
from pavement.review.to_json import review_json
from pavement.store.review_data import read_material
from tests.review.conftest import Stored

PASSED = {"passed": True, "on": "2026-09-01", "against": "測定車.csv"}


def test_estimated_until_passed(stored: Stored, tmp_path: Path) -> None:
    assert "ひび割れ率・わだち掘れ量・IRIは推定値です（現地の精度確認に合格するまで）。" in notes(stored.review)
    passed = replace(stored.review, check={"crack_pct": PASSED, "rut_mm": {"passed": False}})
    said = notes(passed)
    assert said[0] == "ひび割れ率は精度確認に合格しています（2026-09-01、測定車.csv）。"
    assert said[1].startswith("わだち掘れ量・IRIは推定値です")
    assert review_json(passed)["accuracy_check"]["crack_pct"]["passed"] is True
    book = openpyxl.load_workbook(export_book(passed, tmp_path), read_only=True)
    for sheet, cell in (("グラフ", "A2"), ("総括", "A1")):
        assert "ひび割れ率は精度確認に合格" in str(book[sheet][cell].value)


def test_the_stores_check_holds(stored: Stored) -> None:
    from sqlalchemy import delete

    from pavement.store.survey_checks import keep_check
    from pavement.store.survey_tables import ACCURACY_CHECKS

    verdicts = {"crack_pct": {"passed": True, "verdict": "合格"}}
    keep_check(stored.database, "person:x", "青森県", 2026, ("測定車.csv", "0" * 64), verdicts, {}, counts=True)
    try:
        assert read_material(stored.database, 2026).check["crack_pct"]["passed"] is True
    finally:
        with stored.database.writing() as connection:
            connection.execute(delete(ACCURACY_CHECKS))


def test_lengths_of_other_networks_are_not_compared(stored: Stored) -> None:
    before = stored.review.condition_before
    assert before is not None
    less = replace(before, total=replace(before.total, km=before.total.km / 2))
    assert any("率で比べてください" in words for words in notes(replace(stored.review, condition_before=less)))


def test_layers_have_the_sections_lines(stored: Stored, tmp_path: Path) -> None:
    material = read_material(stored.database, 2026, lines=True)
    assert len(material.lines) == len(material.segments)
    bent = []
    for x0, y0, x1, y1 in material.segments.lonlat.tolist():
        bent.append(shapely.to_wkb(shapely.LineString([(x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2 + 1e-4), (x1, y1)])))
    path = export_gis(replace(stored.review, lines=bent), tmp_path)
    _, _, geometry, _ = pyogrio.raw.read(path, layer="segments")
    assert {shapely.get_num_coordinates(shapely.from_wkb(each)) for each in geometry} == {3}
    _, _, blocks, _ = pyogrio.raw.read(path, layer="worse_blocks")
    whole = shapely.union_all([shapely.from_wkb(each) for each in bent])
    assert max(shapely.distance(shapely.from_wkb(each), whole) for each in blocks[:5]) < 1e-9


def test_a_missing_year_and_a_survey_vehicle(stored: Stored) -> None:
    """Without 2025 nothing is the period before 2026; patrol cars' cost is divided by what they inspected."""
    segments, (then, now) = stored.material.segments, stored.material.segment_years
    long_ago = replace(then, fiscal_year=2024, day=then.day - np.timedelta64(365, "D"))
    vehicle = replace(long_ago, drive=Labels(np.full(len(segments), -1, np.int32), ()))
    settings = KpiSettings(yearly_cost=1e6, survey_vehicle_cost_per_km=5e4)
    series = kpi_series(segments, [vehicle, now], [], settings, date(2027, 4, 5))
    year = {(each.name, each.period): each for each in series if each.kind == "年度"}
    share = "点検実施延長率（累計）"
    assert year[share, "令和8年度"].change is None
    assert year[share, "令和6年度"].value == pytest.approx(year[share, "令和6年度"].index)
    assert year["点検費用", "令和6年度"].value is None
    assert year["点検費用", "令和8年度"].value == pytest.approx(1e9 / stored.review.coverage.total.inspected_m)
