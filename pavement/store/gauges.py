"""What /metrics tells of the database: numbers only, so that whoever watches over the machine learns of no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, ANALYSES, WORKERS
from pavement.store.tables import DRIVES, FILES

SEEN = timedelta(seconds=60)  #: a worker that wrote within this time lives; its heartbeat comes every few seconds


@dataclass(frozen=True)
class Gauges:
    """One moment of the database."""

    drives: Mapping[str, int]  #: by status
    waiting: Mapping[str, int]  #: analyses that wait, by queue
    oldest_waiting_s: float | None  #: how long the oldest of them waits; None: none does
    analyses: Mapping[str, int]  #: by state
    workers: int  #: that live
    uploads_open: int  #: files that are begun and not whole
    upload_bytes_open: int  #: … what of them is there
    alerts_untold: int  #: dangerous defects of which nobody was told yet
    newest_done: datetime | None  #: when an analysis was last done


def read_gauges(database: Database, now: datetime | None = None) -> Gauges:
    """All of them, in one reading transaction."""
    time = now or utc_now()
    queued = ANALYSES.c.state == "queued"
    with database.reading() as connection:
        drives = {row[0]: row[1] for row in connection.execute(_counted(DRIVES.c.status))}
        states = {row[0]: row[1] for row in connection.execute(_counted(ANALYSES.c.state))}
        waiting = {row[0]: row[1] for row in connection.execute(_counted(ANALYSES.c.queue).where(queued))}
        oldest = connection.execute(select(func.min(ANALYSES.c.created_at)).where(queued)).scalar()
        live = (WORKERS.c.state == "live") & (WORKERS.c.seen_at > time - SEEN)
        workers = connection.execute(select(func.count()).select_from(WORKERS).where(live)).scalar_one()
        parts = select(func.count(), func.coalesce(func.sum(FILES.c.received), 0)).where(~FILES.c.stored)
        files, size = connection.execute(parts).one()
        untold = select(func.count()).select_from(ALERTS).where(ALERTS.c.notified_at.is_(None))
        alerts = connection.execute(untold).scalar_one()
        newest = connection.execute(select(func.max(ANALYSES.c.finished_at)).where(ANALYSES.c.state == "done")).scalar()
    age = None if oldest is None else max((time - oldest).total_seconds(), 0.0)
    return Gauges(drives, waiting, age, states, workers, files, int(size), alerts, newest)


def _counted(column: Any) -> Select[Any]:
    return select(column, func.count()).group_by(column)
