from __future__ import annotations

from pathlib import Path

import pytest

from pavement.drive import CameraFacts, DriveFacts
from pavement.errors import BadInput
from pavement.sources.drive_toml import read_drive_toml

GOOD = """
vehicle = "青森-01"
timezone = "+09:00"
lane = 1
surface = "アスファルト"
time_offset_s = -1.5
colour = "yellow"
[camera]
height_m = 1.25
pitch_deg = 10
zoom = 2
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_facts_in_any_encoding_of_the_office(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "drive.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode(encoding))
    facts, notices = read_drive_toml(path)
    camera = CameraFacts(height_m=1.25, pitch_deg=10.0)
    assert facts == DriveFacts("青森-01", "+09:00", 1, "アスファルト", -1.5, camera, True)
    assert "colour, camera.zoom" in notices[0].message


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read_drive_toml(tmp_path / "drive.toml") == (DriveFacts(), ())


@pytest.mark.parametrize(
    "text",
    [
        "lane = ",
        "vehicle = 1",
        'lane = "1"',
        "lane = 1.5",
        "lane = 0",
        "lane = true",
        'timezone = "Asia/Tokio"',
        'surface = "砂利"',
        "time_offset_s = nan",
        "camera = 1",
        "[camera]\nheight_m = 120",
        '[camera]\nfocal_px = "1000"',
        "[camera]\nk1 = inf",
        "a = " + "[" * 5000,
    ],
)
def test_mistakes_stop_the_drive_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "drive.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_drive_toml(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "; " in str(error.value)  # what to do
    assert "\n" not in str(error.value)
