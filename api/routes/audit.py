"""Who did what, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.deps import AdminDep, ServiceDep
from api.people_schemas import Entries, EntryBody
from pavement.store.audit import Asked, read_audit

router = APIRouter(tags=["people"])
Text = Annotated[str | None, Query(max_length=200)]


@router.get("/audit")
def get_audit(
    service: ServiceDep,
    admin: AdminDep,
    who: Text = None,
    what: Text = None,
    subject: Text = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Entries:
    """Lines of the log, the newest first: of the admin's own people and devices."""
    asked = Asked(who, what, subject, since, until, limit, offset)
    entries, total = read_audit(service.database, asked, admin.scope)
    return Entries(total=total, items=[EntryBody.of(entry) for entry in entries])
