"""A real server process for tests: started, killed, started again on the same port and data."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from pavement.store.database import open_database
from pavement.store.devices import add_device

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class LiveServer:
    """`pavement serve` over `data`; `light`: the API alone, which starts in a second."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    light: bool = False
    options: Sequence[str] = ()
    chance: float = 0.0  #: of a light one's dying by itself, see fragile_server.py
    starts: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.options else 'http'}://127.0.0.1:{self.port}"

    @property
    def surroundings(self) -> dict[str, str]:
        more = {"PYTHONPATH": str(ROOT), "PAVEMENT_KEEP_FREE_MB": "1", "OMP_NUM_THREADS": "1", **self.environment}
        return {**os.environ, **more}

    def pavement(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pavement.cli", *arguments]

    def start(self) -> None:
        command = self.pavement("serve", "--data", str(self.data), "--port", str(self.port), *self.options)
        if self.light:
            command = [sys.executable, str(Path(__file__).with_name("fragile_server.py")), str(self.data)]
            command += [str(self.port), str(self.chance)]
        self.data.mkdir(parents=True, exist_ok=True)
        with open(self.data / "server.log", "ab") as log:
            self.process = subprocess.Popen(command, env=self.surroundings, stdout=log, stderr=log)
        self.starts += 1

    def wait(self, seconds: float = 60.0) -> None:
        """Until it answers; raises TimeoutError with what it said."""
        if not self.answers(seconds):
            told = (self.data / "server.log").read_text(encoding="utf-8")[-2000:]
            raise TimeoutError(f"the server does not answer: {told}")

    def answers(self, seconds: float) -> bool:
        """Wait until it answers or is dead; whether it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process is not None and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz", timeout=2, verify=False)
                return True
            except httpx.TransportError:
                time.sleep(0.05)
        return False

    def ends(self, seconds: float) -> bool:
        """Whether it ends by itself within some seconds."""
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """No warning, no goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """The polite way; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)

    def peak_mb(self) -> float | None:
        """The process's largest memory so far, where the system tells it."""
        assert self.process is not None
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def new_key(self, name: str = "phone") -> str:
        """A device's key, made while it runs."""
        url = self.environment.get("PAVEMENT_DATABASE_URL") or f"sqlite:///{(self.data / 'pavement.sqlite').as_posix()}"
        database = open_database(url)
        try:
            return add_device(database, name)
        finally:
            database.close()
