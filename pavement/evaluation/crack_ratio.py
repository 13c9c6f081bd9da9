"""ひび割れ率 of 20 m blocks from predicted masks against the same from labelled masks, through the same geometry.

A drive of labelled photos is surveyed as any other. Then the labels are laid where its frames were laid: the same
frames after the same gate, at the same places, under the same camera, on the same mesh with the same rule.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.detection import COLUMNS, Cells, Gate, Image, largest_piece
from pavement.drive import Drive
from pavement.errors import BadInput
from pavement.evaluation.labelled import Photo
from pavement.evaluation.rut import rank
from pavement.evaluation.table import Figures, Report, Section
from pavement.evaluation.tally import cells_of
from pavement.measurement import measure
from pavement.mounting import Mounting
from pavement.passes import Pass
from pavement.pipeline import DriveOnDisk, Timings, Tools, survey_drive
from pavement.road import Direction, Network, RoadKey
from pavement.surface import CRACK, PATTERN, UNSEEN, Surface, View

WELL_SEEN_PCT = 80.0  #: 有効測定率 from which a block may be diagnosed
CLASSES_PCT = (20.0, 40.0)

Key = tuple[RoadKey, Direction, float]


class BlockRatio(NamedTuple):
    """One block: its ひび割れ率 from the predicted and from the labelled masks, %, and the 有効測定率 of the labels."""

    key: Key
    found_pct: float
    labelled_pct: float
    coverage_pct: float


def evaluate_crack_ratio(
    drive: DriveOnDisk, network: Network, photos: Sequence[Photo], tools: Tools, gate: Gate
) -> Report:
    """Figures of the blocks of `drive`, whose frames are copies of labelled `photos`; others of its frames stay out.

    Raises BadInput where no frame has a label, or none lies on the network.
    """
    labels = labels_of(drive, photos)
    if not labels:
        raise BadInput("has no frame of which a label is known", file=drive.folder, do="give the labelled photos of it")
    labelled = replace(drive.drive, frames=tuple(f for f in drive.drive.frames if f.file in labels))
    done = survey_drive(replace(drive, drive=labelled), network, tools, gate, Timings(), ruts=False)
    true = lay_labels(done.passes, done.mountings, labelled, labels)
    blocks = compare(done.passes, true, network)
    if not blocks:
        raise BadInput("has no frame on the network", file=drive.folder, do="give the network that it was driven on")
    used = sum(record.rejected is None for record in done.records)
    frames: Figures = {
        "in the drive": len(drive.drive.frames),
        "labelled": len(labelled.frames),
        "used": used,
    }
    return Report(
        [
            Section(
                "crack_ratio",
                "Crack ratio per 20 m block",
                {
                    "all blocks": figures(blocks),
                    f"有効測定率 ≥ {WELL_SEEN_PCT:g} %": figures(
                        [b for b in blocks if b.coverage_pct >= WELL_SEEN_PCT]
                    ),
                },
                "Points of ひび割れ率, from predicted masks less from labelled ones.",
            ),
            Section("classes", "Classes", {f"≥ {limit:g} %": class_figures(blocks, limit) for limit in CLASSES_PCT}),
            Section("cells", "Mesh cells", cell_figures(done.passes, true)),
            Section("frames", "Frames", {"frames": frames}),
        ],
        more={
            "camera": [mounting.camera.report() for mounting in done.mountings],
            "blocks": [
                {
                    **asdict(key[0]),
                    "direction": key[1].value,
                    "from_kp_km": key[2],
                    "found_pct": found,
                    "labelled_pct": known,
                    "coverage_pct": round(coverage, 1),
                }
                for key, found, known, coverage in blocks
            ],
        },
    )


def labels_of(drive: DriveOnDisk, photos: Sequence[Photo]) -> dict[str, Photo]:
    """The labelled photo of which each frame is a copy, byte for byte; frames that are none are not in it."""
    known = {digest(photo.image): photo for photo in photos}
    frames = {frame.file: drive.folder / frame.file for frame in drive.drive.frames}
    return {
        name: photo
        for name, path in frames.items()
        if path.is_file() and (photo := known.get(digest(path))) is not None
    }


def digest(path: Path) -> str:
    """Hash of a file; of a missing one that of nothing."""
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def label_cells(classes: Image) -> Cells:
    """The cells of a labelled class map (h, w), as `pavement.detection.decide` gives those of a detection."""
    known = cells_of(classes)
    lane = largest_piece(known.lane)
    crack, pothole = known.crack & lane, known.pothole & lane
    return Cells(lane, crack, pothole, np.stack([lane, crack, pothole]).astype(np.float32))


def lay_labels(
    passes: Sequence[Pass], mountings: Sequence[Mounting], drive: Drive, labels: Mapping[str, Photo]
) -> list[Pass]:
    """The same passes with meshes on which the labels of their frames were laid."""
    firsts = [mounting.first for mounting in mountings]
    number_of = {frame.file: bisect_right(firsts, index) - 1 for index, frame in enumerate(drive.frames)}
    views: dict[tuple[int, int, int], View] = {}
    laid = []
    for passed in passes:
        old = passed.surface
        mesh = Surface(old.length_m, old.sign, old.lane_width_m)
        for frame in passed.frames:
            classes = labels[frame.file].read_label()
            number, (height, width) = number_of[frame.file], classes.shape[:2]
            cells = label_cells(classes)
            if (number, width, height) not in views:
                camera = mountings[number].camera.for_size(width, height)
                views[number, width, height] = View.of(camera, width // COLUMNS, len(cells.lane))
            mesh.add(frame.along_m, cells, views[number, width, height])
        laid.append(replace(passed, surface=mesh))
    return laid


def compare(found: Sequence[Pass], true: Sequence[Pass], network: Network) -> list[BlockRatio]:
    """The blocks that have a ひび割れ率 in both, in the order of the road."""
    ours, theirs = (
        {(block.road, block.direction, round(block.start.kp_km, 3)): block for block in measure(passes, network)[1]}
        for passes in (found, true)
    )
    blocks = []
    for key, known in theirs.items():
        mine = ours.get(key)
        if mine and mine.crack_pct is not None and known.crack_pct is not None:
            blocks.append(BlockRatio(key, mine.crack_pct, known.crack_pct, known.coverage_pct or 0.0))
    return blocks


def figures(blocks: Sequence[BlockRatio]) -> Figures:
    """Error in points, and the correlation."""
    found, true = (np.array([getattr(block, name) for block in blocks]) for name in ("found_pct", "labelled_pct"))
    error = found - true
    some, varied = len(blocks) > 0, len(blocks) > 1 and found.std() > 0 and true.std() > 0
    return {
        "n": len(blocks),
        "r": float(np.corrcoef(found, true)[0, 1]) if varied else None,
        "mean error": float(np.abs(error).mean()) if some else None,
        "bias": float(error.mean()) if some else None,
        "error p50": float(np.percentile(np.abs(error), 50)) if some else None,
        "error p95": float(np.percentile(np.abs(error), 95)) if some else None,
        "labelled mean": float(true.mean()) if some else None,
    }


def class_figures(blocks: Sequence[BlockRatio], limit_pct: float) -> Figures:
    """How many blocks reach a limit of the diagnosis: 検出率 and 的中率 with the ministry's ranks."""
    true = sum(block.labelled_pct >= limit_pct for block in blocks)
    found = sum(block.found_pct >= limit_pct for block in blocks)
    both = sum(min(block.labelled_pct, block.found_pct) >= limit_pct for block in blocks)
    recall, precision = both / true if true else None, both / found if found else None
    return {
        "n": len(blocks),
        "labelled": true,
        "found": found,
        "both": both,
        "検出率": recall,
        "検出率 rank": rank(recall),
        "的中率": precision,
        "的中率 rank": rank(precision),
    }


def cell_figures(found: Sequence[Pass], true: Sequence[Pass]) -> dict[str, Figures]:
    """How the 0.5 m cells that both saw are judged: cracked at all, and two or more cracks."""
    ours, theirs = (np.concatenate([each.surface.classes().ravel() for each in passes]) for passes in (found, true))
    seen = (ours != UNSEEN) & (theirs != UNSEEN)

    def row(verdicts: Sequence[int]) -> Figures:
        a, b = (np.isin(cells[seen], verdicts) for cells in (ours, theirs))
        both = int((a & b).sum())
        return {
            "n": int(seen.sum()),
            "labelled": int(b.sum()),
            "found": int(a.sum()),
            "precision": share(both, a),
            "recall": share(both, b),
        }

    return {"cracked": row((CRACK, PATTERN)), "two or more cracks": row((PATTERN,))}


def share(hits: int, of: NDArray[np.bool_]) -> float | None:
    """Of those that are true; None where none is.

    >>> share(1, np.array([True, True, False])), share(0, np.array([False]))
    (0.5, None)
    """
    return hits / int(of.sum()) if of.any() else None
