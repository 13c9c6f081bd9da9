"""A prefecture's year, 1/100, 1/10 and the whole, through every stage: python -m tests.bench_scale [--shares …]

Without --shares two small ones. The whole (1.5 million frames) measures in about 45 core-minutes: --shares 0.01,0.1,1
--processes 2. --url postgresql://…/%s makes a database a share there; else SQLite.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.bench_table import Child, Row, run_child, slope, tell
from tests.scale.stages import WHOLE_EXPORTS

MODULE = "tests.scale.stages"


def main() -> None:
    """The command: prints the rows of the largest share, with the slopes over all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shares", default="0.01,0.03", help="of a prefecture")
    parser.add_argument("--processes", type=int, default=1, help="that measure side by side")
    parser.add_argument("--url", default="", help="of a PostgreSQL; %%s is the name of a new, empty database")
    parser.add_argument("--folder", type=Path, help="keep everything there; without it nothing is kept")
    given = parser.parse_args()
    shares = [float(share) for share in given.shares.split(",")]
    folder = given.folder or Path(tempfile.mkdtemp())
    try:
        found = {share: year(share, folder / f"{share:g}", given.processes, given.url) for share in shares}
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    tell(rows_of(found, "PostgreSQL" if given.url else "SQLite"))


def year(share: float, folder: Path, processes: int, url: str) -> dict[str, tuple[dict[str, Any], float]]:
    """Step -> (what it did and took, peak MB of its process)."""
    folder.mkdir(parents=True)
    address = url
    if url:
        from tests.postgres import new_database

        address = new_database(url, f"year{share:g}".replace(".", "_"))
    options = ["--share", share, "--url", address]

    def stage(name: str, *more: object) -> Child:
        print(f"{share:g} {name} {' '.join(map(str, more))}", file=sys.stderr, flush=True)
        return run_child(MODULE, name, folder, *options, *more)

    steps: dict[str, tuple[dict[str, Any], float]] = {}

    def add(done: Child) -> None:
        steps.update({name: (step, done.peak_mb) for name, step in done.answer.items()})

    add(stage("network"))
    add(together(processes, folder, options) if processes > 1 else stage("measure"))
    for name in ("review", "forms"):
        add(stage(name))
    for what in WHOLE_EXPORTS:
        add(stage("export", "--what", what))
    add(stage("tiles"))
    return steps


def together(processes: int, folder: Path, options: list[object]) -> Child:
    """Several processes that measure; their work and times added, the larger peak."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(processes) as pool:
        own = [[*options, "--process", number, "--processes", processes] for number in range(processes)]
        done = list(pool.map(lambda each: run_child(MODULE, "measure", folder, *each), own))
    whole: dict[str, dict[str, Any]] = defaultdict(lambda: {"work": 0.0, "core_s": 0.0, "wall_s": 0.0})
    for each in done:
        for name, step in each.answer.items():
            for key in ("work", "core_s"):
                whole[name][key] += step[key]
            whole[name] |= {"unit": step["unit"], "wall_s": max(whole[name]["wall_s"], step["wall_s"])}
    core_s, wall_s, peak = sum(d.core_s for d in done), max(d.wall_s for d in done), max(d.peak_mb for d in done)
    return Child(core_s, wall_s, peak, dict(whole))


def rows_of(found: dict[float, dict[str, tuple[dict[str, Any], float]]], where: str) -> list[Row]:
    """The rows of the largest share; slopes of core-time over the share, where it is told for all."""
    shares = sorted(found)
    rows = []
    for name, (step, peak) in found[shares[-1]].items():
        costs = [found[share].get(name, ({"core_s": 0.0}, 0.0))[0]["core_s"] for share in shares]
        grown = slope(shares, costs) if len(shares) > 1 and all(costs) else None
        measured = {"core_s": step["core_s"] or None, "wall_s": step["wall_s"], "peak_mb": peak, "slope": grown}
        rows.append(Row(f"year, {shares[-1]:g} of a prefecture, {where}", name, step["work"], step["unit"], **measured))
    return rows


if __name__ == "__main__":
    main()
