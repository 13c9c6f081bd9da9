"""What is kept for how long, and what goes: counted, written to the audit log, and made again where it was broken off.

Never deleted: what is not analysed, and the results of a drive of which a person corrected, accepted, locked (確定) or
marked anything, or whose alert is open. Originals are persons' data, not the evidence: of what is 確定 the masked
photos, values and sheets stay; that its originals went stands in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, delete, exists, func, or_, select, update

from pavement.fiscal_year import JST, fiscal_year_days, fiscal_year_of
from pavement.server_settings import Retention
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, CORRECTIONS, DEFECT_STATES, PHOTO_MARKS
from pavement.store.audit import drop_old_entries, note, record
from pavement.store.blobs import Blobs
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.exports import expired_exports, forget_export
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, PHOTOS
from pavement.store.revision import raise_revision
from pavement.store.tables import AUDIT, DRIVES, FILES

WHO = "retention"  #: in the audit log, where no person asked for it


@dataclass(frozen=True)
class Swept:
    """What went (or, in a dry run, would go)."""

    originals_drives: int = 0
    originals_files: int = 0
    originals_bytes: int = 0
    originals_locked: int = 0  #: of those drives some results are 確定: their masked photos stay as evidence
    results_drives: int = 0
    results_kept: int = 0  #: drives old enough that stay: a person decided something on their results
    results_locked: int = 0  #: of these, drives with results that are 確定
    audit_lines: int = 0
    exports: int = 0

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return self == Swept(results_kept=self.results_kept, results_locked=self.results_locked)


def sweep(
    database: Database,
    blobs: Blobs,
    policy: Retention,
    *,
    audit_days: float | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
    who: str = WHO,
) -> Swept:
    """Delete what the policy no longer keeps, and lines of the audit log older than `audit_days`."""
    time = now or utc_now()
    drives = files = size = signed = 0
    if policy.originals_days is not None:
        for drive_id in _ids(database, _analysed_before(time - timedelta(days=policy.originals_days))):
            count, length, locked = _drop_originals(database, blobs, drive_id, time, who, dry_run)
            drives, files, size, signed = drives + 1, files + count, size + length, signed + bool(locked)
    gone, kept, evidence = [], [], []
    if policy.results_years is not None:
        old = _begun_before(fiscal_year_of(time) - int(policy.results_years))
        gone = _ids(database, old.where(~_decided()))
        kept = _ids(database, old.where(_decided()))
        evidence = _ids(database, old.where(exists().where(_locked())))
        for drive_id in gone if not dry_run else ():
            _drop_drive(database, blobs, drive_id, who)
    lines = exports = 0
    if audit_days is not None:
        lines = _drop_audit(database, time - timedelta(days=audit_days), who, dry_run)
    if policy.exports_days is not None:
        exports = _drop_exports(database, blobs, time - timedelta(days=policy.exports_days), who, dry_run)
    return Swept(drives, files, size, signed, len(gone), len(kept), len(evidence), lines, exports)


def _ids(database: Database, query: Select[Any]) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(query).scalars())


def _analysed_before(before: datetime) -> Select[Any]:
    """Drives whose originals are still kept and whose newest analysis was done before; also half-deleted ones."""
    last = select(func.max(ANALYSES.c.finished_at)).where(ANALYSES.c.drive_id == DRIVES.c.id).scalar_subquery()
    here = exists().where(FILES.c.drive_id == DRIVES.c.id, FILES.c.blob_key.is_not(None))
    done = (DRIVES.c.status == "done") & (last < before)
    return select(DRIVES.c.id).where(here, or_(done, DRIVES.c.originals_deleted_at.is_not(None))).order_by(DRIVES.c.id)


def _drop_originals(
    database: Database, blobs: Blobs, drive_id: str, now: datetime, who: str, dry_run: bool
) -> tuple[int, int, int]:
    """First no analysis can ask for them any more, then the files go, then their places; the receipts stay.

    How many files, bytes, and segments of the drive that are 確定.
    """
    own = (FILES.c.drive_id == drive_id) & FILES.c.blob_key.is_not(None)
    with database.reading() as connection:
        files = connection.execute(select(FILES.c.blob_key, FILES.c.size).where(own)).all()
        signed = select(func.count()).select_from(DRIVES).join(ADOPTED, _locked()).where(DRIVES.c.id == drive_id)
        locked = int(connection.execute(signed).scalar_one())
    size = sum(row.size for row in files)
    if dry_run:
        return len(files), size, locked
    with database.writing() as connection:
        mine = (DRIVES.c.id == drive_id) & or_(DRIVES.c.status == "done", DRIVES.c.originals_deleted_at.is_not(None))
        values = {"originals_deleted_at": func.coalesce(DRIVES.c.originals_deleted_at, now)}
        if connection.execute(update(DRIVES).where(mine).values(values)).rowcount != 1:
            return 0, 0, 0  # it is being analysed again
    for row in files:
        blobs.delete(row.blob_key)
    with database.writing() as connection:
        connection.execute(update(FILES).where(own).values(blob_key=None))
        connection.execute(update(DRIVES).where(DRIVES.c.id == drive_id).values(bytes=0))
        detail = {"files": len(files), "bytes": size} | ({"locked_segments": locked} if locked else {})
        record(connection, who, "retention.originals", drive_id, detail)
    return len(files), size, locked


def _begun_before(year: int) -> Select[Any]:
    """Analysed drives that began before a 年度."""
    first, _ = fiscal_year_days(year)
    begin = datetime(first.year, first.month, first.day, tzinfo=JST)
    return select(DRIVES.c.id).where(DRIVES.c.status == "done", DRIVES.c.started_at < begin).order_by(DRIVES.c.id)


def _locked() -> ColumnElement[bool]:
    """That a row of `adopted` is of a drive's segment that is 確定."""
    return and_(ADOPTED.c.drive_id == DRIVES.c.id, ADOPTED.c.level == "segment", ADOPTED.c.locked_at.is_not(None))


def _decided() -> ColumnElement[bool]:
    """Whether a person decided something on a drive's results, or an alert of them is open."""
    mine = ANALYSES.c.drive_id == DRIVES.c.id
    section = exists().where(
        ADOPTED.c.drive_id == DRIVES.c.id,
        or_(
            ADOPTED.c.locked_at.is_not(None),
            ADOPTED.c.locked_by.is_not(None),
            ADOPTED.c.accepted_at.is_not(None),
            cast(ADOPTED.c.corrected, Text).not_in(("null", "{}")),
        ),
    )
    corrected = exists().where(mine, CORRECTIONS.c.analysis_id == ANALYSES.c.id)
    judged = exists().where(
        mine, DEFECTS.c.analysis_id == ANALYSES.c.id, DEFECTS.c.defect_id == DEFECT_STATES.c.defect_id
    )
    marked = exists().where(mine, PHOTOS.c.analysis_id == ANALYSES.c.id, PHOTOS.c.id == PHOTO_MARKS.c.photo_id)
    alert = exists().where(mine, ALERTS.c.analysis_id == ANALYSES.c.id, ALERTS.c.repaired_at.is_(None))
    return or_(section, corrected, judged, marked, alert)


def _drop_drive(database: Database, blobs: Blobs, drive_id: str, who: str) -> None:
    """First the rows, with what was adopted of them, then the files, which nothing names then."""
    with database.writing() as connection:
        still = select(DRIVES.c.vehicle, DRIVES.c.started_at).where(DRIVES.c.id == drive_id, ~_decided())
        still = still.where(DRIVES.c.status == "done")  # nobody has it analysed again meanwhile
        row = connection.execute(still.with_for_update(of=DRIVES)).one_or_none()
        if row is None:  # a person was faster
            return
        query = select(ANALYSES.c.id).where(ANALYSES.c.drive_id == drive_id)
        analyses = list(connection.execute(query).scalars())
        for table in (ADOPTED, ADOPTED_DEFECTS):
            connection.execute(delete(table).where(table.c.drive_id == drive_id))
        connection.execute(delete(DRIVES).where(DRIVES.c.id == drive_id))
        raise_revision(connection)
        detail: Mapping[str, object] = {"vehicle": row.vehicle, "started_at": row.started_at.isoformat()}
        record(connection, who, "retention.results", drive_id, detail)
    for prefix in (f"drives/{drive_id}", *(f"results/{analysis}" for analysis in analyses)):
        for key, _ in list(blobs.list(prefix)):
            blobs.delete(key)


def _drop_audit(database: Database, before: datetime, who: str, dry_run: bool) -> int:
    if dry_run:
        with database.reading() as connection:
            query = select(func.count()).select_from(AUDIT).where(AUDIT.c.at < before)
            return int(connection.execute(query).scalar_one())
    lines = drop_old_entries(database, before)
    if lines:
        note(database, who, "retention.audit", "audit", {"lines": lines, "before": before.isoformat()})
    return lines


def _drop_exports(database: Database, blobs: Blobs, before: datetime, who: str, dry_run: bool) -> int:
    expired = expired_exports(database, before)
    for job_id, _size in expired if not dry_run else ():
        forget_export(database, blobs, job_id)
    if expired and not dry_run:
        note(database, who, "retention.exports", "exports", {"exports": len(expired)})
    return len(expired)
