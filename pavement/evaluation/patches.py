"""Folders of small crops by class, named as in RDD2018: are cracks found, and worn markings not called cracks?

A crop is taken whole as own lane (pavement.crop) and is cracked when at least 0.5 % of its pixels come out as crack in
the class map of `pavement detect`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pavement.crop import logit
from pavement.detection import CRACK, Detection, Detector, Thresholds, class_map, decide
from pavement.errors import BadInput
from pavement.evaluation.table import Figures, Report, Section
from pavement.overlap import detect_each
from pavement.sources import iter_images

CRACKED_SHARE = 0.005
CRACKS = frozenset({"D00", "D01", "D02", "D10", "D11", "D20", "D21", "D22"})
WORN = frozenset({"D43", "D44"})
LEAST_CRACKS, MOST_WORN = 0.85, 0.20  #: goals: shares that come out as cracked
LEVELS = tuple(step / 4 for step in range(-16, 29))  #: logits that the choice of a threshold goes through


@dataclass(frozen=True)
class Patch:
    """One crop; `level` is the highest logit of crack at which it would still count as cracked."""

    kind: str
    city: str
    name: str
    cracked: bool
    level: float


def evaluate_patches(
    folder: Path,
    files: Sequence[str],
    detector: Detector,
    progress: Callable[[str, int, int], None],
    cities: Sequence[str] = (),
) -> Report:
    """Shares that come out as cracked; `files`: `<class>/<city>_….jpg` below the folder, `detector` takes them whole.

    Only `cities` count where some are given: those that the model was not trained on.
    """
    files = [file for file in files if not cities or city_of(file) in cities]
    if not any(kind_of(file) in CRACKS | WORN for file in files):
        raise BadInput("has no such crops", file=folder, do="give a folder of D00 … D44, <city>_….jpg in each")

    def judge(file: str, detection: Detection | None) -> Patch | None:
        return None if detection is None else make_patch(file, detection, detector.thresholds)

    patches: list[Patch] = []
    for done, patch in enumerate(detect_each(detector, iter_images(folder, files), judge), start=1):
        patches += [] if patch is None else [patch]
        progress("evaluate", done, len(files))
    names = Counter(patch.name for patch in patches)
    once = [patch for patch in patches if names[patch.name] == 1]
    several = sum(number > 1 for number in names.values())
    return Report(
        [
            Section(
                "classes",
                "Crops that come out as cracked, by class",
                {**by_class(patches), **goals(patches), **goals(once, " (names in one folder only)")},
                f"{several} file names stand in more than one folder. "
                f"Goals: cracks ≥ {LEAST_CRACKS:.0%}, worn markings ≤ {MOST_WORN:.0%}.",
            ),
            Section("cities", "By city", by_city(patches)),
            Section(
                "held_out",
                "Threshold chosen without the city that it is used on",
                held_out(patches),
                "Of all thresholds the one that keeps the worse of both goals best on the other cities.",
            ),
            Section(
                "thresholds",
                f"Thresholds (the model's is {detector.thresholds.crop})",
                {f"{chance(level):.4f}": shares_at(patches, level) for level in LEVELS},
                f"Chosen by the same rule from all cities: {chance(choose_level(patches)):.4f}.",
            ),
        ],
        more={"model": {"name": detector.name, "sha256": detector.sha256, "crop": detector.thresholds.crop}},
    )


def kind_of(file: str) -> str:
    """The folder that a file lies in.

    >>> kind_of("rdd/D00/adachi_1.jpg")
    'D00'
    """
    return Path(file).parent.name


def city_of(file: str) -> str:
    """What stands before the first "_" of a file's name.

    >>> city_of("rdd/D00/adachi_1.jpg")
    'adachi'
    """
    return Path(file).name.partition("_")[0]


def make_patch(file: str, detection: Detection, thresholds: Thresholds) -> Patch:
    """The verdict on one crop."""
    cells = decide(detection, thresholds)
    share = (class_map(detection, thresholds, cells) == CRACK).mean()
    probability = np.where(cells.pothole, 0, cells.probability[1]).ravel()
    needed = max(int(np.ceil(CRACKED_SHARE * probability.size)), 1)
    highest = float(np.partition(probability, -needed)[-needed])
    seen = logit(min(max(highest, 1e-6), 1 - 1e-6))
    level = seen + logit(thresholds.crop) - logit(thresholds.crack)  # as it was before the crop's shift
    return Patch(kind_of(file), city_of(file), Path(file).name, bool(share >= CRACKED_SHARE), level)


def share(found: Sequence[bool]) -> float | None:
    """Share of true ones; None of none."""
    return sum(found) / len(found) if found else None


def row(patches: Sequence[Patch]) -> Figures:
    """Crops, cracked ones and their share."""
    found = [patch.cracked for patch in patches]
    return {"crops": len(found), "cracked": sum(found), "share": share(found)}


def by_class(patches: Sequence[Patch]) -> dict[str, Figures]:
    """A row a class."""
    kinds = sorted({patch.kind for patch in patches})
    return {kind: row([patch for patch in patches if patch.kind == kind]) for kind in kinds}


def goals(patches: Sequence[Patch], words: str = "") -> dict[str, Figures]:
    """The two rows that have a goal."""
    return {
        f"cracks{words}": row([patch for patch in patches if patch.kind in CRACKS]),
        f"worn markings{words}": row([patch for patch in patches if patch.kind in WORN]),
    }


def by_city(patches: Sequence[Patch]) -> dict[str, Figures]:
    """A row a city: cracks and worn markings."""
    rows: dict[str, Figures] = {}
    for city in sorted({patch.city for patch in patches}):
        cracks, worn = goals([patch for patch in patches if patch.city == city]).values()
        rows[city] = {
            "cracks": cracks["crops"],
            "cracks found": cracks["share"],
            "worn markings": worn["crops"],
            "worn markings called cracks": worn["share"],
        }
    return rows


def shares_at(patches: Sequence[Patch], level: float) -> Figures:
    """Both shares if cracks counted from this logit on."""
    return {
        "cracks found": share([patch.level >= level for patch in patches if patch.kind in CRACKS]),
        "worn markings called cracks": share([patch.level >= level for patch in patches if patch.kind in WORN]),
    }


def choose_level(patches: Sequence[Patch]) -> float:
    """The logit at which the worse of the two goals is kept best."""

    def margin(level: float) -> float:
        found, called = (float(value or 0) for value in shares_at(patches, level).values())
        return min(found - LEAST_CRACKS, MOST_WORN - called)

    return max(LEVELS, key=margin)


def chance(level: float) -> float:
    """The probability of a logit."""
    return float(1 / (1 + np.exp(-level)))


def held_out(patches: Sequence[Patch]) -> Mapping[str, Figures]:
    """A row a city, with the threshold that the other cities chose; and all of them together."""
    rows: dict[str, Figures] = {}
    judged: list[Patch] = []
    cities = sorted({patch.city for patch in patches})
    for city in cities if len(cities) > 1 else []:
        level = choose_level([patch for patch in patches if patch.city != city])
        own = [patch for patch in patches if patch.city == city]
        rows[city] = {"threshold": chance(level), **shares_at(own, level)}
        judged += [Patch(p.kind, p.city, p.name, p.level >= level, p.level - level) for p in own]
    return {**rows, "all": {"threshold": None, **shares_at(judged, 0.0)}} if judged else {}
