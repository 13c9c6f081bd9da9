"""Where things are: the years, the roads, a typed kilopost."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import PatrolDep, ServiceDep
from api.results_deps import NO_NUL, REFUSED
from pavement.kilopost_text import parse_place
from pavement.store.kilopost_finding import find_kilopost
from pavement.store.sections_reading import read_roads, read_years

router = APIRouter(tags=["results"])


@router.get("/years", responses=REFUSED)
def get_years(person: PatrolDep, service: ServiceDep) -> list[dict[str, Any]]:
    """The 年度 with results, the newest first."""
    database, scope = service.database, person.scope
    return service.kept.answer(database, scope, "years", lambda: read_years(database, scope))


@router.get("/routes", responses=REFUSED)
def get_routes(person: PatrolDep, service: ServiceDep) -> list[dict[str, Any]]:
    """The managed roads."""
    database, scope = service.database, person.scope
    return service.kept.answer(database, scope, "roads", lambda: read_roads(database, scope))


@router.get("/kilopost", responses=REFUSED)
def get_kilopost(
    text: Annotated[str, Query(min_length=1, max_length=100, pattern=NO_NUL)], person: PatrolDep, service: ServiceDep
) -> list[dict[str, Any]]:
    """The places that a typed kilopost may mean: 4号 112K500, 県道12 3.2 上り, 112.5."""
    return find_kilopost(service.database, parse_place(text), person.scope)
