"""An A4 page of a PDF in IPAex Gothic: title line, page number, texts that fit, photos and locator maps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF

from exporters.fonts import font_file
from exporters.locator import LocatorMap, Point
from exporters.locator_picture import MARK, OTHER_WIDTH, OWN_WIDTH, POST_RADIUS, marker, north
from exporters.thumbnails import thumbnail

Color = tuple[int, int, int]
INK: Color = (33, 37, 41)
GREY: Color = (108, 117, 125)
PALE: Color = (241, 244, 246)
LINE: Color = (206, 212, 218)
WHITE: Color = (255, 255, 255)
OWN: Color = (82, 96, 107)
HERE: Color = (208, 2, 27)
FONT = "ipaexg"
MARGIN, WIDTH, TOP, BOTTOM, GAP = 14.0, 182.0, 24.0, 284.0, 5.0  #: mm on A4 portrait
LEAST_SIZE = 6.0  #: points: smaller is cut instead


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, mm from the upper left corner."""

    x: float
    y: float
    w: float
    h: float


class Pages(FPDF):
    """Pages with a title line and a page number."""

    def __init__(self, title: str, manager: str, day: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.heading, self.manager = title, manager
        self.set_creation_date(day)
        self.set_title(title)
        self.set_lang("ja-JP")
        self.set_auto_page_break(False)
        self.add_font(FONT, fname=font_file())

    def header(self) -> None:
        """The title line."""
        self.write_at(MARGIN, 15.5, self.heading, 13, INK, WIDTH * 0.6)
        width = min(self.width_of(self.manager, 9), WIDTH * 0.38)
        self.write_at(MARGIN + WIDTH - width, 15.5, self.manager, 9, GREY, WIDTH * 0.38)
        self.rule(MARGIN, 18.5, MARGIN + WIDTH, 18.5, INK, 0.4)

    def footer(self) -> None:
        """Page n / N."""
        self.set_font(FONT, size=9)
        self.set_text_color(*GREY)
        self.set_xy(MARGIN, 286)
        self.cell(WIDTH, 5, f"{self.page_no()} / {{nb}}", align="C")

    def rule(self, x1: float, y1: float, x2: float, y2: float, color: Color = LINE, width: float = 0.15) -> None:
        """A straight line."""
        self.set_draw_color(*color)
        self.set_line_width(width)
        self.line(x1, y1, x2, y2)

    def frame(self, box: Box, fill: Color | None = None, color: Color = LINE, width: float = 0.15) -> None:
        """A rectangle, filled where a colour is given."""
        self.set_draw_color(*color)
        self.set_line_width(width)
        if fill:
            self.set_fill_color(*fill)
        self.rect(box.x, box.y, box.w, box.h, style="DF" if fill else "D")

    def width_of(self, text: str, size: float) -> float:
        """Width of a text in mm."""
        self.set_font(FONT, size=size)
        return float(self.get_string_width(text))

    def write_at(self, x: float, y: float, text: str, size: float, color: Color, width: float) -> None:
        """One line at a baseline, made smaller and then cut so that it stays within `width`."""
        text = " ".join(text.split())
        while size > LEAST_SIZE and self.width_of(text, size) > width:
            size -= 0.5
        if self.width_of(text, size) > width:
            while text and self.width_of(text + "…", size) > width:
                text = text[:-1]
            text += "…"
        self.set_font(FONT, size=size)
        self.set_text_color(*color)
        self.text(x, y, text)

    def write_facts(self, facts: Sequence[tuple[str, str]], box: Box, step: float, size: float, label: float) -> None:
        """One line a fact, `step` mm each: its name, `label` mm wide, and its value."""
        for i, (name, value) in enumerate(facts, start=1):
            y = box.y + i * step
            self.write_at(box.x + 2, y - step * 0.28, name, size - 1, GREY, label - 1)
            self.write_at(box.x + 2 + label, y - step * 0.28, value, size, INK, box.w - label - 3)
            self.rule(box.x, y, box.x + box.w, y)

    def draw_photo(self, path: Path, box: Box, pixels: int) -> None:
        """The photo as large as the box allows, at its upper middle; a grey box where it cannot be read."""
        small = thumbnail(path, pixels)
        if small is None:
            self.frame(box, PALE)
            self.write_at(box.x + 3, box.y + 8, f"写真を読めません: {path.name}", 8, GREY, box.w - 6)
            return
        scale = min(box.w / small.width, box.h / small.height)
        width, height = small.width * scale, small.height * scale
        self.image(io.BytesIO(small.jpeg), x=box.x + (box.w - width) / 2, y=box.y, w=width, h=height)

    def draw_locator(self, what: LocatorMap, box: Box) -> None:
        """The map in a box as wide as it; its lines stay lines at any size of print."""
        scale = box.w

        def at(point: Point) -> Point:
            return box.x + point[0] * scale, box.y + point[1] * scale

        self.frame(box, (251, 251, 249))
        with self.rect_clip(box.x, box.y, box.w, box.h):
            for lines, color, share in ((what.others, (195, 201, 206), OTHER_WIDTH), (what.own, OWN, OWN_WIDTH)):
                self.set_draw_color(*color)
                self.set_line_width(share * scale)
                for line in lines:
                    self.polyline([at(point) for point in line])
            size = max(5.5, min(9.0, scale * 0.14))
            radius = POST_RADIUS * scale
            for post, words in what.posts:
                x, y = at(post)
                self.set_fill_color(*WHITE)
                self.set_draw_color(*INK)
                self.set_line_width(0.15)
                self.ellipse(x - radius, y - radius, 2 * radius, 2 * radius, style="DF")
                length = self.width_of(words, size)
                left = x + 2 * radius + length > box.x + box.w  # it would be cut: on the other side then
                self.write_at(
                    x - 2 * radius - length if left else x + 2 * radius, y + size * 0.13, words, size, INK, scale
                )
            self.set_fill_color(*HERE)
            self.set_draw_color(*WHITE)
            self.set_line_width(0.004 * scale)
            self.polygon([at(corner) for corner in marker(what)], style="DF")
            self._draw_bar(what, box, size)
            self.set_fill_color(*INK)
            self.polygon([at(corner) for corner in north()], style="F")
            x, y = at((0.94, 0.165))
            self.write_at(x - self.width_of("N", size) / 2, y + size * 0.1, "N", size, INK, scale)

    def _draw_bar(self, what: LocatorMap, box: Box, size: float) -> None:
        """The scale bar, lower left."""
        left, bottom = box.x + 0.04 * box.w, box.y + box.h - 0.04 * box.w
        right = left + what.bar * box.w
        self.rule(left, bottom, right, bottom, INK, 0.25)
        for x in (left, right):
            self.rule(x, bottom - MARK * 0.4 * box.w, x, bottom, INK, 0.25)
        self.write_at(left + 0.8, bottom - 0.7, what.bar_text, size, INK, box.w)
