"""写真台帳: sheets by road and direction, three photos a page, volumes, text that stays text."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from exporters import photo_ledger
from exporters.photo_ledger import FACTS, export_photo_ledger
from pavement.road import Direction
from tests.exporters.builders import TOWN, empty_survey, make_photo, make_survey


def test_each_road_and_direction_has_a_sheet_of_photos_and_maps(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path, f"P{i}", 112.5 + i / 100) for i in range(4)]
    photos.append(make_photo(tmp_path, "P8", 112.5, direction=Direction.UP))
    photos.append(make_photo(tmp_path, "P9", 0.05, road=TOWN, degree="=1+1"))
    (path,) = export_photo_ledger(make_survey(photos=photos), tmp_path)
    book = load_workbook(path)
    assert book.sheetnames == ["国道4号_下り", "国道4号_上り", "=1+1幹線_下り"]
    down, _, town = book.worksheets
    assert [len(sheet._images) for sheet in book.worksheets] == [8, 2, 2]  # type: ignore[attr-defined]
    assert [each.id for each in down.row_breaks.brk] == [3 * (FACTS + 1)]
    words = {down.cell(row, 2).value: down.cell(row, 3).value for row in range(1, FACTS + 1)}
    assert (words["写真番号"], words["様式A"], words["車線"]) == ("P0", "112K500～112K600", "下り 第1車線")
    assert words["位置"] == "112K500(距離標 112 + 500 m)"
    degree = next(town.cell(row, 3) for row in range(1, FACTS) if town.cell(row, 2).value == "程度")
    assert (degree.value, degree.data_type) == ("=1+1", "s")
    assert str(down.page_setup.paperSize) == down.PAPERSIZE_A4


def test_stored_photos_are_small_and_whole(tmp_path: Path) -> None:
    (path,) = export_photo_ledger(make_survey(tmp_path), tmp_path)
    with zipfile.ZipFile(path) as parts:
        assert parts.testzip() is None
        sizes = [Image.open(parts.open(n)).size for n in parts.namelist() if n.endswith("jpeg")]
    assert sizes == [(900, 506)] * 2


def test_very_many_photos_make_volumes_and_old_volumes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_ledger, "MAX_PHOTOS", 1)
    survey = make_survey(tmp_path)
    assert [path.name for path in export_photo_ledger(survey, tmp_path)] == ["写真台帳.xlsx", "写真台帳_2.xlsx"]
    monkeypatch.setattr(photo_ledger, "MAX_PHOTOS", 9)
    export_photo_ledger(survey, tmp_path)
    assert not (tmp_path / "写真台帳_2.xlsx").exists()


def test_an_unreadable_photo_and_none_at_all_are_said(tmp_path: Path) -> None:
    photo = make_photo(tmp_path)
    photo.marked.write_bytes(b"no image")
    (path,) = export_photo_ledger(make_survey(photos=[photo]), tmp_path)
    assert load_workbook(path).worksheets[0]["A1"].value == f"写真を読めません: {photo.marked.name}"
    (path,) = export_photo_ledger(empty_survey(), tmp_path)
    assert load_workbook(path).worksheets[0]["A1"].value == "該当する写真はありません"


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    survey = make_survey(tmp_path)
    written = [export_photo_ledger(survey, tmp_path / run)[0].read_bytes() for run in "ab"]
    assert written[0] == written[1]
