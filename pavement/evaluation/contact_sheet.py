"""Many small pictures in one, for looking. Sheets show what the data show: they are written for the user, not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pavement.detection import CRACK, OUTSIDE, POTHOLE, Image
from pavement.errors import Fault

BAND_PX = 18  #: height of a caption
GAP_PX = 4
LANE_BGR, CRACK_BGR, POTHOLE_BGR = (80, 200, 0), (0, 0, 255), (255, 0, 255)
PAPER = 255


@dataclass(frozen=True)
class Tile:
    """A picture (h, w, 3) BGR and its caption, of which letters beyond ASCII are shown as "?"."""

    picture: Image
    caption: str


def outlined(photo: Image, classes: Image, width: int) -> Image:
    """The photo at a width, with a class map's outlines of own lane (green), cracks (red) and potholes (magenta)."""
    height = round(photo.shape[0] * width / photo.shape[1])
    way = cv2.INTER_AREA if width < photo.shape[1] else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(photo, (width, height), interpolation=way), np.uint8)
    small = cv2.resize(classes, (width, height), interpolation=cv2.INTER_NEAREST)
    for mask, colour in (
        (small != OUTSIDE, LANE_BGR),
        (small == CRACK, CRACK_BGR),
        (small == POTHOLE, POTHOLE_BGR),
    ):
        edges, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, edges, -1, colour, 1)
    return picture


def compose(tiles: Sequence[Tile], columns: int) -> Image:
    """Tiles row by row, each below its caption; columns are as wide as the widest tile, rows as their highest."""
    width = max(tile.picture.shape[1] for tile in tiles) + GAP_PX
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    return np.concatenate([_row(row, width, columns) for row in rows])


def _row(tiles: Sequence[Tile], width: int, columns: int) -> Image:
    height = max(tile.picture.shape[0] for tile in tiles) + BAND_PX + GAP_PX
    row = np.full((height, width * columns, 3), PAPER, np.uint8)
    for index, tile in enumerate(tiles):
        h, w = tile.picture.shape[:2]
        left = index * width
        row[BAND_PX : BAND_PX + h, left : left + w] = tile.picture
        words = tile.caption.encode("ascii", "replace").decode()
        cv2.putText(
            row[:, left : left + width],
            words,
            (2, BAND_PX - 5),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.42,
            (0, 0, 0),
            1,
            cv2.LINE_AA,
        )
    return row


def to_png(picture: Image) -> bytes:
    """PNG of a picture (h, w, 3) BGR."""
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise Fault(f"a picture of shape {picture.shape} could not be encoded")
    return data.tobytes()
