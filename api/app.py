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
from api.pages import pages_router
from api.routes import (
    accuracy,
    alerts,
    audit,
    corrections,
    coverage,
    defects,
    devices,
    drives,
    exports,
    files,
    health,
    oidc,
    people,
    photos,
    places,
    profiles,
    review,
    segments,
    session,
    surveys,
    tiles,
    tus,
    vehicles,
)
from api.schemas import Refused
from api.service import OnComplete, ProgressOf, Service, open_service
from pavement import __version__
from pavement.review.settings import read_settings
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.site_settings import SiteSettings

log = logging.getLogger("pavement.server")

API = "/api/v1"
REFUSALS = (400, 401, 403, 404, 411, 413, 422, 429, 500, 503, 507)  #: what any route may answer, in one shape
TIDY_EVERY_S = 3600.0


def create_app(
    settings: Settings,
    server_settings: ServerSettings | None = None,
    on_complete: OnComplete | None = None,
    progress_of: ProgressOf | None = None,
    site: SiteSettings | None = None,
) -> FastAPI:
    """The server's application; without `server_settings` only its health checks.

    `on_complete` gets the id of a drive whose `complete` was accepted, again when `complete` is repeated.
    `progress_of` tells how far a drive's analysis is.
    """
    metrics = Metrics()
    service = open_service(server_settings, metrics, on_complete, progress_of, site) if server_settings else None
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
    app.state.tiles = tiles.TileMemory()
    app.include_router(health.router)
    if service is not None:
        base_map = service.settings.base_map
        versioned = APIRouter(prefix=API, responses={status: {"model": Refused} for status in REFUSALS})
        versioned.include_router(session.router)
        versioned.include_router(oidc.router)
        versioned.include_router(people.router)
        versioned.include_router(devices.router)
        versioned.include_router(audit.router)
        versioned.include_router(files.router)
        versioned.include_router(tus.router)
        versioned.include_router(tiles.router)
        for each in (drives, vehicles, alerts, coverage, exports, surveys):
            versioned.include_router(each.router)
        for each in (places, segments, profiles, defects, photos, corrections):
            versioned.include_router(each.router)
        yearly = read_settings(service.settings.review)
        app.state.review = yearly
        versioned.include_router(review.review_router(service.site.public_review, yearly))
        versioned.include_router(accuracy.accuracy_router(yearly.accuracy, settings.rules.default))
        app.include_router(versioned)
        app.include_router(pages_router(base_map.url if base_map else None))  # the last
    add_error_handlers(app)
    app.add_middleware(Edge, metrics=metrics)
    return app


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(service))
        warming = asyncio.create_task(run_in_threadpool(tiles.warm, app.state.tiles, service.database))
        try:
            yield
        finally:
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying
            await warming
            await run_in_threadpool(service.close)

    return lifespan


async def _tidy(service: Service) -> None:
    while True:
        try:
            await run_in_threadpool(service.tidy)
        except Exception:  # a database that is away comes back; the next round tries again
            log.exception("tidying failed")
        await asyncio.sleep(TIDY_EVERY_S)
