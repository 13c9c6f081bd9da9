"""Exports that are made as jobs: asked for, taken up by workers, reported on, fetched, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from pavement.errors import BadInput
from pavement.export_choice import Choice, file_name
from pavement.store.blobs import Blobs
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.operations_tables import EXPORT_JOBS
from pavement.store.result_tables import WORKERS
from pavement.store.scope import EVERYTHING, Place, Scope

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
MOST_WAITING = 20  #: of one person


class TooMany(ValueError):
    """Somebody has asked for so much already that it is to be made first."""


@dataclass(frozen=True)
class ExportJob:
    """One export as its asker sees it."""

    id: str
    what: str
    choice: Mapping[str, Any]
    state: str  #: queued / running / done / failed
    stage: str | None
    done: int
    total: int
    name: str | None
    size: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    blob_key: str | None


@dataclass(frozen=True)
class HeldExport:
    """A worker's hold on an export."""

    id: str
    worker: str
    claims: int
    what: str
    choice: Choice
    scope: Scope  #: what the asker might see when it was asked for


def add_export(database: Database, asked_by: str, what: str, choice: Choice, scope: Scope) -> str:
    """The id of a new job, or of the same one that waits already. Raises TooMany."""
    asked = {**choice.to_json(), "scope": scope_to_json(scope)}
    with database.writing() as connection:
        own = (EXPORT_JOBS.c.asked_by == asked_by) & EXPORT_JOBS.c.state.in_((QUEUED, RUNNING))
        waiting = connection.execute(select(EXPORT_JOBS).where(own)).all()
        for row in waiting:
            if row.what == what and row.choice == asked:
                return str(row.id)
        if len(waiting) >= MOST_WAITING:
            raise TooMany(f"{len(waiting)} of your exports are being made; wait until some are done")
        values: dict[str, Any] = {"id": new_id(), "asked_by": asked_by, "what": what, "choice": asked}
        values |= {"state": QUEUED, "run": 1, "claims": 0, "done": 0, "total": 0, "created_at": utc_now()}
        connection.execute(insert(EXPORT_JOBS).values(**values, name=file_name(what, choice, "")))
        return str(values["id"])


def exports_of(database: Database, asked_by: str, limit: int = 100) -> list[ExportJob]:
    """Somebody's exports, the newest first."""
    query = select(EXPORT_JOBS).where(EXPORT_JOBS.c.asked_by == asked_by).order_by(EXPORT_JOBS.c.id.desc())
    with database.reading() as connection:
        return [_job(row) for row in connection.execute(query.limit(limit))]


def find_export(database: Database, job_id: str, asked_by: str, scope: Scope = EVERYTHING) -> ExportJob | None:
    """Somebody's export; None where there is none, it is another's, or shows what no longer lies within `scope`."""
    query = select(EXPORT_JOBS).where(EXPORT_JOBS.c.id == job_id, EXPORT_JOBS.c.asked_by == asked_by)
    with database.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or not all(scope.holds(*place) for place in row.choice.get("scope", {}).get("places", ())):
        return None
    return _job(row)


def waiting_exports(database: Database, limit: int = 100) -> list[tuple[str, int]]:
    """Ids and runs of those that wait for a worker, also of what a worker left whose work was adopted; in order."""
    alive = select(WORKERS.c.id).where(WORKERS.c.state != "gone")
    left = (EXPORT_JOBS.c.state == RUNNING) & EXPORT_JOBS.c.worker.not_in(alive)
    query = select(EXPORT_JOBS.c.id, EXPORT_JOBS.c.run).where((EXPORT_JOBS.c.state == QUEUED) | left)
    with database.reading() as connection:
        return [(row.id, row.run) for row in connection.execute(query.order_by(EXPORT_JOBS.c.id).limit(limit))]


def claim_export(database: Database, job_id: str, worker: str) -> HeldExport | None:
    """Take it up; None where it ended, or the worker was taken for dead."""
    with database.writing() as connection:
        alive = select(WORKERS.c.id).where(WORKERS.c.id == worker, WORKERS.c.state == "live")
        mine = (EXPORT_JOBS.c.id == job_id) & EXPORT_JOBS.c.state.in_((QUEUED, RUNNING)) & alive.exists()
        changes = {"state": RUNNING, "worker": worker, "claims": EXPORT_JOBS.c.claims + 1}
        row = connection.execute(update(EXPORT_JOBS).where(mine).values(changes).returning(EXPORT_JOBS)).one_or_none()
    if row is None:
        return None
    scope = scope_from_json(row.choice["scope"])
    return HeldExport(row.id, worker, row.claims, row.what, Choice.from_json(row.choice), scope)


def report_export(database: Database, held: HeldExport, stage: str, done: int, total: int) -> bool:
    """Write how far it is; False where it is no longer this worker's."""
    return _change(database, held, stage=stage, done=done, total=total)


def finish_export(database: Database, held: HeldExport, name: str, size: int, blob_key: str) -> bool:
    """It lies in the store; False where it is no longer this worker's."""
    values = {"name": name, "size": size, "blob_key": blob_key, "error": None, "finished_at": utc_now()}
    return _change(database, held, state=DONE, **values)


def fail_export(database: Database, held: HeldExport, reason: str) -> bool:
    """It cannot be made; the reason is one line."""
    return _change(database, held, state=FAILED, error=" ".join(reason.split())[:500], finished_at=utc_now())


def expired_exports(database: Database, before: datetime) -> list[tuple[str, int]]:
    """Ids and sizes of those that ended before `before`, or were asked for so long ago and never made."""
    last = func.coalesce(EXPORT_JOBS.c.finished_at, EXPORT_JOBS.c.created_at)
    query = select(EXPORT_JOBS.c.id, EXPORT_JOBS.c.size).where(last < before, EXPORT_JOBS.c.state != RUNNING)
    with database.reading() as connection:
        return [(row.id, row.size or 0) for row in connection.execute(query)]


def forget_export(database: Database, blobs: Blobs, job_id: str) -> None:
    """First the row, then the file, which nothing names then."""
    with database.writing() as connection:
        connection.execute(delete(EXPORT_JOBS).where(EXPORT_JOBS.c.id == job_id))
    for key, _ in list(blobs.list(f"exports/{job_id}")):
        blobs.delete(key)


def export_key(held: HeldExport, name: str) -> str:
    """Where the file lies in the store; another place with each claim."""
    return f"exports/{held.id}/{held.claims}/{name}"


def scope_to_json(scope: Scope) -> dict[str, Any]:
    """A scope as the database keeps it."""
    return {**asdict(scope), "places": [[place.manager, place.office] for place in scope.places]}


def scope_from_json(data: Mapping[str, Any]) -> Scope:
    """The same back."""
    try:
        places = tuple(Place(*each) for each in data["places"])
        return Scope(places, data.get("device_id"), data.get("person_id"))
    except (KeyError, TypeError) as error:
        raise BadInput("the export does not say whose roads it may show", do="ask for it again") from error


def _change(database: Database, held: HeldExport, **values: Any) -> bool:
    own: ColumnElement[bool] = (EXPORT_JOBS.c.id == held.id) & (EXPORT_JOBS.c.claims == held.claims)
    own &= (EXPORT_JOBS.c.worker == held.worker) & (EXPORT_JOBS.c.state == RUNNING)
    with database.writing() as connection:
        return connection.execute(update(EXPORT_JOBS).where(own).values(**values)).rowcount == 1


def _job(row: Row[Any]) -> ExportJob:
    choice = {name: value for name, value in row.choice.items() if name != "scope"}
    facts = (row.state, row.stage, row.done, row.total, row.name, row.size, row.error)
    return ExportJob(row.id, row.what, choice, *facts, row.created_at, row.finished_at, row.blob_key)
