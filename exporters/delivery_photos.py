"""PHOTO/: the photos in the folder layout of 電子納品 (PHOTO.XML, PIC/P0000001.JPG, DRA/D0000001.JPG).

After デジタル写真管理情報基準, PHOTO05.DTD: docs/photos.md says what of it was read where and what is not confirmed.
The plain masked photo is the photo, the marked one its 参考図.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape

from exporters.image_set import bring
from exporters.photo_facts import road_text
from exporters.wording import JST, kp_text, photo_lane, shapes_by_road
from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.photo_choice import OVERVIEW
from pavement.record import Photo, Survey

ENCODING = "shift_jis"
STANDARD = "土木202303-01"  #: 適用要領基準
MAJOR_CLASS = "調査"  #: 写真-大分類
PHOTO_CLASS = "調査写真"  #: 写真区分: free text where 大分類 is not 工事
TAG, MAKER = "ソフトメーカ用TAG", "pavement"
LONGEST = 127  #: characters of a text
TWINS = str.maketrans({"²": "2", "～": "-", "°": "度"})  #: signs that the standard lacks

Element = tuple[str, "str | list[Element]"]


def export_delivery_photos(survey: Survey, out: Path) -> list[Path]:
    """PHOTO/ with PHOTO.XML and every photo under its serial number; an older one is replaced.

    Raises BadInput where PHOTO/ is somebody else's.
    """
    folder = out / "PHOTO"
    if folder.exists():
        if not _is_ours(folder):
            raise BadInput("is there already, and not from this program", file=folder, do="choose another --out")
        shutil.rmtree(folder)
    written = []
    for number, photo in enumerate(survey.photos, start=1):
        written.append(bring(photo.masked, folder / "PIC" / pic_name(number)))
        written.append(bring(photo.marked, folder / "DRA" / drawing_name(number)))
    index = folder / "PHOTO.XML"
    with (
        whole_file(index) as temporary,
        open(temporary, "w", encoding=ENCODING, errors="xmlcharrefreplace", newline="\r\n") as file,
    ):
        _write(file, survey)
    return [index, *written]


def pic_name(number: int) -> str:
    """Of a photo's file.

    >>> pic_name(1)
    'P0000001.JPG'
    """
    return f"P{number:07d}.JPG"


def drawing_name(number: int) -> str:
    """Of a 参考図's file: the marked photo."""
    return f"D{number:07d}.JPG"


def _write(file: TextIO, survey: Survey) -> None:
    """The management file, photo by photo."""
    file.write('<?xml version="1.0" encoding="Shift_JIS"?>\n<!DOCTYPE photodata SYSTEM "PHOTO05.DTD">\n')
    file.write('<photodata DTD_version="05">\n')
    base: list[Element] = [("写真フォルダ名", "PHOTO/PIC")]
    base += [("参考図フォルダ名", "PHOTO/DRA")] if survey.photos else []
    file.writelines(_lines(("基礎情報", [*base, ("適用要領基準", STANDARD)]), 1))
    shapes = shapes_by_road(survey.routes)
    for number, photo in enumerate(survey.photos, start=1):
        file.writelines(_lines(("写真情報", _about(number, photo, road_text(photo.road, shapes))), 1))
    file.writelines(_lines((TAG, MAKER), 1))
    file.write("</photodata>\n")


def _is_ours(folder: Path) -> bool:
    """Whether this program wrote a PHOTO folder."""
    try:
        return f"<{TAG}>{MAKER}</{TAG}>" in (folder / "PHOTO.XML").read_text(ENCODING)
    except (OSError, UnicodeDecodeError):
        return False


def _about(number: int, photo: Photo, road: str) -> list[Element]:
    """The elements of one photo, in the DTD's order."""
    where = f"{road} {photo_lane(photo)} {kp_text(photo.place.kp_km)}"
    return [
        (
            "写真ファイル情報",
            [
                ("シリアル番号", str(number)),
                ("写真ファイル名", pic_name(number)),
                ("写真ファイル日本語名", photo.masked.name),
                ("メディア番号", "1"),
            ],
        ),
        (
            "撮影工種区分",
            [
                ("写真-大分類", MAJOR_CLASS),
                ("写真区分", PHOTO_CLASS),
                ("写真タイトル", f"{photo.subject} {kp_text(photo.place.kp_km)} 写真{photo.number}"),
            ],
        ),
        ("付加情報", [("参考図ファイル名", drawing_name(number)), ("参考図タイトル", "損傷表示")]),
        (
            "撮影情報",
            [("撮影箇所", where), ("撮影年月日", photo.timestamp.astimezone(JST).date().isoformat())],
        ),
        ("代表写真", "1" if photo.subject == OVERVIEW else "0"),
        ("提出頻度写真", "0"),
        ("請負者説明文", f"{photo.degree} 北緯{photo.place.lat:.6f} 東経{photo.place.lon:.6f} 路面以外を伏せた写真"),
    ]


def _lines(element: Element, depth: int) -> Iterator[str]:
    """An element as lines of XML; texts in the signs that the standard allows, as far as they have a twin there."""
    name, content = element
    indent = "  " * depth
    if isinstance(content, str):
        yield f"{indent}<{name}>{escape(content.translate(TWINS)[:LONGEST])}</{name}>\n"
        return
    yield f"{indent}<{name}>\n"
    for inner in content:
        yield from _lines(inner, depth + 1)
    yield f"{indent}</{name}>\n"
