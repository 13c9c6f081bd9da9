"""精度確認 as the notebook runs it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from pavement.errors import BadInput
from pavement.notebook import check_accuracy, confusion_frame, verdict_frame
from pavement.survey_file import read_survey


def test_made_data_say_so() -> None:
    check = check_accuracy()
    assert "実在しません" in check.facts["against"]
    table = verdict_frame(check)
    assert table.loc[("ひび割れ率", "Ⅱ以上"), "検出率の区分"] in ("A", "B")
    for each in check.checks:
        assert int(confusion_frame(each).to_numpy().sum()) == each.blocks


def test_a_result_against_a_file_of_its_own_values(tiny_result: Path, tmp_path: Path) -> None:
    blocks = [each for each in read_survey(tiny_result).blocks if each.crack_pct is not None]
    file = tmp_path / "測定車.csv"
    with open(file, "w", encoding="cp932", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["道路種別", "路線番号", "上下", "起点KP(km)", "終点KP(km)", "ひび割れ率(%)"])
        for each in blocks:
            road = each.road
            kps = (each.start.kp_km, each.end.kp_km)
            rows.writerow([road.road_type, road.route_no, str(each.direction), *kps, each.crack_pct])
    (check, *_) = check_accuracy(file, tiny_result).checks
    assert check.blocks > 0
    assert np.count_nonzero(np.array(check.confusion) * (1 - np.eye(3, dtype=int))) == 0


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="survey vehicle's file is missing"):
        check_accuracy(result=tmp_path)
    with pytest.raises(BadInput, match="not said what to check"):
        check_accuracy(tmp_path / "a.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        check_accuracy(tmp_path / "a.csv", tmp_path)
