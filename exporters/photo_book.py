"""画像集.pdf: A4, three or six photos a page, each with its number, place, damage, time and a small map.

The marked photo stands large; three to a page, the plain one stands small beside it. A book ends after
`MAX_PHOTOS`, so that memory stays bounded and the file opens on an office PC; the next is 画像集_2.pdf.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exporters.locator import Locator, LocatorMap
from exporters.pdf_pages import BOTTOM, GAP, GREY, INK, MARGIN, PALE, TOP, WIDTH, Box, Pages
from exporters.photo_facts import Facts, photo_facts, sections_of_photos
from exporters.wording import fiscal_year, kp_text, last_day, shapes_by_road
from pavement.files import whole_file
from pavement.record import Photo, Survey

MAX_PHOTOS = 300  #: about 40 MB
PER_PAGE = (3, 6)
LARGE_PX, SMALL_PX = 1000, 400
MAP_M = 1000.0  #: width of the road that a small map shows


@dataclass(frozen=True)
class Printed:
    """What is printed of a photo."""

    photo: Photo
    facts: Facts
    row: str  #: of 様式A
    map: Callable[[float], LocatorMap]  #: from height over width


def export_photo_book(survey: Survey, out: Path, per_page: int = 3) -> list[Path]:
    """画像集.pdf with `per_page` (3 or 6) photos a page, and further volumes where there are very many photos."""
    if per_page not in PER_PAGE:
        raise ValueError(f"photos a page: expected 3 or 6, got {per_page}")
    day, prepare = last_day(survey), printed_of(survey)
    manager = next((shape.manager for shape in survey.routes if shape.manager), "") or ""
    volumes = [survey.photos[i : i + MAX_PHOTOS] for i in range(0, len(survey.photos), MAX_PHOTOS)] or [()]
    paths = [out / f"画像集{'' if i == 0 else f'_{i + 1}'}.pdf" for i in range(len(volumes))]
    for path, photos in zip(paths, volumes, strict=True):
        book = Pages(f"舗装点検 画像集 {fiscal_year(survey.year)}", manager, day)
        _fill(book, photos, prepare, per_page)
        with whole_file(path) as temporary:
            book.output(str(temporary))
        del book
        gc.collect()  # a book refers to itself: without this the next one would stand beside it in memory
    for stale in set(out.glob("画像集_*.pdf")) - set(paths):
        stale.unlink()
    return paths


def printed_of(survey: Survey) -> Callable[[Photo], Printed]:
    """From a photo of the survey to what is printed of it."""
    shapes, locator, section_of = shapes_by_road(survey.routes), Locator.of(survey), sections_of_photos(survey)

    def printed(photo: Photo) -> Printed:
        first, last = section_of(photo)

        def draw(height: float) -> LocatorMap:
            return locator.around(photo.place, photo.road, photo.direction, MAP_M, height)

        return Printed(photo, photo_facts(photo, shapes), f"様式A {kp_text(first)}～{kp_text(last)}", draw)

    return printed


def _fill(book: Pages, photos: Sequence[Photo], prepare: Callable[[Photo], Printed], per_page: int) -> None:
    """All photos, page by page; one page that says so where there are none."""
    if not photos:
        book.add_page()
        book.write_at(MARGIN, 40, "該当する写真はありません", 12, INK, WIDTH)
    columns = per_page // 3
    height = (BOTTOM - TOP - 2 * GAP) / 3
    width = (WIDTH - (columns - 1) * GAP) / columns
    draw = _draw_wide if columns == 1 else _draw_compact
    for i, photo in enumerate(photos):
        place = i % per_page
        if place == 0:
            book.add_page()
        row, column = divmod(place, columns)
        draw(book, prepare(photo), Box(MARGIN + column * (width + GAP), TOP + row * (height + GAP), width, height))


def _draw_wide(book: Pages, what: Printed, box: Box) -> None:
    """Marked photo on the left; number, facts, the plain photo and the map on the right."""
    step, band = 5.4, 7.0
    right = Box(box.x + 111, box.y, box.w - 111, box.h)
    book.draw_photo(what.photo.marked, Box(box.x, box.y, 108, box.h), LARGE_PX)
    _draw_number(book, what, Box(right.x, right.y, right.w, band), 10.5)
    book.write_facts(what.facts, Box(right.x, right.y + band, right.w, right.h), step, 9.0, 12.0)
    used = band + step * len(what.facts) + 2.5
    side = right.h - used
    book.draw_photo(what.photo.masked, Box(right.x, right.y + used, right.w - side - 2, side), SMALL_PX)
    book.draw_locator(what.map(1.0), Box(right.x + right.w - side, right.y + used, side, side))


def _draw_compact(book: Pages, what: Printed, box: Box) -> None:
    """Marked photo above; number and facts below, the map beside them."""
    step, band, side = 4.1, 5.0, 26.0
    used = band + step * len(what.facts)
    top = box.y + box.h - used
    book.draw_photo(what.photo.marked, Box(box.x, box.y, box.w, box.h - used - 1.5), LARGE_PX)
    _draw_number(book, what, Box(box.x, top, box.w, band), 9.0)
    book.write_facts(what.facts, Box(box.x, top + band, box.w - side - 1.5, used - band), step, 7.5, 9.0)
    map_box = Box(box.x + box.w - side, top + band + 1, side, used - band - 1)
    book.draw_locator(what.map(map_box.h / map_box.w), map_box)


def _draw_number(book: Pages, what: Printed, band: Box, size: float) -> None:
    """写真番号 and the row of 様式A on a band."""
    book.frame(band, PALE, PALE)
    middle = band.y + band.h / 2
    book.write_at(band.x + 2, middle + size * 0.125, f"写真 {what.photo.number}", size, INK, band.w * 0.5)
    width = min(book.width_of(what.row, size - 2.5), band.w * 0.48)
    book.write_at(band.x + band.w - width - 2, middle + size * 0.11, what.row, size - 2.5, GREY, band.w * 0.48)
