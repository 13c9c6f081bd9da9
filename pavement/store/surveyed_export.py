"""The road division's own 精度確認 in what is exported: 推定 stays on every value whose indicator has not passed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pavement.record import Survey
from pavement.segment import Flag, Segment
from pavement.store.database import Database
from pavement.store.survey_checks import check_of

ACCOUNT_KEY = "accuracy_check"
INDICATORS = ("crack_pct", "rut_mm", "iri_mm_per_m")


def survey_with_check(survey: Survey, database: Database, managers: Iterable[str | None]) -> Survey:
    """The survey with what the checks of all its roads' managers say, and 推定 only where it still holds."""
    with database.reading() as connection:
        check = check_of(connection, managers)
    if not check:
        return survey
    return replace(
        survey,
        segments=[checked(each, check) for each in survey.segments],
        blocks=[checked(each, check) for each in survey.blocks],
        run={**survey.run, ACCOUNT_KEY: check},
    )


def checked(segment: Segment, check: Mapping[str, Any]) -> Segment:
    """Without 推定 where every measured indicator passed; an assumed scale (縮尺仮定) was in no test: it stays."""
    measured = [name for name in INDICATORS if getattr(segment, name) is not None]
    passed = bool(measured) and all(check.get(name, {}).get("passed") is True for name in measured)
    if not passed or Flag.SCALE_ASSUMED in segment.flags:
        return segment
    return replace(segment, flags=tuple(flag for flag in segment.flags if flag is not Flag.ESTIMATED))
