"""Drives: made, completed, asked after."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from api.deps import DeviceDep, DriveDep, ServiceDep
from api.errors import answer
from api.schemas import (
    Complete,
    DriveId,
    DriveReport,
    FileCounts,
    Missing,
    NewDrive,
    Progress,
    Status,
)
from pavement.store.drives import Listed, complete_drive, count_files, create_drive
from pavement.upload_state import COMPLETE

router = APIRouter(prefix="/drives", tags=["drives"])


@router.post("", status_code=201)
def post_drive(
    body: NewDrive,
    device: DeviceDep,
    service: ServiceDep,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> DriveId:
    """A new drive, or the one that an earlier request with the same key made."""
    return DriveId(
        id=create_drive(service.database, device.id, idempotency_key, body.vehicle, body.started_at, body.note)
    )


@router.post("/{drive_id}/complete", status_code=202, responses={409: {"model": Missing}})
def post_complete(body: Complete, drive: DriveDep, service: ServiceDep) -> Status:
    """Everything is sent: queue the drive, or say which files are missing or differ."""
    listed = [Listed(each.path, each.size, each.sha256) for each in body.files]
    status, missing = complete_drive(service.database, drive.id, drive.device_id, listed)
    if missing:
        some = "file is" if len(missing) == 1 else "files are"
        return answer(409, f"{len(missing)} {some} missing or different", missing=missing)  # type: ignore[return-value]
    if status == COMPLETE:
        service.queue(drive.id)
    return Status(status=status)


@router.get("/{drive_id}")
def get_drive(drive: DriveDep, service: ServiceDep) -> DriveReport:
    """Where the drive stands."""
    stored, begun = count_files(service.database, drive.id)
    report = service.progress_of(service.database, drive.id) or {}
    progress, counts = report.get("progress"), report.get("counts")
    return DriveReport(
        id=drive.id,
        status=str(report.get("status") or drive.status),
        files=FileCounts(received=stored, missing=begun),
        progress=Progress.model_validate(progress) if progress else Progress(),
        counts=dict(counts) if isinstance(counts, dict) else None,
        error=str(report["error"]) if report.get("error") else drive.error,
    )
