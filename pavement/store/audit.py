"""Who did what when, written in the same transaction as what was done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    delete,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.people_tables import GRANTS, PEOPLE
from pavement.store.scope import EVERYTHING, Scope, within
from pavement.store.tables import AUDIT, DEVICES

CONSOLE = "console"  #: who sat at the server


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    at: datetime
    who: str  #: device:<id>, person:<id>, console
    what: str  #: a verb: device.add, drive.complete
    subject: str  #: the id of what it was done to
    detail: Mapping[str, object]
    name: str | None = None  #: of the person or the device that did it
    id: int = 0  #: rises with time


@dataclass(frozen=True)
class Asked:
    """Which lines; None = any."""

    who: str | None = None
    what: str | None = None  #: a verb, or its beginning: `device` also finds device.add
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    offset: int = 0


def record(
    connection: Connection, who: str, what: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """Add a line."""
    text = json.dumps(detail, ensure_ascii=False) if detail else None
    connection.execute(insert(AUDIT).values(at=utc_now(), who=who, what=what, subject=subject, detail=text))


def note(database: Database, who: str, what: str, subject: str, detail: Mapping[str, object] | None = None) -> None:
    """Add a line about something that changed no table."""
    with database.writing() as connection:
        record(connection, who, what, subject, detail)


def entries_of(database: Database, subject: str) -> list[Entry]:
    """What was done to `subject`, oldest first."""
    return read_audit(database, Asked(subject=subject, limit=10**6))[0][::-1]


def read_audit(database: Database, asked: Asked, scope: Scope = EVERYTHING) -> tuple[list[Entry], int]:
    """Lines, the newest first, and how many there are in all.

    Within a scope: what its devices did, and its people, but for those who may do something outside it too.
    """
    conditions = _conditions(asked)
    if not scope.everything:
        conditions.append(AUDIT.c.who.in_(_doers(scope)))
    name = func.coalesce(PEOPLE.c.display_name, DEVICES.c.name).label("name")
    lines = select(AUDIT, name).outerjoin(PEOPLE, AUDIT.c.who == literal("person:") + PEOPLE.c.id)
    lines = lines.outerjoin(DEVICES, AUDIT.c.who == literal("device:") + DEVICES.c.id).where(*conditions)
    with database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(AUDIT).where(*conditions)).scalar_one()
        page = lines.order_by(AUDIT.c.id.desc()).limit(asked.limit).offset(asked.offset)
        rows = connection.execute(page).all()
    return [
        Entry(row.at, row.who, row.what, row.subject, json.loads(row.detail or "{}"), row.name, row.id) for row in rows
    ], int(total)


def drop_old_entries(database: Database, before: datetime) -> int:
    """Delete lines older than `before`; how many."""
    with database.writing() as connection:
        return connection.execute(delete(AUDIT).where(AUDIT.c.at < before)).rowcount


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.who is not None:
        found.append(AUDIT.c.who == asked.who)
    if asked.what is not None:
        found.append(or_(AUDIT.c.what == asked.what, AUDIT.c.what.startswith(f"{asked.what}.", autoescape=True)))
    if asked.subject is not None:
        found.append(AUDIT.c.subject == asked.subject)
    if asked.since is not None:
        found.append(AUDIT.c.at >= asked.since)
    if asked.until is not None:
        found.append(AUDIT.c.at < asked.until)
    return found


def _doers(scope: Scope) -> CompoundSelect[Any]:
    inside = within(scope, GRANTS.c.manager, GRANTS.c.office)
    some = select(GRANTS.c.person_id).where(inside)
    elsewhere = select(GRANTS.c.person_id).where(not_(func.coalesce(inside, false())))  # NULL: outside
    people = select(literal("person:") + PEOPLE.c.id).where(PEOPLE.c.id.in_(some), PEOPLE.c.id.not_in(elsewhere))
    devices = select(literal("device:") + DEVICES.c.id).where(
        DEVICES.c.person_id.is_(None), within(scope, DEVICES.c.manager, DEVICES.c.office)
    )
    return people.union_all(devices)
