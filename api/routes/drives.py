"""Drives: made and completed by who sends them, asked after, listed, stopped and analysed again by staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query

from api.deps import ID, AskerDep, DriveDep, OwnDriveDep, PatrolDep, SenderDep, ServiceDep, StaffDep
from api.errors import Refusal, answer
from api.schemas import Complete, DriveId, DriveReport, FileCounts, Missing, NewDrive, Progress, Refused, Rows, Status
from api.service import Service
from pavement.fiscal_year import JST
from pavement.jobs.queue import analyse_again, cancel_analysis, retry_analysis
from pavement.store import drives as store
from pavement.store.analyses import analyses_of
from pavement.store.drive_list import MOST_DRIVES, DrivesWanted, list_drives, rejected_of
from pavement.store.drives import Listed, NoSuchDrive, Pressure, complete_drive, count_files, create_drive, find_drive
from pavement.store.people import Person
from pavement.upload_state import COMPLETE, STATUSES

router = APIRouter(prefix="/drives", tags=["drives"])
StatusName = Literal["receiving", "queued", "running", "done", "failed", "cancelled"]
assert set(StatusName.__args__) == set(STATUSES)  # type: ignore[attr-defined]


@router.post("", status_code=201)
def post_drive(
    body: NewDrive,
    sender: SenderDep,
    service: ServiceDep,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> DriveId:
    """A new drive, or the one that an earlier request with the same key made.

    429 or 503 with Retry-After where too many drives are under way already; what is here is taken to its end.
    """
    limits = Pressure(service.settings.max_waiting, service.settings.max_device_waiting)
    new = store.NewDrive(body.vehicle, body.started_at, body.note, body.queue)
    made = create_drive(service.database, sender.device_id, idempotency_key, new, limits, sender.who)
    return DriveId(id=made)


@router.get("")
def get_drives(
    person: PatrolDep,
    service: ServiceDep,
    status: StatusName | None = None,
    vehicle: str | None = None,
    manager: str | None = None,
    office: str | None = None,
    since: Annotated[date | None, Query(alias="from", description="first day (JST)")] = None,
    until: Annotated[date | None, Query(alias="to", description="last day (JST)")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_DRIVES)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Rows:
    """Drives of the person's offices, those that began last first, each with its device and newest analysis."""
    begin, end = _midnight(since), _midnight(until, days=1)
    wanted = DrivesWanted(status, vehicle, manager, office, begin, end, limit, offset)
    items, total = list_drives(service.database, person.scope, wanted)
    return Rows(total=total, items=[dict(each) for each in items])


@router.post("/{drive_id}/complete", status_code=202, responses={409: {"model": Missing}})
def post_complete(body: Complete, drive: OwnDriveDep, sender: SenderDep, service: ServiceDep) -> Status:
    """Everything is sent: queue the drive, or say which files are missing or differ."""
    listed = [Listed(each.path, each.size, each.sha256) for each in body.files]
    status, missing = complete_drive(service.database, drive.id, drive.device_id, listed, who=sender.who)
    if missing:
        some = "file is" if len(missing) == 1 else "files are"
        return answer(409, f"{len(missing)} {some} missing or different", missing=missing)  # type: ignore[return-value]
    if status == COMPLETE:
        service.queue(drive.id)
    return Status(status=status)


@router.get("/{drive_id}")
def get_drive(drive: DriveDep, asker: AskerDep, service: ServiceDep) -> DriveReport:
    """Where the drive stands; a person also sees who sent it and every analysis with what it rejected."""
    stored, begun = count_files(service.database, drive.id)
    report = service.progress_of(service.database, drive.id) or {}
    progress, counts = report.get("progress"), report.get("counts")
    about: dict[str, Any] = {}
    if isinstance(asker, Person):
        names = ("vehicle", "started_at", "note", "created_at", "completed_at", "originals_deleted_at", "device_id")
        about = {name: getattr(drive, name) for name in names}
        rows = analyses_of(service.database, drive.id)
        about["analyses"] = [{**each, "rejected": rejected_of(each["counts"])} for each in rows]
    return DriveReport(
        id=drive.id,
        status=str(report.get("status") or drive.status),
        files=FileCounts(received=stored, missing=begun),
        progress=Progress.model_validate(progress) if progress else Progress(),
        counts=dict(counts) if isinstance(counts, dict) else None,
        error=str(report["error"]) if report.get("error") else drive.error,
        **about,
    )


DRIVE = Annotated[str, Path()]
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Refused}}


@router.post("/{drive_id}/cancel", status_code=202, responses=CONFLICT)
def post_cancel(drive_id: DRIVE, person: StaffDep, service: ServiceDep) -> Status:
    """Stop its analysis; the worker that has it notices within a second or two."""
    _mine(service, person, drive_id)
    if not cancel_analysis(service.database, drive_id, person.who):
        raise Refusal(409, "no analysis of the drive is waiting or running")
    return Status(status="cancelled")


@router.post("/{drive_id}/retry", status_code=202, responses=CONFLICT)
def post_retry(drive_id: DRIVE, person: StaffDep, service: ServiceDep) -> Status:
    """Try a failed or cancelled analysis again."""
    _mine(service, person, drive_id)
    if not retry_analysis(service.database, drive_id, person.who):
        raise Refusal(409, "the drive's analysis neither failed nor was cancelled")
    return Status(status="queued")


@router.post("/{drive_id}/again", status_code=202, responses=CONFLICT)
def post_again(drive_id: DRIVE, person: StaffDep, service: ServiceDep) -> Status:
    """Analyse it anew with the model and network of now, behind today's patrol; corrections are not touched."""
    drive = _mine(service, person, drive_id)
    if drive.status in ("receiving", "queued", "running"):
        raise Refusal(409, "the drive is being received or analysed")
    if drive.originals_deleted_at is not None:
        raise Refusal(409, "the drive's originals are no longer kept")
    analyse_again(service.database, drive_id, who=person.who)
    return Status(status="queued")


def _mine(service: Service, person: Person, drive_id: str) -> store.DriveRow:
    if not ID.fullmatch(drive_id):
        raise NoSuchDrive(drive_id)
    return find_drive(service.database, drive_id, None, person.scope)


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    if day is None:
        return None
    if not 2000 <= day.year <= 2100:
        raise Refusal(422, "from and to are days of this century")
    return datetime(day.year, day.month, day.day, tzinfo=JST) + timedelta(days=days)
