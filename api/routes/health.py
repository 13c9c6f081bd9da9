"""Is it alive, could it work, what has it done."""

from __future__ import annotations

import shutil

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.errors import words_of
from api.metrics import Metrics, family
from api.service import Service
from pavement import __version__
from pavement.detectors import find_model
from pavement.errors import PavementError
from pavement.settings import Settings
from pavement.store.drives import count_states
from pavement.upload_state import STATUSES

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
def readyz(request: Request, response: Response) -> dict[str, str]:
    """The weights are there and are the ones that the registry names; database, store and disk answer."""
    settings: Settings = request.app.state.settings
    service: Service | None = request.app.state.service
    try:
        model = find_model(settings.model, settings.models)
        if service is not None:
            count_states(service.database)
            service.blobs.exists("readyz")
            room = shutil.disk_usage(service.settings.incoming).free
            if room <= service.settings.keep_free_bytes:
                raise PavementError("the disk is full")
    except (PavementError, OSError) as error:
        response.status_code = 503
        return {"status": "not ready", "reason": words_of(error)}
    return {"status": "ready", "model": model.name, "sha256": model.sha256}


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Counters in Prometheus' text format."""
    counted: Metrics = request.app.state.metrics
    service: Service | None = request.app.state.service
    requests = sorted(counted.requests.items())
    text = family("pavement_info", "gauge", "Version.", [({"version": __version__}, 1)])
    text += family(
        "pavement_requests_total",
        "counter",
        "Requests by route and status.",
        [({"method": method, "route": route, "status": status}, n) for (method, route, status), n in requests],
    )
    text += family("pavement_received_bytes_total", "counter", "Bytes of files.", [({}, counted.received_bytes)])
    text += family("pavement_receipts_total", "counter", "Receipts given.", [({}, counted.receipts)])
    if service is not None:
        free = shutil.disk_usage(service.settings.incoming).free
        text += family("pavement_disk_free_bytes", "gauge", "Of the disk that receives.", [({}, free)])
        try:
            states = count_states(service.database)
        except PavementError:
            states = None
        text += family("pavement_database_up", "gauge", "1: it answers.", [({}, states is not None)])
        if states is not None:
            lines = [({"status": status}, states.get(status, 0)) for status in STATUSES]
            text += family("pavement_drives", "gauge", "Drives by status.", lines)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
