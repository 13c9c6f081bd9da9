"""`pavement export` of photos: from a finished run, and one clear line where an option is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pavement.cli import main
from pavement.survey_file import write_survey
from tests.exporters.builders import make_survey


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A finished run."""
    folder = tmp_path / "result"
    write_survey(make_survey(folder), folder)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (["photo-book", "--per-page", "6"], ["画像集.pdf"]),
        (["photo-ledger"], ["写真台帳.xlsx"]),
        (["photo-folder"], ["PHOTO/PHOTO.XML", "PHOTO/PIC/P0000002.JPG", "PHOTO/DRA/D0000002.JPG"]),
        (["images"], ["images/index.csv", "images/index.xlsx"]),
        (
            ["repair-request", "--defect", "D0001", "--defect", "D0002"],
            ["補修依頼書_D0001.pdf", "補修依頼書_D0002.xlsx"],
        ),
    ],
)
def test_each_is_made_from_a_finished_run(
    result: Path, arguments: list[str], written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    what, *options = arguments
    out = result.parent / "out"
    assert main(["export", what, str(result), "--out", str(out), *options]) == 0
    said = capsys.readouterr().out.splitlines()
    for name in written:
        assert (out / name).is_file()
        assert str(out / name) in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photo-ledger", "--per-page", "6"], "--per-page is for photo-book"),
        (["images", "--defect", "D0001"], "--defect is for repair-request"),
        (["repair-request"], "needs --defect ID"),
        (["repair-request", "--defect", "X"], "no defect X in this result; take ids from its defects.csv"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    result: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    what, *options = arguments
    assert main(["export", what, str(result), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
