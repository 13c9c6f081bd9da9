"""Around every request: security headers, limits of bodies, what is left of a refused body, one log line, counts."""

from __future__ import annotations

import asyncio
import logging
import re
import time

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer
from api.metrics import Metrics

log = logging.getLogger("pavement.access")

MAX_JSON_BYTES = 2 * 1024 * 1024  #: of a body that is no file
MAX_LIST_BYTES = 64 * 1024 * 1024  #: of `complete`, which lists all files of a drive: 200,000 take 30 MB
DRAIN_BYTES = 8 * 1024 * 1024  #: of a refused body that are read so that the sender sees the refusal
DRAIN_SECONDS = 10.0
PATIENCE_S = 30.0  #: for a body that is no file, beside the time that it takes at `SLOWEST`
SLOWEST = 32 * 1024  #: bytes a second
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), accelerometer=(self), gyroscope=(self)"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
STREAMED = re.compile(r"/api/v1/drives/[^/]+/tus/")  #: bodies that go straight to disk, as those of every PUT do
LISTS = re.compile(r"/api/v1/drives/[^/]+/complete")
NO_STORE = (b"cache-control", b"no-store")  #: of every answer of the API that says nothing else
TLS_ONLY = [(b"strict-transport-security", b"max-age=31536000")]


class Edge:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        began = time.perf_counter()
        try:
            if (refusal := _refuse_body(scope)) is not None:
                await refusal(scope, exchange.receive, exchange.send)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            self._metrics.requests[method, route, exchange.status] += 1
            fields = {
                "method": method,
                "route": route,  # not the path: names of files may tell of persons
                "status": exchange.status,
                "ms": round(1000 * (time.perf_counter() - began), 1),
                "bytes": exchange.read,
                "device": scope.get("state", {}).get("device"),
                "person": scope.get("state", {}).get("person"),
            }
            log.info("request", extra={"fields": fields})


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Exchange:
    """One request's messages as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._whole = self._late = False
        patience_s = _patience_s(scope)
        self._until = None if patience_s is None else asyncio.get_running_loop().time() + patience_s
        self.read = 0
        self.status = 0

    async def receive(self) -> Message:
        """The next message, counted; raises HTTPException where a body that is no file comes too slowly."""
        try:
            async with asyncio.timeout_at(None if self._whole else self._until):
                message = await self._receive()
        except TimeoutError:
            self._late = True
            raise HTTPException(408, "the sender was silent for too long") from None
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        else:
            self._whole = True
        return message

    async def send(self, message: Message) -> None:
        """The app's message, with the headers that all answers have."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message.get("headers", [])}
            extra = HEADERS + (TLS_ONLY if self._scope.get("scheme") == "https" else [])
            extra = [*extra, NO_STORE] if self._scope["path"].startswith("/api/") else extra
            headers = [*message.get("headers", []), *(each for each in extra if each[0] not in present)]
            if not await self._drained():
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)

    async def _drained(self) -> bool:
        """Whether the rest of the body is read: a sender in the middle of it may miss an answer that comes before."""
        if self._whole or not _has_body(self._scope):
            return True
        if self._late:
            return False
        before = self.read
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._whole and self.read - before < DRAIN_BYTES:
                    await self.receive()
        except TimeoutError:
            return False
        return self._whole


def _has_body(scope: Scope) -> bool:
    names = dict(scope["headers"])
    return names.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in names


def _no_file(scope: Scope) -> bool:
    """Whether the request has a body that is read whole before anything is done with it."""
    return scope["method"] != "PUT" and not STREAMED.match(scope["path"]) and _has_body(scope)


def _patience_s(scope: Scope) -> float | None:
    """How long the body may take; None: files have a patience of their own, between two pieces."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return PATIENCE_S + int(length) / SLOWEST if _no_file(scope) and length.isdigit() else None


def _refuse_body(scope: Scope) -> ASGIApp | None:
    """The refusal of a JSON body that is too large, or that does not say how large it is."""
    if not _no_file(scope):
        return None
    names = dict(scope["headers"])
    length = names.get(b"content-length")
    if length is None:
        return answer(411, "give Content-Length")
    known = b"authorization" in names or b"cookie" in names  # bodies are read before keys are looked at
    most = MAX_LIST_BYTES if known and LISTS.fullmatch(scope["path"]) else MAX_JSON_BYTES
    if not length.isdigit() or int(length) > most:
        return answer(413, f"a body has at most {most:,} bytes here")
    return None
