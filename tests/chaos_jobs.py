"""Kill workers at random moments while they analyse; at the end every drive is analysed once, as if undisturbed.

python -m tests.chaos_jobs [--kills 100] [--workers 2] [--url postgresql://…] [--seed N]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pavement.simulate import simulate_drive, tiny_spec
from tests.jobs.builders import Processes, add_drive, all_done, found, make_place, until


@dataclass
class Outcome:
    """What became of the drives."""

    kills: int
    drives: int
    seconds: float
    wrong: list[str]  #: what differs from the undisturbed run


def undisturbed(data: Path, drive: Path) -> dict[str, object]:
    """What one worker that nobody disturbs finds in a drive."""
    place = make_place(data, network=drive / "network.gpkg")
    drive_id = add_drive(place, drive)
    with Processes(data) as processes:
        processes.start()
        assert until(lambda: all_done(place.database, [drive_id]), 300), processes.told()
    result = found(place)[drive_id]
    place.database.close()
    return result


def chaos(
    data: Path, drive: Path, expected: dict[str, object], *, kills: int, workers: int = 2, url: str = "", seed: int = 1
) -> Outcome:
    """Kill -9 `kills` workers, one after the other, each at a random moment of its life; each is replaced at once."""
    draw, started = random.Random(seed), time.monotonic()
    place = make_place(data, url=url or None, network=drive / "network.gpkg")
    drives = [add_drive(place, drive) for _ in range(workers)]
    killed = 0
    with Processes(data, url, seconds=0.02) as processes:
        for _ in range(workers):
            processes.start()
        while killed < kills:
            time.sleep(draw.uniform(0.2, 10.0))
            killed += processes.kill(draw.choice(processes.running))
            processes.start()
            if all_done(place.database, drives):
                drives += [add_drive(place, drive) for _ in range(workers)]
        finished = until(lambda: all_done(place.database, drives), 120 + 60 * len(drives))
    results = found(place)
    wrong = (
        [] if finished else [f"not done: {sorted(set(drives) - {d for d in drives if all_done(place.database, [d])})}"]
    )
    for drive_id in drives:
        got = results.get(drive_id, {})
        wrong += [
            f"{drive_id}: {name}"
            for name in sorted(expected.keys() | got.keys())
            if expected.get(name) != got.get(name)
        ]
    left = list((data / "work").glob("*.*"))
    wrong += [f"left behind: {folder.name}" for folder in left]
    place.database.close()
    return Outcome(killed, len(drives), time.monotonic() - started, wrong)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--url", default="")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        simulate_drive(folder / "drive", tiny_spec())
        expected = undisturbed(folder / "calm", folder / "drive")
        outcome = chaos(
            folder / "chaos",
            folder / "drive",
            expected,
            kills=given.kills,
            workers=given.workers,
            url=given.url,
            seed=given.seed,
        )
        print(f"{outcome.kills} kills, {outcome.drives} drives, {outcome.seconds:.0f} s")
        for line in outcome.wrong:
            print("WRONG", line)
        if outcome.wrong:
            print((folder / "chaos" / "workers.log").read_text(encoding="utf-8", errors="replace")[-8000:])
            raise SystemExit(1)
        print("every drive analysed once, as in the undisturbed run")


if __name__ == "__main__":
    main()
