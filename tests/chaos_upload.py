"""Uploads while the server dies: killed from outside at random moments, and by itself beside every flush and commit.

usage: chaos_upload.py [--deaths 100] [--clients 3] [--seed 1] [--data DIR]     (PAVEMENT_DATABASE_URL: PostgreSQL)

Clients send drives, are themselves cut off now and then, and sometimes lose their journal. At the end every file must
be on the server byte for byte, every drive once, nothing twice. Exit code 1 otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from pavement.errors import Fault
from pavement.server_settings import ServerSettings
from pavement.store.blobs import open_blobs
from pavement.store.database import migrate, open_database
from pavement.store.devices import add_device
from pavement.store.drives import StoredFile, count_states, stored_files
from pavement.upload_client import Connection, LocalDrive, Patience, open_local_drive, send_drive
from pavement.upload_client.journal import open_journal
from tests.api.live import free_port

CHANCE = 0.004  #: of dying at each flush, rename, commit: about one death in 15 files
VIDEO_BYTES = 9_000_000


class CutOff(Exception):
    """The client's own end."""


@dataclass
class Server:
    """The fragile server: started again whenever it is dead."""

    data: Path
    chance: float
    port: int = field(default_factory=free_port)
    deaths: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, deaths: int, dice: random.Random) -> None:
        """Start it, kill it or let it die, until it has died often enough; then let it live until `over`."""
        while not self.over.is_set():
            enough = self.deaths >= deaths
            command = [sys.executable, str(Path(__file__).parent / "api" / "fragile_server.py")]
            command += [str(self.data), str(self.port), "0" if enough else str(self.chance)]
            environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PAVEMENT_KEEP_FREE_MB": "1"}
            process = subprocess.Popen(command, env=environment)
            if not self._until_it_answers(process) or enough:
                while enough and not self.over.wait(0.2) and process.poll() is None:
                    pass
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(dice.expovariate(1 / 1.5))
            process.kill()
            process.wait()
            self.deaths += 1

    def _until_it_answers(self, process: subprocess.Popen[bytes]) -> bool:
        while process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=1)
                return True
            time.sleep(0.02)
        return False


def make_drive(folder: Path, dice: random.Random) -> LocalDrive:
    """Files of many sizes, one of several pieces."""
    (folder / "frames").mkdir(parents=True)
    for number in range(dice.randint(5, 15)):
        (folder / "frames" / f"画像{number:03}.jpg").write_bytes(dice.randbytes(dice.randint(0, 300_000)))
    (folder / "video").mkdir()
    (folder / "video" / "a.mp4").write_bytes(dice.randbytes(dice.randint(1, VIDEO_BYTES)))
    (folder / "track.csv").write_bytes(dice.randbytes(2000))
    return open_local_drive(folder)


def send_until_done(drive: LocalDrive, server: str, key: str, dice: random.Random) -> str:
    """Send a drive in as many runs as it takes; its id."""
    patience = Patience(first_s=0.02, longest_s=0.3, give_up_s=dice.uniform(2, 20))
    while True:
        journal = open_journal(drive.place, server)
        last = dice.expovariate(1 / 20e6)

        def progress(stage: str, done: int, _total: int, last: float = last) -> None:
            if stage == "upload" and done > last:
                raise CutOff

        connection = Connection(server, key, patience=patience)
        try:
            return send_drive(connection, drive, journal, progress).drive_id
        except (CutOff, Fault):
            if dice.random() < 0.3:
                journal.forget()
        finally:
            connection.close()


def client(folder: Path, server: Server, deaths: int, key: str, seed: int, sent: dict[str, LocalDrive]) -> None:
    """Send one drive after another until the server has died often enough."""
    dice = random.Random(seed)
    number = 0
    while server.deaths < deaths or number == 0:
        number += 1
        drive = make_drive(folder / f"走行{number}", dice)
        sent[send_until_done(drive, f"http://127.0.0.1:{server.port}", key, dice)] = drive


def chaos(folder: Path, deaths: int, clients: int, seed: int) -> list[str]:
    """What is wrong at the end; prints a line of what was done."""
    settings = ServerSettings.from_environment(folder / "data")
    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    migrate(database)
    sent: list[dict[str, LocalDrive]] = [{} for _ in range(clients)]
    server = Server(settings.data, CHANCE)
    running = threading.Thread(target=server.run, args=(deaths, random.Random(seed)))
    keys = [add_device(database, f"client {n}") for n in range(clients)]
    senders = [
        threading.Thread(target=client, args=(folder / f"client{n}", server, deaths, keys[n], seed + n, sent[n]))
        for n in range(clients)
    ]
    began = time.monotonic()
    for thread in (running, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    server.over.set()
    running.join()
    wrong = check(settings, {drive: local for each in sent for drive, local in each.items()}, sum(map(len, sent)))
    files = sum(len(local.files) for each in sent for local in each.values())
    drives = sum(map(len, sent))
    seconds = time.monotonic() - began
    print(f"{server.deaths} deaths, {drives} drives, {files} files, {seconds:.0f} s: {len(wrong)} wrong")
    database.close()
    return wrong


def check(settings: ServerSettings, sent: dict[str, LocalDrive], drives: int) -> list[str]:
    """Compare what the server has with what the clients have."""
    database, blobs = open_database(settings.database_url), open_blobs(settings.store_url)
    wrong = []
    states = count_states(database)
    if states != {"queued": drives}:
        wrong.append(f"{drives} drives were sent, the server has {states}")
    keys: set[str] = set()
    for drive_id, local in sent.items():
        there: dict[str, StoredFile] = {each.path: each for each in stored_files(database, drive_id)}
        if there.keys() != {file.path for file in local.files}:
            wrong.append(f"{local.place}: other names")
            continue
        for file in local.files:
            stored = there[file.path]
            keys.add(stored.blob_key)
            if blobs.read(stored.blob_key) != file.place.read_bytes():
                wrong.append(f"{file.place}: other bytes")
    if extra := {key for key, _ in blobs.list()} - keys:
        wrong.append(f"the store has {len(extra)} files that no row names")
    if left := list(settings.incoming.glob("*/*.part")):
        wrong.append(f"{len(left)} parts are left")
    database.close()
    return wrong


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deaths", type=int, default=100)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    folder = given.data or Path(tempfile.mkdtemp(prefix="chaos-"))
    wrong = chaos(folder, given.deaths, given.clients, given.seed)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
