"""Pictures on a worksheet that are made when the workbook is saved, one at a time: none is held in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl.drawing.image import Image as SheetImage
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from PIL import Image

from exporters.locator import LocatorMap
from exporters.locator_picture import locator_png
from exporters.thumbnails import thumbnail

EMU_PER_PX = 9525  #: at 96 pixels an inch, as sheets count
QUALITY = 80
FINER = 2  #: maps have so many pixels for one of the sheet


class LatePicture(SheetImage):
    """A picture whose bytes are asked for when the workbook is written."""

    def __init__(self, make: Callable[[], bytes], format: str, anchor: OneCellAnchor) -> None:
        self.make, self.format, self.anchor = make, format, anchor
        self.ref = None

    def _data(self) -> bytes:
        return self.make()


def place_photo(sheet: Any, path: Path, cell: tuple[int, int], box: tuple[int, int], pixels: int) -> bool:
    """The photo in the middle of a box (width, height in px) that begins at a cell (row, column from 0).

    It is stored at most `pixels` wide; False where it cannot be read, and nothing is placed.
    """
    try:
        with Image.open(path) as photo:
            width, height = photo.size
    except OSError:
        return False
    scale = min(box[0] / width, box[1] / height)
    size = round(width * scale), round(height * scale)

    def make() -> bytes:
        small = thumbnail(path, pixels, QUALITY)
        return small.jpeg if small else _blank()

    sheet.add_image(LatePicture(make, "jpeg", _anchor(cell, size, ((box[0] - size[0]) // 2, (box[1] - size[1]) // 2))))
    return True


def place_map(sheet: Any, what: LocatorMap, cell: tuple[int, int], width: int) -> None:
    """A locator map `width` px wide, its upper left two pixels inside a cell (row, column from 0)."""
    size = width, round(width * what.height)
    sheet.add_image(LatePicture(lambda: locator_png(what, FINER * width), "png", _anchor(cell, size, (2, 2))))


def _anchor(cell: tuple[int, int], size: tuple[int, int], shift: tuple[int, int]) -> OneCellAnchor:
    row, column = cell
    corner = AnchorMarker(column, shift[0] * EMU_PER_PX, row, shift[1] * EMU_PER_PX)
    return OneCellAnchor(_from=corner, ext=XDRPositiveSize2D(size[0] * EMU_PER_PX, size[1] * EMU_PER_PX))


def _blank() -> bytes:
    """What stands for a photo that broke after it was looked at."""
    return locator_png(LocatorMap(0.6, (), (), (), (0.5, 0.3), None, 0.0, ""), 200)
