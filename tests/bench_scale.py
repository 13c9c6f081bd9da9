"""A prefecture's year, 1/100, 1/10 and the whole, through every stage: python -m tests.bench_scale [--shares …]

Without --shares two small ones. The whole (1.5 million frames) measures in about 45 core-minutes: --shares 0.01,0.1,1
--processes 2. --url postgresql://…/%s makes a database a share there; else SQLite. --store s3://bucket/folder keeps the
files there; else in a folder. With --folder every finished stage is written down: --resume goes on where it was cut
off, --again tiles,forms makes these stages anew and nothing else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench_table import Child, Row, run_child, slope, tell
from tests.scale.goals import goals_of
from tests.scale.stages import WHOLE_EXPORTS

MODULE = "tests.scale.stages"
JOURNAL = "stages.json"  #: of a share: what each finished stage did and took
STAGES = ("network", "measure", "review", "forms", *(f"export-{what}" for what in WHOLE_EXPORTS), "tiles")
Year = dict[str, tuple[dict[str, Any], float]]  #: step -> (what it did and took, peak MB of its process)


@dataclass(frozen=True)
class Setting:
    """Where and with how many processes a share goes through its stages."""

    share: float
    folder: Path
    processes: int = 1
    url: str = ""  #: of a PostgreSQL; %s is the name of a new database
    store: str = ""
    roads: int = 0  #: only so many of them are driven; 0: all

    @property
    def database(self) -> str:
        """Of this share."""
        return f"year{self.share:g}".replace(".", "_")

    @property
    def address(self) -> str:
        """Of its database; empty: SQLite in the folder."""
        return self.url % self.database if "%s" in self.url else self.url

    @property
    def files(self) -> str:
        """Its store; empty: in the folder."""
        return f"{self.store.rstrip('/')}/{self.share:g}" if self.store else ""

    @property
    def options(self) -> list[object]:
        """For every stage."""
        return ["--share", self.share, "--url", self.address, "--store", self.files, "--roads", self.roads]


def main() -> None:
    """The command: prints the rows of the largest share, the slopes over all, and how far the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shares", default="0.01,0.03", help="of a prefecture")
    parser.add_argument("--processes", type=int, default=1, help="that measure side by side")
    parser.add_argument("--url", default="", help="of a PostgreSQL; %%s is the name of a new, empty database")
    parser.add_argument("--store", default="", help="s3://bucket/folder (AWS_* tell the rest)")
    parser.add_argument("--folder", type=Path, help="keep everything there; without it nothing is kept")
    parser.add_argument("--resume", action="store_true", help="go on in --folder where it was cut off")
    parser.add_argument("--again", default="", help=f"go on, but make these anew: {','.join(STAGES)}")
    given = parser.parse_args()
    again = {name for name in given.again.split(",") if name}
    if unknown := again - set(STAGES):
        parser.error(f"no stage {', '.join(sorted(unknown))}")
    if (given.resume or again) and given.folder is None:
        parser.error("--resume and --again need --folder")
    shares = [float(share) for share in given.shares.split(",")]
    folder = given.folder or Path(tempfile.mkdtemp())
    try:
        found = {}
        for share in shares:
            setting = Setting(share, folder / f"{share:g}", given.processes, given.url, given.store)
            found[share] = year(setting, resume=given.resume or bool(again), again=again)
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    where = f"{'PostgreSQL' if given.url else 'SQLite'}{', S3' if given.store else ''}"
    tell(rows_of(found, where))


def year(setting: Setting, *, resume: bool = False, again: Iterable[str] = (), stages: Sequence[str] = STAGES) -> Year:
    """A share through its stages; with `resume` without those that were finished, unless they are named in `again`."""
    journal = setting.folder / JOURNAL
    if not resume or not setting.folder.exists():
        setting.folder.mkdir(parents=True)
        if "%s" in setting.url:
            from tests.postgres import new_database

            new_database(setting.url, setting.database)
    done: dict[str, Any] = json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else {}
    for name in stages:
        if name not in done or name in again:
            print(f"{setting.share:g} {name}", file=sys.stderr, flush=True)
            done[name] = asdict(replace(_run(name, setting), told=""))
            journal.write_text(json.dumps(done, ensure_ascii=False, indent=1), encoding="utf-8")
    return {
        step: (took, done[name]["peak_mb"])
        for name in stages
        if name in done
        for step, took in done[name]["answer"].items()
    }


def _run(name: str, setting: Setting) -> Child:
    if name == "measure" and setting.processes > 1:
        return together(setting)
    stage, _, what = name.partition("-")
    return run_child(MODULE, stage, setting.folder, *setting.options, *(["--what", what] if what else []))


def together(setting: Setting) -> Child:
    """Several processes that measure; their work and times added, the larger peak."""
    processes = setting.processes
    with ThreadPoolExecutor(processes) as pool:
        own = [[*setting.options, "--process", number, "--processes", processes] for number in range(processes)]
        done = list(pool.map(lambda each: run_child(MODULE, "measure", setting.folder, *each), own))
    whole: dict[str, dict[str, Any]] = defaultdict(lambda: {"work": 0.0, "core_s": 0.0, "wall_s": 0.0})
    for each in done:
        for name, step in each.answer.items():
            for key in ("work", "core_s"):
                whole[name][key] += step[key]
            whole[name] |= {"unit": step["unit"], "wall_s": max(whole[name]["wall_s"], step["wall_s"])}
    core_s, wall_s, peak = sum(d.core_s for d in done), max(d.wall_s for d in done), max(d.peak_mb for d in done)
    return Child(core_s, wall_s, peak, dict(whole))


def rows_of(found: Mapping[float, Year], where: str) -> list[Row]:
    """The rows of the largest share; slopes of core-time over the work, where it is told for all; then the goals."""
    largest = max(found)
    part = f"year, {largest:g} of a prefecture, {where}"
    rows = []
    for name, (step, peak) in found[largest].items():
        measured = {"core_s": step["core_s"] or None, "wall_s": step["wall_s"], "peak_mb": peak}
        rows.append(Row(part, name, step["work"], step["unit"], **measured, slope=growth(found, name)))
    return rows + goals_of(found, part)


def growth(found: Mapping[float, Year], name: str) -> float | None:
    """Slope of log core-time of a step over log work, or over the share where the work is no number of things."""
    steps = [found[share][name][0] for share in sorted(found) if name in found[share]]
    if len(steps) < 2 or len(steps) < len(found) or not all(step["core_s"] > 0 for step in steps):
        return None
    works = [float(step["work"]) for step in steps]
    by = works if len(set(works)) == len(works) and min(works) > 0 else sorted(found)
    return slope(by, [step["core_s"] for step in steps])


if __name__ == "__main__":
    main()
