"""How much faster two worker processes are than one, on one PostgreSQL, with a fake detector that sleeps.

python -m tests.bench_jobs [--seconds 2.0]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from pavement.simulate import simulate_drive, tiny_spec
from tests.jobs.builders import Processes, add_drive, all_done, make_place, until
from tests.postgres import new_database, private_postgres

DRIVES = 4


def seconds_with(workers: int, data: Path, drive: Path, url: str, seconds: float) -> float:
    """Wall time of some drives, from the moment that all workers are ready."""
    place = make_place(data, url=url, network=drive / "network.gpkg")
    with Processes(data, url, seconds=seconds, settings=("verbose=1",)) as processes:
        for _ in range(workers):
            processes.start()
        assert until(lambda: processes.told().count("is ready") == workers), processes.told()
        drives = [add_drive(place, drive) for _ in range(DRIVES)]
        started = time.monotonic()
        assert until(lambda: all_done(place.database, drives), 600), processes.told()
        took = time.monotonic() - started
    place.database.close()
    return took


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
        simulate_drive(drive, tiny_spec())
        took = {
            n: seconds_with(n, Path(scratch) / str(n), drive, new_database(address, f"with{n}"), given.seconds)
            for n in (1, 2)
        }
        print(
            f"{DRIVES} drives: one worker {took[1]:.1f} s, two {took[2]:.1f} s: {took[1] / took[2]:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
