"""A class map for training of a photo: what a person said, and the teacher's answer only where a person bears it out.

0 outside the own lane, 1 sound, 2 crack, 3 pothole, 255 unknown: what the teacher (the model in use) calls damage and
nobody confirmed is unknown, neither damage nor sound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.defect import Category
from pavement.detection import COLUMNS, CRACK, POTHOLE, SOUND, Cells, Detection, Image, Thresholds, decide, lane_mask
from pavement.retraining.lessons import Box, Lesson

UNKNOWN = 255
DOUBT = 0.3  #: probability from which a cell without a word is unknown; inside a drawn box it counts as crack
BEST_SHARE = 0.15  #: of a drawn box's cells, where the teacher sees no crack in it
CRACKS = (Category.CRACK_LINEAR, Category.CRACK_ALLIGATOR)
Bools = NDArray[np.bool_]


def label_of(detection: Detection, thresholds: Thresholds, lesson: Lesson) -> Image:
    """The class map (h, w) of a photo from the teacher's answer and what people said of it."""
    cells = decide(detection, thresholds)
    grid = np.full(cells.lane.shape, SOUND, np.uint8)
    _cracks(grid, cells, lesson)
    _potholes(grid, cells, lesson)
    height, width = detection.height, detection.width
    for box in sorted(lesson.boxes.values(), key=lambda each: each.category == Category.POTHOLE):
        if box.category in CRACKS:
            _crack_in(grid, cells, box, detection)
        elif box.category is not Category.POTHOLE:
            grid[_cells_in(box, detection, len(grid))] = UNKNOWN  # a patch, a step: no class of the network's
    rows = np.minimum((np.arange(height) / detection.cell_px).astype(int), len(grid) - 1)
    columns = np.minimum((np.arange(width) / detection.cell_px).astype(int), COLUMNS - 1)
    painted: Image = grid[:, columns][rows] * lane_mask(detection, thresholds, height, width)
    for box in lesson.boxes.values():
        if box.category is Category.POTHOLE:
            painted[_ellipse(box, height, width)] = POTHOLE
    return painted


def _cracks(grid: Image, cells: Cells, lesson: Lesson) -> None:
    """The surest cells, as many as the person's ひび割れ率 against the machine's calls for."""
    chance = np.where(cells.lane, cells.probability[1], 0.0)
    found = int(cells.crack.sum())
    if lesson.crack_ratio is not None and (found or not lesson.crack_ratio):
        count = min(round(found * lesson.crack_ratio), int(cells.lane.sum()))
        surest = np.argsort(chance, axis=None)[::-1][:count]
        grid.reshape(-1)[surest] = CRACK
    elif lesson.accepted:
        grid[cells.crack] = CRACK
    else:
        grid[chance >= DOUBT] = UNKNOWN


def _potholes(grid: Image, cells: Cells, lesson: Lesson) -> None:
    """What the teacher calls pothole: so, not so, or unknown where both were said or nothing."""
    chance = np.where(cells.lane, cells.probability[2], 0.0)
    if lesson.no_pothole and not lesson.real_pothole:
        return
    if (lesson.real_pothole or lesson.accepted) and not lesson.no_pothole:
        grid[cells.pothole] = POTHOLE
    else:
        grid[chance >= DOUBT] = UNKNOWN


def _crack_in(grid: Image, cells: Cells, box: Box, detection: Detection) -> None:
    inside = _cells_in(box, detection, len(grid)) & cells.lane
    if not inside.any():
        return
    chance = cells.probability[1]
    some = chance[inside]
    limit = DOUBT if (some >= DOUBT).any() else float(np.quantile(some, 1 - BEST_SHARE))
    grid[inside & (grid == UNKNOWN)] = SOUND
    grid[inside & (chance >= limit)] = CRACK


def _cells_in(box: Box, detection: Detection, rows: int) -> Bools:
    """(rows, 64) the cells that a box touches."""
    cell = detection.cell_px
    top, bottom = int(box.top * detection.height / cell), int(box.bottom * detection.height / cell)
    inside = np.zeros((rows, COLUMNS), bool)
    inside[max(top, 0) : bottom + 1, max(int(box.left * COLUMNS), 0) : int(box.right * COLUMNS) + 1] = True
    return inside


def _ellipse(box: Box, height: int, width: int) -> Bools:
    """(h, w) the ellipse in a box."""
    y, x = np.mgrid[0:height, 0:width]
    across = (x / width - (box.left + box.right) / 2) / max((box.right - box.left) / 2, 1 / width)
    down = (y / height - (box.top + box.bottom) / 2) / max((box.bottom - box.top) / 2, 1 / height)
    return np.asarray(across**2 + down**2 <= 1.0)
