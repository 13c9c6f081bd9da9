"""Kill the API and the workers at random moments while clients upload and drives are analysed.

python -m tests.chaos [--kills 100] [--clients 3] [--workers 2] [--seed 1] [--on sqlite|postgresql]

Half of the deaths are the API's: killed from outside, or by itself beside a flush, a rename or a commit. The clients
are cut off too, and sometimes lose their journal. At the end every file must be on the server byte for byte, every
drive analysed once with the results of an undisturbed run, and nothing left over. Exit code 1 otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select

from pavement.errors import Fault
from pavement.jobs.work import Workplace
from pavement.simulate import simulate_drive, tiny_spec
from pavement.simulate.spec import Reveal
from pavement.store.devices import add_device
from pavement.store.drives import StoredFile, stored_files
from pavement.store.result_tables import ANALYSES
from pavement.store.tables import DRIVES
from pavement.upload_client import Connection, LocalDrive, Patience, open_local_drive, send_drive
from pavement.upload_client.journal import open_journal
from tests.api.live import LiveServer
from tests.jobs.builders import Processes, analysed_calmly, found, make_place, states, until
from tests.postgres import new_database, private_postgres

CHANCE = 0.004  #: of the API's dying at each flush, rename, commit: about one death in 15 files
BIG_BYTES = 9_000_000  #: several pieces
Found = Mapping[str, object]


class CutOff(Exception):
    """A client's own end."""


@dataclass
class Outcome:
    """What was done, and what is wrong at the end."""

    api_deaths: int
    worker_deaths: int
    drives: int
    files: int
    seconds: float
    wrong: list[str]

    def __str__(self) -> str:
        return (
            f"{self.api_deaths} deaths of the API, {self.worker_deaths} of workers; {self.drives} drives with "
            f"{self.files} files, {self.seconds:.0f} s: {len(self.wrong)} wrong"
        )


@dataclass
class Chaos:
    """One installation whose processes are killed."""

    folder: Path
    drive: Path  #: simulated: what every client sends, beside random files
    kills: int
    pace_s: float  #: mean time between two deaths of one kind
    place: Workplace
    api: LiveServer
    calm: threading.Event = field(default_factory=threading.Event)  #: all deaths were died
    over: threading.Event = field(default_factory=threading.Event)
    sent: dict[str, LocalDrive] = field(default_factory=dict)

    def kill_api(self, dice: random.Random) -> None:
        """Start it, kill it or let it die, until it has died often enough; then let it live."""
        self.api.chance = CHANCE
        for _ in range(self.kills // 2):
            self.api.start()
            if self.api.answers(60):
                self.api.ends(dice.expovariate(1 / self.pace_s))
            self.api.kill()
        self.api.chance = 0.0
        self.api.start()
        self.over.wait()
        self.api.kill()

    def kill_workers(self, workers: Processes, dice: random.Random) -> None:
        """Kill one after another; each is replaced at once."""
        for _ in range(self.kills - self.kills // 2):
            time.sleep(dice.uniform(0.2, 2 * self.pace_s))
            workers.kill(dice.choice(workers.running))
            workers.start()

    def client(self, key: str, folder: Path, dice: random.Random) -> None:
        """Send one drive after another until all is calm, never far ahead of the analyses."""
        number = 0
        while number == 0 or not self.calm.is_set():
            number += 1
            local = make_drive(self.drive, folder / f"走行{number}", dice)
            self.sent[send_until_done(local, self.api.url, key, dice)] = local
            until(lambda: self.calm.is_set() or self.unfinished() < 4, 3600)

    def unfinished(self) -> int:
        """Drives that were sent and are not analysed."""
        done = states(self.place.database)
        return sum(done.get(drive) != "done" for drive in list(self.sent))


def chaos(
    folder: Path,
    drive: Path,
    expected: Found,
    *,
    kills: int = 100,
    pace_s: float = 4.0,
    clients: int = 3,
    workers: int = 2,
    url: str = "",
    seed: int = 1,
) -> Outcome:
    """Let it happen in `folder`, on the database `url` (default: SQLite), and compare with `expected`."""
    began = time.monotonic()
    data = folder / "data"
    place = make_place(data, url=url or None, network=drive / "network.gpkg")
    api = LiveServer(data, {"PAVEMENT_DATABASE_URL": url} if url else {}, light=True)
    run = Chaos(folder, drive, kills, pace_s, place, api)
    keys = [add_device(place.database, f"client {n}") for n in range(clients)]
    killer = threading.Thread(target=run.kill_api, args=(random.Random(seed),))
    senders = [
        threading.Thread(target=run.client, args=(key, folder / f"client{n}", random.Random(1000 * seed + n)))
        for n, key in enumerate(keys)
    ]
    with Processes(data, url, seconds=0.02) as processes:
        for _ in range(workers):
            processes.start()
        for thread in (killer, *senders):
            thread.start()
        run.kill_workers(processes, random.Random(-seed))
        until(lambda: api.starts > kills // 2, 3600)
        run.calm.set()
        for thread in senders:
            thread.join()
        until(lambda: not run.unfinished() or "failed" in states(place.database).values(), 120 + 60 * len(run.sent))
        until(lambda: not list((data / "work").glob("*.*")), 60)  # the last one tidies up after it is done
    run.over.set()
    killer.join()
    wrong = [*check_files(place, run), *check_results(place, run, expected)]
    files = sum(len(local.files) for local in run.sent.values())
    place.database.close()
    return Outcome(kills // 2, kills - kills // 2, len(run.sent), files, time.monotonic() - began, wrong)


def make_drive(drive: Path, folder: Path, dice: random.Random) -> LocalDrive:
    """The simulated drive as a car has it, with files of many sizes beside it."""
    shutil.copytree(drive, folder, ignore=shutil.ignore_patterns("truth", "network*", ".network*"))
    (folder / "メモ").mkdir()
    for number in range(dice.randint(2, 6)):
        (folder / "メモ" / f"{number}.bin").write_bytes(dice.randbytes(dice.randint(0, 300_000)))
    (folder / "メモ" / "大.bin").write_bytes(dice.randbytes(dice.randint(1, BIG_BYTES)))
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


def check_files(place: Workplace, run: Chaos) -> Iterator[str]:
    """What differs between the server's files and the clients'."""
    with place.database.reading() as connection:
        drives = set(connection.execute(select(DRIVES.c.id)).scalars())
        outputs = [row.outputs or {} for row in connection.execute(select(ANALYSES.c.outputs))]
    if drives != run.sent.keys():
        yield f"{len(run.sent)} drives were sent, the server has {len(drives)}"
    keys = {each["key"] for files in outputs for each in files.values()}
    for drive_id, local in run.sent.items():
        there: dict[str, StoredFile] = {each.path: each for each in stored_files(place.database, drive_id)}
        if there.keys() != {file.path for file in local.files}:
            yield f"{local.place}: other names"
            continue
        for file in local.files:
            stored = there[file.path]
            keys.add(stored.blob_key)
            if place.blobs.read(stored.blob_key) != file.place.read_bytes():
                yield f"{file.place}: other bytes"
    for key, _ in place.blobs.list():
        if key not in keys and key.startswith(("drives/", "results/")) and not key.endswith(".known.json"):
            yield f"the store has {key}, which no row names"
    for left in (*(run.api.data / "incoming").glob("*/*.part"), *(run.api.data / "work").glob("*.*")):
        yield f"left behind: {left}"


def check_results(place: Workplace, run: Chaos, expected: Found) -> Iterator[str]:
    """What differs from the undisturbed run, drive by drive."""
    results = found(place)
    now = states(place.database)
    for drive_id in run.sent:
        if now.get(drive_id) != "done":
            yield f"{drive_id} is {now.get(drive_id)}"
        got = results.get(drive_id, {})
        for name in sorted(expected.keys() | got.keys()):
            if expected.get(name) != got.get(name):
                yield f"{drive_id}: {name} differs"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), help="default: one after the other")
    given = parser.parse_args()
    kinds = [given.on] if given.on else ["sqlite", "postgresql"]
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        simulate_drive(folder / "drive", replace(tiny_spec(), reveal=Reveal.ALL))
        expected = analysed_calmly(folder / "calm", folder / "drive")
        for kind in kinds:
            url = ""
            if kind == "postgresql":
                address = stack.enter_context(private_postgres(Path(f"/tmp/pavement-chaos-{os.getpid()}")))
                url = new_database(address, "chaos")
            counts = {name: getattr(given, name) for name in ("kills", "clients", "workers", "seed")}
            outcome = chaos(folder / kind, folder / "drive", expected, url=url, **counts)
            print(f"{kind}: {outcome}", *outcome.wrong, sep="\n", flush=True)
            if outcome.wrong:
                for log in ("workers.log", "server.log"):
                    print((folder / kind / "data" / log).read_text(encoding="utf-8", errors="replace")[-8000:])
            wrong += len(outcome.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
