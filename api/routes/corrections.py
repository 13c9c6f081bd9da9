"""What people decided: the history, undoing, and training data made of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.deps import AdminDep, PatrolDep, ServiceDep, StaffDep
from api.results_deps import CHANGED, REFUSED, RulesDep, YearDep
from api.schemas import BulkDone, Items
from api.sending import named
from pavement.store.corrections import undo, undo_many
from pavement.store.history import history_of
from pavement.store.subjects import section_within
from pavement.store.training import training_zip

router = APIRouter(prefix="/corrections", tags=["results"])
ID = "^[0-9a-f-]{1,50}$"
CorrectionId = Annotated[str, Path(pattern=ID)]
MOST_IDS = 2000


class Undone(BaseModel):
    """The decision that holds no longer."""

    id: str


class Several(BaseModel):
    """Decisions, the newest first."""

    ids: Annotated[list[Annotated[str, Field(pattern=ID)]], Field(min_length=1, max_length=MOST_IDS)]


@router.get("", responses=REFUSED)
def get_corrections(
    place: Annotated[str, Query(pattern="^[0-9a-f]{16}$")],
    person: PatrolDep,
    service: ServiceDep,
    year: Annotated[int | None, Query(ge=1950, le=2200)] = None,
) -> Items:
    """The decisions about a section, its blocks, defects and photos, the newest first; of all 年度 by default."""
    section_within(service.database, place, person.scope)
    return Items(items=history_of(service.database, place, year))


@router.get("/export", response_class=StreamingResponse, responses=REFUSED)
def get_training(person: AdminDep, service: ServiceDep, year: YearDep) -> StreamingResponse:
    """People's decisions as training data: a ZIP of JSON lines and the masked photos that they are about."""
    pieces = training_zip(service.database, service.blobs, year, person.scope)
    return StreamingResponse(pieces, headers=named(f"訂正_{year}.zip"), media_type="application/zip")


@router.post("/undo", responses=CHANGED)
def post_undo_many(body: Several, person: StaffDep, service: ServiceDep, rules: RulesDep) -> BulkDone:
    """Take many decisions back, in the order given; what is refused is named with its reason."""
    refused = undo_many(service.database, body.ids, person.who, person.scope, rules)
    return BulkDone(done=len(set(body.ids)) - len(refused), refused=refused)


@router.post("/{correction_id}/undo", responses=CHANGED)
def post_undo(correction_id: CorrectionId, person: StaffDep, service: ServiceDep, rules: RulesDep) -> Undone:
    """Take a decision back: what held before holds again."""
    undo(service.database, correction_id, person.who, person.scope, rules)
    return Undone(id=correction_id)
