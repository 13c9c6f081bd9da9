"""Masked photos, and which of them are of no use."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.deps import AskerDep, ServiceDep, StaffDep
from api.errors import Refusal
from api.results_deps import CHANGED, NO_NUL, REFUSED, Comment
from api.sending import send_blob
from pavement.store.photo_marks import mark_photo
from pavement.store.results import find_photo

router = APIRouter(prefix="/photos", tags=["results"])
PhotoId = Annotated[str, Path(max_length=64, pattern=NO_NUL)]


class Mark(BaseModel):
    """What a person says of a photo."""

    unusable: bool
    comment: Comment | None = None


@router.get("/{photo_id}", response_class=StreamingResponse, responses=REFUSED)
def get_photo(photo_id: PhotoId, service: ServiceDep, asker: AskerDep, marked: bool = False) -> StreamingResponse:
    """A masked photo, or its twin with the damage marked."""
    photo = find_photo(service.database, photo_id, asker.scope)
    if photo is None:
        raise Refusal(404, "no such photo")
    key = photo["marked_key" if marked else "masked_key"]
    return send_blob(service.blobs, key, f"{photo['number']}.jpg", inline=True)


@router.patch("/{photo_id}", responses=CHANGED)
def patch_photo(photo_id: PhotoId, body: Mark, person: StaffDep, service: ServiceDep) -> Mark:
    """Say whether it may be shown as an example of its section."""
    mark_photo(service.database, photo_id, body.unusable, person.who, person.scope, body.comment)
    return body
