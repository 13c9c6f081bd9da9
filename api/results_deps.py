"""What the routes of results share: limits of the diagnosis, the year asked for, boxes, large answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from pydantic_core import to_json

from api.deps import ServiceDep
from api.errors import Refusal
from api.schemas import Refused
from pavement.fiscal_year import fiscal_year_of
from pavement.rating import Rules
from pavement.settings import Settings
from pavement.store.adopted import store_rules
from pavement.store.columns import utc_now
from pavement.store.sections_reading import newest_year

REFUSED: dict[int | str, dict[str, Any]] = {status: {"model": Refused} for status in (401, 404, 422, 429, 503)}
CHANGED: dict[int | str, dict[str, Any]] = {**REFUSED, 403: {"model": Refused}, 409: {"model": Refused}}
Place = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
NO_NUL = "^[^\\x00]*$"  #: PostgreSQL's texts hold every character but this one
Text = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Kp = Annotated[float, Field(ge=-10, le=10_000)]
Comment = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Year = Annotated[int, Field(ge=1950, le=2200)]


def rules_of(request: Request) -> Rules:
    """The limits of the diagnosis, and which pass counts."""
    settings: Settings = request.app.state.settings
    return store_rules(settings.rules, request.app.state.review.adoption)


RulesDep = Annotated[Rules, Depends(rules_of)]


def year_of(
    service: ServiceDep, year: Annotated[Year | None, Query(description="年度; default: the newest")] = None
) -> int:
    """The 年度 asked for, else the newest with results, else this one."""
    return year or newest_year(service.database) or fiscal_year_of(utc_now())


YearDep = Annotated[int, Depends(year_of)]


def box_of(
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees", max_length=200)] = None,
) -> tuple[float, float, float, float] | None:
    """The box asked for."""
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(each) for each in bbox.split(","))
    except ValueError:
        raise Refusal(422, "bbox is west,south,east,north in degrees") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refusal(422, "bbox is west,south,east,north in degrees")
    return west, south, east, north


BoxDep = Annotated[tuple[float, float, float, float] | None, Depends(box_of)]


def rows_answer(items: Sequence[Mapping[str, Any]], total: int) -> Response:
    """Rows as JSON, without checking each of thousands against a model."""
    return Response(to_json({"total": total, "items": items}), media_type="application/json")
