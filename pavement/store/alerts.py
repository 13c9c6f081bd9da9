"""Alerts of dangerous defects: who was told when, and the times until the repair (発見・通知・確認・応急・完了)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from pavement.correction import DefectState
from pavement.errors import BadInput
from pavement.rating import Rules
from pavement.store.audit import record
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.defect_states import answer_defect
from pavement.store.result_tables import ALERTS, DELIVERIES
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Scope, within

MOST = 1000  #: alerts in one answer
SLACK = timedelta(minutes=10)  #: of a clock that goes ahead


class NoSuchAlert(LookupError):
    """There is none, or it lies outside the scope: nobody is told which."""


class Moment(StrEnum):
    """What a person notes of an alert."""

    CONFIRMED = "confirmed_at"  #: 確認
    PATCHED = "patched_at"  #: 応急
    REPAIRED = "repaired_at"  #: 完了


STATES = {
    Moment.CONFIRMED: DefectState.WATCH,
    Moment.PATCHED: DefectState.PATCHED,
    Moment.REPAIRED: DefectState.REPAIRED,
}


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


def list_alerts(
    database: Database, scope: Scope = EVERYTHING, *, open_only: bool = False, office: str | None = None
) -> list[Alert]:
    """Alerts of the scope's roads, the newest first; `open_only`: those that are not repaired yet, the oldest first."""
    query = select(ALERTS).where(within(scope, ALERTS.c.manager, ALERTS.c.office))
    if office is not None:
        query = query.where(ALERTS.c.office == office)
    if open_only:
        query = query.where(ALERTS.c.repaired_at.is_(None)).order_by(ALERTS.c.found_at, ALERTS.c.defect_id)
    else:
        query = query.order_by(ALERTS.c.found_at.desc(), ALERTS.c.defect_id).limit(MOST)
    with database.reading() as connection:
        return [Alert(**row._mapping) for row in connection.execute(query)]


def deliveries_of(database: Database, defect_ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Who was told of each: channel, tries, sent_at, error."""
    query = select(DELIVERIES).where(DELIVERIES.c.defect_id.in_(defect_ids)).order_by(DELIVERIES.c.channel)
    found: dict[str, list[Mapping[str, Any]]] = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            told = {name: getattr(row, name) for name in ("channel", "tries", "sent_at", "error")}
            found.setdefault(row.defect_id, []).append(told)
    return found


def note_alert(
    database: Database,
    defect_id: str,
    moment: Moment,
    who: str,
    at: datetime | None = None,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
) -> Alert:
    """A person notes when something was done: the defect's state follows (as its times follow its state, see
    `change_defect`), and the audit log keeps who, and what stood there before.

    Raises NoSuchAlert, also for one outside the scope, and BadInput for a time to come. It may have been patched before
    the drive that found it was analysed.
    """
    now = utc_now()
    time = at or now
    with database.writing() as connection:
        raise_revision(connection)
        own = (ALERTS.c.defect_id == defect_id) & within(scope, ALERTS.c.manager, ALERTS.c.office)
        row = connection.execute(select(ALERTS).where(own).with_for_update()).one_or_none()
        if row is None:
            raise NoSuchAlert(defect_id)
        if time > now + SLACK:
            raise BadInput("the time is still to come", do="give the time when it was done")
        before = getattr(row, moment)
        connection.execute(update(ALERTS).where(own).values({moment.value: time}))
        detail = {"before": before.isoformat() if before else None, "after": time.isoformat()}
        record(connection, who, f"alert.{moment}", defect_id, detail)
        answer_defect(connection, defect_id, STATES[moment], time, who, rules)
        return Alert(**{**row._mapping, moment.value: time})


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
