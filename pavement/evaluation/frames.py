"""Photos without labels as contact sheets, for looking: outlines of own lane, cracks and potholes, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pavement.detection import CRACK, OUTSIDE, POTHOLE, Detector, Gate, Image, class_map
from pavement.drive import Reason
from pavement.evaluation.contact_sheet import Tile, compose, outlined, to_png
from pavement.evaluation.table import Figures, Report, Section
from pavement.overlap import batches
from pavement.sources import iter_images

TILES, COLUMNS_OF_TILES, TILE_PX = 40, 5, 480  #: a sheet


def evaluate_frames(
    folder: Path, files: Sequence[str], detector: Detector, gate: Gate, progress: Callable[[str, int, int], None]
) -> Report:
    """What comes out for every photo, and contact sheets of 40."""
    rows: dict[str, Figures] = {}
    pictures: dict[str, bytes] = {}
    tiles: list[Tile] = []
    numbered = enumerate(iter_images(folder, files), start=1)
    for batch in batches(numbered, 8):
        found = iter(detector.detect([image for _, (_, image) in batch if image is not None]))
        for number, (file, image) in batch:
            if image is None:
                rows[file] = {
                    "no.": number,
                    "lane": None,
                    "crack": None,
                    "pothole": None,
                    "rejected": Reason.UNREADABLE,
                }
                continue
            detection = next(found)
            classes = class_map(detection, detector.thresholds)
            verdict = gate.judge(detection, detector.thresholds)
            rows[file] = {"no.": number, **shares(classes), "rejected": verdict.value if verdict else ""}
            tiles.append(Tile(outlined(image, classes, TILE_PX), f"{number} {file} {verdict.value if verdict else ''}"))
            if len(tiles) == TILES or number == len(files):
                pictures[f"frames-{len(pictures) + 1:02}.png"] = to_png(compose(tiles, COLUMNS_OF_TILES))
                tiles = []
            progress("evaluate", number, len(files))
    if tiles:  # the last file could not be read
        pictures[f"frames-{len(pictures) + 1:02}.png"] = to_png(compose(tiles, COLUMNS_OF_TILES))
    note = "Lane: share of the photo; crack and pothole: shares of the lane's pixels."
    return Report([Section("frames", "Photos", rows, note)], pictures=pictures)


def shares(classes: Image) -> Figures:
    """Own lane as share of a class map (h, w); crack and pothole as shares of the lane, None without one."""
    lane = int((classes != OUTSIDE).sum())
    return {
        "lane": float(np.mean(classes != OUTSIDE)),
        "crack": float((classes == CRACK).sum() / lane) if lane else None,
        "pothole": float((classes == POTHOLE).sum() / lane) if lane else None,
    }
