"""Planted decay against what the yearly comparison reports: found, and false alarms."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pavement.evaluation.change_years import (
    AGAINST_LABELS,
    CLASS_POINTS,
    STRETCHES,
    WITHOUT_MARGIN,
    NetworkSpec,
    NoiseSpec,
    Planted,
    make_sections,
    make_years,
)
from pavement.evaluation.table import Figures, Report, Section
from pavement.review.change import Change, ChangeSettings, Verdict, compare
from pavement.review.noise import crack_variance

PASSES = (1, 3, 6, 12, 24)
NOISES = {"repeatability": NoiseSpec(), "without margin": WITHOUT_MARGIN, "error against labels": AGAINST_LABELS}
GOAL = "goals: found 90 % or more; of the unchanged blocks 5 % or less called worse"


def evaluate_change(
    spec: NetworkSpec,
    noises: Mapping[str, NoiseSpec] | None = None,
    passes: Sequence[int] = PASSES,
    progress: Callable[[int, int], None] = lambda done, total: None,
    seeds: Sequence[int] = (),
) -> Report:
    """Tables of planted decay by length of the stretch and number of passes a year, under each of `noises`; means over
    the draws `seeds` (without any, the spec's own), with the largest difference between two of them.
    """
    noises = NOISES if noises is None else noises
    draws = [replace(spec, seed=seed) for seed in seeds] or [spec]
    sections = make_sections(spec)
    parts: list[Section] = []
    done, steps = 0, len(noises) * len(passes) * len(draws)
    for name, noise in noises.items():
        found: list[dict[str, Figures]] = []
        alarms: list[dict[str, Figures]] = []
        for draw in draws:
            found.append({})
            alarms.append({})
            for number in passes:
                progress(done, steps)
                done += 1
                then, now, planted = make_years(sections, number, noise, draw)
                began = time.process_time()
                change = compare(sections, then, now, settings_for(noise))
                seconds = time.process_time() - began
                found[-1] |= _found(change, planted, number)
                alarms[-1][f"{number} passes a year"] = {**_alarms(change, planted, spec), "core s": round(seconds, 2)}
        key, blocks = name.replace(" ", "_"), len(sections)
        title = f"{name}: found of the planted blocks, %", f"{name}: blocks where nothing was planted, called worse"
        parts += [
            Section(f"found_{key}", title[0], _means(found), _note(noise, blocks)),
            Section(f"alarms_{key}", title[1], _means(alarms), "%"),
        ]
        if len(draws) > 1:
            parts += [
                Section(f"found_spread_{key}", f"{title[0]}: range over draws", _ranges(found), "largest - smallest"),
                Section(f"alarms_spread_{key}", f"{title[1]}: range over draws", _ranges(alarms), "largest - smallest"),
            ]
    progress(steps, steps)
    noted = {"noise": {name: vars(noise) for name, noise in noises.items()}, "spec": vars(spec)}
    return Report(parts, {**noted, "seeds": [draw.seed for draw in draws]})


def _means(draws: Sequence[dict[str, Figures]]) -> dict[str, Figures]:
    return _over(draws, lambda values: round(float(np.mean(values)), 2))


def _ranges(draws: Sequence[dict[str, Figures]]) -> dict[str, Figures]:
    return _over(draws, lambda values: round(max(values) - min(values), 2))


def _over(draws: Sequence[dict[str, Figures]], of: Callable[[list[float]], float]) -> dict[str, Figures]:
    """Each figure over the draws that have it; blank where none has."""
    rows: dict[str, Figures] = {}
    for row, figures in draws[0].items():
        rows[row] = {}
        for key in figures:
            values = [float(value) for draw in draws if isinstance(value := draw[row][key], int | float)]
            rows[row][key] = of(values) if values else None
    return rows


def settings_for(noise: NoiseSpec) -> ChangeSettings:
    """The review's settings where that noise is what is known of a pass."""
    return ChangeSettings(crack_sd=noise.detection_sd, crack_sd_by_level=noise.detection_by_level)


def _note(noise: NoiseSpec, blocks: int) -> str:
    levels = np.array([0.0, 10.0, 20.0, 40.0])
    sd = np.sqrt(crack_variance(levels, noise.detection_sd, noise.detection_by_level))
    at = ", ".join(f"{each:.1f} at {level:g} %" for level, each in zip(levels, sd, strict=True))
    return (
        f"{blocks} blocks of 20 m; errors of a pass: detection {at} points, of all blocks of a road "
        f"{noise.drive_sd} and {100 * noise.drive_gain:g} % of the level, of neighbours together {noise.shared_sd}, "
        f"position {noise.position_sd_m} m; the second year {noise.year_bias:+}, all roads {noise.ageing:+}. "
        f"Blocks called worse, %; {GOAL}."
    )


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


def _alarms(change: Change, planted: Planted, spec: NetworkSpec) -> Figures:
    called, nothing = change.verdict == Verdict.WORSE, planted.length == 0
    one, suspect = change.indicators["crack_pct"], change.verdict == Verdict.SUSPECT
    hit = np.pad((~nothing).reshape(-1, spec.blocks), ((0, 0), (1, 1)))
    far = nothing & ~(hit[:, :-2] | hit[:, 2:]).ravel()
    return {
        "of all unchanged blocks": round(100 * float(called[nothing].mean()), 2),
        "of all unchanged blocks, + 疑い": round(100 * float((called | suspect)[nothing].mean()), 2),
        "of those not beside a planted one, + 疑い": round(100 * float((called | suspect)[far].mean()), 2),
        "of the reported blocks": round(100 * float(nothing[called].mean()), 2) if called.any() else None,
        "of the reported blocks, not beside a planted one": round(100 * float(far[called].mean()), 2)
        if called.any()
        else None,
        "bias found": round(float(np.median(one.bias)), 2),
        "noise, of what was expected": round(float(np.median(one.noise.scale)), 2),
        "shared by neighbours, points²": round(one.noise.shared, 2),
        "reported blocks": int(np.count_nonzero(called)),
    }
