"""What compose.yaml starts, started here without Docker: `make check-compose`.

The api's and the worker's commands, environment and health check are read from the file; PostgreSQL is this machine's,
the bucket is moto's, paths of volumes are folders. A drive is uploaded over HTTPS and analysed; both end when asked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped]

from pavement.simulate import simulate_drive, tiny_spec
from tests.api.live import free_port
from tests.faults.s3 import moto, private_bucket
from tests.postgres import new_database, private_postgres

ROOT = Path(__file__).parents[1]
VARIABLE = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")


def read_variables() -> dict[str, str]:
    """The example's settings."""
    lines = (ROOT / "deploy" / "compose.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def read_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with its variables filled in, as Docker does it; raises KeyError for one that must be set."""

    def value(found: re.Match[str]) -> str:
        name, sign, rest = found.groups()
        return variables.get(name) or (rest if sign == "-" else variables[name])

    def filled(part: Any) -> Any:
        if isinstance(part, str):
            return VARIABLE.sub(value, part)
        if isinstance(part, list):
            return [filled(each) for each in part]
        return {name: filled(each) for name, each in part.items()} if isinstance(part, dict) else part

    return dict(filled(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))))


class Containers:
    """Services of the file as processes of this machine."""

    def __init__(self, folder: Path, database: str, bucket: int) -> None:
        self.folder, self.port = folder, free_port()
        self._compose = read_compose({**read_variables(), "BASE_MAP": "none"})
        self._there = {
            "postgresql://pavement:change-me-1@database:5432/pavement": database,
            "http://files:8333": f"http://127.0.0.1:{bucket}",
            "8443": str(self.port),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def environment(self, service: str) -> dict[str, str]:
        """What the container would see, and what finds Python here."""
        given = {name: self._here(service, text) for name, text in self._service(service)["environment"].items()}
        own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("PAVEMENT_", "AWS_"))}
        image = {"PAVEMENT_DATA": self._here(service, "/data")}  # ENV of the Dockerfile
        return {**kept, **own, **image, **given, "PAVEMENT_KEEP_FREE_MB": "1"}

    def start(self, service: str) -> subprocess.Popen[bytes]:
        """docker compose up SERVICE"""
        command = [self._here(service, str(word)) for word in self._service(service)["command"]]
        with open(self.folder / f"{service}.log", "ab") as log:
            entry = ["sh", str(ROOT / "docker" / "entrypoint.sh"), *command]
            process = subprocess.Popen(entry, env=self.environment(service), stdout=log, stderr=log, cwd=self.folder)
        self.running.append(process)
        return process

    def run(self, service: str, *words: str) -> str:
        """docker compose run SERVICE WORDS; what it printed."""
        command = ["sh", str(ROOT / "docker" / "entrypoint.sh"), *(self._here(service, word) for word in words)]
        done = subprocess.run(
            command, env=self.environment(service), capture_output=True, encoding="utf-8", cwd=self.folder, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def is_healthy(self, service: str) -> bool:
        """What Docker asks every 30 s."""
        program, *words = self._service(service)["healthcheck"]["test"][1:]
        words = [self._here(service, word).replace("/opt/pavement", str(ROOT / "docker")) for word in words]
        assert program == "python"
        return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0

    def told(self) -> str:
        """The ends of the logs."""
        return "\n".join(log.read_text(encoding="utf-8")[-3000:] for log in self.folder.glob("*.log"))

    def _service(self, name: str) -> dict[str, Any]:
        return dict(self._compose["services"][name])

    def _here(self, service: str, text: str) -> str:
        for there, here in self._there.items():
            text = text.replace(there, here)
        for volume in self._service(service)["volumes"]:
            source, target = volume.split(":")[:2]
            if text == target or text.startswith(f"{target}/"):
                place = self.folder / Path(source).name
                place.mkdir(exist_ok=True)
                return str(place) + text.removeprefix(target)
        return text


def check(folder: Path, database: str, bucket: int) -> None:
    """Everything in order; raises where it is not."""
    containers = Containers(folder, database, bucket)
    drive = folder / "走行"
    simulate_drive(drive, tiny_spec())
    (folder / "input").mkdir()
    (drive / "network.gpkg").rename(folder / "input" / "network.gpkg")
    containers.run("api", "certificate", "--out", "/certs", "--host", "localhost", "--host", "127.0.0.1")
    api, worker = containers.start("api"), containers.start("worker")
    try:
        wait_for(lambda: containers.is_healthy("api"), 60, containers)
        print("healthy")
        key = containers.run("api", "device", "add", "phone").splitlines()[-1]
        authority = str(folder / "certs" / "ca.crt")
        address = f"https://localhost:{containers.port}"
        command = [
            sys.executable,
            "-m",
            "pavement.cli",
            "upload",
            str(drive),
            "--server",
            address,
            "--tls-ca",
            authority,
        ]
        sent = subprocess.run(
            command, env={**os.environ, "PAVEMENT_KEY": key}, capture_output=True, encoding="utf-8", check=False
        )
        if sent.returncode:
            raise SystemExit(f"upload: {sent.stderr}\n{containers.told()}")
        print(sent.stdout.strip())
        drive_id = re.search(r" as (\S+)", sent.stdout)
        assert drive_id is not None
        client = httpx.Client(verify=authority, headers={"Authorization": f"Bearer {key}"}, base_url=address)
        url = f"/api/v1/drives/{drive_id[1]}"
        wait_for(lambda: client.get(url).json()["status"] in ("done", "failed"), 300, containers)
        print(client.get(url).text)
        assert client.get(url).json()["status"] == "done", containers.told()
        assert "pavement_workers_live 1\n" in client.get("/metrics").text
        for process in (api, worker):
            process.terminate()
        codes = [process.wait(45) for process in (api, worker)]
        assert codes == [0, 0], f"{codes}\n{containers.told()}"
        print("both ended when asked")
    finally:
        for process in containers.running:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_for(condition: Any, seconds: float, containers: Containers) -> None:
    """Until it holds; a container that ended, or the time's end, ends all."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end or any(process.poll() is not None for process in containers.running):
            raise SystemExit(f"it does not come\n{containers.told()}")
        time.sleep(0.5)


def main() -> None:
    """With a PostgreSQL and a bucket that last as long."""
    program = moto()
    if program is None:
        raise SystemExit("moto_server is missing: pip install 'moto[server]'")
    own = Path(f"/tmp/pavement-pg-{os.getpid()}")  # sockets have short names
    with (
        tempfile.TemporaryDirectory() as folder,
        private_postgres(own) as address,
        private_bucket(program) as bucket,
    ):
        check(Path(folder), new_database(address, "pavement"), bucket)


if __name__ == "__main__":
    main()
