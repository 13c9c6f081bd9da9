"""The matching of patrol drives through a made-up prefecture against their truth, by length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pavement.evaluation.assignment_judge import FAR_M, JUNCTION_M, SAMPLE_M, Bools, Floats, Judged, judge
from pavement.evaluation.calibration import reliability, reliability_picture
from pavement.evaluation.table import Figures, Report, Section
from pavement.matching import match_track
from pavement.networks import read_network
from pavement.simulate.prefecture import (
    PrefectureSpec,
    Scene,
    make_drive,
    make_prefecture,
    thinned,
    write_prefecture,
)

LENGTHS_KM = (30.0, 100.0)  #: of a drive


def evaluate_assignment(
    spec: PrefectureSpec, km: float, every: Sequence[int], folder: Path, progress: Callable[[int, int], None]
) -> Report:
    """Tables of `km` of patrol drives through the prefecture of `spec`, whose network.gpkg is written to `folder`;
    `every`: of the fixes at 1 Hz each n-th is used, a row each. `progress` is told kilometres.
    """
    prefecture = make_prefecture(spec)
    (folder / "network.gpkg").unlink(missing_ok=True)
    write_prefecture(folder / "network.gpkg", prefecture)
    network = read_network(folder / "network.gpkg")
    rng = np.random.default_rng([spec.seed, 41])
    judged: dict[str, list[Judged]] = {name_of(n): [] for n in every}
    seed, driven = 0, 0.0
    while driven < km:
        seed += 1
        drive = make_drive(prefecture, seed, min(float(rng.uniform(*LENGTHS_KM)), max(km - driven, 5.0)))
        driven += float(drive.driven_m[-1]) / 1000
        for n in every:
            matched = match_track(thinned(drive.track, n), network)
            judged[name_of(n)].append(judge(drive, thinned(drive.track, n).time_s, matched, seed))
        progress(round(driven), round(km))
    return report(judged)


def name_of(every: int) -> str:
    """A row's name."""
    return "every fix (1 Hz)" if every == 1 else f"a fix every {every} s"


def report(judged: dict[str, list[Judged]]) -> Report:
    """The tables of all drives."""
    whole = {name: together(parts) for name, parts in judged.items()}
    first = next(iter(whole.values()))
    tables = {name: reliability(*confidences(each)) for name, each in whole.items()}
    scenes = {
        str(scene): lengths(select(first, first.scene == scene)) for scene in Scene if (first.scene == scene).any()
    }
    sections = [
        Section("assignment", "Assignment by length", {name: lengths(each) for name, each in whole.items()}, NOTE),
        Section("position", "Kilopost where the road is right", {name: places(each) for name, each in whole.items()}),
        Section("scenes", "Assignment by kind of road, " + next(iter(whole)), scenes),
        *(Section(f"calibration {k}", f"Confidence, {name}", table) for k, (name, table) in enumerate(tables.items())),
    ]
    lists = {
        "wrong and not flagged": {name: worst(each.cases) for name, each in whole.items()},
        f"kilopost over {FAR_M:g} m off": {name: worst(each.far) for name, each in whole.items()},
    }
    return Report(sections, lists, {"reliability.svg": reliability_picture(tables)})


NOTE = (
    "right = key and direction, or off the network where the truth is; the road changes at the node itself. "
    "flagged = 要確認 or no position. Goals: right ≥ 99.5 %, wrong and not flagged 0 m. "
    f"'at junctions': within {JUNCTION_M:g} m of the place where the true road changes."
)


def together(parts: Sequence[Judged]) -> Judged:
    """All samples in one."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS}
    cases, far = (tuple(case for part in parts for case in getattr(part, name)) for name in ("cases", "far"))
    return Judged(**arrays, cases=cases, far=far)


def worst(cases: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The hundred longest."""
    return sorted(cases, key=lambda case: -float(str(case["metres"])))[:100]


ARRAYS = tuple(name for name in Judged.__dataclass_fields__ if name not in ("cases", "far"))


def select(judged: Judged, mask: Bools) -> Judged:
    """Some of the samples."""
    return Judged(**{name: getattr(judged, name)[mask] for name in ARRAYS}, cases=())


def lengths(judged: Judged) -> Figures:
    """Shares by length; holes of the track are counted apart."""
    seen = select(judged, ~judged.in_hole)
    silent = ~seen.right & ~seen.flagged
    hole = judged.in_hole
    return {
        "km": len(seen.right) * SAMPLE_M / 1000,
        "right %": 100 * float(seen.right.mean()) if len(seen.right) else None,
        "wrong m": float((~seen.right).sum() * SAMPLE_M),
        "wrong, not flagged m": float(silent.sum() * SAMPLE_M),
        "of it at junctions m": float((silent & seen.at_change).sum() * SAMPLE_M),
        "flagged %": 100 * float(seen.flagged.mean()) if len(seen.right) else None,
        "holes km": float(hole.sum() * SAMPLE_M / 1000),
        "wrong, not flagged in holes m": float((hole & ~judged.right & ~judged.flagged).sum() * SAMPLE_M),
    }


def places(judged: Judged) -> Figures:
    """Errors of the kilopost in metres, and what is said of 重複区間."""
    known = np.isfinite(judged.error_m)
    error, sd = np.abs(judged.error_m[known]), judged.sd_m[known]

    def mean(values: Floats) -> float | None:
        here = np.isfinite(values)
        return float(values[here].mean()) if here.any() else None

    p50, p95, p99, top = np.percentile(error, [50, 95, 99, 100]).tolist() if known.any() else [None] * 4
    return {
        "km": float(known.sum()) * SAMPLE_M / 1000,
        "error p50 m": p50,
        "p95 m": p95,
        "p99 m": p99,
        "max m": top,
        f"> {FAR_M:g} m, km": float((error > FAR_M).sum()) * SAMPLE_M / 1000,
        "of it beyond 2 sd, km": float(((error > FAR_M) & (error > 2 * sd)).sum()) * SAMPLE_M / 1000,
        "within 2 sd": float((error <= 2 * sd).mean()) if known.any() else None,
        "median sd m": float(np.median(sd)) if known.any() else None,
        "primary of 重複": mean(judged.primary),
        "all routes of 重複": mean(judged.complete),
    }


def confidences(judged: Judged) -> tuple[Floats, Bools, Floats]:
    """What `reliability` takes, of all samples with a confidence."""
    known = np.isfinite(judged.confidence) & ~judged.in_hole
    return judged.confidence[known], judged.right[known], np.full(int(known.sum()), SAMPLE_M)
