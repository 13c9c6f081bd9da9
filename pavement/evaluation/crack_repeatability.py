"""How much ひび割れ率 of an unchanged 20 m block differs between two independent passes: what comparing years faces.

The error against labels (`evaluate crack-ratio`) holds what every pass gets wrong alike: it cancels in a difference.
Here real photos of one road are measured again and again: from disjoint sets of the photos, and from the same photos
as another day's pass would have taken them, kind by kind and together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import Detector, Gate
from pavement.drive import CameraFacts
from pavement.evaluation.crack_repeatability_day import KINDS, Random, Shot, draw_pass, take
from pavement.evaluation.crack_repeatability_pass import BLOCK_M, BlockValues, Taken, block_values, drive_along
from pavement.evaluation.crack_repeatability_statistics import BOTH, DISJOINT, TOGETHER, Twice, law, spread, twice
from pavement.evaluation.labelled import read
from pavement.evaluation.photo_sequence import PhotoSequence, list_sequences
from pavement.evaluation.table import Figures, Report, Section

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

ALONE_PASSES, TOGETHER_PASSES = 3, 6
WELL_SEEN_PCT = 80.0
LEVELS = (0.0, 5.0, 15.0, 30.0, 100.1)  #: bins of the block's mean over the passes
SAMPLED = 10  #: photos by which a drawn pass is tried: where the gate refuses more than half there is no pass
MOST_DRAWS = 8  #: of a pass until the gate lets it through


def evaluate_crack_repeatability(
    data: Path, sections: str, detector: Detector, gate: Gate, progress: Progress, seed: int = 1
) -> Report:
    """Figures over the sections of `data` whose names begin with `sections`; raises BadInput where there is none."""
    facts = CameraFacts(lane_width_m=3.5)  # the only scale that is known of these photos, as in the semi-real drives
    pairs: dict[str, list[Twice]] = {name: [] for name in (*KINDS, TOGETHER, DISJOINT, BOTH)}
    passes: dict[str, Figures] = {}
    for number, sequence in enumerate(list_sequences(data, sections)):
        if len(sequence.photos) < 2:
            continue
        rng = np.random.default_rng([seed, number])
        known = _repeat(sequence, (detector, gate, facts), rng, progress)
        for name, found in known.pairs.items():
            pairs[name] += found
        passes[sequence.section] = known.counts
    return report_of(pairs, passes, seed)


def report_of(pairs: Mapping[str, Sequence[Twice]], passes: Mapping[str, Figures], seed: int) -> Report:
    """The tables of pairs of passes by condition."""
    seen = f"有効測定率 ≥ {WELL_SEEN_PCT:g} %"
    kinds = {name: found for name, found in pairs.items() if found}
    well = {name: [each.where(each.coverage_pct >= WELL_SEEN_PCT) for each in found] for name, found in kinds.items()}
    by_level = {
        f"{name}, {low:g}-{min(high, 100):g} %": spread([each.where(_within(each, low, high)) for each in found])
        for name, found in well.items()
        if name in (TOGETHER, DISJOINT, BOTH)
        for low, high in pairwise(LEVELS)
    }
    return Report(
        [
            Section("all", "All blocks", {name: spread(found) for name, found in kinds.items()}, NOTE),
            Section("well_seen", f"Blocks with {seen} in both", {name: spread(found) for name, found in well.items()}),
            Section("levels", f"By the block's ひび割れ率, {seen}", by_level),
            Section("law", "sd of a pass by level", law(well), LAW_NOTE),
            Section("passes", "Passes", passes),
        ],
        more={"seed": seed, "pairs": {name: [_rows(each) for each in found] for name, found in well.items()}},
    )


NOTE = (
    "Points of ひび割れ率, of one pass: differences of two passes over √2, without a line over the level, which is a "
    "bias and a gain of the pass: their sd stand beside (points; share of the level). `robust`: from the median "
    "absolute deviation; `alike`: correlation of neighbouring blocks' differences."
)
LAW_NOTE = (
    "Variance of a pass = a² + b² · level · (100 − level) / 100, over the blocks well seen in both. A full pass: all "
    "kinds together (all photos), and half of what every other photo scatters, for it has twice as many."
)


@dataclass(frozen=True)
class _Known:
    pairs: dict[str, list[Twice]]
    counts: Figures


def _repeat(
    sequence: PhotoSequence, tools: tuple[Detector, Gate, CameraFacts], rng: Random, progress: Progress
) -> _Known:
    """The passes of every condition over a sequence, two by two."""
    start = float(np.floor(sequence.chainage_m[0] / BLOCK_M) * BLOCK_M)
    blocks = int((sequence.chainage_m[-1] - start) // BLOCK_M) + 2

    def values(taken: Taken, turn: int | None = None) -> BlockValues:
        return block_values(taken, start, blocks, turn)

    base = drive_along(sequence, None, None, tools, rng)
    camera, seeds = base.camera.camera, rng.spawn(len(KINDS) + 1)
    pairs = {DISJOINT: [twice(values(base, 0), values(base, 1))]}
    refused, wanted = 0, {**{kind: (frozenset({kind}), ALONE_PASSES) for kind in KINDS}}
    wanted[TOGETHER] = frozenset(KINDS), TOGETHER_PASSES
    counts: Figures = {"photos": len(sequence.photos), "used": sum(each is not None for each in base.detections)}
    for (name, (kinds, many)), own in zip(wanted.items(), seeds, strict=True):
        passes = []
        for number in range(many):
            progress(f"{sequence.section} {name}", number, many)
            shots, again = accepted(sequence, kinds, camera, tools, own)
            refused += again
            if shots is not None:
                passes.append(drive_along(sequence, shots, camera, tools, own))
        pairs[name] = [twice(values(a), values(b)) for a, b in combinations(passes, 2)]
        if name == TOGETHER:
            pairs[BOTH] = [twice(values(a, 0), values(b, 1)) for a, b in permutations(passes, 2)]
        used = [sum(each is not None for each in taken.detections) / len(taken.detections) for taken in passes]
        counts[f"{name}: passes"] = len(passes)
        counts[f"{name}: photos used"] = float(np.mean(used)) if used else None
    return _Known(pairs, counts | {"draws refused by the gate": refused})


def accepted(
    sequence: PhotoSequence,
    kinds: frozenset[str],
    camera: Camera,
    tools: tuple[Detector, Gate, CameraFacts],
    rng: Random,
) -> tuple[list[Shot] | None, int]:
    """A drawn pass that the gate lets through, None where there was none, and how many draws it refused."""
    detector, gate, _ = tools
    along = np.asarray(sequence.chainage_m, float)
    tried = np.unique(np.linspace(0, len(along) - 1, SAMPLED).round().astype(int)).tolist()
    for refused in range(MOST_DRAWS):
        shots = draw_pass(along, kinds, rng)
        images = [take(read(sequence.photos[k], cv2.IMREAD_COLOR), shots[k], camera, rng) for k in tried]
        stopped = sum(gate.judge(each, detector.thresholds) is not None for each in detector.detect(images))
        if stopped <= len(tried) / 2:
            return shots, refused
    return None, MOST_DRAWS


def _within(each: Twice, low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((each.level >= low) & (each.level < high))


def _rows(each: Twice) -> list[list[float]]:
    return [[round(float(v), 2) for v in row] for row in zip(each.first, each.second, each.order, strict=True)]
