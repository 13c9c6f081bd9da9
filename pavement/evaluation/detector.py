"""The detector against labelled photos: by road, by size, over thresholds, and the photos where it fails most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pavement.detection import Cells, Detector, Image, Thresholds, class_map, decide
from pavement.evaluation.charts import Line, draw
from pavement.evaluation.contact_sheet import Tile, compose, outlined, to_png
from pavement.evaluation.curves import (
    Histogram,
    average_precision,
    calibration_error,
    curve,
    precision_recall,
    reliability,
)
from pavement.evaluation.labelled import Photo, detect_photos, list_photos
from pavement.evaluation.sizes import DistanceTally, PotholeTally
from pavement.evaluation.table import Figures, Report, Section
from pavement.evaluation.tally import LabelCells, Tally, cells_of, near, precision, recall

WORST = 12  #: photos a column of the contact sheet
TILE_PX = 440
KINDS = ("crack", "pothole")


@dataclass
class Curves:
    """Histograms of one kind of damage: as it is found (own lane seen), and of the bare probabilities."""

    found: Histogram = field(default_factory=Histogram)
    bare: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True)
class Failure:
    """Crack and pothole cells of one photo that are false or missed by more than one cell."""

    photo: Photo
    false: int
    missed: int


@dataclass
class Measured:
    """All that is summed over the photos of a split."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    distances: DistanceTally = field(default_factory=DistanceTally)
    potholes: PotholeTally = field(default_factory=PotholeTally)
    curves: dict[str, Curves] = field(default_factory=lambda: {kind: Curves() for kind in KINDS})
    failures: list[Failure] = field(default_factory=list)

    def add(self, photo: Photo, found: Image, label: Image, cells: Cells) -> None:
        """Count one photo."""
        for name in ("all", photo.road):
            self.tallies[name].add(found, label)
        self.distances.add(found, label)
        self.potholes.add(found, label)
        true = cells_of(label)
        self._add_curves(cells, true)
        seen = cells_of(found)
        false = missed = 0
        for a, b in ((seen.crack & true.lane, true.crack & true.lane), (seen.pothole & true.lane, true.pothole)):
            false += int((a & ~near(b)).sum())
            missed += int((b & ~near(a)).sum())
        self.failures.append(Failure(photo, false, missed))

    def _add_curves(self, cells: Cells, true: LabelCells) -> None:
        rows = min(len(cells.lane), len(true.lane))
        lane = true.lane[:rows]
        crack, pothole = cells.probability[1, :rows], cells.probability[2, :rows]
        seen = cells.lane[:rows]
        for kind, bare, ranked, damaged in (
            ("crack", crack, np.where(seen & ~cells.pothole[:rows], crack, 0), true.crack[:rows]),
            ("pothole", pothole, np.where(seen, pothole, 0), true.pothole[:rows]),
        ):
            self.curves[kind].found.add(np.asarray(ranked[lane], np.float32), damaged[lane])
            self.curves[kind].bare.add(bare[lane], damaged[lane])


def evaluate_detector(data: Path, split: str, detector: Detector, progress: Callable[[str, int, int], None]) -> Report:
    """The figures of one split with its curves and the contact sheet of its failures."""
    photos = list_photos(data, split)
    measured = Measured()
    for done, (photo, detection) in enumerate(detect_photos(photos, detector), start=1):
        cells = decide(detection, detector.thresholds)
        measured.add(photo, class_map(detection, detector.thresholds), photo.read_label(), cells)
        progress("evaluate", done, len(photos))
    calibration = {kind: reliability(measured.curves[kind].bare) for kind in KINDS}
    used = {"crack": detector.thresholds.crack, "pothole": detector.thresholds.pothole}
    return Report(
        sections(measured, used, calibration),
        more={
            "model": {"name": detector.name, "sha256": detector.sha256, "thresholds": used, "split": split},
            "curves": {kind: curve(measured.curves[kind].found) for kind in KINDS},
            "photos": [
                {"name": each.photo.name, "road": each.photo.road, "false": each.false, "missed": each.missed}
                for each in measured.failures
            ],
        },
        pictures={
            "curves.svg": draw_curves(measured.curves, used, calibration),
            "failures.png": failure_sheet(measured.failures, detector),
        },
    )


def sections(
    measured: Measured, used: Mapping[str, float], calibration: Mapping[str, dict[str, Figures]]
) -> list[Section]:
    """The report's tables."""
    tables = [
        Section("roads", "By road", {name: tally.figures() for name, tally in measured.tallies.items()}),
        Section(
            "distance",
            "Cracks by distance",
            measured.distances.rows(),
            "Thirds of the picture from its top; share bias: found less labelled, of the own lane.",
        ),
        Section(
            "potholes",
            "Potholes by area",
            measured.potholes.rows(),
            "Whole potholes; a cell is (width / 64)² pixels; found and right mean within a cell's width of the other.",
        ),
    ]
    for kind in KINDS:
        found = measured.curves[kind].found
        area = average_precision(found)
        note = f"The model's threshold is {used[kind]}; average precision {'–' if area is None else f'{area:.3f}'}."
        tables.append(Section(f"{kind}_thresholds", f"Thresholds of {kind}", precision_recall(found), note))
    for kind in KINDS:
        error = calibration_error(calibration[kind])
        note = f"Own-lane cells; expected calibration error {'–' if error is None else f'{error:.3f}'}."
        tables.append(Section(f"{kind}_reliability", f"Reliability of {kind}", calibration[kind], note))
    return tables


def draw_curves(
    curves: Mapping[str, Curves], used: Mapping[str, float], calibration: Mapping[str, dict[str, Figures]]
) -> bytes:
    """Both panels as SVG; the thresholds in use are ringed."""
    lines = {}
    for kind, each in curves.items():
        counts = each.found.counts(used[kind])
        lines[kind] = Line(curve(each.found), (recall(counts), precision(counts)))
    shares = {
        kind: Line([(float(r["predicted"] or 0), float(r["observed"] or 0)) for r in rows.values() if r["cells"]])
        for kind, rows in calibration.items()
    }
    shares["as it should be"] = Line([(0, 0), (1, 1)])
    return draw(
        {
            ("Thresholds", "recall", "precision"): lines,
            ("Reliability", "predicted probability", "observed share"): shares,
        }
    )


def failure_sheet(failures: Sequence[Failure], detector: Detector) -> bytes:
    """PNG, a row a rank: truth and answer of the photo with most false cells, and of that with most missed ones."""
    by_false = sorted(failures, key=lambda each: -each.false)[:WORST]
    by_missed = sorted(failures, key=lambda each: -each.missed)[:WORST]
    tiles: list[Tile] = []
    for false, missed in zip(by_false, by_missed, strict=True):
        for failure, words in ((false, f"{false.false} false cells"), (missed, f"{missed.missed} missed cells")):
            tiles += compare(failure.photo, words, detector, detector.thresholds)
    return to_png(compose(tiles, 4))


def compare(photo: Photo, words: str, detector: Detector, thresholds: Thresholds) -> list[Tile]:
    """A photo twice: outlined by its label, and by the detector's answer."""
    image = photo.read_image()
    (detection,) = detector.detect([image])
    return [
        Tile(outlined(image, photo.read_label(), TILE_PX), f"label {photo.name}"),
        Tile(outlined(image, class_map(detection, thresholds), TILE_PX), f"answer: {words}"),
    ]
