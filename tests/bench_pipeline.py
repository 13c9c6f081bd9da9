"""Part of `make bench`: `pavement run` from end to end against 2 cores ÷ the sum of its stages' own core-times.

The own core-times are the run itself, everything of it, with one thread in one process, before and after the run that
is judged. `python -m tests.bench_pipeline [FRAMES]`; the frames are made here and 5 m apart.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pavement.simulate import simulate_drive, tiny_spec
from tests.bench_detect import CORES, make_long_drive
from tests.bench_table import Child, Row, run_child, tell

FRAMES = 500
FEW = 2  #: frames of the run that costs what starting costs
WHOLE = 1_500_000  #: frames of a prefecture's year
SAID = 0.005  #: share of the sum from which a stage is told by itself
GOAL = 0.85
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Seconds = dict[str, float]


def main(frames: int = FRAMES) -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate_drive(folder / "made", replace(tiny_spec(), length_m=200.0, width_px=1024, height_px=640))
        photos = sorted((folder / "made/frames").glob("*.jpg"))
        for count in (FEW, frames):
            make_long_drive(photos, folder / f"drive-{count}", count)
        before = own_times(folder, frames, "before")
        runs = {ruts: measured_run(folder, frames, ruts) for ruts in (False, True)}
        after = own_times(folder, frames, "after")
        own = {stage: (before[stage] + after[stage]) / 2 for stage in before}
        tell([*stage_rows(own, runs, frames), *(whole_row(own, runs[ruts], frames, ruts) for ruts in (False, True))])


def own_times(folder: Path, frames: int, name: str) -> Seconds:
    """Core-seconds of every stage of a run with one thread, without what starting costs."""
    drives = [folder / f"drive-{count}" for count in (FEW, frames)]
    child = run_child("tests.bench_pipeline", "own", folder / f"own-{name}", *drives, environment=ONE_THREAD)
    seconds: Seconds = child.answer
    return seconds


def measured_run(folder: Path, frames: int, ruts: bool) -> tuple[Child, Child, Seconds]:
    """`pavement run` as people start it: of the few frames, of all, and the seconds of the latter's stages."""
    runs = []
    for count in (FEW, frames):
        drive, out = folder / f"drive-{count}", folder / f"out-{count}-{ruts}"
        arguments = ["run", drive, "--network", drive / "network.gpkg", "--out", out]
        runs.append(run_child("pavement.cli", *arguments, environment={"PAVEMENT_RUTS": str(int(ruts))}))
    stages: Seconds = json.loads((out / "run.json").read_text(encoding="utf-8"))["timings"]
    return runs[0], runs[1], stages


def stage_rows(own: Seconds, runs: dict[bool, tuple[Child, Child, Seconds]], frames: int) -> Iterator[Row]:
    """The stages: own core-seconds, the seconds that the run needed for it, and how far both cores were busy then."""
    part = f"pipeline: stages, {frames} frames"
    total = sum(own.values())
    stages = {name.partition(":")[0]: 0.0 for name in own}
    for name, seconds in own.items():
        stages[name.partition(":")[0]] += seconds
    small = 0.0
    for stage, seconds in stages.items():
        wall = runs[stage == "ruts"][2].get(stage)
        if stage == "ruts" and wall:  # rows take their depths from the profiles while they are measured
            wall += runs[True][2]["measure"] - runs[False][2]["measure"]
        if seconds < SAID * total:
            small += seconds
            continue
        inner = {name: each for name, each in own.items() if name.startswith(f"{stage}:") and each >= SAID * total}
        shares = ", ".join(f"{name.partition(': ')[2]} {1000 * each / frames:.1f}" for name, each in inner.items())
        yield Row(
            *(part, stage, frames, "frames", seconds, wall),
            against=f"{CORES} cores" if wall else "",
            ratio=seconds / wall / CORES if wall else None,
            note=f"core-ms a frame: {shares}" if inner else "",
        )
    yield Row(part, "all others", frames, "frames", small)


def whole_row(own: Seconds, run: tuple[Child, Child, Seconds], frames: int, ruts: bool) -> Row:
    """The run from end to end, without its start, against what both cores could do."""
    few, all_, _ = run
    wall = all_.wall_s - few.wall_s
    total = sum(seconds for stage, seconds in own.items() if ruts or stage.partition(":")[0] != "ruts")
    rate, limit = (frames - FEW) / wall, frames * CORES / total
    hours = WHOLE / rate / 3600
    return Row(
        f"pipeline, {'with' if ruts else 'without'} ruts",
        *("pavement run", frames, "frames", all_.core_s - few.core_s, wall, all_.peak_mb),
        against=f"{CORES} cores / {1000 * total / frames:.1f} core-ms, goal {GOAL}",
        ratio=rate / limit,
        note=f"{rate:.1f} frames/s, {WHOLE / 1e6:g} million in {hours:.1f} h; start {few.wall_s:.1f} s taken off; "
        f"cores busy {100 * (all_.core_s - few.core_s) / wall / CORES:.0f} %",
    )


def own(out: Path, *drives: Path) -> None:
    """Print the core-seconds of every stage of the last drive; those before it are only to have everything loaded."""
    import cv2

    from pavement.settings import Settings
    from tests.one_thread import STARTING, one_thread, one_threaded_models

    cv2.setNumThreads(1)
    analyse = importlib.import_module("pavement.bootstrap.run").analyse
    for drive in drives:
        with one_thread() as meter:
            analyse(
                *([drive], drive / "network.gpkg", out / drive.name, Settings(ruts=True), lambda *_: None),
                models=one_threaded_models(meter),
            )
    print(json.dumps({stage: seconds for stage, seconds in meter.seconds.items() if stage != STARTING}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["own"]:
        own(*map(Path, sys.argv[2:]))
    else:
        main(*map(int, sys.argv[1:]))
