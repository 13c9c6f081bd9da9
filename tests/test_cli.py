"""The command line: exit codes, and one line on stderr that says which file and what to do."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pavement import __version__, bootstrap
from pavement.account import summary
from pavement.cli import main
from pavement.errors import Fault

Capture = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    """The exit code of a command, also where the parser ends it."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "COMMAND"),
        (("walk",), "walk"),
        (("run", "drive"), "--network"),
        (("run", "--network", "n.gpkg", "--out", "out"), "DRIVE"),
        (("match", "track.gpx", "--network", "n.gpkg"), "--out"),
        (("simulate", "--out", "out", "--length-m", "long"), "long"),
        (("serve", "--port", "http"), "http"),
    ],
)
def test_bad_usage_is_one_line_and_2(capsys: Capture, arguments: tuple[str, ...], says: str) -> None:
    assert call(*arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error
    assert "--help" in error


BadCommand = Callable[[Path, Path], tuple[object, ...]]
BAD: dict[str, BadCommand] = {
    "no network": lambda drive, tmp: ("run", drive, "--network", tmp / "路線.gpkg", "--out", tmp / "out"),
    "no drive": lambda drive, tmp: ("run", tmp / "走行", "--network", drive / "network.gpkg", "--out", tmp / "out"),
    "broken network": lambda drive, tmp: ("run", drive, "--network", broken(tmp), "--out", tmp / "out"),
    "a track as network": lambda drive, tmp: ("run", drive, "--network", drive / "track.gpx", "--out", tmp / "out"),
    "no track": lambda drive, tmp: (
        "match",
        tmp / "t.gpx",
        "--network",
        drive / "network.gpkg",
        "--out",
        tmp / "m.csv",
    ),
    "a track that is none": lambda drive, tmp: (
        *("match", broken(tmp, "t.gpx"), "--network", drive / "network.gpkg", "--out", tmp / "m.csv"),
    ),
    "no images": lambda drive, tmp: ("detect", tmp / "images", "--out", tmp / "out"),
    "a full folder to simulate in": lambda drive, tmp: ("simulate", "--out", drive),
    "an impossible road": lambda drive, tmp: ("simulate", "--out", tmp / "s", "--crack-severity", 7),
    "an output that is a file": lambda drive, tmp: (
        *("run", drive, "--network", drive / "network.gpkg", "--out", broken(tmp, "結果")),
    ),
    "an output folder in place of a file": lambda drive, tmp: (
        *("match", drive / "track.gpx", "--network", drive / "network.gpkg", "--out", tmp),
    ),
}


def broken(folder: Path, name: str = "broken.gpkg") -> Path:
    path = folder / name
    path.write_bytes(b"\x00\x01 nothing that one could read \xff" * 99)
    return path


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_2(capsys: Capture, tiny_drive: Path, tmp_path: Path, case: str) -> None:
    assert call(*BAD[case](tiny_drive, tmp_path)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("pavement: ")
    if case != "an impossible road":
        assert str(tmp_path) in error or str(tiny_drive) in error


def test_a_fault_of_the_system_is_1(capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise Fault("models/registry.toml is missing")

    monkeypatch.setattr(bootstrap, "run", fail)
    assert call("run", "d", "--network", "n", "--out", tmp_path) == 1
    assert capsys.readouterr().err == "pavement: models/registry.toml is missing\n"


def test_the_version_is_told(capsys: Capture) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out == f"pavement {__version__}\n"


def test_a_track_is_matched_at_a_japanese_path(capsys: Capture, tiny_drive: Path, tmp_path: Path) -> None:
    out = tmp_path / "照合 結果" / "軌跡.csv"
    assert call("match", tiny_drive / "track.gpx", "--network", tiny_drive / "network.gpkg", "--out", out) == 0
    assert capsys.readouterr().out == f"{out}\n"
    with open(out, encoding="utf-8", newline="") as file:
        assert {row["status"] for row in csv.DictReader(file)} == {"ok"}


def test_importing_the_command_line_is_cheap() -> None:
    """`pavement --help` must not wait for an engine: heavy packages are imported by the commands that need them."""
    import subprocess

    code = "import sys, pavement.cli; print(*sorted({'cv2', 'openvino', 'geopandas', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_summary_accounts_for_every_frame(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(
        '{"counts": {"frames_in": 5, "frames_used": 0, "frames_rejected": {"dark": 2, "no_position": 3}}}'
    )
    text = summary(tmp_path)
    assert "画像 5 枚: 使用 0、不使用 5" in text
    assert "暗すぎる: 2" in text
    assert "評価区間はありません" in text
    assert str(tmp_path / "様式A.xlsx") in text
