"""Which frames become photos, how they are named, and how photo and row lead to each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.defect import Category, Defect
from pavement.measurement import measure
from pavement.passes import FramePlace, Pass
from pavement.photo_choice import OVERVIEW, assign_photos, best_view, choose_shots, clarity, deserves_photo
from pavement.photo_number import photo_numbers
from pavement.road import Direction
from tests.builders import grid
from tests.exporters.builders import make_defect
from tests.test_measurement import NETWORK, make_pass

PASSED = make_pass((0, 100), crack=grid(20))


def changed(passed: Pass, along_m: float, **facts: float) -> Pass:
    """The pass with one frame that saw something else."""
    return with_frames(passed, [replace(f, **facts) if f.along_m == along_m else f for f in passed.frames])  # type: ignore[arg-type]


def with_frames(passed: Pass, frames: list[FramePlace]) -> Pass:
    """The pass with other frames."""
    passed.frames[:] = frames
    passed._frames_by.clear()
    return passed


@pytest.mark.parametrize(("direction", "expected_m"), [(Direction.DOWN, 43.0), (Direction.UP, 57.0)])
def test_a_segment_shows_its_worst_frame_and_each_pothole_from_before(direction: Direction, expected_m: float) -> None:
    passed = make_pass((0, 200), direction=direction, crack=grid(20), potholes=(50.25,))
    segments, _, defects = measure([changed(passed, 70.0, crack_share=0.5)], NETWORK)
    shots = choose_shots(segments, defects, [passed], NETWORK)
    assert [shot.subject for shot in shots] == [OVERVIEW, "ポットホール", OVERVIEW]
    assert shots[0].frame == "70.jpg"
    assert shots[0].degree == "ひび割れ率 0.0 %"
    assert float(shots[1].frame.removesuffix(".jpg")) == pytest.approx(expected_m, abs=1)  # 7 m before it
    assert shots[1].place.kp_km == pytest.approx(12.05, abs=5e-4)  # the pothole's place, not the car's
    assert [shot.segment for shot in shots] == [120, 120, 121]


@pytest.mark.parametrize("fault", [{"sharpness": 0.6}, {"brightness": 45.0}, {"brightness": 235.0}])
def test_the_overview_is_not_the_blurred_or_badly_lit_frame(fault: dict[str, float]) -> None:
    passed = make_pass((0, 100), crack=grid(20))
    changed(passed, 70.0, crack_share=0.5, **fault)
    changed(passed, 30.0, crack_share=0.4)
    segments, _, defects = measure([passed], NETWORK)
    assert choose_shots(segments, defects, [passed], NETWORK)[0].frame == "30.jpg"


def test_a_section_that_is_dark_throughout_still_has_its_worst_frame() -> None:
    passed = make_pass((0, 100), crack=grid(20))
    with_frames(passed, [replace(f, brightness=50.0) for f in passed.frames])
    segments, _, defects = measure([changed(passed, 70.0, crack_share=0.5)], NETWORK)
    assert choose_shots(segments, defects, [passed], NETWORK)[0].frame == "70.jpg"


@pytest.mark.parametrize("fault", [{"sharpness": 0.6}, {"brightness": 50.0}])
def test_a_defect_is_shown_by_the_clearest_sighting_from_nearby(fault: dict[str, float]) -> None:
    passed = make_pass((0, 100), crack=grid(20), potholes=(50.25,))
    _, _, (hole,) = measure([passed], NETWORK)
    along = passed.route.scale.along_at(hole.kp_km)
    assert along is not None
    (best, frame) = best_view(hole, [passed]) or pytest.fail("it was seen")
    assert best is passed
    assert frame.along_m == pytest.approx(43, abs=1)
    changed(passed, frame.along_m, **fault)
    _, second = best_view(hole, [passed]) or pytest.fail("it was seen")
    assert second.along_m != frame.along_m
    assert 0 < along - second.along_m < 15


@given(st.lists(st.tuples(st.floats(0.55, 1.0), st.floats(40.0, 240.0)), min_size=100, max_size=100))
def test_nothing_farther_than_15_m_or_behind_is_shown(qualities: list[tuple[float, float]]) -> None:
    passed = PASSED
    frames = zip(passed.frames, qualities, strict=False)
    with_frames(passed, [replace(f, sharpness=sharp, brightness=bright) for f, (sharp, bright) in frames])
    hole = make_defect(kp_km=12.05, road=passed.route.road)
    along = passed.route.scale.along_at(hole.kp_km)
    assert along is not None
    _, frame = best_view(hole, [passed]) or pytest.fail("it was seen")
    assert 0 < along - frame.along_m < 15
    same = [
        f for f in passed.frames if abs(along - f.along_m - 7) <= abs(along - frame.along_m - 7) and f.along_m < along
    ]
    assert all(clarity(f) <= clarity(frame) for f in same)  # nothing nearer to 7 m is clearer


@pytest.mark.parametrize(
    ("category", "area_m2", "expected"),
    [
        (Category.POTHOLE, 0.1, True),
        (Category.STEP, None, True),
        (Category.CRACK_LINEAR, 9.0, False),
        (Category.CRACK_ALLIGATOR, 4.9, False),
        (Category.CRACK_ALLIGATOR, 5.0, True),
        (Category.CRACK_ALLIGATOR, None, False),
    ],
)
def test_large_alligator_cracks_have_a_photo_small_ones_not(
    category: Category, area_m2: float | None, expected: bool
) -> None:
    defect: Defect = make_defect(category=category, area_m2=area_m2)
    assert deserves_photo(defect) is expected


def test_photo_numbers_lead_to_rows_and_back() -> None:
    passed = make_pass((0, 200), crack=grid(20), potholes=(50.25,))
    segments, _, defects = measure([passed], NETWORK)
    shots = choose_shots(segments, defects, [passed], NETWORK)
    photos = [(shot.photo(Path("/out")), shot) for shot in shots]
    first, hole, last = [shot.number for shot in shots]
    rows, marked = assign_photos(segments, defects, photos)
    assert [row.photos for row in rows] == [(first, hole), (last,)]
    assert [defect.photo for defect in marked] == [hole]
    assert photos[0][0].file == f"images/一般国道_4_000_現道_下り/12K000_{first}.jpg"  # the section's start
    photo = photos[1][0]
    assert photo.file == f"images/一般国道_4_000_現道_下り/12K050_{hole}.jpg"
    assert photo.masked == Path("/out") / photo.file
    assert photo.marked.name == f"12K050_{hole}_marked.jpg"
    rows, marked = assign_photos(segments, defects, photos[:1])  # the others had no road to show
    assert [row.photos for row in rows] == [(first,), ()]
    assert [defect.photo for defect in marked] == [None]


def test_names_stay_when_more_was_driven() -> None:
    passed = make_pass((100, 200), crack=grid(20), potholes=(150.25,))
    segments, _, defects = measure([passed], NETWORK)
    before = choose_shots(segments, defects, [passed], NETWORK)
    more = [passed, make_pass((0, 100), crack=grid(20), potholes=(50.25,), drive="later")]
    segments, _, defects = measure(more, NETWORK)
    after = choose_shots(segments, defects, more, NETWORK)
    assert [shot.name for shot in before] == [shot.name for shot in after][2:]
    assert len({shot.number for shot in after}) == len(after)


@given(st.sets(st.text(max_size=5), max_size=60), st.sets(st.text(max_size=5), max_size=20))
def test_numbers_are_distinct_and_hardly_change(few: set[str], more: set[str]) -> None:
    before, after = photo_numbers(few), photo_numbers(few | more)
    assert len(set(after.values())) == len(after)
    assert all(after[identity] == number for identity, number in before.items())


def test_identities_that_share_a_number_get_different_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pavement.photo_number.DIGITS", 1)
    assert len(set(photo_numbers(map(str, range(10))).values())) == 10
