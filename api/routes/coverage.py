"""点検実施延長率 of a 年度, by office and by route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.deps import PatrolDep, ServiceDep
from pavement.fiscal_year import fiscal_year_label, fiscal_year_of
from pavement.inspected_length import InspectedLength
from pavement.store.columns import utc_now
from pavement.store.inspection import inspection_of

router = APIRouter(tags=["operations"])


class Coverage(BaseModel):
    """Lengths in kilometres, both directions; `share_pct`: 点検実施延長率, closed sections outside; null: none."""

    year: int
    label: str
    whole: dict[str, float | None]
    offices: list[dict[str, Any]]
    routes: list[dict[str, Any]]


@router.get("/coverage")
def get_coverage(
    person: PatrolDep, service: ServiceDep, year: Annotated[int | None, Query(ge=2000, le=2100)] = None
) -> Coverage:
    """What of the network was inspected validly this 年度."""
    asked = year or fiscal_year_of(utc_now())
    database, scope = service.database, person.scope
    found = service.kept.answer(database, scope, ("coverage", asked), lambda: inspection_of(database, scope, asked))
    return Coverage(
        year=asked,
        label=fiscal_year_label(asked),
        whole=_figures(found.whole),
        offices=[_row(names, length) for names, length in found.offices],
        routes=[_row(names, length) for names, length in found.routes],
    )


def _row(names: Mapping[str, Any], length: InspectedLength) -> dict[str, Any]:
    return {**names, **_figures(length)}


def _figures(length: InspectedLength) -> dict[str, float | None]:
    share = length.share_pct
    return {
        "network_km": round(length.network_m / 1000, 3),
        "inspected_km": round(length.inspected_m / 1000, 3),
        "uninspected_km": round(length.uninspected_m / 1000, 3),
        "closed_km": round(length.closed_m / 1000, 3),
        "share_pct": None if share is None else round(share, 2),
    }
