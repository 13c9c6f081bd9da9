"""精度確認 from end to end: this system's blocks against a survey vehicle's file, by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.earlier.cells import Cell, spread
from pavement.earlier.record import VehicleSurvey
from pavement.errors import BadInput
from pavement.place import Level
from pavement.rating import Limits
from pavement.review.accuracy import INDICATORS, PASSED, CheckSettings, IndicatorCheck, check_blocks
from pavement.review.accuracy_json import check_json

LEAST_SHARE_PCT = 80.0  #: of a block that rows must lie on


@dataclass(frozen=True)
class SurveyCheck:
    """The checks, and what they were made of."""

    checks: tuple[IndicatorCheck, ...]
    facts: Mapping[str, Any]
    settings: CheckSettings

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """By indicator what is kept and told in sheets; 検出率 and 的中率 of Ⅱ以上."""
        return {
            each.key: {
                "passed": each.verdict == PASSED,
                "verdict": each.verdict,
                "blocks": each.blocks,
                "detection_pct": _rounded(each.tests[0].detection_pct),
                "precision_pct": _rounded(each.tests[0].precision_pct),
            }
            for each in self.checks
        }

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {**self.facts, "settings": vars(self.settings), "checks": check_json(self.checks)}


def places_of(survey: VehicleSurvey) -> dict[str, Cell]:
    """The 20 m blocks that a survey measured; raises BadInput where it has none."""
    cells = {
        place: cell
        for place, cell in spread(survey.rows, Level.BLOCK).items()
        if cell.coverage_pct(Level.BLOCK) >= LEAST_SHARE_PCT
    }
    if not cells:
        lengths = sorted({round(row.length_km * 1000) for row in survey.rows})
        said = f"its rows are {lengths[0]}-{lengths[-1]} m long" if lengths else "no row of it could be used"
        raise BadInput(f"{survey.name} has no 20 m blocks: {said}{_reasons(survey)}", do="ask the maker for 20 m rows")
    return cells


def check_survey(
    survey: VehicleSurvey,
    cells: Mapping[str, Cell],
    places: Sequence[str],
    values: Mapping[str, NDArray[np.float64]],
    limits: Limits | None = None,
    settings: CheckSettings | None = None,
) -> SurveyCheck:
    """The test on the blocks of both; `places` (n) and `values` (n,) are this system's."""
    settings = settings or CheckSettings()
    here = [k for k, place in enumerate(places) if place in cells]
    ours = {name: np.asarray(values[name], float)[here] for name in INDICATORS}
    known = [cells[places[k]] for k in here]
    theirs = {
        name: np.array([np.nan if (value := cell.value(name)) is None else value for cell in known], float)
        for name in INDICATORS
    }
    checks = check_blocks(ours, theirs, limits, settings)
    days = sorted(cell.day for cell in known if cell.day is not None)
    facts = {
        "against": survey.name,
        "sha256": survey.sha256,
        "maker": survey.maker,
        "rows_in": survey.rows_in,
        "rows_refused": dict(survey.reasons()),
        "assumed": list(survey.assumed),
        "blocks": len(here),
        "blocks_survey_only": len(cells) - len(here),
        "surveyed_from": days[0].isoformat() if days else None,
        "surveyed_to": days[-1].isoformat() if days else None,
    }
    if not checks:
        raise BadInput(
            f"no 20 m block of {survey.name} was measured by this system too ({len(cells)} blocks in the file)",
            do="compare a 年度 and roads that both measured",
        )
    return SurveyCheck(checks, facts, settings)


def _reasons(survey: VehicleSurvey) -> str:
    reasons = "、".join(f"{name} {count}行" for name, count in survey.reasons().items())
    return f"（使えない行: {reasons}）" if reasons else ""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
