"""精度確認 that were run, and what the newest of each manager says of each indicator: until it is passed, 推定."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from pavement.store.audit import record
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.scope import Scope
from pavement.store.survey_tables import ACCURACY_CHECKS, SURVEYS

CHECK = ACCURACY_CHECKS.c
SHOWN = (
    "id",
    "at",
    "who",
    "manager",
    "fiscal_year",
    "against",
    "sha256",
    "verdicts",
    "undone_at",
    "undone_by",
    "undone_why",
    "counts",
)


def keep_check(
    database: Database,
    who: str,
    manager: str | None,
    year: int,
    against: tuple[str, str],
    verdicts: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    counts: bool,
) -> str:
    """Keep a check against (file name, sha256); its id."""
    identity = new_id()
    name, digest = against
    row = {"id": identity, "at": utc_now(), "who": who, "manager": manager, "fiscal_year": year, "counts": counts}
    row |= {"against": name, "sha256": digest, "verdicts": dict(verdicts), "result": dict(result)}
    with database.writing() as connection:
        connection.execute(insert(ACCURACY_CHECKS).values(**row))
        record(connection, who, "accuracy.check", identity, {"against": name, "sha256": digest, "manager": manager})
    return identity


def list_checks(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """The checks of managers within the scope and of all roads, the newest first, without their tables."""
    query = select(*(CHECK[name] for name in SHOWN)).where(_seen(scope)).order_by(CHECK.id.desc())
    with database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def find_check(database: Database, identity: str, scope: Scope) -> dict[str, Any] | None:
    """One check with its tables."""
    with database.reading() as connection:
        row = connection.execute(select(ACCURACY_CHECKS).where(CHECK.id == identity, _seen(scope))).one_or_none()
    return None if row is None else dict(row._mapping)


def undo_check(database: Database, identity: str, who: str, scope: Scope) -> bool:
    """Let a check decide nothing any more; whether there was one."""
    here = (CHECK.id == identity) & CHECK.undone_at.is_(None) & _seen(scope)
    with database.writing() as connection:
        done = connection.execute(
            update(ACCURACY_CHECKS).where(here).values(undone_at=utc_now(), undone_by=who)
        ).rowcount
        if done:
            record(connection, who, "accuracy.undo", identity, {})
    return bool(done)


def withdraw_checks(connection: Connection, who: str, survey: str, sha256: str, why: str) -> int:
    """Let all checks against a file decide nothing any more, where it was imported as this survey only; how many."""
    other = select(SURVEYS.c.id).where(SURVEYS.c.sha256 == sha256, SURVEYS.c.id != survey)
    if connection.execute(other.limit(1)).first() is not None:
        return 0
    here = (CHECK.sha256 == sha256) & CHECK.undone_at.is_(None)
    found = list(connection.execute(select(CHECK.id).where(here)).scalars())
    for identity in found:
        values = {"undone_at": utc_now(), "undone_by": who, "undone_why": why}
        connection.execute(update(ACCURACY_CHECKS).where(CHECK.id == identity).values(**values))
        record(connection, who, "accuracy.undo", identity, {"why": why})
    return len(found)


def checks_by_manager(connection: Connection) -> dict[str | None, dict[str, dict[str, Any]]]:
    """Manager (None: all roads) → indicator → what exports and reports say of it; the newest that counts holds."""
    query = select(*(CHECK[name] for name in SHOWN)).where(CHECK.counts, CHECK.undone_at.is_(None)).order_by(CHECK.id)
    found: dict[str | None, dict[str, dict[str, Any]]] = {}
    for row in connection.execute(query):
        for key, verdict in row.verdicts.items():
            said = {**verdict, "against": row.against, "sha256": row.sha256, "on": row.at.date().isoformat()}
            found.setdefault(row.manager, {})[key] = said
    return found


def check_of(connection: Connection, managers: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    """What holds for roads of ALL these managers, by indicator: `run["accuracy_check"]`. One passed for
    one manager only is 推定 in a sheet of two.
    """
    known = checks_by_manager(connection)
    each = [
        {**known.get(None, {}), **known.get(manager, {})} if manager else known.get(None, {})
        for manager in set(managers)
    ]
    if not each:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for key in set.intersection(*(set(one) for one in each)):
        worst = next((one[key] for one in each if not one[key].get("passed")), each[0][key])
        found[key] = worst
    return found


def _seen(scope: Scope) -> ColumnElement[bool]:
    """Checks of managers that the scope holds something of."""
    if scope.everything:
        return CHECK.id.is_not(None)
    managers = [place.manager for place in scope.places if place.manager is not None]
    return or_(CHECK.manager.in_(managers), CHECK.manager.is_(None))
