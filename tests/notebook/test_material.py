"""What the notebooks start from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pavement.errors import BadInput
from pavement.notebook import frame, open_material, shown
from pavement.notebook.made_year import SOURCE, made_material
from pavement.place import Level, place_id
from pavement.review.change import Verdict
from pavement.review.pothole import Fate
from pavement.review.review import make_review
from pavement.road import Direction
from pavement.survey_file import read_survey


def test_made_data_say_so_and_hold_all_that_a_review_shows() -> None:
    material = open_material(2026)
    assert material.source == SOURCE
    review = make_review(material, today=date(2027, 4, 1))
    assert review.change is not None
    found = set(np.unique(review.change.verdict).tolist())
    assert found >= {Verdict.WORSE, Verdict.SUSPECT, Verdict.REPAIRED, Verdict.WITHIN_NOISE}
    assert all((review.candidates, review.crossings, review.potholes, review.coverage.plan))
    assert set(review.coverage.closed_by_reason_km) == {"冬期閉鎖"}
    assert {each.fate for each in review.potholes} >= {Fate.NEW, Fate.REPAIRED, Fate.GROWN}


def test_made_places_are_places() -> None:
    segments = made_material(roads=2, blocks=20).segments
    direction = Direction.UP if segments.up[5] else Direction.DOWN
    assert segments.place[5] == place_id(
        Level.SEGMENT, segments.roads[segments.road[5]], direction, float(segments.from_kp_km[5])
    )
    assert len(set(segments.place.tolist())) == len(segments)


def test_result_folders(tiny_result: Path) -> None:
    year = read_survey(tiny_result).year
    assert year is not None
    material = open_material(year, [tiny_result])
    assert material.source.startswith("結果フォルダ 1 件")
    assert len(material.segments)


def test_either_folders_or_a_server(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="both"):
        open_material(2026, ["a"], "b")
    with pytest.raises(BadInput, match="does not exist"):
        open_material(2026, data=tmp_path / "none")


def test_a_table_as_a_frame_is_blank_where_nothing_is_known() -> None:
    from exporters.review import tables

    table = frame(tables.summary(make_review(made_material(roads=2, blocks=60))))
    assert table.isna().any().any()
    assert not shown(table).isna().any().any()
