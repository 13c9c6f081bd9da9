"""The application: `create_app(settings)`; no global state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool

from api.errors import add_error_handlers
from api.metrics import Metrics
from api.middleware import Edge
from api.routes import drives, files, health, results
from api.schemas import Refused
from api.service import OnComplete, ProgressOf, Service, open_service
from pavement import __version__
from pavement.server_settings import ServerSettings
from pavement.settings import Settings

log = logging.getLogger("pavement.server")

API = "/api/v1"
REFUSALS = (400, 401, 404, 411, 413, 422, 429, 500, 503, 507)  #: what any route may answer, in one shape
TIDY_EVERY_S = 3600.0


def create_app(
    settings: Settings,
    server_settings: ServerSettings | None = None,
    on_complete: OnComplete | None = None,
    progress_of: ProgressOf | None = None,
) -> FastAPI:
    """The server's application; without `server_settings` only its health checks.

    `on_complete` gets the id of a drive whose `complete` was accepted, again when `complete` is repeated.
    `progress_of` tells how far a drive's analysis is.
    """
    metrics = Metrics()
    service = open_service(server_settings, metrics, on_complete, progress_of) if server_settings else None
    app = FastAPI(
        title="pavement",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # its page loads scripts from outside: useless on a closed network
        redoc_url=None,
        lifespan=_lifespan(service) if service else None,
    )
    app.state.settings = settings
    app.state.service = service
    app.state.metrics = metrics
    app.include_router(health.router)
    if service is not None:
        versioned = APIRouter(prefix=API, responses={status: {"model": Refused} for status in REFUSALS})
        versioned.include_router(files.router)
        versioned.include_router(drives.router)
        versioned.include_router(results.router)
        app.include_router(versioned)
    add_error_handlers(app)
    app.add_middleware(Edge, metrics=metrics)
    return app


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(service))
        try:
            yield
        finally:
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying
            await run_in_threadpool(service.close)

    return lifespan


async def _tidy(service: Service) -> None:
    while True:
        try:
            await run_in_threadpool(service.tidy)
        except Exception:  # a database that is away comes back; the next round tries again
            log.exception("tidying failed")
        await asyncio.sleep(TIDY_EVERY_S)
