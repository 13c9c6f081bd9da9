"""Locator maps as pictures, for workbooks; `exporters.pdf_pages` draws them as lines on a PDF's page."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from exporters.fonts import font_file
from exporters.locator import LocatorMap, Point

PAPER, OTHER, OWN, EDGE, INK, HERE = "#fbfbf9", "#c3c9ce", "#52606b", "#ffffff", "#343a40", "#d0021b"
FINER = 3  #: drawn so many times larger, then shrunk: smooth lines
OWN_WIDTH, OTHER_WIDTH, POST_RADIUS, MARK = 0.016, 0.009, 0.011, 0.055  #: shares of the map's width


def locator_png(what: LocatorMap, width: int) -> bytes:
    """The map as a PNG picture `width` pixels wide."""
    size = FINER * width
    picture = Image.new("RGB", (size, round(size * what.height)), PAPER)
    draw = ImageDraw.Draw(picture)

    def at(point: Point) -> Point:
        return point[0] * size, point[1] * size

    for lines, color, share in ((what.others, OTHER, OTHER_WIDTH), (what.own, OWN, OWN_WIDTH)):
        for line in lines:
            draw.line([at(point) for point in line], color, max(round(share * size), 1), joint="curve")
    font = _font(round(max(0.05, 11 / width) * size))
    radius = POST_RADIUS * size
    for post, words in what.posts:
        x, y = at(post)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), EDGE, INK, FINER)
        cut = x + 2 * radius + font.getlength(words) > size  # then on the other side
        aside, anchor = (-2 * radius, "rm") if cut else (2 * radius, "lm")
        draw.text((x + aside, y), words, INK, font, anchor, stroke_width=FINER, stroke_fill=PAPER)
    draw.polygon([at(corner) for corner in marker(what)], HERE, EDGE, FINER)
    left, bottom = 0.04 * size, (what.height - 0.04) * size
    ends = (left, left + what.bar * size)
    draw.line(
        [(ends[0], bottom - 6 * FINER), (ends[0], bottom), (ends[1], bottom), (ends[1], bottom - 6 * FINER)], INK, 4
    )
    draw.text((ends[0] + 3 * FINER, bottom - 3 * FINER), what.bar_text, INK, font, "ls", FINER, stroke_fill=PAPER)
    draw.polygon([at(corner) for corner in north()], INK)
    draw.text(at((0.94, 0.155)), "N", INK, font, "mm")
    draw.rectangle((0, 0, size - 1, picture.height - 1), outline=OTHER, width=FINER)
    buffer = io.BytesIO()
    small = picture.resize((width, round(width * what.height)), Image.Resampling.LANCZOS)
    small.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def marker(what: LocatorMap) -> list[Point]:
    """Corners of the mark of the place: an arrow that points the way of travel, else a square on its tip."""
    x, y = what.place
    if what.heading is None:
        return [(x, y - MARK), (x + MARK, y), (x, y + MARK), (x - MARK, y)]
    ahead, right = what.heading, (-what.heading[1], what.heading[0])

    def corner(forward: float, aside: float) -> Point:
        return (
            x + MARK * (forward * ahead[0] + aside * right[0]),
            y + MARK * (forward * ahead[1] + aside * right[1]),
        )

    return [corner(1.2, 0), corner(-0.8, 0.8), corner(-0.4, 0), corner(-0.8, -0.8)]


def north() -> list[Point]:
    """Corners of the arrow to the north, upper right."""
    return [(0.94, 0.03), (0.965, 0.115), (0.94, 0.095), (0.915, 0.115)]


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(), size)
