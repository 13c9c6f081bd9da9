"""Photos: the image folder with its index, and the book."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from PIL import Image

from exporters import photo_book
from exporters.image_set import export_images
from exporters.photo_book import export_photo_book
from exporters.thumbnails import Thumbnail, thumbnail
from tests.exporters.builders import empty_survey, make_photo, make_survey


def pages(path: Path) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", path.read_bytes()))


def test_index_leads_from_the_number_to_the_row(tmp_path: Path) -> None:
    index, *_ = export_images(make_survey(tmp_path), tmp_path)
    assert index.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(index, encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["写真番号"], first["距離標"], first["様式A_from_kp_km"]) == ("P0001", "112K550", "112.5000")
    assert (second["様式A_from_kp_km"], second["timestamp_jst"]) == ("112.6000", "2026-06-03T10:15:00.000+09:00")
    assert (first["defect_id"], second["defect_id"]) == ("", "D0001")
    for row in (first, second):
        assert (tmp_path / row["file"]).is_file()
        assert (tmp_path / row["marked_file"]).is_file()


def test_photos_are_brought_where_they_are_not(tmp_path: Path) -> None:
    survey, out = make_survey(tmp_path / "store"), tmp_path / "out"
    export_images(survey, out)
    paths = export_images(survey, out)  # once more: nothing to do, nothing broken
    assert len(paths) == 6
    assert (out / survey.photos[0].file).read_bytes() == survey.photos[0].masked.read_bytes()


def test_an_index_without_photos_has_its_header(tmp_path: Path) -> None:
    index, _ = export_images(empty_survey(), tmp_path)
    assert index.read_text("utf-8-sig").startswith("写真番号,file,marked_file,road_type")


@pytest.mark.parametrize(("photos", "per_page", "expected"), [(0, 3, 1), (3, 3, 1), (4, 3, 2), (7, 6, 2)])
def test_pages_follow_from_the_photos(tmp_path: Path, photos: int, per_page: int, expected: int) -> None:
    survey = make_survey(photos=[make_photo(tmp_path, f"P{i:04d}", 112.5 + i / 100) for i in range(photos)])
    (path,) = export_photo_book(survey, tmp_path, per_page)
    assert pages(path) == expected


def test_book_is_readable_text_and_small(tmp_path: Path) -> None:
    (path,) = export_photo_book(make_survey(tmp_path), tmp_path)
    data = path.read_bytes()
    assert len(data) < 400_000
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is missing")
    words = (
        subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
        .stdout.decode()
        .replace(" / ", "/")
    )
    for expected in (
        "令和8年度",
        "P0001",
        "112K550",
        "令和8年6月3日 10:15:00",
        "ひび割れ率 25.0 %",
        "下り 第1車線",
        "1/1",
    ):
        assert expected in words


def test_an_unreadable_photo_does_not_stop_the_book(tmp_path: Path) -> None:
    photo = make_photo(tmp_path)
    photo.marked.write_bytes(b"no image")
    (path,) = export_photo_book(make_survey(photos=[photo]), tmp_path)
    assert pages(path) == 1


def test_very_many_photos_make_volumes_and_old_volumes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_book, "MAX_PHOTOS", 1)
    survey = make_survey(tmp_path)
    assert [path.name for path in export_photo_book(survey, tmp_path)] == ["画像集.pdf", "画像集_2.pdf"]
    monkeypatch.setattr(photo_book, "MAX_PHOTOS", 9)
    export_photo_book(survey, tmp_path)
    assert not (tmp_path / "画像集_2.pdf").exists()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    survey = make_survey(tmp_path)
    written = [export_photo_book(survey, tmp_path / run)[0].read_bytes() for run in "ab"]
    assert written[0] == written[1]


def test_other_numbers_of_photos_a_page_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected 3 or 6, got 4"):
        export_photo_book(empty_survey(), tmp_path, 4)


def test_the_index_as_a_sheet_opens_the_photos(tmp_path: Path) -> None:
    survey = make_survey(tmp_path)
    table, book, *_ = export_images(survey, tmp_path)
    rows = list(load_workbook(book).worksheets[0].iter_rows())
    with open(table, encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    heads = [cell.value for cell in rows[0]]
    assert heads == lines[0]
    assert len(rows) == len(lines) == 1 + len(survey.photos)
    first = dict(zip(heads, rows[1], strict=True))
    assert first["kp_km"].value == 112.55
    assert first["写真番号"].value == "P0001"
    for name in ("file", "marked_file"):
        link = first[name].hyperlink
        assert link is not None
        assert (book.parent / unquote(link.target or "")).is_file()


def test_a_photo_of_the_right_size_is_taken_as_it_is_unless_it_tells_more(tmp_path: Path) -> None:
    plain, told = tmp_path / "plain.jpg", tmp_path / "told.jpg"
    picture, exif = Image.new("RGB", (1024, 640), (80, 80, 80)), Image.Exif()
    exif[0x010F] = "maker"
    picture.save(plain)
    picture.save(told, exif=exif)
    assert thumbnail(plain, 1000) == Thumbnail(plain.read_bytes(), 1024, 640)
    other = thumbnail(told, 1000)
    assert other is not None
    assert other.width == 1000
    assert b"maker" not in other.jpeg
    plain.write_bytes(plain.read_bytes()[:700])
    assert thumbnail(plain, 1000) is None
