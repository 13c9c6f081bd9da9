"""How much faster two worker processes are than one, on one PostgreSQL, with a fake detector that sleeps.

python -m tests.bench_jobs [--seconds 2.0]

The camera is given in drive.toml: to estimate it takes more processor than everything else together, and two processes
on two cores that others use too would measure the machine and not the jobs.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from pavement.simulate import simulate_drive, tiny_spec
from pavement.simulate.spec import Reveal
from pavement.store.result_tables import ANALYSES
from tests.bench_table import Row, tell
from tests.jobs.builders import Processes, add_drive, all_done, make_place, until
from tests.postgres import new_database, private_postgres

DRIVES = 4


@dataclass(frozen=True)
class Run:
    """What some workers needed for the drives."""

    wall_s: float  #: from the moment that the drives are there, all workers being ready
    each_s: tuple[float, ...]  #: from a drive's start to its end
    idle_s: float  #: of all workers together, until the last drive is done
    cpu_s: float  #: of all workers together
    contentions: int  #: how often the engine's queue stepped back since two workers asked at once


def run_with(workers: int, data: Path, drive: Path, url: str, seconds: float) -> Run:
    """Analyse some drives with some worker processes."""
    place = make_place(data, url=url, network=drive / "network.gpkg")
    with Processes(data, url, seconds=seconds, settings=("verbose=1",)) as processes:
        for _ in range(workers):
            processes.start()
        assert until(lambda: processes.told().count("is ready") == workers), processes.told()
        before = sum(cpu_s(process.pid) for process in processes.running)
        drives = [add_drive(place, drive) for _ in range(DRIVES)]
        started = time.monotonic()
        assert until(lambda: all_done(place.database, drives), 600), processes.told()
        wall = time.monotonic() - started
        cpu = sum(cpu_s(process.pid) for process in processes.running) - before
    with place.database.reading() as connection:
        rows = connection.execute(select(ANALYSES.c.started_at, ANALYSES.c.finished_at)).all()
    each = tuple((row.finished_at - row.started_at).total_seconds() for row in rows)
    place.database.close()
    contentions = processes.told().count("Contention detected")
    return Run(wall, each, workers * wall - sum(each), cpu, contentions)


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="sleep a frame (two frames at a time)")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        private_postgres(Path(f"/tmp/pavement-bench-{os.getpid()}")) as address,
    ):
        drive = Path(scratch) / "drive"
        simulate_drive(drive, replace(tiny_spec(), reveal=Reveal.ALL))
        runs = {
            n: run_with(n, Path(scratch) / str(n), drive, new_database(address, f"with{n}"), given.seconds)
            for n in (1, 2)
        }
    tell(rows_of(runs))


def rows_of(runs: dict[int, Run]) -> list[Row]:
    """A row for so many workers; more than one against as many times the speed of one."""
    rows = []
    for n, run in runs.items():
        drives = ", ".join(f"{seconds:.1f}" for seconds in run.each_s)
        note = f"drives {drives} s; idle {run.idle_s:.1f} s; the queue stepped back {run.contentions} times"
        ratio = runs[1].wall_s / run.wall_s / n if n > 1 else None
        against = f"{n} × one worker" if n > 1 else ""
        stage = f"worker processes: {n}"
        row = Row("jobs", stage, DRIVES, "drives", run.cpu_s, run.wall_s, against=against, ratio=ratio, note=note)
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
