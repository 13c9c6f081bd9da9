"""The benchmark's table, and its small prefecture's drives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pavement.detection import decide
from pavement.road import Direction
from pavement.simulate.prefecture import PrefectureSpec, make_prefecture
from tests.bench_table import Row, run_child, slope, to_markdown, write_table
from tests.scale.patrol import drive_road, legs_of, roads_of, spec_of_share
from tests.scale.recorded import LEVELS, RecordedDetector, detection_of, frame_names, read_recorded


def test_a_slope_of_two_is_quadratic() -> None:
    assert slope([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2.0)


def test_the_table_has_rates_and_shares_and_leaves_blank_what_was_not_measured(tmp_path: Path) -> None:
    rows = [Row("a", "one", 100, "frames", 1.0, ratio=0.9, against="limit"), Row("a", "two", 10, "frames", 3.0)]
    write_table(rows, tmp_path)
    text = (tmp_path / "bench.md").read_text(encoding="utf-8")
    assert text == to_markdown(rows)
    assert "| a | one | 100 frames | 100 | 1.00 | 25 % |  |  | 0.90 of limit |  |  |" in text
    assert json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))[1]["peak_mb"] is None


def test_a_child_tells_its_memory_and_its_answer() -> None:
    done = run_child("json.tool", "--help")
    assert done.answer is None
    assert "usage" in done.told
    assert done.peak_mb > 1


def test_a_road_is_driven_in_both_directions() -> None:
    prefecture = make_prefecture(PrefectureSpec(1, 6, 36.0, 50, 600))
    assert spec_of_share(0.01) == prefecture.spec
    road = roads_of(prefecture)[0]
    made = drive_road(prefecture, road, 0)
    assert made is not None
    length = sum(
        prefecture.links[leg.link].curve.length_m for way in Direction for leg in legs_of(prefecture, road, way)
    )
    assert len(made.frame_s) == pytest.approx(length / 5, rel=0.1)
    assert (np.diff(made.frame_s) > 0).all()
    assert len(made.track) > 0.5 * (made.frame_s[-1] - made.frame_s[0])


def test_recorded_detections_say_what_the_frames_names_say() -> None:
    names = frame_names(3, np.arange(5.0, 1000.0, 5.0))
    assert names == frame_names(3, np.arange(5.0, 1000.0, 5.0))
    images = [image for _, image in read_recorded(Path("/nowhere"), names[:4])]
    assert RecordedDetector().detect(images)[0] == detection_of(int(names[0][-7:-4]))
    shares = [decide(detection_of(level), RecordedDetector.thresholds).crack_share for level in range(LEVELS)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert decide(detection_of(LEVELS), RecordedDetector.thresholds).pothole_share > 0
