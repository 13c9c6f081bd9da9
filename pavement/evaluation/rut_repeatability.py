"""Rut depth of real photos in a row: two disjoint sets of frame pairs over the same stretches, and what all pairs give.

No true depth is known of these roads; what independent measurements of one stretch agree on is what can be shown.
Photos 5 m apart make four pairs on 20 m, too few for two sets that the gate lets through: longer stretches are compared
too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pavement.detection import Detector, Gate
from pavement.drive import CameraFacts
from pavement.evaluation.photo_sequence import list_sequences
from pavement.evaluation.profile_picture import RAISED, Curve, ProfiledPhoto, draw_profiles
from pavement.evaluation.rut_sets import Block, MeasuredSection, Progress, measure_section
from pavement.evaluation.table import Figures, Report
from pavement.evaluation.table import Section as Table
from pavement.rut import Rut

BLOCK_M = 20.0
STRETCHES_M = (BLOCK_M, 30.0, 40.0)  #: in one of 40 m each set has about as many pairs as all of a block of 20 m
SHOWN_M = 40.0  #: stretch about a block's middle of which a picture shows the sets' profiles
PERCENTILES = (5, 25, 50, 75, 95)
PICTURES = 10
AHEAD_M = 7.0  #: where on its photo a profile is drawn
COLOURS = ((40, 40, 220), (200, 120, 0), (60, 150, 0))  #: BGR, of all pairs and the two sets


def evaluate_rut_repeatability(
    data: Path, sections: str, detector: Detector, gate: Gate, progress: Progress, facts: CameraFacts | None = None
) -> Report:
    """Figures over the sections of `data` whose names begin with `sections`, and pictures of `PICTURES` blocks.

    `facts`: what is known of the camera; by default nothing is. Raises BadInput where no section is found.
    """
    measured = [
        measure_section(sequence, detector, gate, facts or CameraFacts(), progress)
        for sequence in list_sequences(data, sections)
    ]
    by_size = {size: {each.sequence.section: each.blocks(size) for each in measured} for size in STRETCHES_M}
    blocks = [block for found in by_size[BLOCK_M].values() for block in found]
    return Report(
        [
            Table(
                "repeatability",
                "Two disjoint sets of frame pairs over the same block",
                agreements(by_size),
                "|Difference| of the two depths in mm, of the blocks where the gate lets both through.",
            ),
            Table(
                "values",
                "Depths from all pairs, per 20 m block",
                {"all": depths(blocks), **{name: depths(found) for name, found in by_size[BLOCK_M].items()}},
            ),
            Table("refused", "Why blocks have no value", {"all": reasons(blocks)}),
            Table("cameras", "Cameras and pairs", {each.sequence.section: camera_figures(each) for each in measured}),
        ],
        more={"blocks": [row_of(block) for block in blocks]},
        pictures=pictures(measured, blocks),
    )


def agreements(by_size: Mapping[float, Mapping[str, Sequence[Block]]]) -> dict[str, Figures]:
    """For every size all sections together, then those that have something to compare."""
    rows = {}
    for size, by_section in by_size.items():
        rows[f"{size:g} m, all"] = agreement([block for found in by_section.values() for block in found])
        rows |= {
            f"{size:g} m, {section}": agreement(found)
            for section, found in by_section.items()
            if any(block.difference_mm is not None for block in found)
        }
    return rows


def agreement(blocks: Sequence[Block]) -> Figures:
    """How two measurements of one block agree."""
    both = [(d, block) for block in blocks if (d := block.difference_mm) is not None]
    apart = np.abs([d for d, _ in both])
    errors = np.array([block.error_mm for _, block in both])
    return {
        "stretches": len(blocks),
        "both sets have a value": len(both),
        "median": float(np.median(apart)) if both else None,
        "mean": float(apart.mean()) if both else None,
        "p90": float(np.percentile(apart, 90)) if both else None,
        "within 2 se": float((apart <= 2 * errors).mean()) if both else None,
    }


def depths(blocks: Sequence[Block]) -> Figures:
    """The share of blocks with a value, and how the values lie, mm."""
    values = [block.whole.rut_mm for block in blocks if block.whole.rut_mm is not None]
    errors = [block.whole.rut_se_mm for block in blocks if block.whole.rut_se_mm is not None]
    return {
        "blocks": len(blocks),
        "with a value": len(values),
        "share": len(values) / len(blocks) if blocks else None,
        **{f"p{level}": float(np.percentile(values, level)) if values else None for level in PERCENTILES},
        "se p50": float(np.median(errors)) if errors else None,
    }


def reasons(blocks: Sequence[Block]) -> Figures:
    """How many blocks were refused, by reason."""
    counted = Counter(block.whole.refused.value for block in blocks if block.whole.refused is not None)
    return {"blocks": len(blocks), **dict(counted.most_common())}


def camera_figures(each: MeasuredSection) -> Figures:
    """What was found of a section's camera, and what became of its pairs."""
    camera = each.camera.camera
    return {
        "photos": len(each.sequence.photos),
        "used": len(each.passed.frames),
        "pairs": each.pairs,
        "refused": sum(each.refused.values()),
        "why": "; ".join(f"{word} {count}" for word, count in each.refused.most_common()) or "–",
        "focal px": round(camera.focal_px),
        "height m": camera.height_m,
        "pitch deg": float(np.degrees(camera.pitch)),
        "scale sd": each.camera.scale_sd,
    }


def row_of(block: Block) -> dict[str, object]:
    """One block in the JSON."""
    first, second = block.sets
    return {
        "section": block.section,
        "from_m": block.from_m,
        "pairs": block.whole.pairs,
        "refused": block.whole.refused.value if block.whole.refused else None,
        "rut_mm": block.whole.rut_mm,
        "rut_se_mm": block.whole.rut_se_mm,
        "sets_mm": [first.rut_mm, second.rut_mm],
        "sets_se_mm": [first.rut_se_mm, second.rut_se_mm],
    }


def pictures(measured: Sequence[MeasuredSection], blocks: Sequence[Block]) -> dict[str, bytes]:
    """Some blocks with a value, evenly from the shallowest to the deepest: the profiles over their photo, as PNG."""
    by_name = {each.sequence.section: each for each in measured}
    known = sorted((b for b in blocks if b.whole.rut_mm is not None), key=lambda block: block.whole.rut_mm or 0.0)
    chosen = sorted({round(place) for place in np.linspace(0, len(known) - 1, PICTURES).tolist()}) if known else []
    shown = [photo for index in chosen if (photo := profiled(known[index], by_name[known[index].section]))]
    return {f"profile-{number:02d}.png": draw_profiles(photo) for number, photo in enumerate(shown, start=1)}


def profiled(block: Block, section: MeasuredSection) -> ProfiledPhoto | None:
    """A block's profiles on the photo that shows its middle best; None where no photo shows the lane."""
    middle = (block.from_m + block.to_m) / 2
    frames = [frame for frame in section.passed.frames if frame.lane is not None]
    frame = min(frames, key=lambda each: abs(each.along_m + AHEAD_M - middle), default=None)
    if frame is None or frame.lane is None:
        return None
    ((_, photo),) = section.sequence.read_images([frame.file])
    if photo is None:
        return None
    around = (middle - SHOWN_M / 2, middle + SHOWN_M / 2)
    ruts = {"all pairs": block.whole} | {
        f"{name}, {SHOWN_M:g} m": road.rut(*around)
        for name, road in zip(("first set", "second set"), section.sets, strict=True)
    }
    curves = [
        Curve(f"{name}: {said(rut)}", colour, rut.across_m, rut.height_m)
        for (name, rut), colour in zip(ruts.items(), COLOURS, strict=True)
        if rut.across_m is not None and rut.height_m is not None
    ]
    return ProfiledPhoto(
        caption=f"{block.section} {block.from_m:g}-{block.to_m:g} m; heights on the photo x {RAISED:g}",
        photo=photo,
        camera=section.camera.for_size(photo.shape[1], photo.shape[0]).camera,
        lane=frame.lane,
        ahead_m=float(np.clip(middle - frame.along_m, 5.0, 10.0)),
        curves=curves,
    )


def said(rut: Rut) -> str:
    """A depth in words that the picture's font has.

    >>> said(Rut(4, rut_mm=6.54, rut_se_mm=2.0)), said(Rut(2))
    ('6.5 +- 4.0 mm, 4 pairs', 'refused, 2 pairs')
    """
    if rut.rut_mm is None or rut.rut_se_mm is None:
        return f"refused, {rut.pairs} pairs"
    return f"{rut.rut_mm:.1f} +- {2 * rut.rut_se_mm:.1f} mm, {rut.pairs} pairs"
