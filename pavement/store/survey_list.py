"""The imported surveys of other makers: which there are, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from pavement.rating import Rules
from pavement.store.adopted import readopt
from pavement.store.adopted_tables import ADOPTED
from pavement.store.audit import record
from pavement.store.database import Database
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Scope, within
from pavement.store.sections import batches
from pavement.store.subjects import Locked, NoSuchResult
from pavement.store.survey_checks import withdraw_checks
from pavement.store.survey_tables import SURVEY_SECTIONS, SURVEYS

ROWS = SURVEY_SECTIONS.c
SLICE = 500  #: segments of one transaction
SHOWN = ("id", "fiscal_year", "name", "sha256", "maker", "rows_in", "imported_at", "imported_by")


class NotAllOfIt(PermissionError):
    """The survey has roads outside the scope too."""


def list_surveys(database: Database, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """Surveys with rows on the scope's roads, the newest first: what they are, how many segments and blocks there are
    of them there, how many of those segments stand as results, and whose roads they are on.
    """
    segment = ROWS.level == "segment"
    counts = {"segments": segment, "blocks": ROWS.level == "block", "adopted": and_(segment, _adopted())}
    query = (
        select(
            *(SURVEYS.c[name] for name in SHOWN),
            *(func.count().filter(condition).label(name) for name, condition in counts.items()),
        )
        .outerjoin(SURVEY_SECTIONS, ROWS.survey_id == SURVEYS.c.id)  # a newer one may have taken all its places
        .outerjoin(ADOPTED, (ADOPTED.c.fiscal_year == ROWS.fiscal_year) & (ADOPTED.c.place == ROWS.place))
        .where(within(scope, ROWS.manager, ROWS.office))
        .group_by(SURVEYS.c.id)
        .order_by(SURVEYS.c.fiscal_year.desc(), SURVEYS.c.imported_at.desc())
    )
    with database.reading() as connection:
        found = [dict(row._mapping) for row in connection.execute(query)]
        for each in found:
            whose = select(ROWS.manager).where(ROWS.survey_id == each["id"], within(scope, ROWS.manager, ROWS.office))
            each["managers"] = sorted(filter(None, connection.execute(whose.distinct()).scalars()))
    return found


def delete_survey(
    database: Database, identity: str, who: str, scope: Scope = EVERYTHING, rules: Rules | None = None
) -> dict[str, int]:
    """Take an imported survey back: `segments` that it had, adopted anew; `checks` of accuracy that rested on it and
    decide nothing any more.

    In slices, so that nobody waits long; broken off, the same call goes on. Raises NoSuchResult, NotAllOfIt where the
    scope does not hold all its roads, and Locked where a result that rests on it is 確定.
    """
    with database.writing() as connection:
        raise_revision(connection)
        survey = connection.execute(select(SURVEYS).where(SURVEYS.c.id == identity)).one_or_none()
        whose = connection.execute(select(ROWS.manager, ROWS.office).where(ROWS.survey_id == identity).distinct()).all()
        seen = [scope.holds(row.manager, row.office) for row in whose]
        if survey is None or not (any(seen) or scope.everything):
            raise NoSuchResult(identity)
        if not all(seen):
            raise NotAllOfIt(identity)
        here = ROWS.survey_id == identity
        _refuse_locked(connection, here)
        places = list(connection.execute(select(ROWS.segment_place).where(here).distinct()).scalars())
        checks = withdraw_checks(connection, who, identity, survey.sha256, f"測定結果「{survey.name}」の取り消し")
        detail: Mapping[str, object] = {"name": survey.name, "segments": len(places), "checks": checks}
        record(connection, who, "survey.delete", identity, detail)
    for some in batches(sorted(places), SLICE):
        with database.writing() as connection:
            raise_revision(connection)
            _drop(connection, identity, survey.fiscal_year, some, rules)
    with database.writing() as connection:
        connection.execute(delete(SURVEYS).where(SURVEYS.c.id == identity))
    return {"segments": len(places), "checks": checks}


def _drop(connection: Connection, identity: str, year: int, places: Sequence[str], rules: Rules | None) -> None:
    here = (ROWS.survey_id == identity) & ROWS.segment_place.in_(places)
    _refuse_locked(connection, here)
    connection.execute(delete(SURVEY_SECTIONS).where(here))
    readopt(connection, [(year, place) for place in places], rules)


def _refuse_locked(connection: Connection, here: ColumnElement[bool]) -> None:
    """What was signed rests on these figures."""
    query = (
        select(func.count())
        .select_from(SURVEY_SECTIONS)
        .join(ADOPTED, (ADOPTED.c.fiscal_year == ROWS.fiscal_year) & (ADOPTED.c.place == ROWS.place))
        .where(here, _adopted(), ADOPTED.c.level == "segment", ADOPTED.c.locked_at.is_not(None))
    )
    if count := connection.execute(query).scalar_one():
        raise Locked(f"{count} sections that rest on it are 確定", do="take their 確定 back first")


def _adopted() -> ColumnElement[bool]:
    """That the adopted row of a survey's place is the survey's."""
    return ADOPTED.c.place.is_not(None) & ADOPTED.c.analysis_id.is_(None)
