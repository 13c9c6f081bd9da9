"""From logits to the contract's cells, shares, class map and objects, and the gate before them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.detection import (
    CRACK,
    OUTSIDE,
    POTHOLE,
    SOUND,
    Detection,
    Gate,
    Thresholds,
    class_map,
    decide,
    lane_mask,
    objects,
    resize,
)
from pavement.drive import Reason
from tests.builders import GOOD, grid, make_detection

LIMITS = Thresholds()
LANE = grid()
LANE[20:40, 12:52] = True  # 20 × 40 = 800 cells


@given(*(st.integers(1, 40) for _ in range(4)), st.integers(0, 2**32 - 1))
def test_resize_is_that_of_opencv(rows: int, columns: int, new_rows: int, new_columns: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 4, (rows, columns)).astype(np.float32)
    expected = cv2.resize(values, (new_columns, new_rows), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(resize(values, new_rows, new_columns), expected, atol=2e-3)  # OpenCV rounds its weights


def test_shares_are_fractions_of_the_own_lanes_cells() -> None:
    crack, pothole = grid(), grid()
    crack[25:30, 20:24] = True  # 20 cells in the lane
    crack[0:10, 0:10] = True  # outside: does not count
    pothole[35:37, 40:45] = True  # 10 cells
    cells = decide(make_detection(LANE, crack, pothole), LIMITS)
    assert cells.lane.sum() == 800
    assert cells.crack_share == 20 / 800
    assert cells.pothole_share == 10 / 800


def test_only_the_largest_piece_is_the_own_lane() -> None:
    both = LANE.copy()
    both[20:40, 58:62] = True  # a piece of the neighbouring lane
    assert (decide(make_detection(both), LIMITS).lane == LANE).all()
    assert not lane_mask(make_detection(both), LIMITS, 640, 1024)[:, 900:].any()


def test_a_frame_without_lane_has_shares_of_zero_and_an_empty_map() -> None:
    detection = make_detection(grid(), LANE)
    cells = decide(detection, LIMITS)
    assert (cells.crack_share, cells.pothole_share) == (0.0, 0.0)
    assert not class_map(detection, LIMITS).any()


@pytest.mark.parametrize(("width", "height"), [(1024, 640), (1000, 563), (640, 480), (100, 37), (1080, 1920)])
def test_the_class_map_has_the_photos_size_and_four_values(width: int, height: int) -> None:
    rows = height * 64 // width
    lane, crack, pothole = grid(rows), grid(rows), grid(rows)
    lane[rows // 2 :, 12:52] = True
    crack[rows * 3 // 4, 20:24] = pothole[-1, 30:34] = True
    classes = class_map(make_detection(lane, crack, pothole, width=width, height=height), LIMITS)
    assert classes.shape == (height, width)
    assert classes.dtype == np.uint8
    assert set(np.unique(classes)) == {OUTSIDE, SOUND, CRACK, POTHOLE} == {0, 1, 2, 3}
    cell = width / 64
    assert classes[int((rows * 3 // 4 + 0.5) * cell), int(22 * cell)] == CRACK
    assert classes[height - 1, int(32 * cell)] == POTHOLE
    assert classes[int(height * 0.9), int(45 * cell)] == SOUND
    assert not classes[: int(height * 0.4)].any()


def test_objects_are_connected_cells() -> None:
    crack, pothole = grid(), grid()
    crack[25, 20:24] = crack[26, 24] = True  # five cells, the last one joined by a corner
    pothole[38:40, 30:33] = True
    found = objects(make_detection(LANE, crack, pothole), LIMITS)
    # cells of 1024 / 64 = 16 px: columns 20-24 are px 320-400, rows 25-26 are px 400-432; 5 · 256 px²
    assert [(o["category"], o["bbox"], o["area_px"]) for o in found] == [
        ("crack", [320, 400, 80, 32], 1280),
        ("pothole", [480, 608, 48, 32], 1536),
    ]
    assert all(o["score"] == pytest.approx(0.998, abs=0.001) for o in found)  # 1 / (1 + e^-6)


@given(st.lists(st.floats(-7.9, 7.9), min_size=3, max_size=3))
def test_eight_bits_keep_a_logit_to_a_thirtysecond(values: list[float]) -> None:
    logits = np.array(values, np.float32).reshape(3, 1, 1)
    kept = Detection.of(logits, 64, 64, GOOD).probabilities(1, 1)
    np.testing.assert_allclose(np.log(kept / (1 - kept)), logits, atol=1 / 32 + 1e-2)


def test_logits_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, rows, columns\), got \(2, 4, 4\)"):
        Detection.of(np.zeros((2, 4, 4), np.float32), 64, 64, GOOD)


@pytest.mark.parametrize(
    ("lane", "quality", "reason"),
    [
        (LANE, GOOD, None),
        (grid(), GOOD, Reason.NO_ROAD),
        (LANE, replace(GOOD, brightness=10.0), Reason.DARK),
        (LANE, replace(GOOD, white_share=0.9), Reason.OVEREXPOSED),
        (LANE, replace(GOOD, sharpness=0.1), Reason.BLURRED),
    ],
)
def test_the_gate_says_why_a_frame_cannot_be_judged(lane: np.ndarray, quality: object, reason: Reason | None) -> None:
    assert Gate().judge(replace(make_detection(lane), quality=quality), LIMITS) is reason  # type: ignore[arg-type]
