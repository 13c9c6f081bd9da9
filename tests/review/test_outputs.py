"""Book, report, PDF, layers and series, opened again; and the command on result folders and on a store."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from sqlalchemy import text

from exporters.review import export_review
from pavement.cli import main
from pavement.record import RouteShape
from pavement.segment import Flag
from pavement.survey_file import read_survey, write_survey
from tests.exporters.builders import R4, make_segment, make_survey
from tests.review.conftest import Stored


@pytest.fixture(scope="module")
def written(stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = export_review(stored.review, tmp_path_factory.mktemp("out"))
    return {path.suffix if path.stem.startswith("全線") else path.name: path for path in paths}


def test_the_book_opens_and_sums_as_the_store_does(stored: Stored, written: dict[str, Path]) -> None:
    assert written[".xlsx"].name == "全線点検結果とりまとめ_令和8年度.xlsx"
    book = openpyxl.load_workbook(written[".xlsx"])
    charts: Any = book["グラフ"]
    assert len(charts._charts) >= 5
    rows = {row[0]: row[2] for row in book["総括"].iter_rows(min_row=3, values_only=True)}
    query = "SELECT sum(s.length_m) / 1000 FROM sections s JOIN adopted a ON a.place = s.place "
    query += "WHERE s.level = 'segment' AND s.closed IS NULL AND a.fiscal_year = 2026 AND a.flags NOT LIKE '%不足%'"
    with stored.database.reading() as connection:
        seen = connection.execute(text(query)).scalar_one()
        worst = connection.execute(text(f"{query} AND a.rating LIKE 'Ⅲ%'")).scalar_one()
    assert rows["点検済延長"] == pytest.approx(seen)
    assert rows["健全性 Ⅲ の延長"] == pytest.approx(worst)
    offices = list(book["健全性_事務所別"].iter_rows(min_row=3, values_only=True))
    assert sum(float(str(row[4])) for row in offices) == pytest.approx(worst)
    assert book["修繕候補区間"].max_row == 2 + len(stored.review.candidates)


def test_the_same_review_gives_the_same_book(stored: Stored, written: dict[str, Path], tmp_path: Path) -> None:
    from exporters.review.book import export_book

    assert export_book(stored.review, tmp_path).read_bytes() == written[".xlsx"].read_bytes()


def test_the_report_holds_no_outside_reference(written: dict[str, Path]) -> None:
    page = written[".html"].read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org", "")
    assert page.count("<svg") >= 4
    assert "要詳細調査（FWD・コア）" in page
    assert written[".pdf"].read_bytes().startswith(b"%PDF")


def test_layers_and_series(stored: Stored, written: dict[str, Path]) -> None:
    names = {str(name) for name, _ in pyogrio.list_layers(written[".gpkg"])}
    assert names == {"segments", "worse_blocks", "candidates", "potholes"}
    assert pyogrio.read_info(written[".gpkg"], layer="segments")["features"] == len(stored.review.segments)
    with written["kpi.csv"].open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(stored.review.kpi)
    assert {row["kind"] for row in rows} == {"年度", "四半期", "月"}
    found = json.loads(written["review.json"].read_text(encoding="utf-8"))
    assert found["label"] == "令和8年度"
    assert found["change"]["km"]["悪化"] > 0


def survey_of(folder: Path, year: int, **changes: Any) -> Path:
    """A result of one 年度: 0.3 of kilopost, its blocks, one route."""
    day = date(year, 7, 1)
    facts = {"surveyed_on": day, "rut_mm": 10.0, "iri_mm_per_m": 2.0, "flags": (Flag.ESTIMATED,), **changes}
    segments = [make_segment(round(112.5 + 0.1 * k, 1), **facts) for k in range(3)]
    blocks = [make_segment(round(112.5 + 0.02 * k, 2), size=0.02, **facts) for k in range(15)]
    shape = RouteShape(R4, "国道4号", [(141.2, 40.6), (141.21, 40.61)], "B", manager="青森県", office="上北")
    survey = replace(make_survey(), segments=segments, blocks=blocks, routes=[shape], year=year, photos=[])
    folder.mkdir()
    write_survey(survey, folder)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return folder


def test_the_command_compares_result_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = survey_of(tmp_path / "a", 2025, crack_pct=25.0)
    low = survey_of(tmp_path / "b", 2026, crack_pct=90.0, coverage_pct=30.0, flags=(Flag.LOW_COVERAGE,))
    now = survey_of(tmp_path / "c", 2026, crack_pct=45.0, rating="Ⅲ")
    out = tmp_path / "out"
    assert main(["review", str(before), str(low), str(now), "--year", "2026", "--out", str(out)]) == 0
    assert "全線点検結果とりまとめ_令和8年度.xlsx" in capsys.readouterr().out
    found = json.loads((out / "review.json").read_text(encoding="utf-8"))
    assert found["before"] == 2025
    assert found["condition"]["total"]["crack_pct"] == 45.0  # not the pass that saw too little
    assert found["condition"]["by_office"]["上北"]["rating_km"]["Ⅲ"] == pytest.approx(0.304)
    assert found["crossings"]["total"] == 3
    assert found["coverage"]["inspected_pct"] == 100.0
    assert "路線網の指定なし" in found["source"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--year", "2026"], "it is not said what to review"),
        (["RESULT", "--year", "2031"], "no result is of 年度 2031"),
        (["RESULT", "--year", "26"], "give the 年度 as in --year 2026"),
        (["--data", "nowhere", "--year", "2026"], "does not exist"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = str(survey_of(tmp_path / "a", 2026))
    given = [result if each == "RESULT" else each for each in arguments]
    assert main(["review", *given, "--out", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1


def test_wrong_settings_name_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "review.toml"
    settings.write_text("[kpi]\nyearly_price = 3\n", encoding="utf-8")
    result = str(survey_of(tmp_path / "a", 2026))
    arguments = ["review", result, "--year", "2026", "--out", str(tmp_path / "o"), "--settings", str(settings)]
    assert main(arguments) == 2
    assert "review.toml: [kpi] yearly_price is not known" in capsys.readouterr().err


def test_with_a_network_what_was_not_driven_is_uninspected(tmp_path: Path) -> None:
    from pavement.review.adoption import AdoptionRule
    from pavement.review.review import make_review
    from pavement.review_files import read_results
    from tests.builders import make_network, make_route

    network = make_network(make_route([(0, 0), (1000, 0)]))
    road = network.routes[0].road
    result = survey_of(tmp_path / "a", 2026)
    survey = read_survey(result)
    first = min(network.routes[0].scale.kp_km)
    moved = [
        replace(s, road=road, start=replace(s.start, kp_km=round(first + 0.1 * k, 3)))
        for k, s in enumerate(survey.segments)
    ]
    write_survey(replace(survey, segments=moved, blocks=[]), result)
    material = read_results([result], 2026, network, AdoptionRule())
    review = make_review(material)
    assert review.coverage.total.network_m == pytest.approx(2000, abs=5)  # both directions
    assert review.coverage.total.inspected_m == pytest.approx(300, abs=5)
    assert review.coverage.both_directions_pct == 0.0
    assert {m.reason for m in review.coverage.missing} == {"未走行"}
