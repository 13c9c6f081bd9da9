"""Sections: what was measured and corrected of each, and correcting it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StrictFloat, StrictInt, StrictStr

from api.deps import AskerDep, PatrolDep, ReviewerDep, ServiceDep, StaffDep
from api.errors import Refusal
from api.results_deps import CHANGED, REFUSED, BoxDep, Comment, Kp, Place, RulesDep, Text, YearDep, rows_answer
from api.schemas import BulkDecided, Rows
from pavement.store.corrections import accept, bulk, correct, lock, unlock
from pavement.store.history import history_of
from pavement.store.people import Person
from pavement.store.results import MOST_ROWS, Wanted, read_segments
from pavement.store.scope import Role
from pavement.store.section_page import read_section
from pavement.store.sections_reading import AskedSections, list_sections

router = APIRouter(prefix="/segments", tags=["results"])
MOST_PLACES = 2000
PlaceText = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Correction(BaseModel):
    """A person's values; null = a person says that it is not known."""

    values: Annotated[dict[str, StrictFloat | StrictInt | StrictStr | None], Field(max_length=10)] = {}
    comment: Comment | None = None


class Remark(BaseModel):
    """What is said with a decision."""

    comment: Comment | None = None


class Bulk(BaseModel):
    """One action on many sections."""

    places: Annotated[list[PlaceText], Field(min_length=1, max_length=MOST_PLACES)]
    year: Annotated[int, Field(ge=1950, le=2200)]
    action: Literal["accept", "lock", "unlock"]


@router.get("", responses={**REFUSED, 200: {"model": Rows}}, response_class=Response)
def get_segments(
    asker: AskerDep,
    service: ServiceDep,
    year: YearDep,
    box: BoxDep,
    level: Literal["segment", "block"] = "segment",
    road_type: Text | None = None,
    route_no: Text | None = None,
    branch_no: Text | None = None,
    kind: Text | None = None,
    direction: Literal["下り", "上り"] | None = None,
    manager: Text | None = None,
    office: Text | None = None,
    municipality: Text | None = None,
    rating: Annotated[list[Text] | None, Query(max_length=12, description="Ⅰ Ⅱ Ⅲ none; Ⅲ is Ⅲ-1 and Ⅲ-2 too")] = None,
    flag: Annotated[Text | None, Query(description="要確認 …")] = None,
    locked: bool | None = None,
    from_kp: Kp | None = None,
    to_kp: Kp | None = None,
    uninspected: Annotated[bool, Query(description="only what was not inspected (未点検)")] = False,
    whole: Annotated[bool, Query(description="inspected or not")] = False,
    order: Annotated[
        str, Query(max_length=30, description="kp, crack_pct, rut_mm …; -crack_pct: the worst first")
    ] = "kp",
    geometry: bool = False,
    fields: Annotated[list[Text] | None, Query(max_length=60, description="only these columns; all by default")] = None,
    drive: Annotated[Text | None, Query(description="what one drive measured")] = None,
    every: Annotated[bool, Query(description="what each drive measured")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """People: the adopted sections of a 年度, as corrected. Devices, `drive`, `every`: as drives measured them."""
    database = service.database
    if drive is not None or every or not isinstance(asker, Person):
        wanted = Wanted(road_type, route_no, direction, manager, office, drive, asker.scope, box, every, limit, offset)
        return rows_answer(*read_segments(database, wanted, level))
    road = {"road_type": road_type, "route_no": route_no, "branch_no": branch_no, "kind": kind, "direction": direction}
    asked = AskedSections(
        year=year,
        scope=asker.scope,
        level=level,
        **road,
        manager=manager,
        office=office,
        municipality=municipality,
        rating=",".join(rating) if rating else None,
        flag=flag,
        locked=locked,
        from_kp=from_kp,
        to_kp=to_kp,
        box=box,
        which="uninspected" if uninspected else "all" if whole else "inspected",
        order=order,
        geometry=geometry,
        limit=limit,
        offset=offset,
    )
    rows, total = list_sections(database, asked)
    if fields:
        rows = [{name: row[name] for name in fields if name in row} for row in rows]
    return rows_answer(rows, total)


@router.post("/bulk", responses=CHANGED)
def post_bulk(body: Bulk, person: StaffDep, service: ServiceDep, rules: RulesDep) -> BulkDecided:
    """Accept or lock many at once; what is refused has its reason. `decisions`: for POST /corrections/undo."""
    able = person if body.action == "accept" else person.acting_as(Role.REVIEWER)
    if able is None:
        raise Refusal(403, "this needs the role reviewer")
    made, refused = bulk(service.database, body.places, body.year, body.action, able.who, able.scope, rules)
    return BulkDecided(done=len(set(body.places)) - len(refused), refused=refused, decisions=made)


@router.get("/{place}", responses=REFUSED)
def get_segment(place: Place, year: YearDep, person: PatrolDep, service: ServiceDep, rules: RulesDep) -> dict[str, Any]:
    """One section with its blocks, defects, photos, other years, history, and why it is rated so."""
    page = read_section(service.database, place, year, person.scope, rules)
    return {**page, "history": history_of(service.database, place, year)}


@router.patch("/{place}", responses=CHANGED)
def patch_segment(
    place: Place, body: Correction, year: YearDep, person: StaffDep, service: ServiceDep, rules: RulesDep
) -> dict[str, Any]:
    """A person's values stand beside the machine's; MCI and diagnosis follow."""
    correct(service.database, place, year, body.values, person.who, person.scope, rules, body.comment)
    return get_segment(place, year, person, service, rules)


@router.post("/{place}/accept", responses=CHANGED)
def post_accept(
    place: Place, year: YearDep, person: StaffDep, service: ServiceDep, rules: RulesDep, body: Remark | None = None
) -> dict[str, Any]:
    """A person looked at the 要確認 and lets the values stand."""
    accept(service.database, place, year, person.who, person.scope, rules, body.comment if body else None)
    return get_segment(place, year, person, service, rules)


@router.post("/{place}/lock", responses=CHANGED)
def post_lock(place: Place, year: YearDep, person: ReviewerDep, service: ServiceDep, rules: RulesDep) -> dict[str, Any]:
    """確定: nobody changes it from now on."""
    lock(service.database, place, year, person.who, person.scope)
    return get_segment(place, year, person, service, rules)


@router.post("/{place}/unlock", responses=CHANGED)
def post_unlock(
    place: Place, year: YearDep, person: ReviewerDep, service: ServiceDep, rules: RulesDep
) -> dict[str, Any]:
    """Take the 確定 back."""
    unlock(service.database, place, year, person.who, person.scope, rules)
    return get_segment(place, year, person, service, rules)
