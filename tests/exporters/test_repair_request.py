"""補修依頼書: what it says of a defect, what it leaves to people, and what it does without a photo."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from exporters.repair_request import export_repair_requests, prepare_requests
from pavement.defect import Category
from pavement.errors import BadInput
from pavement.record import Survey
from tests.exporters.builders import make_defect, make_survey


def survey_in(folder: Path) -> Survey:
    """A pothole with a photo of its own, a crack whose segment has one, a step beyond all segments."""
    survey = make_survey(folder)
    segments = [replace(segment, photos=()) if segment.start.kp_km > 112.55 else segment for segment in survey.segments]
    defects = [
        make_defect(across_m=-0.8),
        make_defect(defect_id="D0002", category=Category.CRACK_ALLIGATOR, photo=None, kp_km=112.55),
        make_defect(defect_id="D0003", category=Category.STEP, photo=None, kp_km=115.0, depth_mm=22.0, area_m2=None),
    ]
    return replace(survey, segments=segments, defects=defects)


def text_of(pdf: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is missing")
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode()


def test_page_and_sheet_say_the_same_and_leave_the_same_blank(tmp_path: Path) -> None:
    pdf, xlsx = export_repair_requests(survey_in(tmp_path), tmp_path, ["D0001"])
    assert (pdf.name, xlsx.name) == ("補修依頼書_D0001.pdf", "補修依頼書_D0001.xlsx")
    sheet = load_workbook(xlsx).worksheets[0]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    page = text_of(pdf)
    for expected in (
        "ポットホール",
        "延長 0.5 m × 幅 0.4 m(推定)",
        "0.17 m²(推定)",
        "未測定",
        "十和田市",
        "P0002",
        *("宛先", "依頼番号", "依頼者 所属", "受付年月日", "受付者", "措置内容", "□ 応急補修"),
    ):
        assert any(expected in str(value) for value in cells), expected
        assert expected.replace(" ", "") in page.replace(" ", ""), expected
    assert "左へ 0.8 m" in page
    assert len(sheet._images) == 4  # type: ignore[attr-defined]  # two photos, two maps
    beside = {
        cell.value: sheet.cell(cell.row, cell.column + 3).value
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    }
    assert all(not beside[name] for name in ("宛先", "依頼番号", "氏名", "受付者", "施工者", "措置内容", "備考"))


def test_without_a_photo_of_its_own_the_sections_stands_for_it(tmp_path: Path) -> None:
    crack, step = prepare_requests(survey_in(tmp_path), ["D0002", "D0003", "D0002"])
    assert crack.photo is not None
    assert "この損傷を含む区間の代表写真" in crack.caption
    assert (step.photo, step.pictures, step.caption) == (None, [], "写真はありません")
    assert dict(step.damage)["高さ"] == "22 mm(推定)"
    assert dict(step.place)["市町村"] == ""
    assert len(export_repair_requests(survey_in(tmp_path), tmp_path, ["D0003"])) == 2


def test_unknown_defects_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no defect X1, X2"):
        export_repair_requests(survey_in(tmp_path), tmp_path, ["D0001", "X1", "X2"])
    assert not list(tmp_path.glob("補修依頼書*"))


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    survey = survey_in(tmp_path)
    first, second = (
        [p.read_bytes() for p in export_repair_requests(survey, tmp_path / run, ["D0001"])] for run in "ab"
    )
    assert first == second
