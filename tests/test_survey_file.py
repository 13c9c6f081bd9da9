"""A survey that was written is read back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.survey_file import NAME, read_survey, write_survey
from tests.exporters.builders import make_survey


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    survey = make_survey(tmp_path)
    write_survey(survey, tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"key": "k"}), encoding="utf-8")
    found = read_survey(tmp_path)
    assert found == replace(survey, meshes=(), profiles=(), run={"key": "k"})


def test_the_same_survey_gives_the_same_bytes(tmp_path: Path) -> None:
    survey = make_survey(tmp_path)
    first = write_survey(survey, tmp_path).read_bytes()
    assert write_survey(survey, tmp_path).read_bytes() == first


def test_a_folder_without_a_run_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="finished"):
        read_survey(tmp_path)
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    (tmp_path / NAME).write_bytes(b"PK nothing")
    with pytest.raises(BadInput, match="cannot be read"):
        read_survey(tmp_path)
