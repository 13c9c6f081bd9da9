"""Planted decay against what the yearly comparison reports: found, and false alarms."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from pavement.evaluation.change_years import (
    CLASS_POINTS,
    STRETCHES,
    NetworkSpec,
    NoiseSpec,
    Planted,
    make_sections,
    make_years,
)
from pavement.evaluation.table import Figures, Report, Section
from pavement.review.change import Change, ChangeSettings, Verdict, compare

PASSES = (1, 3, 6, 12, 24, 48)
GOAL = "goals: found 90 % or more; of the unchanged blocks 5 % or less called worse"


def evaluate_change(
    spec: NetworkSpec,
    noise: NoiseSpec | None = None,
    passes: Sequence[int] = PASSES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Tables of planted decay, by length of the stretch and number of passes a year."""
    noise = noise or NoiseSpec()
    sections = make_sections(spec)
    found: dict[str, Figures] = {}
    alarms: dict[str, Figures] = {}
    for done, number in enumerate(passes):
        progress(done, len(passes))
        then, now, planted = make_years(sections, number, noise, spec)
        began = time.process_time()
        change = compare(sections, then, now, ChangeSettings())
        seconds = time.process_time() - began
        found |= _found(change, planted, number)
        alarms[f"{number} passes a year"] = {**_alarms(change, planted), "core s": round(seconds, 2)}
    progress(len(passes), len(passes))
    note = (
        f"{len(sections)} blocks of 20 m; errors of a pass: detection {noise.detection_sd} points, of neighbours "
        f"together {noise.shared_sd}, position {noise.position_sd_m} m; the second year {noise.year_bias:+}, all roads "
        f"{noise.ageing:+}. Blocks called worse, %; {GOAL}."
    )
    parts = [
        Section("found", "Found of the planted blocks, %", found, note),
        Section("alarms", "Blocks where nothing was planted, called worse", alarms, "%"),
    ]
    return Report(parts, {"noise": vars(noise), "spec": vars(spec)})


def _found(change: Change, planted: Planted, passes: int) -> dict[str, Figures]:
    sure, maybe = change.verdict == Verdict.WORSE, np.isin(change.verdict, (Verdict.WORSE, Verdict.SUSPECT))
    rows: dict[str, Figures] = {}
    for points, name in ((5.0, "5 points"), (CLASS_POINTS, "one class (20 points)")):
        shares: Figures = {"passes": passes}
        for size in STRETCHES:
            chosen = (planted.length == size) & (planted.points == points)
            for called, word in ((sure, "悪化"), (maybe, "+ 疑い")):
                share = round(100 * float(called[chosen].mean()), 1) if chosen.any() else None
                shares[f"{size}: {word}"] = share
        rows[f"{name}, {passes} passes"] = shares
    return rows


def _alarms(change: Change, planted: Planted) -> Figures:
    called, nothing = change.verdict == Verdict.WORSE, planted.length == 0
    one, suspect = change.indicators["crack_pct"], change.verdict == Verdict.SUSPECT
    far = nothing & ~np.roll(~nothing, 1) & ~np.roll(~nothing, -1)
    return {
        "of all unchanged blocks": round(100 * float(called[nothing].mean()), 2),
        "of all unchanged blocks, + 疑い": round(100 * float((called | suspect)[nothing].mean()), 2),
        "of the reported blocks": round(100 * float(nothing[called].mean()), 2) if called.any() else None,
        "of these not beside a planted one": round(100 * float(far[called].mean()), 2) if called.any() else None,
        "bias found": round(float(np.median(one.bias)), 2),
        "noise, of what was expected": round(float(np.median(one.noise.scale)), 2),
        "shared by neighbours": round(one.noise.shared, 2),
        "reported blocks": int(np.count_nonzero(called)),
    }
