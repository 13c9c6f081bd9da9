"""Vehicles and workers: who was heard of last, and what is being done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import PatrolDep, ServiceDep, StaffDep
from api.schemas import Items
from pavement.fiscal_year import fiscal_year_of
from pavement.store.columns import utc_now
from pavement.store.drive_list import list_vehicles
from pavement.store.workers import list_workers

router = APIRouter(tags=["operations"])


@router.get("/vehicles")
def get_vehicles(
    person: PatrolDep, service: ServiceDep, year: Annotated[int | None, Query(ge=2000, le=2100)] = None
) -> Items:
    """Vehicles by name, those first that were not heard of for longest; drives and kilometres of the 年度.

    Devices that never sent anything stand among them, silent since they were paired (`paired_at`).
    """
    now = utc_now()
    rows = list_vehicles(service.database, person.scope, year or fiscal_year_of(now))
    return Items(
        items=[{**row, "silent_days": (now - (row["last_heard_at"] or row["paired_at"])).days} for row in rows]
    )


@router.get("/workers")
def get_workers(person: StaffDep, service: ServiceDep) -> Items:
    """Worker processes with how far each is; which drive it is only where nothing is outside the person's scope."""
    rows: list[dict[str, Any]] = [dict(row) for row in list_workers(service.database)]
    for row in rows:
        if not person.scope.everything:
            row["drive_id"] = None
    return Items(items=rows)
