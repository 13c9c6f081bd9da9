"""What the detector says of one frame, and the contract's cells, class map, shares and objects made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pavement.drive import Reason
from pavement.quality import Quality, QualityLimits

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]

OUTSIDE, SOUND, CRACK, POTHOLE = range(4)  #: classes of a class map
COLUMNS = 64  #: cells of the contract are width / 64 pixels square
STRIP = 32  #: rows that are interpolated at a time
LOGIT_STEP = 1 / 16  #: resolution at which logits are kept (8 bits: -8 … +8)


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a cell counts."""

    lane: float = 0.5
    crack: float = 0.4
    pothole: float = 0.4
    crop: float = 0.4  #: of crack, in a small image that is taken whole as lane (pavement.crop)
    foreign: float = 0.3  #: of what is no road surface (the guard's map)


@dataclass(frozen=True)
class Detection:
    """The network's answer for one frame, small enough to keep: logits (3, rows, columns) in 8 bits.

    The maps are own lane, crack, pothole. `width` and `height` are the photo's.
    """

    logits: NDArray[np.uint8]
    width: int
    height: int
    quality: Quality

    @classmethod
    def of(cls, logits: Floats, width: int, height: int, quality: Quality) -> Detection:
        """A detection from the network's logits."""
        if logits.ndim != 3 or logits.shape[0] != 3:
            raise ValueError(f"logits must have shape (3, rows, columns), got {logits.shape}")
        coded = np.clip(np.round(logits / LOGIT_STEP) + 128, 0, 255).astype(np.uint8)
        return cls(coded, width, height, quality)

    def probabilities(self, rows: int, columns: int) -> Floats:
        """Probabilities (3, rows, columns) at any resolution: logits interpolated bilinearly, as in training."""
        logits = (self.logits.astype(np.float32) - 128) * LOGIT_STEP
        return sigmoid(np.stack([resize(each, rows, columns) for each in logits]))

    @property
    def cell_px(self) -> float:
        """Side of a cell in the photo's pixels."""
        return self.width / COLUMNS

    @property
    def cell_rows(self) -> int:
        """Rows of the contract's cells; a rest at the bottom belongs to the last row."""
        return max(int(self.height * COLUMNS // self.width), 1)


@dataclass(frozen=True)
class Cells:
    """The contract's cells of a frame: own lane, crack, pothole as (rows, 64) bool, and the probabilities."""

    lane: NDArray[np.bool_]
    crack: NDArray[np.bool_]
    pothole: NDArray[np.bool_]
    probability: Floats

    @property
    def crack_share(self) -> float:
        """Share of own-lane cells that are cracked."""
        return float((self.crack & self.lane).sum() / max(self.lane.sum(), 1))

    @property
    def pothole_share(self) -> float:
        """Share of own-lane cells that are pothole."""
        return float((self.pothole & self.lane).sum() / max(self.lane.sum(), 1))


class Detector(Protocol):
    """Anything that answers frames: the name and hash of its model, and detections in the images' order."""

    @property
    def name(self) -> str:
        """Name of the model in models/registry.toml."""

    @property
    def sha256(self) -> str:
        """Hash of the weights."""

    @property
    def thresholds(self) -> Thresholds:
        """The probabilities that belong to these weights."""

    def detect(self, images: list[Image]) -> list[Detection]:
        """Detections of BGR images (h, w, 3) of any sizes."""


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)


def resize(grid: Floats, rows: int, columns: int) -> Floats:
    """Bilinear interpolation of a grid (r, c) with half-pixel centres, held at the edges.

    >>> resize(np.array([[0.0, 1.0]], np.float32), 1, 4).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    result = np.empty((rows, columns), np.float32)
    for top, strip in strips(grid, rows, columns):
        result[top : top + len(strip)] = strip
    return result


def strips(grid: Floats, rows: int, columns: int) -> Iterator[tuple[int, Floats]]:
    """The rows of `resize` from the top, some at a time: (index of the first, strip); small enough for a core's cache.

    Gathered, not multiplied as matrices: BLAS would wake threads that spin on the cores that the engine needs.
    """
    low, high, share = neighbours(grid.shape[1], columns)
    wide = grid[:, low] * (1 - share) + grid[:, high] * share
    step = np.diff(wide, axis=0, append=wide[-1:])
    low, _, share = neighbours(grid.shape[0], rows)
    for top in range(0, rows, STRIP):
        at = low[top : top + STRIP]
        strip = step[at]
        strip *= share[top : top + STRIP, None]
        strip += wide[at]
        yield top, strip


def neighbours(size: int, new: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """For `new` places along `size` samples: the sample below, the one above, and how far towards it."""
    at = np.clip((np.arange(new) + 0.5) * size / new - 0.5, 0, size - 1)
    low = np.floor(at).astype(np.intp)
    return low, np.minimum(low + 1, size - 1), (at - low).astype(np.float32)


def decide(detection: Detection, thresholds: Thresholds) -> Cells:
    """The contract's cells of a detection; only the largest piece of lane is the own lane."""
    probability = detection.probabilities(detection.cell_rows, COLUMNS)
    lane = largest_piece(probability[0] >= thresholds.lane)
    return Cells(
        lane=lane,
        crack=lane & (probability[1] >= thresholds.crack),
        pothole=lane & (probability[2] >= thresholds.pothole),
        probability=probability,
    )


def largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected piece of a mask."""
    from scipy import ndimage  # not at the head: a server needs the names of this module only

    labels, count = ndimage.label(mask)
    if count <= 1:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def lane_mask(detection: Detection, thresholds: Thresholds, height: int, width: int) -> NDArray[np.bool_]:
    """The own lane at any resolution (height, width): its largest piece, found where the network sees it."""
    logits = (detection.logits[0].astype(np.float32) - 128) * LOGIT_STEP
    level = np.float32(np.log(thresholds.lane / (1 - thresholds.lane)))
    seen = logits >= level
    own = np.where(seen & ~largest_piece(seen), level - 1, logits)
    mask = np.empty((height, width), np.bool_)
    for top, strip in strips(own, height, width):
        np.greater_equal(strip, level, out=mask[top : top + len(strip)])
    return mask


def class_map(detection: Detection, thresholds: Thresholds, cells: Cells | None = None) -> Image:
    """Class map (height, width) of the photo: 0 outside the own lane, 1 sound, 2 crack, 3 pothole.

    The lane follows the network's logits; crack and pothole are painted as whole cells, for that is what was decided.
    `cells`: what `decide` gave, where it is known already.
    """
    cells = cells or decide(detection, thresholds)
    height, width = detection.height, detection.width
    rows = np.minimum((np.arange(height) / detection.cell_px).astype(int), cells.lane.shape[0] - 1)
    columns = np.minimum((np.arange(width) / detection.cell_px).astype(int), COLUMNS - 1)
    grid = np.where(cells.pothole, POTHOLE, np.where(cells.crack, CRACK, SOUND)).astype(np.uint8)
    painted: Image = grid[:, columns][rows]
    painted *= lane_mask(detection, thresholds, height, width)  # OUTSIDE is 0
    return painted


def objects(detection: Detection, thresholds: Thresholds, cells: Cells | None = None) -> list[dict[str, Any]]:
    """Connected cracks and potholes of a frame: category, bbox [x, y, w, h] px, score, area_px; `cells` as above."""
    from scipy import ndimage

    cells = cells or decide(detection, thresholds)
    found = []
    for category, mask, probability in (
        ("crack", cells.crack & ~cells.pothole, cells.probability[1]),
        ("pothole", cells.pothole, cells.probability[2]),
    ):
        labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
        for index, box in enumerate(ndimage.find_objects(labels), start=1):
            inside = labels[box] == index
            top, left = (round(part.start * detection.cell_px) for part in box)
            bottom, right = (round(part.stop * detection.cell_px) for part in box)
            found.append(
                {
                    "category": category,
                    "bbox": [left, top, min(right, detection.width) - left, min(bottom, detection.height) - top],
                    "score": round(float(probability[box][inside].mean()), 3),
                    "area_px": int(inside.sum() * detection.cell_px**2),
                }
            )
    return found


@dataclass(frozen=True)
class Gate:
    """Limits beyond which a frame is not judged: of what the network says, then of what was measured in the picture."""

    lane_share: float = 0.04  #: of the photo; with less own lane it shows no road
    unsure_share: float = 0.88  #: of the photo, where the lane is neither seen nor excluded (0.02 < probability < 0.98)
    quality: QualityLimits = field(default_factory=QualityLimits)

    def judge(self, detection: Detection, thresholds: Thresholds) -> Reason | None:
        """Why a frame cannot be judged, or None."""
        level = 128 + np.log(thresholds.lane / (1 - thresholds.lane)) / LOGIT_STEP
        lane = detection.logits[0]
        sure = np.log(0.98 / 0.02) / LOGIT_STEP
        unsure = (lane > 128 - sure) & (lane < 128 + sure)
        if (lane >= level).mean() < self.lane_share or unsure.mean() > self.unsure_share:
            return Reason.NO_ROAD
        return self.quality.judge(detection.quality)
