"""Who did what when, written in the same transaction as what was done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.tables import AUDIT

CONSOLE = "console"  #: who sat at the server


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    at: datetime
    who: str  #: device:<id>, person:<id>, console
    what: str  #: a verb: device.add, drive.complete
    subject: str  #: the id of what it was done to
    detail: Mapping[str, object]


def record(
    connection: Connection, who: str, what: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """Add a line."""
    text = json.dumps(detail, ensure_ascii=False) if detail else None
    connection.execute(insert(AUDIT).values(at=utc_now(), who=who, what=what, subject=subject, detail=text))


def entries_of(database: Database, subject: str) -> list[Entry]:
    """What was done to `subject`, oldest first."""
    query = select(AUDIT).where(AUDIT.c.subject == subject).order_by(AUDIT.c.id)
    with database.reading() as connection:
        rows = connection.execute(query).all()
    return [Entry(row.at, row.who, row.what, row.subject, json.loads(row.detail or "{}")) for row in rows]
