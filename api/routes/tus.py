"""The same uploads for standard clients: tus 1.0 with creation, termination, checksum and expiration.

A client's endpoint is `/api/v1/drives/{id}/tus`; an upload's own path is below it. Rows, limits and durability are
those of `api.routes.files`; a file begun there can be continued here.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.deps import OwnDriveDep, ServiceDep
from api.errors import Refusal
from api.routes.files import receive
from api.service import Service
from api.tus_headers import (
    ALGORITHMS,
    CONTENT,
    EXTENSIONS,
    VERSION,
    Checksum,
    digest_in,
    expires,
    name_in,
    need_version,
    read_metadata,
    read_number,
)
from pavement.store.columns import utc_now
from pavement.store.parts import Closed, Part
from pavement.store.receiving import UNTOLD
from pavement.store.room import TooLarge
from pavement.upload_path import clean_path
from pavement.upload_state import RECEIVING, Held, Piece

router = APIRouter(prefix="/drives/{drive_id}/tus", tags=["tus"])
RESUMABLE = {"Tus-Resumable": VERSION}
KNOWN = RESUMABLE | {"Cache-Control": "no-store"}
TUS = {"name": "Tus-Resumable", "in": "header", "required": True, "schema": {"const": VERSION}}
OFFSET = {"name": "Upload-Offset", "in": "header", "required": True, "schema": {"type": "integer", "minimum": 0}}
LENGTH = {"name": "Upload-Length", "in": "header", "required": True, "schema": {"type": "integer", "minimum": 0}}
METADATA = {"name": "Upload-Metadata", "in": "header", "required": True, "schema": {"type": "string"}}
BODY = {"requestBody": {"content": {CONTENT: {"schema": {"type": "string", "format": "binary"}}}}}


@router.options("", status_code=204, response_class=Response, include_in_schema=False)
@router.options("/{path:path}", status_code=204, response_class=Response, include_in_schema=False)
def options(service: ServiceDep) -> Response:
    """What this server can do."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(service.settings.max_file_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=204, headers=RESUMABLE | told)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={409: {}, 412: {}},
    openapi_extra={"parameters": [TUS, LENGTH, METADATA]},
)
async def create(request: Request, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """A new upload; `Upload-Metadata` tells `path` (or `filename`), and `sha256` (hex) where the client knows it."""
    need_version(request.headers)
    size = read_number(request.headers, "Upload-Length")
    metadata = read_metadata(request.headers.get("Upload-Metadata"))
    part = Part(drive.id, clean_path(name_in(metadata)))
    if drive.status != RECEIVING:
        raise Closed(f"the drive is {drive.status}: it takes no more files")
    async with service.turns.take(part):
        before = await run_in_threadpool(service.receiver.look, part)
        if before is not None and before.stored:
            raise Refusal(409, "a file is stored under this name; it stays", RESUMABLE)
        held = await run_in_threadpool(service.receiver.reserve, part, size, digest_in(metadata) or UNTOLD)
    place = f"{request.url.path.rstrip('/')}/{quote(part.path)}"
    return Response(status_code=201, headers={"Location": place, **_told(service, held)})


@router.head("/{path:path}", response_class=Response, responses={404: {}, 412: {}}, openapi_extra={"parameters": [TUS]})
async def head(request: Request, path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """How much of an upload is kept."""
    need_version(request.headers)
    part = Part(drive.id, clean_path(path))
    async with service.turns.take(part):
        held = await run_in_threadpool(service.receiver.look, part)
    if held is None:
        return Response(status_code=404, headers=KNOWN)
    sizes = {"Upload-Offset": str(held.received), "Upload-Length": str(held.size)}
    return Response(status_code=200, headers=KNOWN | sizes)


@router.patch(
    "/{path:path}",
    status_code=204,
    response_class=Response,
    responses={409: {}, 412: {}, 415: {}, 460: {}},
    openapi_extra={**BODY, "parameters": [TUS, OFFSET]},
)
async def patch(request: Request, path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """Append a piece at `Upload-Offset`; with `Upload-Checksum` it is kept whole or not at all."""
    need_version(request.headers)
    if request.headers.get("Content-Type") != CONTENT:
        raise Refusal(415, f"give Content-Type: {CONTENT}", RESUMABLE)
    offset, length = read_number(request.headers, "Upload-Offset"), read_number(request.headers, "Content-Length")
    told = request.headers.get("Upload-Checksum")
    checksum = Checksum(told) if told else None
    part = Part(drive.id, clean_path(path))
    async with service.turns.take(part) as turn:
        held = await run_in_threadpool(service.receiver.look, part)
        if held is None:
            raise Refusal(404, "no such upload", RESUMABLE)
        if offset != held.received:
            raise Refusal(409, f"go on at byte {held.received}", RESUMABLE, received=held.received)
        if offset + length > held.size:
            raise TooLarge(f"the upload has {held.size:,} bytes")
        if length:
            body = checksum.of(request.stream()) if checksum else request.stream()
            piece = Piece(offset, offset + length, held.size, held.sha256)
            held = await receive(service, drive, part, piece, turn, body, checksum.check if checksum else None)
    if held.stored:
        service.metrics.receipts += 1
    return Response(status_code=204, headers={"Upload-Offset": str(held.received), **_told(service, held)})


@router.delete(
    "/{path:path}",
    status_code=204,
    response_class=Response,
    responses={404: {}, 409: {}, 412: {}},
    openapi_extra={"parameters": [TUS]},
)
async def delete(request: Request, path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """Give up an upload; what is stored whole stays, since the sender may have deleted its own."""
    need_version(request.headers)
    part = Part(drive.id, clean_path(path))
    async with service.turns.take(part):
        held = await run_in_threadpool(service.receiver.look, part)
        if held is not None and held.stored:
            raise Refusal(409, "the file is stored; it stays", RESUMABLE)
        if not await run_in_threadpool(service.receiver.drop, part):
            raise Refusal(404, "no such upload", RESUMABLE)
    return Response(status_code=204, headers=RESUMABLE)


@router.post("/{path:path}", status_code=204, response_class=Response, include_in_schema=False)
async def instead(request: Request, path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """PATCH or DELETE from where only POST passes (`X-HTTP-Method-Override`)."""
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method == "PATCH":
        return await patch(request, path, drive, service)
    if method == "DELETE":
        return await delete(request, path, drive, service)
    raise Refusal(405, "an upload takes HEAD, PATCH and DELETE", RESUMABLE)


def _told(service: Service, held: Held) -> dict[str, str]:
    """What every answer to a change tells; an unfinished upload is kept for some days."""
    if held.stored:
        return RESUMABLE
    return RESUMABLE | expires(utc_now() + timedelta(days=service.settings.part_days))
