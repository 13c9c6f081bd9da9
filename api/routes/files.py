"""Files of a drive, in one body or in pieces; bodies go straight to disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from api.deps import OwnDriveDep, ServiceDep
from api.errors import Refusal
from api.headers import read_piece, write_digest
from api.schemas import Receipt, Received, Refused, WrongOffset
from api.service import Service
from api.turns import Silent, Superseded, Turn
from pavement.store.drives import DriveRow
from pavement.store.parts import Part, held_of
from pavement.store.receiving import Writing
from pavement.upload_path import clean_path
from pavement.upload_state import RECEIVING, Held, Piece, Take

router = APIRouter(prefix="/drives/{drive_id}/files", tags=["files"])
BUFFER = 512 * 1024  #: bytes gathered before a thread writes them
BODY = {"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}
HEADERS = [
    {"name": "Digest", "in": "header", "required": True, "schema": {"type": "string"}},
    {"name": "Content-Range", "in": "header", "required": False, "schema": {"type": "string"}},
]


@router.put(
    "/{path:path}",
    status_code=201,
    response_model=None,
    responses={201: {"model": Receipt}, 202: {"model": Received}, 408: {"model": Refused}, 409: {"model": WrongOffset}},
    openapi_extra={**BODY, "parameters": HEADERS},
)
async def put_file(request: Request, path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """A file or a piece of it: 202 while it is incomplete, 201 with the receipt when all is stored and checked."""
    part = Part(drive.id, clean_path(path))
    given = request.headers
    piece = read_piece(given.get("Content-Range"), given.get("Content-Length"), given.get("Digest"))
    async with service.turns.take(part) as turn:
        held = await receive(service, drive, part, piece, turn, request.stream())
    if not held.stored:
        return JSONResponse(Received(path=part.path, received=held.received).model_dump(), 202)
    service.metrics.receipts += 1
    return JSONResponse(Receipt(path=part.path, size=held.size, sha256=held.sha256).model_dump(), 201)


@router.head("/{path:path}", response_class=Response, responses={404: {}, 401: {}})
async def head_file(path: str, drive: OwnDriveDep, service: ServiceDep) -> Response:
    """How much of a file is kept."""
    part = Part(drive.id, clean_path(path))
    if service.turns.busy(part):  # a body is on its way, perhaps on a dead connection: do not wait for it
        held = await run_in_threadpool(held_of, service.database, part)
    else:
        async with service.turns.take(part):
            held = await run_in_threadpool(service.receiver.look, part)
    if held is None:
        return Response(status_code=404)
    headers = {"Upload-Offset": str(held.received), "Upload-Length": str(held.size), "Cache-Control": "no-store"}
    if held.stored:
        headers["Digest"] = write_digest(held.sha256)
    return Response(status_code=200, headers=headers)


async def receive(
    service: Service,
    drive: DriveRow,
    part: Part,
    piece: Piece,
    turn: Turn,
    body: AsyncIterator[bytes],
    check: Callable[[], None] | None = None,
) -> Held:
    """What is held of a file after this piece; raises Refusal and what `api.errors` names.

    `check` is called when all of the piece came: what it raises drops the piece.
    """
    begun = await run_in_threadpool(begin, service, drive, part, piece, check is None)
    if isinstance(begun, Held):
        return begun
    try:
        rest = await write_all(service, begun, piece, turn, body)
        if check is not None:
            check()
        return await run_in_threadpool(begun.finish, rest)
    except BaseException:
        await run_in_threadpool(begun.close)
        raise


def begin(service: Service, drive: DriveRow, part: Part, piece: Piece, kept_midway: bool = True) -> Held | Writing:
    """The open end of the file to write to, or what is held where nothing is to be written."""
    taken, held = service.receiver.take(part, piece)
    if taken is Take.RECEIPT and held is not None:
        return held
    if taken is Take.OTHER_CONTENT and held is not None:
        raise Refusal(409, "another content is stored under this name; it stays", received=held.received)
    if drive.status != RECEIVING:
        raise Refusal(409, f"the drive is {drive.status}: it takes no more files", received=0)
    if taken is Take.WRONG_OFFSET:
        received = held.received if held and (held.size, held.sha256) == (piece.size, piece.sha256) else 0
        raise Refusal(409, f"go on at byte {received}", received=received)
    return service.receiver.open(part, piece, taken, kept_midway=kept_midway)


async def write_all(
    service: Service, writing: Writing, piece: Piece, turn: Turn, body: AsyncIterator[bytes]
) -> bytearray:
    """Write the body but for its last bytes, which are returned; raises Refusal where it ended early."""
    waiting, came = bytearray(), 0
    try:
        while (data := await turn.next_of(body, service.settings.patience_s)) is not None:
            waiting += data
            came += len(data)
            if len(waiting) >= BUFFER:
                await run_in_threadpool(writing.write, waiting)
                waiting = bytearray()
    except (ClientDisconnect, Silent, Superseded):
        await run_in_threadpool(writing.write, waiting)
        raise
    finally:
        service.metrics.received_bytes += came
    if came < piece.end - piece.start:
        await run_in_threadpool(writing.write, waiting)
        raise ClientDisconnect
    return waiting
