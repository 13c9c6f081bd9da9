"""A drive's safe twin: every frame is accounted for, only road is left, the originals go only when it is whole."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import Gate
from pavement.errors import BadInput
from pavement.safe_drive import AUDIT, Masking, Originals, put_away, redact_drive
from pavement.sealing import make_keys, unseal
from pavement.sources import read_drive
from tests.builders import PaintedDetector, PaintedGuard

START_S = 1_790_000_000


def road(*, green: bool = False) -> NDArray[np.uint8]:
    """Grey road in the lower half; above it noise that nobody may see; perhaps something green on the road."""
    image = np.random.default_rng(1).integers(0, 60, (160, 256, 3), np.uint8)
    image[80:] = 130
    if green:
        image[100:120, 100:140] = (40, 220, 40)
        image[100:120, 101:140:4] = (0, 60, 0)  # a text, as it were
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four frames, one of them of a sky and one that cannot be read, and a track."""
    frames = tmp_path / "drive" / "frames"
    frames.mkdir(parents=True)
    pictures = {0: road(), 1: road(green=True), 2: np.zeros((160, 256, 3), np.uint8)}
    for second, picture in pictures.items():
        cv2.imwrite(str(frames / f"{START_S + second}.0.jpg"), picture)
    (frames / f"{START_S + 3}.0.jpg").write_bytes(b"no picture")
    rows = [f"2026-09-21T14:{(13 * 60 + 20 + s) // 60}:{(20 + s) % 60:02d}Z,140.7,{40.8 + s * 1e-4}" for s in range(4)]
    (tmp_path / "drive" / "track.csv").write_text("\n".join(["timestamp,lon,lat", *rows]))
    (tmp_path / "drive" / "drive.toml").write_text("lane = 1\n")
    return tmp_path / "drive"


def redact(folder: Path, out: Path) -> tuple[int, int]:
    return redact_drive(
        read_drive(folder), folder, out, Masking(PaintedDetector(), PaintedGuard(), Gate()), lambda *_: None
    )


def test_every_frame_is_in_the_audit_and_only_road_is_left(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "safe"
    assert redact(folder, out) == (2, 2)
    with open(out / AUDIT, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert sorted(row["file"] for row in rows if row["file"]) == [f"frames/{START_S + s}.0.jpg" for s in (0, 1)]
    safe = np.asarray(cv2.imread(str(out / "frames" / f"{START_S + 1}.0.jpg")), int)
    assert abs(safe[140:] - 130).max() < 12  # the road, at full size
    text = safe[100:120, 100:140, 1].mean(0)
    assert abs(text[1::4].mean() - text[3::4].mean()) < 10  # 160 before: nothing finer than a tile is left


def test_the_twin_is_a_drive_with_the_same_times_and_track(folder: Path, tmp_path: Path) -> None:
    redact(folder, tmp_path / "safe")
    before, after = read_drive(folder), read_drive(tmp_path / "safe")
    times = {Path(frame.file).name: frame.timestamp for frame in before.frames}
    assert all(times[Path(frame.file).name] == frame.timestamp for frame in after.frames)
    np.testing.assert_allclose(after.track.lat, before.track.lat)
    np.testing.assert_allclose(after.track.time_s, before.track.time_s, atol=1e-3)
    assert after.facts == before.facts
    assert [frame.sound or frame.rejected for frame in after.frames] != [False, False]  # the gate's verdict goes along


def test_originals_go_only_when_the_twin_is_whole(folder: Path, tmp_path: Path) -> None:
    drive, out = read_drive(folder), tmp_path / "safe"
    with pytest.raises(BadInput, match="no whole safe twin"):
        put_away(drive, folder, out, Originals.DELETE, None)
    redact(folder, out)
    assert put_away(drive, folder, out, Originals.KEEP, None) == 0
    public, private = make_keys(tmp_path / "keys")
    first = next((folder / "frames").iterdir())
    name, content = first.name, first.read_bytes()
    assert put_away(drive, folder, out, Originals.SEAL, public) == 4
    assert not list((folder / "frames").iterdir())
    unseal(out / "originals" / "frames" / f"{name}.sealed", tmp_path / "again.jpg", private)
    assert (tmp_path / "again.jpg").read_bytes() == content


def test_a_drive_is_not_written_over_itself(folder: Path) -> None:
    with pytest.raises(BadInput, match="is the drive itself"):
        redact(folder, folder)
