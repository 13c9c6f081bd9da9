"""The quality gate: false alarms on sound photos, and how many of the same photos it refuses once they are made unfit.

Nobody has labelled unfit photos, so they are made (`pavement.evaluation.degrade`). "Cracks lost" says what the gate is
there to prevent: photos let through in which less than half of the crack share is found that the sound photo has.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pavement.detection import Detection, Detector, Gate, Image, decide, lane_mask
from pavement.drive import Reason
from pavement.evaluation.contact_sheet import Tile, compose, outlined, to_png
from pavement.evaluation.degrade import DEGRADED, HARMLESS, Level, degrade
from pavement.evaluation.table import Figures, Report, Section
from pavement.overlap import batches
from pavement.sources import iter_images

SAMPLE = 40  #: photos that are made unfit, spread over the folder
CRACKED = 0.05  #: crack share from which losing half of it counts
TILE_PX, COLUMNS_OF_TILES = 300, 6  #: the contact sheet
SOUND = ("sound", "as it is")

Kind = tuple[str, str]


@dataclass
class Verdicts:
    """What became of the photos of one kind."""

    reasons: list[Reason | None] = field(default_factory=list)
    cracked: int = 0  #: photos that are cracked when sound …
    lost: int = 0  #: … of which so many were let through with less than half of it found

    def add(self, reason: Reason | None, crack_share: float, sound_share: float) -> None:
        """Count one photo."""
        self.reasons.append(reason)
        self.cracked += sound_share >= CRACKED
        self.lost += reason is None and sound_share >= CRACKED and crack_share < sound_share / 2

    def figures(self) -> Figures:
        """The table's row."""
        found = Counter(reason.value for reason in self.reasons if reason is not None)
        return {
            "photos": len(self.reasons),
            "rejected": sum(found.values()) / len(self.reasons),
            "as": ", ".join(f"{name} {number}" for name, number in found.most_common()),
            "cracks lost": self.lost / self.cracked if self.cracked else None,
        }


def evaluate_gate(
    folder: Path, files: Sequence[str], detector: Detector, gate: Gate, progress: Callable[[str, int, int], None]
) -> Report:
    """False alarms on all photos of a folder, detection rates on a sample of them, and a sheet of its first."""
    verdicts: dict[Kind, Verdicts] = defaultdict(Verdicts)
    alarms: dict[str, str] = {}
    tiles: list[Tile] = []
    every = max(len(files) // SAMPLE, 1)
    numbered = enumerate(iter_images(folder, files))
    for batch in batches(((number, file, image) for number, (file, image) in numbered if image is not None), 8):
        for (number, file, image), sound in zip(batch, detector.detect([image for *_, image in batch]), strict=True):
            share = crack_share(sound, detector)
            reason = gate.judge(sound, detector.thresholds)
            verdicts[SOUND].add(reason, share, share)
            if reason is not None:
                alarms[file] = reason.value
            if number % every == 0:
                lane = lane_mask(sound, detector.thresholds, *image.shape[:2])
                made = (
                    (kind, degrade(image, lane, level, zlib.crc32(f"{file} {kind}".encode())))
                    for kind, level in kinds()
                )
                for kind, picture, found in answers(made, detector):
                    reason = gate.judge(found, detector.thresholds)
                    verdicts[kind].add(reason, crack_share(found, detector), share)
                    if number == 0:
                        tiles.append(tile(kind, picture, found, reason, detector))
            progress("evaluate", number + 1, len(files))
    pictures = {"gate.png": to_png(compose(tiles, COLUMNS_OF_TILES))} if tiles else {}
    note = "Cracks lost: of the photos that are cracked when sound, those let through with less than half of it found."
    names = {SOUND, *((kind, level.name) for kind, levels in HARMLESS.items() for level in levels)}
    sections = [
        Section(key, heading, {" · ".join(k): v.figures() for k, v in verdicts.items() if (k in names) is good}, text)
        for key, heading, good, text in (
            ("sound", "False alarms on sound photos", True, "All of these can be judged."),
            ("unfit", "Photos made unfit", False, note),
        )
    ]
    return Report(sections, {"false alarms": alarms}, pictures)


def kinds() -> Iterator[tuple[Kind, Level]]:
    """Every degradation and level, by name."""
    for name, levels in (HARMLESS | DEGRADED).items():
        for level in levels:
            yield (name, level.name), level


def answers(made: Iterator[tuple[Kind, Image]], detector: Detector) -> Iterator[tuple[Kind, Image, Detection]]:
    """Pictures by kind, with the detector's answers."""
    for batch in batches(made, 8):
        found = detector.detect([picture for _, picture in batch])
        for (kind, picture), detection in zip(batch, found, strict=True):
            yield kind, picture, detection


def crack_share(detection: Detection, detector: Detector) -> float:
    """The contract's crack share of an answer."""
    return decide(detection, detector.thresholds).crack_share


def tile(kind: Kind, picture: Image, found: Detection, reason: Reason | None, detector: Detector) -> Tile:
    """A picture of the sheet, with the outline of what the network takes for the lane."""
    lane = lane_mask(found, detector.thresholds, *picture.shape[:2])
    return Tile(outlined(picture, lane.astype("u1"), TILE_PX), f"{' '.join(kind)}: {reason.value if reason else '-'}")
