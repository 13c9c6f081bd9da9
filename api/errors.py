"""Which error is which status. Every refusal is `{"detail": one line}`, some with more."""

from __future__ import annotations

import errno
import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from api.headers import BadHeader, LengthRequired
from api.turns import Silent, Superseded
from pavement.errors import BadInput
from pavement.store.alerts import NoSuchAlert
from pavement.store.blobs import StoreGone
from pavement.store.database import DatabaseGone
from pavement.store.drives import DeviceBusy, NoSuchDrive, NotComplete, QueueFull
from pavement.store.exports import TooMany
from pavement.store.parts import Closed, NameTaken
from pavement.store.people import PersonExists
from pavement.store.receiving import DigestDiffers, TooLong
from pavement.store.room import NoRoom, TooLarge
from pavement.store.subjects import Locked, NoSuchResult
from pavement.upload_path import BadPath

log = logging.getLogger("pavement.server")

STATUS: dict[type[Exception], int] = {
    BadInput: 422,
    PersonExists: 409,
    Locked: 409,
    BadPath: 422,
    BadHeader: 400,
    LengthRequired: 411,
    TooLong: 400,
    TooLarge: 413,
    NoRoom: 507,
    DigestDiffers: 422,
    NameTaken: 422,
    NotComplete: 422,
    QueueFull: 503,
    DeviceBusy: 429,
    TooMany: 429,
    Closed: 409,
    Silent: 408,
    Superseded: 503,
    DatabaseGone: 503,
    StoreGone: 503,
}
AGAIN_AFTER_S = {408: "1", 429: "60", 503: "5", 507: "600"}  #: Retry-After
FULL_S = 300  #: Retry-After where the queue is full: an analysis takes minutes
WORDS = {
    Silent: "the sender was silent for too long; what came is kept",
    Superseded: "a newer request for the same file goes on",
    DatabaseGone: "the database does not answer now; what was answered is kept",  # its address is for the log only
    StoreGone: "the store of files does not answer now; what was answered is kept",
}


class Refusal(Exception):
    """A refusal that a route decides on itself."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, headers or {}, more


def answer(status: int, detail: str, headers: dict[str, str] | None = None, **more: object) -> JSONResponse:
    """A refusal as JSON."""
    again = {"Retry-After": AGAIN_AFTER_S[status]} if status in AGAIN_AFTER_S else {}
    return JSONResponse({"detail": detail, **more}, status, {**again, **(headers or {})})


def words_of(error: Exception) -> str:
    """The one line that a stranger may read."""
    return WORDS.get(type(error)) or str(error)


def add_error_handlers(app: FastAPI) -> None:
    """Put the table to work."""
    for kind in STATUS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(NoSuchDrive, _no_drive)
    app.add_exception_handler(NoSuchAlert, _no_alert)
    app.add_exception_handler(NoSuchResult, _no_result)
    app.add_exception_handler(ClientDisconnect, _cut)
    app.add_exception_handler(OSError, _disk)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _fault)


def _known(_request: Request, error: Exception) -> JSONResponse:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == 503 and not isinstance(error, Superseded | QueueFull):
        log.warning("unavailable", extra={"fields": {"reason": str(error)}})
    headers = {"Retry-After": str(FULL_S)} if isinstance(error, QueueFull | DeviceBusy) else None
    return answer(status, words_of(error), headers)


def _no_drive(_request: Request, _error: Exception) -> JSONResponse:
    return answer(404, "no such drive")


def _no_alert(_request: Request, _error: Exception) -> JSONResponse:
    return answer(404, "no such alert")


def _no_result(_request: Request, _error: Exception) -> JSONResponse:
    return answer(404, "there is none")


def _cut(_request: Request, _error: Exception) -> JSONResponse:
    return answer(400, "the body ended early; what came is kept")


def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return answer(error.status, error.detail, error.headers, **error.more)


def _disk(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    log.error("disk", extra={"fields": {"errno": error.errno, "reason": error.strerror}})
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return answer(507, "the server's disk is full; what came is kept")
    return answer(500, "the server could not write")


def _fault(_request: Request, error: Exception) -> JSONResponse:
    log.error("fault", exc_info=error)
    return answer(500, "the server failed; its log says why")


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(each) for each in first["loc"][1:]) or "body"
    text = " ".join(f"{where}: {first['msg']}".split()).encode("ascii", "backslashreplace").decode()
    return answer(422, text[:300])
