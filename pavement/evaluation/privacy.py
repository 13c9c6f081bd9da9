"""What the keep list keeps and hides: vehicles labelled by hand, drawn plates and faces, the lane and its cracks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.detection import COLUMNS, Detector, Image
from pavement.evaluation.contact_sheet import Tile, compose, to_png
from pavement.evaluation.drawn_people import Drawn, draw_face, draw_plate
from pavement.evaluation.labelled import Photo
from pavement.evaluation.table import Figures, Report, Section
from pavement.redact import Guard, drawn_in, mask_photo, mosaic_size, road_mask
from pavement.sources import iter_images

Bools = NDArray[np.bool_]
SIZES_PX = (50, 200)  #: width of what is drawn in, in a photo of 1024 px
READABLE = 0.5  #: correlation of what is finer than a mosaic tile, from which it counts as readable
SHIFT_PX = 3
DRAW = {"plate": draw_plate, "face": draw_face}


@dataclass(frozen=True)
class Masked:
    """A photo, what stays of it, and the masked photo (None: it is not given out)."""

    photo: Image
    keep: Bools
    masked: Image | None


class Masker:
    """Masks photos as a run does."""

    def __init__(self, detector: Detector, guard: Guard) -> None:
        self.detector, self.guard = detector, guard

    def __call__(self, photo: Image) -> Masked:
        """The photo (h, w, 3), masked."""
        (detection,) = self.detector.detect([photo])
        (foreign,) = self.guard.foreign([photo])
        keep = road_mask(detection, self.detector.thresholds, foreign, self.guard.threshold)
        masked = mask_photo(photo, keep)
        return Masked(photo, drawn_in(keep) if masked is not None else np.zeros_like(keep), masked)


def evaluate_privacy(
    photos: Sequence[Photo],
    street: Path | None,
    vehicles: Mapping[str, Sequence[Sequence[Sequence[float]]]],
    masker: Masker,
    progress: Callable[[str, int, int], None],
) -> Report:
    """Shares kept and hidden. `photos`: with labels; `street`: a folder; `vehicles`: outlines by file name there."""
    rng = np.random.default_rng(1)
    kept, rows, tiles = Kept(), defaultdict[str, list[tuple[float, float]]](list), []
    for number, each in enumerate(photos, start=1):
        photo, classes = each.read_image(), each.read_label()
        kept.add(masker(photo).keep, classes)
        if number % 3 == 0:
            tiles += hide(photo, masker, rng, rows, "survey photos")
        progress("masking", number, len(photos))
    seen: list[tuple[str, float]] = []
    files = sorted(str(p.relative_to(street)) for p in street.rglob("*.jpg")) if street else []
    for number, (file, photo_or_none) in enumerate(iter_images(street, files) if street else (), start=1):
        if photo_or_none is None:
            continue
        done = masker(photo_or_none)
        seen += [(file, visible(done.keep, outline)) for outline in vehicles.get(Path(file).name, ())]
        tiles += hide(photo_or_none, masker, rng, rows, "street photos")
        progress("masking street", number, len(files))
    sections = [
        Section("kept", "Own lane", kept.rows(), "Shares of the labelled own lane's pixels, and of its cracked cells.")
    ]
    sections.append(Section("drawn", "Drawn plates and faces", {k: figures(v) for k, v in sorted(rows.items())}, NOTE))
    if seen:
        shares = np.array([share for _, share in seen])
        table: Figures = {
            "n": len(seen),
            "wholly hidden": int((shares == 0).sum()),
            "pixels hidden": float(1 - np.mean(shares)),
            "largest share visible": float(shares.max()),
        }
        sections.append(Section("vehicles", "Vehicles labelled by hand", {"vehicles": table}))
    pictures = {"privacy.png": to_png(compose(tiles[:: max(len(tiles) // 24, 1)][:24], 4))} if tiles else {}
    return Report(sections, {"vehicles": [{"file": f, "visible": s} for f, s in seen]}, pictures)


NOTE = (
    f"{SIZES_PX[0]}-{SIZES_PX[1]} px wide in 1,024, lit as the photo, JPEG 88. Readable: the finest detail still "
    f"correlates by {READABLE} or more with the drawing at its place, or moved by up to {SHIFT_PX} px."
)


class Kept:
    """Counts of the own lane and its cracked cells."""

    def __init__(self) -> None:
        self.lane = self.stayed = self.cracked = self.lost = self.holes = self.holes_lost = 0

    def add(self, keep: Bools, classes: Image) -> None:
        """One photo with its class map (h, w): 0 outside the own lane, 2 crack, 3 pothole."""
        own = classes > 0
        self.lane += int(own.sum())
        self.stayed += int((own & keep).sum())
        size = classes.shape[1] // COLUMNS

        def cells(mask: Bools) -> NDArray[np.float64]:
            rows = mask.shape[0] // size
            part = mask[: rows * size, : COLUMNS * size].reshape(rows, size, COLUMNS, size)
            return np.asarray(part.mean((1, 3)), np.float64)

        cracked = (cells(classes == 2) >= 0.01) & (cells(own) >= 0.5)
        self.holes += int((classes == 3).sum())
        self.holes_lost += int(((classes == 3) & ~keep).sum())
        self.cracked += int(cracked.sum())
        self.lost += int((cells(keep)[cracked] < 0.5).sum())

    def rows(self) -> dict[str, Figures]:
        """The table."""
        if not self.lane:
            return {}
        lost = self.lost / self.cracked if self.cracked else None
        table: Figures = {"kept": self.stayed / self.lane, "cracked cells": self.cracked, "cracked cells lost": lost}
        return {"own lane": table | {"pothole pixels lost": self.holes_lost / self.holes if self.holes else None}}


def hide(
    photo: Image, masker: Masker, rng: np.random.Generator, rows: dict[str, list[tuple[float, float]]], where: str
) -> list[Tile]:
    """Draw one of each kind on and beside the road, mask, and measure what is left: (share visible, correlation)."""
    plain, tiles = masker(photo), []
    for kind, draw in DRAW.items():
        for place, area in (("on the road", plain.keep), ("beside it", ~plain.keep)):
            width = int(np.exp(rng.uniform(*np.log(SIZES_PX))) * photo.shape[1] / 1024)
            put = insert(photo, draw(width, rng), area, rng)
            if put is None:
                continue
            composed, (y, x), drawn = put
            done = masker(composed)
            part = np.s_[y : y + drawn.cover.shape[0], x : x + drawn.cover.shape[1]]
            left = float((done.keep[part] & drawn.cover).sum() / drawn.cover.sum())
            shown = 0.0 if done.masked is None else likeness(composed, done.masked, drawn.cover, y, x)
            rows[f"{kind} {place}, {where}"].append((left, shown))
            if done.masked is not None:
                tiles.append(
                    Tile(
                        shrunk(done.masked),
                        f"{kind} {left:.2f} {shown:.2f}",
                    )
                )
    return tiles


def shrunk(photo: Image) -> Image:
    """A photo 480 pixels wide."""
    return np.asarray(cv2.resize(photo, (480, 480 * photo.shape[0] // photo.shape[1])), np.uint8)


def insert(
    photo: Image, drawn: Drawn, area: Bools, rng: np.random.Generator
) -> tuple[Image, tuple[int, int], Drawn] | None:
    """The photo with something drawn at a random place of `area`, its upper left corner, and how it looks there."""
    height, width = drawn.cover.shape
    inner = np.zeros_like(area)
    inner[height // 2 : -height // 2, width // 2 : -width // 2] = True
    rows, columns = np.nonzero(area & inner)
    if not len(rows):
        return None
    pick = rng.integers(len(rows))
    y, x = int(rows[pick] - height // 2), int(columns[pick] - width // 2)
    light = float(np.clip(np.percentile(photo[::4, ::4], 90) / 235, 0.5, 1.1))
    lit = np.clip(drawn.image * light + rng.normal(0, 2, drawn.image.shape), 0, 255).astype(np.uint8)
    composed = photo.copy()
    composed[y : y + height, x : x + width][drawn.cover] = lit[drawn.cover]
    coded = cv2.imencode(".jpg", composed, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), (y, x), Drawn(lit, drawn.cover)


def likeness(composed: Image, masked: Image, cover: Bools, y: int, x: int) -> float:
    """Best correlation of the fine detail under a cover before and after masking, moved by up to `SHIFT_PX`.

    Fine, as strokes and features are: what is left when the mean over a quarter of a mosaic tile is taken off.
    """
    size = mosaic_size(masked.shape[1]) // 4
    height, width = cover.shape
    shown, wanted = fine(masked, size), fine(composed, size)[y : y + height, x : x + width][cover]
    best = 0.0
    for dy in range(max(-SHIFT_PX, -y), min(SHIFT_PX, masked.shape[0] - height - y) + 1):
        for dx in range(max(-SHIFT_PX, -x), min(SHIFT_PX, masked.shape[1] - width - x) + 1):
            there = shown[y + dy : y + dy + height, x + dx : x + dx + width][cover]
            if float(there.std()) > 1e-3:
                best = max(best, float(np.corrcoef(wanted, there)[0, 1]))
    return best


def fine(picture: Image, size: int) -> NDArray[np.float32]:
    """Grey picture less its mean over `size` pixels."""
    grey = picture.astype(np.float32).mean(2)
    return np.asarray(grey - cv2.blur(grey, (size, size)), np.float32)


def visible(keep: Bools, outline: Sequence[Sequence[float]]) -> float:
    """Share of an outline's pixels that stays."""
    area = np.zeros(keep.shape, np.uint8)
    cv2.fillPoly(area, [np.array(outline, np.int32)], (1,))
    return float((keep & (area > 0)).sum() / max(int(area.sum()), 1))


def figures(values: Iterable[tuple[float, float]]) -> Figures:
    """A row of the table."""
    left, shown = np.array(list(values)).T
    return {
        "n": len(left),
        "readable": int((shown >= READABLE).sum()),
        "mean share visible": float(left.mean()),
        "largest": float(left.max()),
        "largest correlation": float(shown.max()),
    }


def read_outlines(path: Path) -> dict[str, list[list[list[float]]]]:
    """Outlines of vehicles by file name: {"a.jpg": [[[x, y], …], …]}."""
    found: dict[str, list[list[list[float]]]] = json.loads(path.read_text(encoding="utf-8"))
    return found
