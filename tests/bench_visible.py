"""From a drive's `complete` to its segments in the tables, beside the bare pipeline for the same drive.

python -m tests.bench_visible [--drive DIR] [--cold]

Both have their models loaded (a small drive goes before), unless --cold. Under other load the wall times vary; the
processor times and the stages say more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from pavement.bootstrap import analyse, open_models
from pavement.job_wiring import open_workplace, run_worker
from pavement.jobs.queue import enqueue_analysis
from pavement.jobs.settings import JobSettings
from pavement.jobs.work import Workplace
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.simulate import simulate_drive, tiny_spec
from pavement.simulate.presets import demo_spec
from pavement.simulate.spec import Reveal
from pavement.store.result_tables import ANALYSES
from tests.bench_jobs import cpu_s
from tests.bench_table import Row, tell
from tests.jobs.builders import add_drive, all_done, until


@dataclass(frozen=True)
class Took:
    """Of one drive."""

    wall_s: float
    cpu_s: float
    stages: dict[str, float]


def bare(warm: Path | None, drive: Path, out: Path) -> Took:
    """The pipeline alone, in this process."""
    models = open_models(Settings())
    if warm is not None:
        analyse([warm], warm / "network.gpkg", out / "warm", Settings(), _quiet, models=lambda _: models)
    wall, cpu = time.monotonic(), time.process_time()
    analyse([drive], drive / "network.gpkg", out / "drive", Settings(), _quiet, models=lambda _: models)
    account = json.loads((out / "drive" / "run.json").read_text(encoding="utf-8"))
    return Took(time.monotonic() - wall, time.process_time() - cpu, account.get("timings", {}))


def served(warm: Path | None, drive: Path, data: Path) -> Took:
    """A worker process on SQLite and a folder, with the settings of `pavement serve`."""
    place = _place(data, drive / "network.gpkg")
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(data,))
    worker.start()
    assert worker.pid is not None
    if warm is not None:
        first = add_drive(place, warm)
        assert until(lambda: all_done(place.database, [first]), 600)
    drive_id = add_drive(place, drive, status="receiving")
    before = cpu_s(worker.pid)
    wall = time.monotonic()
    enqueue_analysis(place.database, drive_id)  # as `complete` does
    assert until(lambda: all_done(place.database, [drive_id]), 1800)
    took = time.monotonic() - wall, cpu_s(worker.pid) - before
    with place.database.reading() as connection:
        query = select(ANALYSES.c.account).where(ANALYSES.c.drive_id == drive_id)
        account = connection.execute(query).scalar_one()
    worker.terminate()
    worker.join()
    place.database.close()
    return Took(*took, account.get("timings", {}))


def _place(data: Path, network: Path | None) -> Workplace:
    return open_workplace(ServerSettings.from_environment(data, network, {}), Settings(), JobSettings())


def _work(data: Path) -> None:
    inlet, _ = os.pipe()  # a worker ends with its standard input, and a spawned process has none
    sys.stdin = os.fdopen(inlet)
    run_worker(_place(data, None))


def _quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drive", type=Path, help="with its network.gpkg; default: the demo's")
    parser.add_argument("--cold", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        warm = None if given.cold else folder / "warm"
        if warm is not None:
            simulate_drive(warm, replace(tiny_spec(), reveal=Reveal.ALL))
        drive = given.drive or folder / "drive"
        if given.drive is None:
            simulate_drive(drive, demo_spec())
        runs = {"served": served(warm, drive, folder / "data"), "bare": bare(warm, drive, folder / "bare")}
    tell(rows_of(runs["served"], runs["bare"]))


def rows_of(served: Took, bare_run: Took) -> list[Row]:
    """The drive through a worker, and through the bare pipeline; the ratio is by the processor."""
    rows = []
    for name, took in (("through a worker", served), ("the bare pipeline", bare_run)):
        note = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in took.stages.items())
        ratio, against = None, ""
        if took is served:
            ratio, against = bare_run.cpu_s / served.cpu_s, "the bare pipeline, by processor"
            note = f"{bare_run.wall_s / served.wall_s:.2f} by the clock; {note}"
        stage = f"complete to results, {name}"
        row = Row("visible", stage, 1, "drive", took.cpu_s, took.wall_s, against=against, ratio=ratio, note=note)
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
