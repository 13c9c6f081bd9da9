"""Analyses in the database: made, taken up by workers, reported on, ended; every step by the table of states.

A worker changes an analysis only while it holds it (`Claim`): one that was taken for dead and comes back finds that its
claim no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from pavement.analysis_state import Event, State, after, sources
from pavement.errors import BadInput
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, NETWORKS, WORKERS
from pavement.store.tables import DRIVES

PATROL, BATCH = "patrol", "batch"
PRIORITIES = {PATROL: 1, BATCH: 10}  #: today's patrol before the yearly batch
PATROL_AGE = timedelta(days=7)  #: a drive that is sent later than this is no patrol of today
ERROR_LENGTH = 500


@dataclass(frozen=True)
class Claim:
    """A worker's hold on an analysis."""

    analysis_id: str
    drive_id: str
    worker: str
    claims: int  #: how often the analysis was taken up, this time included
    tries: int  #: … without getting further than before, this time included
    marks: int  #: how far it ever got, in reports of progress


@dataclass(frozen=True)
class Waiting:
    """An analysis that waits for a worker."""

    analysis_id: str
    run: int
    queue: str


def queue_for(started_at: datetime, now: datetime, asked: str | None = None) -> str:
    """The queue of a drive: as its sender asked, else by its age: what was driven long ago waits behind today's patrol.

    >>> at = datetime.fromisoformat("2026-05-01T00:00:00+00:00")
    >>> queue_for(at, at + timedelta(days=1)), queue_for(at, at + timedelta(days=30))
    ('patrol', 'batch')
    """
    return asked or (BATCH if now - started_at > PATROL_AGE else PATROL)


def add_analysis(database: Database, drive_id: str, queue: str | None = None, *, again: bool = False) -> str:
    """The id of a new analysis of a drive; without `again` that of the one it has, if any (so it may be called twice).

    Without `queue`: see `queue_for`. `again`: analyse it once more with the model, network and software of now;
    refused while one is under way, and where the originals are no longer kept.
    """
    if queue is not None and queue not in PRIORITIES:
        raise BadInput(f"there is no queue '{queue}'", do=f"use one of {', '.join(PRIORITIES)}")
    try:
        with database.writing() as connection:
            newest = _newest(connection, drive_id)
            if newest is not None and not again:
                return str(newest.id)
            if newest is not None and newest.state in (State.QUEUED, State.RUNNING):
                raise BadInput(f"drive {drive_id} is being analysed", do="wait until it is done, or cancel it first")
            its = select(DRIVES).where(DRIVES.c.id == drive_id).with_for_update()  # retention waits, or was faster
            drive = connection.execute(its).one_or_none()
            if drive is None:
                raise BadInput(f"there is no drive {drive_id}")
            if drive.originals_deleted_at is not None:
                raise BadInput(f"the originals of drive {drive_id} are no longer kept", do="upload them again")
            queue = queue or queue_for(drive.started_at, utc_now(), drive.queue)
            values: dict[str, Any] = {"id": new_id(), "drive_id": drive_id, "queue": queue, "state": State.QUEUED}
            values |= {"number": newest.number + 1 if newest else 1, "created_at": utc_now()}
            connection.execute(insert(ANALYSES).values(**values, run=1, claims=0, tries=0, marks=0))
            _mirror(connection, drive_id, State.QUEUED, None)
            return str(values["id"])
    except IntegrityError:  # another did the same at the same moment, or there is no such drive
        with database.reading() as connection:
            made = _newest(connection, drive_id)
        if made is None:
            raise BadInput(f"there is no drive {drive_id}") from None
        return str(made.id)


def cancel(database: Database, analysis_id: str) -> bool:
    """A person stops it; its worker notices within a second or two. False where it had ended already."""
    return _step(database, analysis_id, Event.CANCEL, finished_at=utc_now())


def retry(database: Database, analysis_id: str) -> bool:
    """A person has a failed or cancelled analysis tried again; False where it is neither."""
    more = {"run": ANALYSES.c.run + 1, "tries": 0, "marks": 0, "finished_at": None}
    return _step(database, analysis_id, Event.RETRY, **more)


def waiting(database: Database, limit: int = 1000) -> list[Waiting]:
    """Those that wait for a worker, in their order; also what a worker left whose work was adopted."""
    alive = select(WORKERS.c.id).where(WORKERS.c.state != "gone")
    left = (ANALYSES.c.state == State.RUNNING) & ANALYSES.c.worker.not_in(alive)
    columns = (ANALYSES.c.id, ANALYSES.c.run, ANALYSES.c.queue)
    order = (case(PRIORITIES, value=ANALYSES.c.queue), ANALYSES.c.created_at)  # a long batch hides no patrol
    query = select(*columns).where((ANALYSES.c.state == State.QUEUED) | left).order_by(*order)
    with database.reading() as connection:
        return [Waiting(row.id, row.run, row.queue) for row in connection.execute(query.limit(limit))]


def unasked(database: Database) -> list[str]:
    """Drives that are complete and have no analysis: the server died between the one and the other."""
    asked = select(ANALYSES.c.id).where(ANALYSES.c.drive_id == DRIVES.c.id).exists()
    with database.reading() as connection:
        query = select(DRIVES.c.id).where(DRIVES.c.status == State.QUEUED, ~asked)
        return list(connection.execute(query).scalars())


def claim(database: Database, analysis_id: str, run: int, worker: str) -> Claim | None:
    """Take it up; None where there is nothing to do: it ended, was retried under another run, or the worker is out."""
    with database.writing() as connection:
        alive = select(WORKERS.c.id).where(WORKERS.c.id == worker, WORKERS.c.state == "live")
        mine = (ANALYSES.c.id == analysis_id) & (ANALYSES.c.run == run) & _may(Event.START) & alive.exists()
        changes: dict[str, Any] = {"state": State.RUNNING, "worker": worker, "error": None}
        changes |= {"claims": ANALYSES.c.claims + 1, "tries": ANALYSES.c.tries + 1}
        changes["started_at"] = func.coalesce(ANALYSES.c.started_at, utc_now())
        row = connection.execute(update(ANALYSES).where(mine).values(**changes).returning(ANALYSES)).one_or_none()
        if row is None:
            return None
        _mirror(connection, row.drive_id, State.RUNNING, None)
    return Claim(row.id, row.drive_id, worker, row.claims, row.tries, row.marks)


def network_for(database: Database, held: Claim) -> str | None:
    """The network to measure on: the newest when it is first asked for, later the same; None where there is none."""
    newest = select(NETWORKS.c.id).order_by(NETWORKS.c.created_at.desc()).limit(1).scalar_subquery()
    with database.writing() as connection:
        change(connection, held, network_id=func.coalesce(ANALYSES.c.network_id, newest))
        query = select(ANALYSES.c.network_id).where(ANALYSES.c.id == held.analysis_id)
        return connection.execute(query).scalar_one_or_none()


def report(database: Database, held: Claim, stage: str, done: int, total: int, marks: int) -> bool:
    """Write how far it is; False where it is no longer this worker's (cancelled, or adopted by another)."""
    further = {"tries": 0, "marks": marks} if marks > held.marks else {}
    with database.writing() as connection:
        return change(connection, held, stage=stage, done=done, total=total, **further)


def wait(database: Database, held: Claim, reason: str) -> bool:
    """Say what it waits for (a full disk, a store that does not answer); False where it is no longer this worker's."""
    with database.writing() as connection:
        return change(connection, held, error=_line(reason))


def fail(database: Database, held: Claim, reason: str) -> bool:
    """It cannot be done; the reason is one line for people. False where it is no longer this worker's."""
    with database.writing() as connection:
        done = change(connection, held, state=State.FAILED, error=_line(reason), finished_at=utc_now())
        if done:
            _mirror(connection, held.drive_id, State.FAILED, _line(reason))
    return done


def finish(connection: Connection, held: Claim, **values: Any) -> bool:
    """In the transaction that writes its results: it is done."""
    done = change(connection, held, state=State.DONE, error=None, finished_at=utc_now(), **values)
    if done:
        _mirror(connection, held.drive_id, State.DONE, None)
    return done


def change(connection: Connection, held: Claim, **values: Any) -> bool:
    """Write some values while the claim counts; whether it did."""
    own = (ANALYSES.c.id == held.analysis_id) & (ANALYSES.c.claims == held.claims) & (ANALYSES.c.worker == held.worker)
    running = own & (ANALYSES.c.state == State.RUNNING)
    return connection.execute(update(ANALYSES).where(running).values(**values)).rowcount == 1


def state_of(database: Database, analysis_id: str) -> State | None:
    """Its state; None where there is no such analysis."""
    with database.reading() as connection:
        found = connection.execute(select(ANALYSES.c.state).where(ANALYSES.c.id == analysis_id)).scalar_one_or_none()
    return None if found is None else State(found)


def analyses_of(database: Database, drive_id: str) -> Sequence[Mapping[str, Any]]:
    """Every analysis of a drive, the newest first; for people."""
    hidden = ("account", "outputs", "worker", "claims", "marks")
    columns = [column for column in ANALYSES.c if column.name not in hidden]
    with database.reading() as connection:
        query = select(*columns).where(ANALYSES.c.drive_id == drive_id).order_by(ANALYSES.c.number.desc())
        return [dict(row._mapping) for row in connection.execute(query)]


def _newest(connection: Connection, drive_id: str) -> Row[Any] | None:
    query = select(ANALYSES).where(ANALYSES.c.drive_id == drive_id).order_by(ANALYSES.c.number.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _may(event: Event) -> Any:
    return ANALYSES.c.state.in_(sources(event))


def _step(database: Database, analysis_id: str, event: Event, **values: Any) -> bool:
    with database.writing() as connection:
        found = connection.execute(
            select(ANALYSES.c.state, ANALYSES.c.drive_id).where(ANALYSES.c.id == analysis_id).with_for_update()
        ).one_or_none()
        if found is None:
            raise BadInput(f"there is no analysis {analysis_id}")
        state = after(State(found.state), event)
        if state is None:
            return False
        values |= {"state": state, "error": None}
        connection.execute(update(ANALYSES).where(ANALYSES.c.id == analysis_id).values(**values))
        _mirror(connection, found.drive_id, state, None)
    return True


def _mirror(connection: Connection, drive_id: str, state: State, error: str | None) -> None:
    """A drive's status is that of its newest analysis."""
    connection.execute(update(DRIVES).where(DRIVES.c.id == drive_id).values(status=state, error=error))


def _line(text: str) -> str:
    return " ".join(text.split())[:ERROR_LENGTH]
