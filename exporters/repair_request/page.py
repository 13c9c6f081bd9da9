"""補修依頼書 as one A4 page of PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from exporters.pdf_pages import GAP, GREY, INK, MARGIN, PALE, WIDTH, Box, Pages
from exporters.photo_facts import Facts
from exporters.repair_request.request import (
    FAR_HEIGHT,
    NEAR_HEIGHT,
    NOTE,
    RECEIPT,
    SENDER,
    TITLE,
    Request,
)

SENDER_MM, FACT_MM, RECEIPT_MM, HEAD_MM, LABEL_MM = 8.5, 6.0, 9.5, 6.5, 21.0
MAPS_MM = 70.0  #: width of the maps
RIGHT = MARGIN + WIDTH - MAPS_MM
PHOTO_PX = 1200


def write_page(request: Request, path: Path, day: datetime) -> None:
    """The page at `path`."""
    page = Pages(TITLE, request.manager, day)
    page.add_page()
    y = 22.0
    for names in SENDER:
        _draw_row(page, [(name, "") for name in names], y, SENDER_MM)
        y += SENDER_MM
    y += 4.0
    bottom = _draw_maps(page, request, y)
    for heading, facts in (("位置", request.place), ("損傷", request.damage)):
        y = _draw_facts(page, heading, facts, Box(MARGIN, y, RIGHT - MARGIN - GAP, 0)) + 2.0
    y = max(y, bottom) + 2.0
    y = _draw_photos(page, request, y)
    page.write_at(MARGIN, y + 3.5, NOTE, 8, GREY, WIDTH)
    y += 6.5
    for row in RECEIPT:
        _draw_row(page, row, y, RECEIPT_MM)
        y += RECEIPT_MM
    page.output(str(path))


def _draw_row(page: Pages, cells: Sequence[tuple[str, str]], y: float, height: float) -> None:
    """One line of boxes: names on grey, values or nothing in the white."""
    width = WIDTH / len(cells)
    middle = y + height / 2 + 1.2
    for i, (name, value) in enumerate(cells):
        x = MARGIN + i * width
        page.frame(Box(x, y, width, height), color=GREY)
        page.frame(Box(x, y, LABEL_MM, height), PALE, GREY)
        page.write_at(x + 1.5, middle, name, 8.5, INK, LABEL_MM - 2)
        page.write_at(x + LABEL_MM + 2, middle, value, 9.5, INK, width - LABEL_MM - 3)


def _draw_facts(page: Pages, heading: str, facts: Facts, box: Box) -> float:
    """A heading and its facts; where they end."""
    page.frame(Box(box.x, box.y, box.w, HEAD_MM), PALE, PALE)
    page.write_at(box.x + 2, box.y + HEAD_MM / 2 + 1.3, heading, 10.5, INK, box.w)
    page.write_facts(facts, Box(box.x, box.y + HEAD_MM, box.w, 0), FACT_MM, 9.5, 20.0)
    return box.y + HEAD_MM + FACT_MM * len(facts)


def _draw_maps(page: Pages, request: Request, y: float) -> float:
    """The map of the surroundings above that of the region; where they end."""
    for what, height in ((request.near, NEAR_HEIGHT), (request.far, FAR_HEIGHT)):
        page.draw_locator(what, Box(RIGHT, y, MAPS_MM, height * MAPS_MM))
        y += height * MAPS_MM + 2.0
    return y - 2.0


def _draw_photos(page: Pages, request: Request, y: float) -> float:
    """The caption and both photos; where they end."""
    page.write_at(MARGIN, y + 4, request.caption, 9.5, INK, WIDTH)
    y += 6.0
    large, height = 98.0, 67.0
    small = WIDTH - large - GAP
    for (name, path), x, width in zip(request.pictures, (MARGIN, MARGIN + large + GAP), (large, small), strict=False):
        page.draw_photo(path, Box(x, y, width, height - 5), PHOTO_PX)
        page.write_at(x, y + height - 1, name, 8, GREY, width)
    return y + height
