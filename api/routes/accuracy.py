"""精度確認: the ministry's own test against a survey vehicle's file, run and kept by the road division itself."""

from __future__ import annotations

import threading
import tomllib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from api.deps import ID, ReviewerDep, ServiceDep, StaffDep
from api.errors import Refusal
from api.schemas import Items
from pavement.earlier.columns import ColumnMapping, mapping_from_table
from pavement.errors import BadInput
from pavement.rating import Limits
from pavement.review.accuracy import CheckSettings
from pavement.store.people import Person
from pavement.store.scope import Place, Scope
from pavement.store.survey_checking import check_and_keep
from pavement.store.survey_checks import find_check, list_checks, undo_check

MOST_BYTES = 32 * 2**20  #: of a survey file: 20 m blocks of 5,000 km
Year = Annotated[int, Query(ge=1990, le=2200, description="年度 of this system's results")]
Name = Annotated[str, Query(min_length=1, max_length=200)]


def accuracy_router(settings: CheckSettings, limits: Limits) -> APIRouter:
    """The routes, with what makes a test valid and passed."""
    router = APIRouter(prefix="/accuracy", tags=["accuracy"])
    turn = threading.Semaphore(1)  # a workbook of 20 m blocks takes some hundred megabytes while it is read

    @router.get("")
    def get_checks(service: ServiceDep, person: StaffDep) -> Items:
        """The checks that were run, the newest first."""
        return Items(items=list_checks(service.database, person.scope))

    @router.put("")
    async def put_check(
        request: Request,
        service: ServiceDep,
        person: ReviewerDep,
        year: Year,
        name: Name,
        manager: Annotated[
            str | None, Query(max_length=200, description="whose roads; default: all of the role")
        ] = None,
        mapping: Annotated[str, Query(max_length=4000, description="TOML: which column is what")] = "",
    ) -> dict[str, Any]:
        """Compare a 年度's 20 m blocks with the file in the body (CSV, Excel); kept, and counts for these roads."""
        body = await _body(request)
        asked = _mapping(mapping)
        area = _area(person, manager)
        whose = area_manager(area)
        if not turn.acquire(blocking=False):
            raise Refusal(503, "another file is being compared; try again in a moment", {"Retry-After": "10"})
        try:
            where = (service.database, body, name, year, asked)
            found, identity = await run_in_threadpool(check_and_keep, *where, settings, limits, person.who, area, whose)
        finally:
            turn.release()
        return {"id": identity, "year": year, "manager": whose, **found.to_json()}

    @router.get("/{check_id}")
    def get_check(check_id: str, service: ServiceDep, person: StaffDep) -> dict[str, Any]:
        """One check with its tables."""
        row = find_check(service.database, check_id, person.scope) if ID.fullmatch(check_id) else None
        if row is None:
            raise Refusal(404, "no such check")
        result = row.pop("result")
        return {**row, "year": row["fiscal_year"], **result}

    @router.post("/{check_id}/undo")
    def post_undo(check_id: str, service: ServiceDep, person: ReviewerDep) -> dict[str, Any]:
        """Let a check decide nothing any more."""
        if not ID.fullmatch(check_id) or not undo_check(service.database, check_id, person.who, person.scope):
            raise Refusal(404, "no such check")
        return {"id": check_id}

    return router


def area_manager(area: Scope) -> str | None:
    """The manager of a scope of one."""
    return area.places[0].manager


def _area(person: Person, manager: str | None) -> Scope:
    """All of a manager's roads: who judges for a manager holds the role for all of it."""
    managers = {place.manager for place in person.scope.places if place.office is None}
    if manager is None and None not in managers:
        manager = next(iter(managers)) if len(managers) == 1 else None
        if manager is None:
            raise Refusal(403, "a check decides for a manager's whole roads; give manager, with a role for all of it")
    if manager not in managers and None not in managers:
        raise Refusal(404, "no such manager")
    return Scope((Place(manager),))


def _mapping(text: str) -> ColumnMapping:
    if not text.strip():
        return ColumnMapping()
    try:
        return mapping_from_table(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"the mapping is no TOML ({error})", do="correct it") from error


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise Refusal(413, f"a survey file has at most {MOST_BYTES:,} bytes here")
        parts.append(part)
    if not size:
        raise Refusal(422, "the body is empty; send the file")
    return b"".join(parts)
