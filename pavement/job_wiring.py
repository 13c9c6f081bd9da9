"""Wires workers: database, store and pipeline; what `pavement worker` and `pavement serve` start.

The pipeline and the engine of the jobs are imported in worker processes only: `pavement serve` keeps 150 MB less.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pavement.jobs.settings import JobSettings
from pavement.jobs.supervisor import Supervisor, worker_command
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.database import Database, migrate, open_database
from pavement.store.networks import keep_network

if TYPE_CHECKING:
    from pavement.bootstrap import Models
    from pavement.jobs.work import Workplace
    from pavement.pipeline import Progress
    from pavement.rating import Rules
    from pavement.store.bundle import Exported, Imported


def open_workplace(
    server: ServerSettings,
    settings: Settings,
    jobs: JobSettings,
    models: Callable[[Settings], Models] | None = None,
) -> Workplace:
    """The database (brought up to date), the store and the pipeline; `server.network` becomes the one in use."""
    from pavement.bootstrap import analyse, open_models
    from pavement.jobs.work import Workplace
    from pavement.review.settings import read_settings

    database, blobs = prepare(server)
    rules, review = rules_of(settings, server), read_settings(server.review)
    fill_sections(database, blobs, server, rules)
    loaded = cache(lambda: (models or open_models)(settings))  # the weights are read once a process

    def analyse_drive(drive: Path, network: Path, out: Path, progress: Progress) -> None:
        analyse([drive], network, out, settings, progress, models=lambda _: loaded())

    return Workplace(database, blobs, server.data / "work", jobs, analyse_drive, rules, review)


def rules_of(settings: Settings, server: ServerSettings) -> Rules:
    """The limits of the diagnosis with the office's rule of which pass counts (PAVEMENT_REVIEW)."""
    from pavement.review.settings import read_settings
    from pavement.store.adopted import store_rules

    return store_rules(settings.rules, read_settings(server.review).adoption)


def run_worker(place: Workplace) -> None:
    """Work in this process until it is asked to stop: by SIGTERM, Ctrl-C, or the end of its standard input."""
    from pavement.jobs.worker import Worker

    worker = Worker(place)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin.read: its lock would be held when the process ends
            pass
        worker.stop()

    threading.Thread(target=listen, daemon=True).start()
    worker.run()


def supervise(server: ServerSettings, count: int) -> Supervisor:
    """Worker processes on the same data; `start` and `stop` are the caller's."""
    # as here, with what the command line said; the network is in the store already
    given = {name: value for name, value in os.environ.items() if name != "PAVEMENT_NETWORK"}
    given |= {"PAVEMENT_DATABASE_URL": server.database_url, "PAVEMENT_STORE_URL": server.store_url}
    return Supervisor(worker_command("--data", str(server.data)), count, given)


@contextmanager
def working(server: ServerSettings | None, count: int) -> Iterator[None]:
    """Keep the server's network in the store, and worker processes running while the block runs."""
    if server is None:
        yield
        return
    JobSettings.from_environment()  # a wrong setting is said once, here
    prepare(server)
    workers = supervise(server, count)
    workers.start()
    try:
        yield
    finally:
        workers.stop()


def prepare(server: ServerSettings) -> tuple[Database, Blobs]:
    """The database, its tables up to date, and the store; `server.network` becomes the one in use."""
    server.data.mkdir(parents=True, exist_ok=True)
    database = open_database(server.database_url)
    migrate(database)
    blobs = open_blobs(server.store_url)
    if server.network is not None:
        keep_network(database, blobs, server.network)
    return database, blobs


def export_results(server: ServerSettings, out: Path, since: datetime | None, private: Path | None) -> Exported:
    """`pavement bundle export`."""
    from pavement.store.bundle import export_bundle

    database, blobs = prepare(server)
    try:
        return export_bundle(database, blobs, out, since, private)
    finally:
        database.close()


def import_results(server: ServerSettings, bundle: Path, public: Path | None) -> Imported:
    """`pavement bundle import`; the adopted values follow in the same transaction."""
    from pavement.store.adopted import adopt
    from pavement.store.bundle import import_bundle

    rules = rules_of(Settings.from_environment(), server)
    database, blobs = prepare(server)
    try:
        new = import_bundle(database, blobs, bundle, public, lambda connection, ids: adopt(connection, ids, rules))
        fill_sections(database, blobs, server, rules)
        return new
    finally:
        database.close()


def fill_sections(database: Database, blobs: Blobs, server: ServerSettings, rules: Rules) -> None:
    """Make the sections of the network in use where they are not made yet; in worker processes, which have the room."""
    from pavement.sections_filling import fill

    fill(database, blobs, server.data / "work" / "networks", rules)


def supervise_here(server: ServerSettings, count: int) -> None:
    """`pavement worker`: keep worker processes running until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    workers = supervise(server, count)
    workers.start()
    while not stop.wait(1.0):
        pass
    workers.stop()
