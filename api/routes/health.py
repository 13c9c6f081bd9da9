"""Is it alive, could it work, what has it done."""

from __future__ import annotations

import shutil

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.errors import words_of
from api.metrics import Metrics, family, gauges_text
from api.service import Service
from pavement import __version__
from pavement.detectors import find_model
from pavement.errors import PavementError
from pavement.settings import Settings
from pavement.store.drives import count_states
from pavement.store.gauges import read_gauges

MB = 1024 * 1024

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
                raise PavementError(f"the disk is full: {room // MB:,} MB are free")
    except (PavementError, OSError) as error:
        response.status_code = 503
        return {"status": "not ready", "reason": words_of(error)}
    return {"status": "ready", "model": model.name, "sha256": model.sha256}


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Numbers in Prometheus' text format; none of them tells of a person."""
    counted: Metrics = request.app.state.metrics
    service: Service | None = request.app.state.service
    text = family("pavement_info", "gauge", "Version.", [({"version": __version__}, 1)]) + counted.text()
    if service is not None:
        disk = shutil.disk_usage(service.settings.incoming)
        text += family("pavement_disk_free_bytes", "gauge", "Of the disk that receives.", [({}, disk.free)])
        keep = service.settings.keep_free_bytes
        text += family("pavement_disk_keep_free_bytes", "gauge", "Below this nothing is received.", [({}, keep)])
        try:
            gauges = read_gauges(service.database)
        except PavementError:
            gauges = None
        text += family("pavement_database_up", "gauge", "1: it answers.", [({}, gauges is not None)])
        if gauges is not None:
            text += gauges_text(gauges)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
