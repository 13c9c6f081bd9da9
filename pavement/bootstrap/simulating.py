"""Made-up drives, and the demonstration on one."""

from __future__ import annotations

import shutil
from pathlib import Path

from pavement.bootstrap.run import run
from pavement.pipeline import Progress
from pavement.settings import Settings
from pavement.simulate import DriveSpec, demo_spec, simulate_drive


def simulate(out: Path, spec: DriveSpec, progress: Progress) -> None:
    """A made-up drive with its network and truth."""
    simulate_drive(out, spec, progress=lambda done, total: progress("simulate", done, total))


def demo(out: Path, settings: Settings, progress: Progress) -> Path:
    """A simulated drive through the whole pipeline; the drive is made once."""
    drive = out / "drive"
    if not (drive / "truth" / "segments.csv").exists():
        shutil.rmtree(drive, ignore_errors=True)
        simulate(drive, demo_spec(), progress)
    return run([drive], drive / "network.gpkg", out / "result", settings, progress)
