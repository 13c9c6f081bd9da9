"""The issue's goals for the whole year, beside what was measured; for a share, the share of the goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bench_table import Row, slope

GOALS_S = {"review": 120.0, "様式A, a book a road": 180.0, "tiles:": 120.0}  #: beginning of the steps' names -> seconds
WORDS = {"review": "review, all its files", "様式A, a book a road": "all 様式A books", "tiles:": "all tiles"}
PEAK_MB = 2048.0
GROWTH = 1.1
LEAST_S = 0.3  #: shorter steps are mostly the loading of libraries: their growth tells nothing
PAGE = "tile p95"  #: beginning of the steps that tell how long the map's slower tiles take
Year = Mapping[str, tuple[Mapping[str, Any], float]]


def goals_of(found: Mapping[float, Year], part: str) -> list[Row]:
    """A row a goal; `ratio` = goal / measured, so 1 and more is reached."""
    largest = max(found)
    whole, smallest = found[largest], found[min(found)]
    about = f"goals of the {part}"
    rows = []
    for begin, goal in GOALS_S.items():
        steps = [(step, peak) for name, (step, peak) in whole.items() if name.startswith(begin)]
        if steps:
            wall, core = (sum(step[key] for step, _ in steps) for key in ("wall_s", "core_s"))
            limit = goal * min(largest, 1.0)
            note = f"{core:.1f} core-s; goal of the whole {goal:.0f} s"
            peak = max(peak for _, peak in steps)
            against = f"{limit:g} s"
            rows.append(
                Row(about, WORDS[begin], wall_s=wall, peak_mb=peak, against=against, ratio=limit / wall, note=note)
            )
    if whole:
        name, peak = max(((name, peak) for name, (_, peak) in whole.items()), key=lambda each: each[1])
        rows.append(
            Row(about, "largest memory", peak_mb=peak, against=f"{PEAK_MB:.0f} MB", ratio=PEAK_MB / peak, note=name)
        )
    if len(found) > 1:
        rows += [*_growth(found, about), *_pages(smallest, whole, about)]
    return rows


def _growth(found: Mapping[float, Year], about: str) -> list[Row]:
    """The step whose core-time grows most with the share."""
    shares = sorted(found)
    grown = {}
    for name in found[shares[-1]]:
        costs = [found[share][name][0]["core_s"] if name in found[share] else 0.0 for share in shares]
        if min(costs) >= LEAST_S:
            grown[name] = slope(shares, costs)
    if not grown:
        return []
    name = max(grown, key=lambda each: grown[each])
    limit = f"n^{GROWTH:g}"
    note = f"{name}; steps under {LEAST_S:g} core-s at {shares[0]:g} left out"
    return [
        Row(about, "growth of the worst stage", against=limit, ratio=GROWTH / grown[name], slope=grown[name], note=note)
    ]


def _pages(smallest: Year, whole: Year, about: str) -> list[Row]:
    """The map's slower tiles, against those of the smallest share."""
    rows = []
    for name in whole:
        if name.startswith(PAGE) and name in smallest:
            before, now = smallest[name][0]["wall_s"], whole[name][0]["wall_s"]
            ratio = before / now if now else None
            rows.append(Row(about, name, wall_s=now, against="the smallest share", ratio=ratio))
    return rows
