"""`pavement serve`: the application behind uvicorn, logs as JSON lines."""

from __future__ import annotations

import json
import logging
import signal
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from fastapi import FastAPI

from pavement.errors import BadInput

GRACE_S = 30  #: how long requests may go on after the signal to stop


class JsonLines(logging.Formatter):
    """One JSON object a line. No addresses, names or notes are ever put into a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Send what the server tells to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("pavement", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == "pavement" else logging.WARNING)


def serve(app: FastAPI, host: str, port: int, certificate: Path | None = None, key: Path | None = None) -> None:
    """Serve until stopped; what is being received when the signal comes is received to its end."""
    import uvicorn

    check_certificate(certificate, key)
    log_as_json()
    signal.signal(signal.SIGTERM, _end)  # uvicorn sends itself the signal again when all requests have ended
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave through every `finally`, unlike the signal's own way out."""
    raise SystemExit(0)


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Raises BadInput for files that cannot be used together."""
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise BadInput("TLS needs a certificate and its key", do="give both --tls-cert and --tls-key")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"cannot be used with {key} ({error})", file=certificate, do="give PEM files") from error
