"""Hostile drives through a worker process: `failed` with one clear line, or rejected frames, in bounded memory."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pytest

from pavement.jobs import progress_of
from tests.fuzz.seeds import Cut, injure, photo
from tests.jobs.builders import Processes, add_drive, make_place, states, until

MB = 2**20


def peak_mb(pid: int) -> float:
    """A process's largest memory so far."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        pytest.skip("this system does not tell a process's peak memory")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def bomb(folder: Path) -> Path:
    folder.mkdir()
    with (
        zipfile.ZipFile(folder / "走行.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("frames/a.jpg", "w", force_zip64=True) as member,
    ):
        for _ in range(400):
            member.write(b"\0" * MB)
    return folder


def injured(drive: Path, folder: Path) -> Path:
    """The drive with frames, tables and tracks injured, and a photo that claims 60,000 pixels a side."""
    shutil.copytree(drive, folder, ignore=shutil.ignore_patterns("truth", "network*"))
    dice = random.Random(5)
    frames = sorted((folder / "frames").iterdir())
    for file in (*dice.sample(frames, 8), folder / "track.gpx", folder / "frames.csv"):
        cuts = [Cut(dice.uniform(0.3, 1), dice.choice([1, 50, 10**9]), dice.randbytes(8), False) for _ in range(2)]
        file.write_bytes(injure(file.read_bytes(), cuts))
    huge = photo(1)
    at = huge.index(b"\xff\xc0") + 5
    frames[3].write_bytes(huge[:at] + (60_000).to_bytes(2) * 2 + huge[at + 4 :])
    return folder


def test_hostile_drives_end_in_a_clear_state(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    nothing = tmp_path / "空"
    nothing.mkdir()
    (nothing / "a.zip").write_bytes(b"PK\x03\x04 no zip")
    drives = {
        "bomb": add_drive(place, bomb(tmp_path / "爆弾")),
        "no zip": add_drive(place, nothing),
        "injured": add_drive(place, injured(quick_drive, tmp_path / "傷")),
    }
    with Processes(tmp_path / "data") as processes:
        worker = processes.start()
        ended = {"done", "failed"}
        assert until(lambda: all(states(place.database).get(each) in ended for each in drives.values())), (
            processes.told()
        )
        assert worker.poll() is None
        assert peak_mb(worker.pid) < 1000
    for name, words in (("bomb", "no drive shrinks like that"), ("no zip", "cannot be opened as a ZIP")):
        report = progress_of(place.database, drives[name])
        assert report is not None
        assert report["status"] == "failed"
        assert words in str(report["error"])
        assert "\n" not in str(report["error"])
    report = progress_of(place.database, drives["injured"])
    assert report is not None
    assert report["status"] == "done", report
    counts = report["counts"]
    assert counts["frames_in"] == counts["frames_used"] + sum(counts["frames_rejected"].values())
    assert sum(counts["frames_rejected"].values()) > 0
    place.database.close()
