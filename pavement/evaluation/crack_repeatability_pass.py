"""One pass over a sequence of photos: its detections, its camera, and ひび割れ率 of its 20 m blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.camera import Camera, CameraEstimate, estimate_camera
from pavement.detection import COLUMNS, Detection, Detector, Gate, Image, decide
from pavement.drive import CameraFacts
from pavement.evaluation.crack_repeatability_day import Random, Shot, take
from pavement.evaluation.labelled import read
from pavement.evaluation.photo_sequence import PhotoSequence
from pavement.motion import Pair
from pavement.stages.calibrate import CAMERA_FRAMES, PAIR_M, PAIRS
from pavement.surface import CELL_M, Surface, View

Floats = NDArray[np.float64]

BLOCK_M = 20.0
BATCH = 8
AHEAD_M = 40.0  #: of mesh beyond the last photo

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Taken:
    """A pass: where each photo was taken (n,) metres, what the detector says of it (None: refused), and the camera."""

    along_m: Floats
    detections: tuple[Detection | None, ...]
    camera: CameraEstimate
    detector: Detector


@dataclass(frozen=True, eq=False)
class BlockValues:
    """ひび割れ率 of blocks (n,) in %, NaN where nothing was seen, and 有効測定率 in %."""

    crack_pct: Floats
    coverage_pct: Floats


def drive_along(
    sequence: PhotoSequence,
    shots: Sequence[Shot] | None,
    base: Camera | None,
    tools: tuple[Detector, Gate, CameraFacts],
    rng: Random,
    progress: Progress = lambda done, total: None,
) -> Taken:
    """A pass over the photos as `shots` have them (None: as they are); `base`: the camera of the photos themselves."""
    detector, gate, facts = tools
    ahead = np.array([shot.ahead_m for shot in shots]) if shots else np.zeros(len(sequence.photos))
    along = np.asarray(sequence.chainage_m, float) + ahead
    detections: list[Detection] = []
    kept: dict[int, Image] = {}
    wanted = {k for pair in _pairs(along) for k in pair}
    images: list[Image] = []
    for k, photo in enumerate(sequence.photos):
        image = read(photo, cv2.IMREAD_COLOR)
        if shots is not None and base is not None:
            image = take(image, shots[k], _sized(base, image), rng)
        if k in wanted:
            kept[k] = image
        images.append(image)
        if len(images) == BATCH or k + 1 == len(sequence.photos):
            detections += detector.detect(images)
            images = []
            progress(k + 1, len(sequence.photos))
    every = max(len(detections) // CAMERA_FRAMES, 1)
    camera = estimate_camera(detections[::every], facts, pairs=_pictures(along, kept))
    passed = tuple(None if gate.judge(each, detector.thresholds) else each for each in detections)
    return Taken(along, passed, camera, detector)


def block_values(taken: Taken, start_m: float, blocks: int, turn: int | None = None) -> BlockValues:
    """The blocks from `start_m` on; `turn` 0 or 1: from every other photo only, beginning with the first or second."""
    mesh = Surface(blocks * BLOCK_M + AHEAD_M, 1, taken.camera.lane_width_m)
    views: dict[tuple[int, int], View] = {}
    for number, (metres, detection) in enumerate(zip(taken.along_m, taken.detections, strict=True)):
        if detection is None or (turn is not None and number % 2 != turn):
            continue
        cells = decide(detection, taken.detector.thresholds)
        size = detection.width, detection.height
        if size not in views:
            views[size] = View.of(taken.camera.for_size(*size), size[0] // COLUMNS, len(cells.lane))
        mesh.add(metres - start_m, cells, views[size])
    rows = round(BLOCK_M / CELL_M)
    area = mesh.crack_m2()[: blocks * rows].reshape(blocks, rows).sum(axis=1)
    seen = mesh.seen[: blocks * rows].reshape(blocks, -1)
    counted = seen.sum(axis=1)
    ratio = np.divide(100 * area, counted * CELL_M**2, out=np.full(blocks, np.nan), where=counted > 0)
    return BlockValues(ratio, 100 * seen.mean(axis=1))


def _sized(base: Camera, image: Image) -> Camera:
    height, width = image.shape[:2]
    return CameraEstimate(base, 0.0, {}, 0, None, None, 0.0).for_size(width, height).camera


def _pairs(along: Floats) -> list[tuple[int, int]]:
    near = [i for i in range(len(along) - 1) if PAIR_M[0] <= along[i + 1] - along[i] <= PAIR_M[1]]
    return [(i, i + 1) for i in near[:: max(len(near) // PAIRS, 1)][:PAIRS]]


def _pictures(along: Floats, kept: dict[int, Image]) -> Iterator[Pair]:
    for i, j in _pairs(along):
        if kept[i].shape == kept[j].shape:
            yield kept[i], kept[j], float(along[j] - along[i])
