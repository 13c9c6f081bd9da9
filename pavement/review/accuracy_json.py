"""精度確認 as JSON, with the points of a Bland-Altman picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pavement.review.accuracy import LEVELS, IndicatorCheck

MOST_POINTS = 1500  #: of a picture


def check_json(checks: Sequence[IndicatorCheck]) -> list[dict[str, Any]]:
    """All of it as JSON, with points (mean, difference, true level) for a picture."""
    return [
        {
            "key": each.key,
            "name": each.name,
            "unit": each.unit,
            "blocks": each.blocks,
            "verdict": each.verdict,
            "levels": LEVELS,
            "confusion": each.confusion,
            "tests": [_plain(vars(test)) for test in each.tests],
            "agreement": [_plain(vars(row)) for row in each.agreement],
            "points": points(each) if each.agreement else [],
        }
        for each in checks
    ]


def points(check: IndicatorCheck, most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """(mean of both, ours − theirs), evenly taken where there are many."""
    rows = np.unique(np.linspace(0, check.blocks - 1, min(most, check.blocks)).round().astype(int))
    ours, theirs = check.ours[rows], check.theirs[rows]
    return [(round(float(m), 2), round(float(d), 2)) for m, d in zip((ours + theirs) / 2, ours - theirs, strict=True)]


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    def simple(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        return [round(each, 1) for each in value] if isinstance(value, tuple) else value

    return {name: simple(value) for name, value in record.items()}
