"""Photos in a row along one road without a track: a section laid straight becomes a pass, as a drive's frames do."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
from shapely import LineString

from pavement.camera import CameraEstimate, estimate_camera, lane_edges
from pavement.detection import Detection, Detector, Gate, Image
from pavement.drive import CameraFacts
from pavement.errors import BadInput
from pavement.evaluation.labelled import read
from pavement.geo import LocalPlane
from pavement.linear_reference import Scale
from pavement.motion import Pair
from pavement.overlap import batches
from pavement.passes import FramePlace, Pass
from pavement.road import Carriageway, Direction, RoadKey, Route
from pavement.rut.lane import lane_on_ground
from pavement.stages.calibrate import CAMERA_FRAMES, PAIR_M, PAIRS
from pavement.surface import Surface

NEEDED = {"split", "name", "section", "chainage_m"}
METRES_A_SECOND = 10.0  #: the frames' times are made up
BATCH = 8


@dataclass(frozen=True)
class PhotoSequence:
    """The photos of a section in the order of travel, and where each was taken, metres."""

    section: str
    photos: tuple[Path, ...]
    chainage_m: tuple[float, ...]

    def read_images(self, files: Iterable[str]) -> Iterator[tuple[str, Image | None]]:
        """(file, pixels) of photos by their file names."""
        by_name = {path.name: path for path in self.photos}
        return ((file, read(by_name[file], cv2.IMREAD_COLOR)) for file in files)


def list_sequences(data: Path, sections: str) -> list[PhotoSequence]:
    """The sections of a labelled data set whose names begin with `sections`; raises BadInput where there is none."""
    index = data / "index.csv"
    if not index.is_file():
        raise BadInput("is missing", file=index, do="give a folder with index.csv and <split>/images")
    with open(index, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not set(rows[0]) >= NEEDED:
        raise BadInput(f"lacks one of the columns {', '.join(sorted(NEEDED))}", file=index, do="add it")
    places: dict[str, dict[float, Path]] = {}  # of photos at one place the first
    for row in rows:
        if row["section"].startswith(sections):
            photo = data / row["split"] / "images" / f"{row['name']}.jpg"
            places.setdefault(row["section"], {}).setdefault(float(row["chainage_m"]), photo)
    if not places:
        raise BadInput(f"has no section that begins with '{sections}'", file=index, do="give another --sections")
    return [
        PhotoSequence(section, tuple(at[metres] for metres in sorted(at)), tuple(sorted(at)))
        for section, at in sorted(places.items())
    ]


def straight_pass(
    sequence: PhotoSequence, detector: Detector, gate: Gate, facts: CameraFacts
) -> tuple[Pass, CameraEstimate]:
    """The section as a pass along a straight line, and its camera, found as a drive's is."""
    detections = list(detect_all(sequence, detector))
    every = max(len(detections) // CAMERA_FRAMES, 1)
    camera = estimate_camera(detections[::every], facts, pairs=neighbours(sequence))
    passed = Pass(
        sequence.section,
        straight_route(sequence),
        Direction.DOWN,
        None,
        Surface(sequence.chainage_m[-1], 1, camera.lane_width_m),
        camera.scale_assumed,
    )
    for photo, metres, detection in zip(sequence.photos, sequence.chainage_m, detections, strict=True):
        if gate.judge(detection, detector.thresholds) is None:
            mounted = camera.for_size(detection.width, detection.height).camera
            passed.frames.append(
                FramePlace(
                    file=photo.name,
                    timestamp=datetime.fromtimestamp(metres / METRES_A_SECOND, UTC),
                    along_m=metres,
                    kp_km=metres / 1000,
                    position_sd_m=0.0,
                    crack_share=0.0,
                    pothole_share=0.0,
                    lane=lane_on_ground(lane_edges(detection), mounted),
                    sharpness=detection.quality.sharpness,
                )
            )
    return passed, camera


def detect_all(sequence: PhotoSequence, detector: Detector) -> Iterator[Detection]:
    """The detections of a sequence's photos, in order."""
    for part in batches(sequence.photos, BATCH):
        yield from detector.detect([read(photo, cv2.IMREAD_COLOR) for photo in part])


def neighbours(sequence: PhotoSequence) -> Iterator[Pair]:
    """Pictures next to each other and the metres between them, some spread over the section, as `calibrate` takes."""
    at, photos = sequence.chainage_m, sequence.photos
    near = [i for i in range(len(at) - 1) if PAIR_M[0] <= at[i + 1] - at[i] <= PAIR_M[1]]
    for i in near[:: max(len(near) // PAIRS, 1)][:PAIRS]:
        earlier, later = (read(photos[k], cv2.IMREAD_COLOR) for k in (i, i + 1))
        if earlier.shape == later.shape:
            yield earlier, later, at[i + 1] - at[i]


def straight_route(sequence: PhotoSequence) -> Route:
    """A line as long as a section's last chainage."""
    length = sequence.chainage_m[-1] + 1
    road = RoadKey("", sequence.section, "000", "現道")
    line = LineString([(0, 0), (0, length)])
    return Route(0, road, Carriageway.BOTH, sequence.section, line, Scale.unknown(length), LocalPlane(0.0, 0.0))
