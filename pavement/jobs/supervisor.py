"""Keeps some worker processes running: one that ends is started again, all end when this process does.

Each worker is a process of its own, also on one office PC: a crash or a hanging library takes down one drive's step and
not the server, and several drives use several cores. A worker learns of its parent's end by its standard input.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)
SOON_S, LATE_S = 1.0, 60.0  #: pause before a worker is started again: longer, the sooner it ended


class Supervisor:
    """Some worker processes and the thread that looks after them; `start`, then `stop`."""

    def __init__(self, command: Sequence[str], count: int, environment: Mapping[str, str] | None = None) -> None:
        self._command, self._count = list(command), count
        self._environment = None if environment is None else dict(environment)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the workers."""
        for number in range(self._count):
            thread = threading.Thread(target=self._keep, name=f"worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, wait_s: float = 15.0) -> None:
        """Have the workers put their work down, and wait for that; another start goes on where they were."""
        self._stop.set()
        for thread in self._threads:
            thread.join(wait_s)

    def _keep(self) -> None:
        pause = SOON_S
        while not self._stop.is_set():
            started = time.monotonic()
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)
            while process.poll() is None and not self._stop.wait(0.2):
                pass
            if process.poll() is None:
                self._end(process)
                return
            if self._stop.is_set():
                return
            pause = SOON_S if time.monotonic() - started > LATE_S else min(pause * 2, LATE_S)
            log.warning("a worker ended with %s; another starts in %.0f s", process.returncode, pause)
            self._stop.wait(pause)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def worker_command(*arguments: str) -> list[str]:
    """The command of one worker process of this installation."""
    return [sys.executable, "-m", "pavement.cli", "worker", "--one", *arguments]
