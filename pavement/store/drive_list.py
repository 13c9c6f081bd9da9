"""Lists of drives and vehicles for people: what came in, from which car, how far it is, what was rejected and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select

from pavement.fiscal_year import JST, fiscal_year_days
from pavement.store.current import is_current
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, SEGMENTS
from pavement.store.scope import Scope, drives_within, within
from pavement.store.tables import DEVICES, DRIVES, FILES
from pavement.upload_state import RECEIVING

Row = Mapping[str, Any]
MOST_DRIVES = 500
ABOUT_DRIVE = (
    *("id", "vehicle", "started_at", "note", "status", "created_at", "completed_at", "error", "bytes", "file_count"),
    "originals_deleted_at",
)
ABOUT_ANALYSIS = (
    *("number", "queue", "stage", "done", "total", "counts", "started_at", "finished_at", "model_sha256", "software"),
)


@dataclass(frozen=True)
class DrivesWanted:
    """Which drives; None = any."""

    status: str | None = None
    vehicle: str | None = None
    manager: str | None = None
    office: str | None = None
    since: datetime | None = None  #: began at or after
    until: datetime | None = None  #: began before
    limit: int = 100
    offset: int = 0


def list_drives(database: Database, scope: Scope, wanted: DrivesWanted) -> tuple[list[Row], int]:
    """Drives with their device and newest analysis, those that began last first; and how many there are in all."""
    newest = _newest_analyses()
    analysis = [newest.c[name].label(f"analysis_{name}") for name in ("id", *ABOUT_ANALYSIS)]
    device = [DEVICES.c[name].label(f"device_{name}") for name in ("id", "name", "manager", "office")]
    query = (
        select(*(DRIVES.c[name] for name in ABOUT_DRIVE), *device, *analysis)
        .join(DEVICES, DEVICES.c.id == DRIVES.c.device_id)
        .outerjoin(newest, newest.c.drive_id == DRIVES.c.id)
        .where(drives_within(scope), *_conditions(wanted))
    )
    with database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        page = query.order_by(DRIVES.c.started_at.desc(), DRIVES.c.id).limit(min(wanted.limit, MOST_DRIVES))
        rows = [dict(row._mapping) for row in connection.execute(page.offset(wanted.offset))]
    return [_nested(row) for row in rows], int(total)


def list_vehicles(database: Database, scope: Scope, year: int) -> list[Row]:
    """Vehicles by name: heard of last, drives in all and of a 年度, kilometres measured in it, those that fail.

    A device that was paired and never began a drive has a row too, by its own name: `paired_at`, no `last_heard_at`.
    """
    first, last = fiscal_year_days(year)
    begin = datetime(first.year, first.month, first.day, tzinfo=JST)
    end = datetime(last.year, last.month, last.day, tzinfo=JST) + timedelta(days=1)
    of_year = (DRIVES.c.started_at >= begin) & (DRIVES.c.started_at < end)
    sending = select(FILES.c.drive_id, func.max(FILES.c.changed_at).label("at")).group_by(FILES.c.drive_id)
    sending = sending.where(FILES.c.drive_id.in_(select(DRIVES.c.id).where(DRIVES.c.status == RECEIVING)))
    measured = _measured(year)
    heard = sending.subquery()
    query = (
        select(
            DRIVES.c.vehicle,
            func.count().label("drives"),
            func.count().filter(of_year).label("drives_of_year"),
            func.count().filter(DRIVES.c.status == "failed").label("failed"),
            func.max(DRIVES.c.created_at).label("created"),
            func.max(DRIVES.c.completed_at).label("completed"),
            func.max(DRIVES.c.started_at).label("last_started_at"),
            func.max(heard.c.at, type_=DRIVES.c.created_at.type).label("sent"),
            func.sum(measured.c.metres).label("metres"),
        )
        .outerjoin(heard, heard.c.drive_id == DRIVES.c.id)
        .outerjoin(measured, measured.c.drive_id == DRIVES.c.id)
        .where(drives_within(scope))
        .group_by(DRIVES.c.vehicle)
    )
    with database.reading() as connection:
        rows = [_vehicle(dict(row._mapping)) for row in connection.execute(query)]
        rows += [_silent(dict(row._mapping)) for row in connection.execute(_never_sent(scope))]
    return sorted(rows, key=lambda row: row["last_heard_at"] or row["paired_at"])


def _never_sent(scope: Scope) -> Select[Any]:
    """Devices that may send and never began a drive; people who upload are none."""
    sent = select(DRIVES.c.id).where(DRIVES.c.device_id == DEVICES.c.id).exists()
    own = (DEVICES.c.person_id.is_(None), DEVICES.c.revoked_at.is_(None), ~sent)
    seen = within(scope, DEVICES.c.manager, DEVICES.c.office)
    return select(DEVICES.c.id, DEVICES.c.name, DEVICES.c.created_at).where(seen, *own)


def _newest_analyses() -> Subquery:
    last = func.row_number().over(partition_by=ANALYSES.c.drive_id, order_by=ANALYSES.c.number.desc())
    columns = [ANALYSES.c[name] for name in ("id", "drive_id", *ABOUT_ANALYSIS)]
    ranked = select(*columns, last.label("place")).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()


def _measured(year: int) -> Subquery:
    """Metres of road that each drive's newest analysis measured in a 年度."""
    return (
        select(ANALYSES.c.drive_id, func.sum(SEGMENTS.c.length_m).label("metres"))
        .join(SEGMENTS, SEGMENTS.c.analysis_id == ANALYSES.c.id)
        .where(SEGMENTS.c.level == "segment", SEGMENTS.c.fiscal_year == year, SEGMENTS.c.frames > 0, is_current())
        .group_by(ANALYSES.c.drive_id)
        .subquery()
    )


def _conditions(wanted: DrivesWanted) -> list[ColumnElement[bool]]:
    drive = ((DRIVES.c.status, wanted.status), (DRIVES.c.vehicle, wanted.vehicle))
    device = ((DEVICES.c.manager, wanted.manager), (DEVICES.c.office, wanted.office))
    found = [column == value for column, value in (*drive, *device) if value is not None]
    if wanted.since is not None:
        found.append(DRIVES.c.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(DRIVES.c.started_at < wanted.until)
    return found


def _nested(row: Mapping[str, Any]) -> Row:
    nested: dict[str, Any] = {name: row[name] for name in ABOUT_DRIVE}
    nested["device"] = {name: row[f"device_{name}"] for name in ("id", "name", "manager", "office")}
    analysis: dict[str, Any] = {name: row[f"analysis_{name}"] for name in ("id", *ABOUT_ANALYSIS)}
    if not analysis["id"]:
        return {**nested, "analysis": None}
    return {**nested, "analysis": {**analysis, "rejected": rejected_of(analysis["counts"])}}


def rejected_of(counts: Mapping[str, Any] | None) -> list[Row]:
    """Why frames of an analysis were not used, as people read it, the most frequent first.

    >>> rejected_of({"frames_rejected": {"blurred": 2}})
    [{'reason': 'blurred', 'label': 'ぶれ・ぼけ', 'frames': 2}]
    """
    from pavement.drive import REASON_JA  # with numpy and all: a server that only receives needs none of it

    found = sorted(((counts or {}).get("frames_rejected") or {}).items(), key=lambda each: -each[1])
    labels = {str(reason): label for reason, label in REASON_JA.items()}
    return [{"reason": name, "label": labels.get(name, name), "frames": number} for name, number in found]


def _vehicle(row: Mapping[str, Any]) -> Row:
    names = ("vehicle", "drives", "drives_of_year", "failed", "last_started_at")
    heard = max(at for at in (row["created"], row["completed"], row["sent"]) if at is not None)
    km = None if row["metres"] is None else round(row["metres"] / 1000, 3)
    paired = {"device_id": None, "paired_at": None}
    return {**{name: row[name] for name in names}, "last_heard_at": heard, "km_of_year": km, **paired}


def _silent(row: Mapping[str, Any]) -> Row:
    nothing = {"drives": 0, "drives_of_year": 0, "failed": 0, "last_started_at": None, "last_heard_at": None}
    own = {"vehicle": row["name"], "device_id": row["id"], "paired_at": row["created_at"]}
    return {**own, **nothing, "km_of_year": None}
