"""Which frames become photos, and how photo and row lead to each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pavement.measurement import measure
from pavement.passes import Pass
from pavement.photo_choice import OVERVIEW, assign_photos, choose_shots
from pavement.road import Direction
from tests.builders import grid
from tests.test_measurement import NETWORK, make_pass


def worst_at(passed: Pass, along_m: float) -> Pass:
    """The pass with one frame that saw more cracks than the others."""
    passed.frames[:] = [replace(f, crack_share=0.5) if f.along_m == along_m else f for f in passed.frames]
    return passed


@pytest.mark.parametrize(("direction", "expected_m"), [(Direction.DOWN, 43.0), (Direction.UP, 57.0)])
def test_a_segment_shows_its_worst_frame_and_each_pothole_from_before(direction: Direction, expected_m: float) -> None:
    passed = worst_at(make_pass((0, 200), direction=direction, crack=grid(20), potholes=(50.25,)), 70.0)
    segments, _, defects = measure([passed], NETWORK)
    shots = choose_shots(segments, defects, [passed], NETWORK)
    assert [shot.subject for shot in shots] == [OVERVIEW, "ポットホール", OVERVIEW]
    assert shots[0].frame == "70.jpg"
    assert shots[0].degree == "ひび割れ率 0.0 %"
    assert float(shots[1].frame.removesuffix(".jpg")) == pytest.approx(expected_m, abs=1)  # 7 m before it
    assert shots[1].place.kp_km == pytest.approx(12.05, abs=5e-4)  # the pothole's place, not the car's
    assert [shot.segment for shot in shots] == [120, 120, 121]


def test_photo_numbers_lead_to_rows_and_back() -> None:
    passed = make_pass((0, 200), crack=grid(20), potholes=(50.25,))
    segments, _, defects = measure([passed], NETWORK)
    shots = choose_shots(segments, defects, [passed], NETWORK)
    photos = [(shot.photo(number, Path("/out")), shot) for number, shot in enumerate(shots, start=1)]
    rows, marked = assign_photos(segments, defects, photos)
    assert [row.photos for row in rows] == [("P00001", "P00002"), ("P00003",)]
    assert [defect.photo for defect in marked] == ["P00002"]
    photo = photos[1][0]
    assert photo.file == "images/一般国道_4_000_現道_下り/12K050_P00002.jpg"
    assert photo.masked == Path("/out") / photo.file
    assert photo.marked.name == "12K050_P00002_marked.jpg"
    rows, marked = assign_photos(segments, defects, photos[:1])  # the others had no road to show
    assert [row.photos for row in rows] == [("P00001",), ()]
    assert [defect.photo for defect in marked] == [None]
