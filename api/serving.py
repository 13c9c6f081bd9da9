"""`pavement serve`: the application behind uvicorn, logs as JSON lines."""

from __future__ import annotations

import json
import logging
import signal
import ssl
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from fastapi import FastAPI

from pavement.errors import BadInput, Fault

GRACE_S = 30  #: how long requests may go on after the signal to stop


class JsonLines(logging.Formatter):
    """One JSON object a line. No addresses, names or notes are ever put into a record.

    Of an exception its kind and where it came from are written, not its words: a database's or a parser's quote values.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def told(error: BaseException | None) -> list[dict[str, object]]:
    """An exception and its causes without personal data: kind, places in the code, the system's reason."""
    causes: list[dict[str, object]] = []
    while error is not None and len(causes) < 5:
        places = [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)]
        cause: dict[str, object] = {"kind": type(error).__name__, "at": places[-12:]}
        if isinstance(error, OSError) and error.strerror:
            cause["reason"] = error.strerror
        elif isinstance(error, Fault):  # the system's own words
            cause["reason"] = str(error)
        causes.append(cause)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return causes


def log_as_json() -> None:
    """Send what the server tells to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("pavement", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == "pavement" else logging.WARNING)


def serve(
    app: FastAPI,
    host: str,
    port: int,
    certificate: Path | None = None,
    key: Path | None = None,
    proxies: Sequence[str] = (),
) -> None:
    """Serve until stopped; what is being received when the signal comes is received to its end.

    `proxies`: addresses whose X-Forwarded-For and X-Forwarded-Proto count; anybody else's are not looked at.
    """
    import uvicorn

    from api.connections import PromptProtocol

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
        http=PromptProtocol,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
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
