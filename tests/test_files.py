"""Files are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pavement.files import whole_file, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_in_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "結果" / "様式A.csv"
    with whole_file(path) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_bytes(b"half")
        assert not path.exists()
        temporary.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert names(path.parent) == ["様式A.csv"]


def test_after_an_error_the_old_file_stands_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, b"old")

    def fail() -> None:
        with whole_file(path) as temporary:
            temporary.write_bytes(b"new, but")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.csv"]


def test_what_a_killed_run_left_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with whole_file(path) as temporary:
        name = temporary.name
        temporary.write_bytes(b"")
    (tmp_path / name).write_bytes(b"left by a killed run")
    with whole_file(path) as temporary:
        assert not temporary.exists()
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.gpkg"]
