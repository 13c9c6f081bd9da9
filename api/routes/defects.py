"""Defects: lists, their states, other measures, and drawing what the machine did not see."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from api.deps import AskerDep, PatrolDep, ServiceDep, StaffDep
from api.results_deps import CHANGED, NO_NUL, REFUSED, BoxDep, Comment, Kp, RulesDep, Text, Year, YearDep, rows_answer
from api.schemas import BulkDone, Rows
from pavement.correction import DefectState
from pavement.defect import Category
from pavement.store.defect_states import change_defect, change_defects, draw_defect
from pavement.store.defects_reading import AskedDefects, list_defects, read_defect
from pavement.store.people import Person
from pavement.store.results import MOST_ROWS, Wanted, read_defects

router = APIRouter(prefix="/defects", tags=["results"])
MOST_IDS = 2000
DefectId = Annotated[str, Path(max_length=100, pattern=NO_NUL)]


class Measures(BaseModel):
    """What a person measured."""

    length_m: float | None = None
    width_m: float | None = None
    depth_mm: float | None = None
    comment: Comment | None = None


class Change(Measures):
    """What is to change; what is not named stays."""

    state: DefectState | None = None
    category: Category | None = None


class Drawn(Measures):
    """A defect on a photo: x, y, width, height as shares of the picture."""

    photo_id: Annotated[str, Field(max_length=64, pattern=NO_NUL)]
    box: Annotated[list[float], Field(min_length=4, max_length=4)]
    category: Category


class Bulk(BaseModel):
    """One state for many."""

    ids: Annotated[list[Text], Field(min_length=1, max_length=MOST_IDS)]
    state: DefectState


@router.get("", responses={**REFUSED, 200: {"model": Rows}}, response_class=Response)
def get_defects(
    asker: AskerDep,
    service: ServiceDep,
    year: YearDep,
    box: BoxDep,
    road_type: Text | None = None,
    route_no: Text | None = None,
    branch_no: Text | None = None,
    kind: Text | None = None,
    direction: Literal["下り", "上り"] | None = None,
    manager: Text | None = None,
    office: Text | None = None,
    category: Annotated[list[Text] | None, Query(max_length=12)] = None,
    state: Annotated[list[Text] | None, Query(max_length=12)] = None,
    place: Annotated[str | None, Query(pattern="^[0-9a-f]{16}$")] = None,
    min_area: Annotated[float | None, Query(ge=0, le=1e6)] = None,
    from_kp: Kp | None = None,
    to_kp: Kp | None = None,
    order: Annotated[
        str, Query(max_length=30, description="kp, area_m2, seen_on …; -area_m2: the largest first")
    ] = "kp",
    drive: Annotated[Text | None, Query(description="what one drive saw")] = None,
    every: Annotated[bool, Query(description="what each drive saw")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """People: the defects of a 年度 with their states. Devices, `drive`, `every`: as drives saw them."""
    if drive is not None or every or not isinstance(asker, Person):
        wanted = Wanted(road_type, route_no, direction, manager, office, drive, asker.scope, box, every, limit, offset)
        return rows_answer(*read_defects(service.database, wanted, category[0] if category else None))
    road = {"road_type": road_type, "route_no": route_no, "branch_no": branch_no, "kind": kind, "direction": direction}
    asked = AskedDefects(
        year=year,
        scope=asker.scope,
        **road,
        manager=manager,
        office=office,
        category=",".join(category) if category else None,
        state=",".join(state) if state else None,
        place=place,
        min_area=min_area,
        from_kp=from_kp,
        to_kp=to_kp,
        box=box,
        order=order,
        limit=limit,
        offset=offset,
    )
    return rows_answer(*list_defects(service.database, asked))


@router.post("", status_code=201, responses=CHANGED)
def post_defect(body: Drawn, person: StaffDep, service: ServiceDep, rules: RulesDep) -> dict[str, Any]:
    """Draw a defect on a photo; it lies where the photo was taken."""
    facts = body.model_dump(exclude={"photo_id", "box", "comment"}, exclude_none=True)
    made = draw_defect(service.database, body.photo_id, body.box, facts, person.who, person.scope, rules, body.comment)
    return read_defect(service.database, made, person.scope)


@router.post("/bulk", responses=CHANGED)
def post_bulk(body: Bulk, person: StaffDep, service: ServiceDep, rules: RulesDep) -> BulkDone:
    """Set the state of many; what is refused is named with its reason."""
    refused = change_defects(service.database, body.ids, body.state, person.who, person.scope, rules)
    return BulkDone(done=len(set(body.ids)) - len(refused), refused=refused)


@router.get("/{defect_id}", responses=REFUSED)
def get_defect(defect_id: DefectId, person: PatrolDep, service: ServiceDep, year: Year | None = None) -> dict[str, Any]:
    """One defect with its history."""
    return read_defect(service.database, defect_id, person.scope, year)


@router.patch("/{defect_id}", responses=CHANGED)
def patch_defect(
    defect_id: DefectId, body: Change, person: StaffDep, service: ServiceDep, rules: RulesDep
) -> dict[str, Any]:
    """Set its state, class or measures; null takes a person's measure away."""
    changes = body.model_dump(exclude_unset=True, exclude={"comment"})
    said = {name: value for name, value in changes.items() if value is not None or name not in ("state", "category")}
    change_defect(service.database, defect_id, said, person.who, person.scope, rules, body.comment)
    return read_defect(service.database, defect_id, person.scope)
