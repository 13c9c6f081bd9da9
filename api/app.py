"""The application: `create_app(settings)`; no global state."""

from __future__ import annotations

from fastapi import FastAPI, Response

from pavement import __version__
from pavement.detectors import find_model
from pavement.errors import PavementError
from pavement.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The server's application. So far it tells whether it lives and whether it could work; uploads follow."""
    app = FastAPI(
        title="pavement",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from outside: useless on a closed network
        redoc_url=None,
    )

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        """The weights are there and are the ones that the registry names."""
        try:
            model = find_model(settings.model, settings.models)
        except PavementError as error:
            response.status_code = 503
            return {"status": "not ready", "reason": str(error)}
        return {"status": "ready", "model": model.name, "sha256": model.sha256}

    return app


def serve(host: str, port: int, settings: Settings) -> None:
    """Serve until stopped."""
    import uvicorn

    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning")
