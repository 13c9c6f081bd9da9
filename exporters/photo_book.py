"""画像集.pdf: A4, three or six photos a page, each with its number, place, damage and time.

The marked photo stands large; three to a page, the plain one stands small beside it. A book ends after
`MAX_PHOTOS`, so that memory stays bounded and the file opens on an office PC; the next is 画像集_2.pdf.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF

from exporters.fonts import font_file
from exporters.thumbnails import thumbnail
from exporters.wording import display_name, fiscal_year, jst_text, kp_text, last_day, photo_lane, shapes_by_road
from pavement.files import whole_file
from pavement.record import Photo, RouteShape, Survey
from pavement.road import RoadKey

MAX_PHOTOS = 1200  #: about 100 MB
LARGE_PX, SMALL_PX = 1000, 400
INK, GREY, PALE, LINE = (33, 37, 41), (108, 117, 125), (241, 244, 246), (206, 212, 218)
MARGIN, WIDTH, TOP, BOTTOM, GAP = 14.0, 182.0, 24.0, 284.0, 5.0  #: mm on A4 portrait


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, mm from the upper left corner."""

    x: float
    y: float
    w: float
    h: float


def export_photo_book(survey: Survey, out: Path, per_page: int = 3) -> list[Path]:
    """画像集.pdf with `per_page` (3 or 6) photos a page, and further volumes where there are very many photos."""
    if per_page not in (3, 6):
        raise ValueError(f"photos a page: expected 3 or 6, got {per_page}")
    shapes, day = shapes_by_road(survey.routes), last_day(survey)
    manager = next((shape.manager for shape in survey.routes if shape.manager), "") or ""
    volumes = [survey.photos[i : i + MAX_PHOTOS] for i in range(0, len(survey.photos), MAX_PHOTOS)] or [()]
    paths = [out / f"画像集{'' if i == 0 else f'_{i + 1}'}.pdf" for i in range(len(volumes))]
    for path, photos in zip(paths, volumes, strict=True):
        book = _Book(f"舗装点検 画像集 {fiscal_year(survey.year)}", manager, day)
        _fill(book, photos, shapes, per_page)
        with whole_file(path) as temporary:
            book.output(str(temporary))
    for stale in set(out.glob("画像集_*.pdf")) - set(paths):
        stale.unlink()
    return paths


class _Book(FPDF):
    """Pages with a title line and a page number, in IPAex Gothic."""

    def __init__(self, title: str, manager: str, day: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.heading, self.manager = title, manager
        self.set_creation_date(day)
        self.set_title(title)
        self.set_lang("ja-JP")
        self.set_auto_page_break(False)
        self.add_font("ipaexg", fname=font_file())

    def header(self) -> None:
        """The title line."""
        self.write_at(MARGIN, 15.5, self.heading, 13, INK, WIDTH * 0.6)
        width = self.width_of(self.manager, 9)
        self.write_at(MARGIN + WIDTH - width, 15.5, self.manager, 9, GREY, WIDTH * 0.4)
        self.set_draw_color(*INK)
        self.set_line_width(0.4)
        self.line(MARGIN, 18.5, MARGIN + WIDTH, 18.5)

    def footer(self) -> None:
        """Page n / N."""
        self.set_font("ipaexg", size=9)
        self.set_text_color(*GREY)
        self.set_xy(MARGIN, 286)
        self.cell(WIDTH, 5, f"{self.page_no()} / {{nb}}", align="C")

    def width_of(self, text: str, size: float) -> float:
        """Width of a text in mm."""
        self.set_font("ipaexg", size=size)
        return float(self.get_string_width(text))

    def write_at(self, x: float, y: float, text: str, size: float, color: tuple[int, int, int], width: float) -> None:
        """One line at a baseline, made smaller and then cut so that it stays within `width`."""
        text = " ".join(text.split())
        while size > 6 and self.width_of(text, size) > width:
            size -= 0.5
        if self.width_of(text, size) > width:
            while text and self.width_of(text + "…", size) > width:
                text = text[:-1]
            text += "…"
        self.set_font("ipaexg", size=size)
        self.set_text_color(*color)
        self.text(x, y, text)


def _fill(book: _Book, photos: Sequence[Photo], shapes: Mapping[RoadKey, RouteShape], per_page: int) -> None:
    """All photos, page by page; one page that says so where there are none."""
    if not photos:
        book.add_page()
        book.write_at(MARGIN, 40, "該当する写真はありません", 12, INK, WIDTH)
    columns = per_page // 3
    height = (BOTTOM - TOP - 2 * GAP) / 3
    width = (WIDTH - (columns - 1) * GAP) / columns
    for i, photo in enumerate(photos):
        place = i % per_page
        if place == 0:
            book.add_page()
        row, column = divmod(place, columns)
        box = Box(MARGIN + column * (width + GAP), TOP + row * (height + GAP), width, height)
        (_draw_wide if columns == 1 else _draw_compact)(book, photo, _facts(photo, shapes), box)


def _facts(photo: Photo, shapes: Mapping[RoadKey, RouteShape]) -> list[tuple[str, str]]:
    """What stands beside a photo: label and value."""
    name, kind, place = display_name(photo.road, shapes), photo.road.kind, photo.place
    shape = shapes.get(photo.road)
    cumulative = shape is not None and shape.kp_style == "cumulative"
    post = (
        f"起点から {place.kp_km * 1000:.0f} m" if cumulative else f"距離標 {place.post_km:g} + {place.offset_m:.0f} m"
    )
    return [
        ("路線", name if kind in name else f"{name}({kind})"),
        ("位置", f"{kp_text(place.kp_km)}({post})"),
        ("車線", photo_lane(photo)),
        ("損傷", photo.subject),
        ("程度", photo.degree),
        ("撮影", jst_text(photo.timestamp)),
        ("座標", f"北緯 {place.lat:.5f}° 東経 {place.lon:.5f}°"),
    ]


def _draw_wide(book: _Book, photo: Photo, facts: Sequence[tuple[str, str]], box: Box) -> None:
    """Marked photo on the left; number, facts and the plain photo on the right."""
    left = Box(box.x, box.y, 108, box.h)
    right = Box(box.x + 111, box.y, box.w - 111, box.h)
    _draw_photo(book, photo.marked, left, LARGE_PX)
    _draw_facts(book, photo.number, facts, right, 5.9)
    used = 8 + 5.9 * len(facts) + 2.5
    _draw_photo(book, photo.masked, Box(right.x, right.y + used, right.w, right.h - used), SMALL_PX)


def _draw_compact(book: _Book, photo: Photo, facts: Sequence[tuple[str, str]], box: Box) -> None:
    """Marked photo above, number and facts below."""
    text_height = 6.5 + 4.1 * len(facts)
    _draw_photo(book, photo.marked, Box(box.x, box.y, box.w, box.h - text_height - 2), LARGE_PX)
    _draw_facts(book, photo.number, facts, Box(box.x, box.y + box.h - text_height, box.w, text_height), 4.1)


def _draw_facts(book: _Book, number: str, facts: Sequence[tuple[str, str]], box: Box, step: float) -> None:
    """The number on a band, then one line a fact."""
    band = 8.0 if step > 5 else 6.0
    book.set_fill_color(*PALE)
    book.rect(box.x, box.y, box.w, band - 1, style="F")
    book.write_at(
        box.x + 2,
        box.y + (band - 1) / 2 + (1.3 if step > 5 else 1.1),
        f"写真 {number}",
        10.5 if step > 5 else 9,
        INK,
        box.w - 4,
    )
    size, label = (9.0, 12.0) if step > 5 else (7.5, 10.0)
    book.set_draw_color(*LINE)
    book.set_line_width(0.15)
    for i, (name, value) in enumerate(facts, start=1):
        y = box.y + band - 1 + i * step
        book.write_at(box.x + 2, y - step * 0.28, name, size - 1, GREY, label)
        book.write_at(box.x + 2 + label, y - step * 0.28, value, size, INK, box.w - label - 3)
        book.line(box.x, y, box.x + box.w, y)


def _draw_photo(book: _Book, path: Path, box: Box, pixels: int) -> None:
    """The photo as large as the box allows, at its upper left; a grey box where it cannot be read."""
    small = thumbnail(path, pixels)
    if small is None:
        book.set_fill_color(*PALE)
        book.rect(box.x, box.y, box.w, box.h, style="F")
        book.write_at(box.x + 3, box.y + 8, f"写真を読めません: {path.name}", 8, GREY, box.w - 6)
        return
    scale = min(box.w / small.width, box.h / small.height)
    size: dict[str, Any] = {"w": small.width * scale, "h": small.height * scale}
    book.image(io.BytesIO(small.jpeg), x=box.x + (box.w - size["w"]) / 2, y=box.y, **size)
