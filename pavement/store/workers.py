"""Workers in the database: heartbeats that count up, and which worker takes over what a dead one left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, WORKERS

LIVE, LEFT, GONE = "live", "left", "gone"
FORGET = timedelta(days=7)


def enter(database: Database, worker: str, host: str) -> None:
    """A worker starts; entries of long ago are forgotten."""
    now = utc_now()
    with database.writing() as connection:
        connection.execute(delete(WORKERS).where(WORKERS.c.state == GONE, WORKERS.c.seen_at < now - FORGET))
        row = {"id": worker, "host": host, "state": LIVE, "beats": 0, "started_at": now, "seen_at": now}
        connection.execute(insert(WORKERS).values(**row))


def beat(database: Database, worker: str) -> bool:
    """A sign of life; False where the others took this worker for dead and adopted its work."""
    with database.writing() as connection:
        own = (WORKERS.c.id == worker) & (WORKERS.c.state == LIVE)
        return (
            connection.execute(update(WORKERS).where(own).values(beats=WORKERS.c.beats + 1, seen_at=utc_now())).rowcount
            == 1
        )


def leave(database: Database, worker: str) -> None:
    """A worker puts its work down; whoever lives may adopt it at once."""
    with database.writing() as connection:
        own = (WORKERS.c.id == worker) & (WORKERS.c.state == LIVE)
        connection.execute(update(WORKERS).where(own).values(state=LEFT))


def others(database: Database, worker: str) -> dict[str, tuple[str, int]]:
    """Every other worker whose work nobody adopted yet: its state and its count of heartbeats."""
    with database.reading() as connection:
        query = select(WORKERS.c.id, WORKERS.c.state, WORKERS.c.beats)
        rows = connection.execute(query.where(WORKERS.c.id != worker, WORKERS.c.state != GONE))
        return {row.id: (row.state, row.beats) for row in rows}


def adopt(database: Database, dead: str, beats: int, take_over: Callable[[], None]) -> bool:
    """Take over a dead worker's work, once: False where another did, or where it lives after all (`beats` went on)."""
    with database.writing() as connection:
        still = (WORKERS.c.id == dead) & (WORKERS.c.state != GONE) & (WORKERS.c.beats == beats)
        if connection.execute(select(WORKERS.c.id).where(still).with_for_update()).one_or_none() is None:
            return False
        take_over()
        connection.execute(update(WORKERS).where(WORKERS.c.id == dead).values(state=GONE))
    return True


def list_workers(database: Database) -> list[Mapping[str, Any]]:
    """Workers that were not taken for dead, with what each is busy with; for people."""
    names = ("id", "host", "state", "started_at", "seen_at")
    busy = (ANALYSES.c.worker == WORKERS.c.id) & (ANALYSES.c.state == "running")
    doing = [ANALYSES.c[name] for name in ("drive_id", "stage", "done", "total")]
    query = select(*(WORKERS.c[name] for name in names), *doing).outerjoin(ANALYSES, busy)
    with database.reading() as connection:
        found = connection.execute(query.where(WORKERS.c.state != GONE).order_by(WORKERS.c.started_at))
        return [dict(row._mapping) for row in found]
