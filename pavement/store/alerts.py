"""Alerts of dangerous defects: who was told when, and the times until the repair (発見・通知・確認・応急・完了)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from pavement.errors import BadInput
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, DELIVERIES
from pavement.store.tables import AUDIT


class Moment(StrEnum):
    """What a person notes of an alert."""

    CONFIRMED = "confirmed_at"  #: 確認
    PATCHED = "patched_at"  #: 応急
    REPAIRED = "repaired_at"  #: 完了


@dataclass(frozen=True)
class Alert:
    """One dangerous defect, and when what was done."""

    defect_id: str
    analysis_id: str
    manager: str | None
    office: str | None
    facts: dict[str, Any]
    found_at: datetime
    notified_at: datetime | None
    confirmed_at: datetime | None
    patched_at: datetime | None
    repaired_at: datetime | None


def untold(database: Database, limit: int = 100) -> list[str]:
    """The defects of which nobody was told yet."""
    query = select(ALERTS.c.defect_id).where(ALERTS.c.notified_at.is_(None)).order_by(ALERTS.c.found_at).limit(limit)
    with database.reading() as connection:
        return list(connection.execute(query).scalars())


def find_alert(database: Database, defect_id: str) -> Alert | None:
    """The alert of a defect."""
    with database.reading() as connection:
        row = connection.execute(select(ALERTS).where(ALERTS.c.defect_id == defect_id)).one_or_none()
    return None if row is None else Alert(**row._mapping)


def open_alerts(database: Database, office: str | None = None) -> list[Alert]:
    """Those that are not repaired yet, the oldest first."""
    query = select(ALERTS).where(ALERTS.c.repaired_at.is_(None)).order_by(ALERTS.c.found_at)
    with database.reading() as connection:
        rows = connection.execute(query.where(ALERTS.c.office == office) if office else query)
        return [Alert(**row._mapping) for row in rows]


def note_alert(database: Database, defect_id: str, moment: Moment, who: str, at: datetime | None = None) -> None:
    """A person notes when something was done; the audit log keeps who, and what stood there before."""
    time = at or utc_now()
    with database.writing() as connection:
        own = ALERTS.c.defect_id == defect_id
        before = connection.execute(select(ALERTS.c[moment]).where(own).with_for_update()).one_or_none()
        if before is None:
            raise BadInput(f"there is no alert of defect {defect_id}")
        connection.execute(update(ALERTS).where(own).values({moment.value: time}))
        detail = {"before": before[0].isoformat() if before[0] else None, "after": time.isoformat()}
        row = {"at": utc_now(), "who": who, "what": f"alert.{moment}", "subject": defect_id}
        connection.execute(insert(AUDIT).values(**row, detail=json.dumps(detail)))


def is_sent(database: Database, defect_id: str, channel: str) -> bool:
    """Whether a channel has delivered the alert; counts the try that follows where it has not."""
    own = (DELIVERIES.c.defect_id == defect_id) & (DELIVERIES.c.channel == channel)
    with database.writing() as connection:
        row = connection.execute(select(DELIVERIES.c.sent_at).where(own)).one_or_none()
        if row is None:
            connection.execute(insert(DELIVERIES).values(defect_id=defect_id, channel=channel, tries=1))
            return False
        if row.sent_at is None:
            connection.execute(update(DELIVERIES).where(own).values(tries=DELIVERIES.c.tries + 1))
        return row.sent_at is not None


def note_sent(database: Database, defect_id: str, channel: str, error: str | None = None) -> None:
    """A channel delivered it, or (with `error`) could not; the first delivery is the time of 通知."""
    own = (DELIVERIES.c.defect_id == defect_id) & (DELIVERIES.c.channel == channel)
    with database.writing() as connection:
        if error is not None:
            connection.execute(update(DELIVERIES).where(own).values(error=error))
            return
        now = utc_now()
        connection.execute(update(DELIVERIES).where(own).values(sent_at=now, error=None))
        first = (ALERTS.c.defect_id == defect_id) & ALERTS.c.notified_at.is_(None)
        connection.execute(update(ALERTS).where(first).values(notified_at=now))
