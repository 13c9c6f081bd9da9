"""The benchmark's table, and its small prefecture's drives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pavement.detection import decide
from pavement.road import Direction
from pavement.simulate.prefecture import PrefectureSpec, make_prefecture
from tests.bench_detect import CORES
from tests.bench_pipeline import stage_rows, whole_row
from tests.bench_table import Child, Row, run_child, slope, to_markdown, write_table
from tests.one_thread import Inline, Meter
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


def test_a_metered_span_is_not_the_outer_ones_too() -> None:
    meter = Meter()
    busy = meter.of("inner", lambda: sum(range(200_000)))
    with meter.stage("outer"):
        assert busy() == sum(range(200_000))
        assert Inline().submit(busy).result() == busy()
    meter.book()
    assert set(meter.seconds) == {"rest", "outer", "outer: inner"}
    assert meter.seconds["outer: inner"] > meter.seconds["outer"]


def test_a_run_as_quick_as_both_cores_allow_has_the_ratio_one() -> None:
    own = {"detect: engine": 6.0, "measure": 4.0, "ruts": 10.0}
    start, whole = Child(1.0, 2.0, 100.0, None), Child(11.0, 2.0 + 498 * 10 / 500 / CORES, 300.0, None)
    row = whole_row(own, (start, whole, {}), 500, ruts=False)
    assert row.ratio == pytest.approx(1.0)
    assert (row.core_s, row.peak_mb) == (10.0, 300.0)
    assert whole_row(own, (start, whole, {}), 500, ruts=True).ratio == pytest.approx(2.0)


def test_stages_tell_their_own_time_what_the_run_took_and_their_parts() -> None:
    own = {
        "detect": 1.0,
        "detect: engine": 7.0,
        "measure": 1.0,
        "ruts": 6.0,
        "ruts: depths of rows": 2.0,
        "locate": 0.01,
    }
    child = Child(0.0, 0.0, 0.0, None)
    runs = {
        False: (child, child, {"detect": 8 / CORES, "measure": 1.0, "ruts": 0.0}),
        True: (child, child, {"detect": 9.0, "measure": 2.0, "ruts": 3.0}),
    }
    detect, measure, ruts, others = stage_rows(own, runs, 100)
    assert (detect.core_s, detect.ratio, detect.note) == (8.0, 1.0, "core-ms a frame: engine 70.0")
    assert (measure.wall_s, ruts.core_s, ruts.wall_s) == (1.0, 8.0, 4.0)
    assert others.core_s == 0.01
