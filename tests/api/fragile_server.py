"""A server that dies by itself at the worst moments: just before or after a flush, a rename or a commit.

usage: fragile_server.py DATA PORT CHANCE   (CHANCE: of dying at each of these moments)
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from api.app import create_app
from pavement.jobs import enqueue_analysis, progress_of
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.store import blobs, drives, parts, receiving
from tests.faults import clock

chance = 0.0


def fragile(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function in a process that may not live to begin or to tell of it."""

    def instead(*arguments: Any, **more: Any) -> Any:
        _perhaps_die()
        result = function(*arguments, **more)
        _perhaps_die()
        return result

    return instead


def _perhaps_die() -> None:
    if random.random() < chance:
        os._exit(9)


def main(data: Path, port: int, chance_of_death: float) -> None:
    """Serve until dead."""
    global chance
    clock.install()
    app = create_app(Settings(), ServerSettings.from_environment(data), enqueue_analysis, progress_of)
    for module, name in (
        *((receiving, "keep"), (receiving, "forget"), (parts, "insert"), (drives, "insert"), (drives, "update")),
        *((receiving.Writing, "_flush"), (blobs.Blobs, "put_file"), (blobs, "flush_folder"), (os, "replace")),
    ):
        setattr(module, name, fragile(getattr(module, name)))
    chance = chance_of_death
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_keep_alive=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
