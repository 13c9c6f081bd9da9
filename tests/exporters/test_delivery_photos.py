"""The PHOTO folder: names, the order of PHOTO.XML's elements, characters beyond Shift_JIS, and what is not ours."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from exporters.delivery_photos import export_delivery_photos
from pavement.errors import BadInput
from pavement.record import RouteShape
from tests.exporters.builders import R4, empty_survey, make_photo, make_survey

#: element → its children in the order of PHOTO05.DTD (those that are optional there included)
ORDER = {
    "photodata": ["基礎情報", "写真情報", "ソフトメーカ用TAG"],
    "基礎情報": ["写真フォルダ名", "参考図フォルダ名", "適用要領基準"],
    "写真情報": [
        *("写真ファイル情報", "撮影工種区分", "付加情報", "撮影情報"),
        *("代表写真", "提出頻度写真", "施工管理値", "請負者説明文"),
    ],
    "写真ファイル情報": ["シリアル番号", "写真ファイル名", "写真ファイル日本語名", "メディア番号"],
    "撮影工種区分": ["写真-大分類", "写真区分", "工種", "種別", "細別", "写真タイトル", "工種区分予備"],
    "付加情報": ["参考図ファイル名", "参考図ファイル日本語名", "参考図タイトル", "付加情報予備"],
    "撮影情報": ["撮影箇所", "撮影年月日"],
}


def read(index: Path) -> ElementTree.Element:
    """The root; ElementTree knows no Shift_JIS, so the text is decoded before."""
    text = index.read_bytes().decode("shift_jis")
    assert text.startswith('<?xml version="1.0" encoding="Shift_JIS"?>\r\n<!DOCTYPE photodata SYSTEM "PHOTO05.DTD">')
    return ElementTree.fromstring(text.split("?>", 1)[1])


def test_every_photo_has_a_serial_number_a_drawing_and_its_entry(tmp_path: Path) -> None:
    survey = make_survey(tmp_path / "store")
    index, *files = export_delivery_photos(survey, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        f"PHOTO/{folder}/{letter}000000{number}.JPG"
        for number in (1, 2)
        for folder, letter in (("PIC", "P"), ("DRA", "D"))
    ]
    assert files[0].read_bytes() == survey.photos[0].masked.read_bytes()
    assert files[1].read_bytes() == survey.photos[0].marked.read_bytes()
    root = read(index)
    assert [each.findtext("写真ファイル情報/写真ファイル名") for each in root.iter("写真情報")] == [
        "P0000001.JPG",
        "P0000002.JPG",
    ]
    assert root.findtext("写真情報/撮影情報/撮影年月日") == "2026-06-03"
    assert "P0001" in (root.findtext("写真情報/撮影工種区分/写真タイトル") or "")


def test_elements_stand_in_the_order_of_the_dtd(tmp_path: Path) -> None:
    index, *_ = export_delivery_photos(make_survey(tmp_path / "store"), tmp_path)
    for element in read(index).iter():
        order = [ORDER[element.tag].index(child.tag) for child in element] if len(element) else []
        assert order == sorted(order)


def test_characters_beyond_the_encoding_are_kept_as_references(tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "store", degree="面積 0.2 m² <𠮷>")
    routes = [RouteShape(R4, "国道4号 𠮷野", [])]
    index, *_ = export_delivery_photos(make_survey(photos=[photo], routes=routes), tmp_path)
    root = read(index)
    assert (root.findtext("写真情報/請負者説明文") or "").startswith("面積 0.2 m2 <𠮷>")
    assert "𠮷野" in (root.findtext("写真情報/撮影情報/撮影箇所") or "")


def test_an_older_folder_of_ours_is_replaced_anothers_is_not_touched(tmp_path: Path) -> None:
    export_delivery_photos(make_survey(tmp_path / "store"), tmp_path)
    (index,) = export_delivery_photos(empty_survey(), tmp_path)
    assert not (tmp_path / "PHOTO" / "PIC").exists()
    index.write_text("<photodata/>", encoding="shift_jis")
    with pytest.raises(BadInput, match="not from this program"):
        export_delivery_photos(empty_survey(), tmp_path)
