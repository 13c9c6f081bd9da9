"""Potholes by area and cracks by distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.detection import CRACK, POTHOLE
from pavement.evaluation.sizes import DistanceTally, PotholeTally

Image = NDArray[np.uint8]


def road(*marks: tuple[int, int, int, int, int]) -> Image:
    """640 x 384 of lane, cells of 10 px, with marks (class, top, left, height, width)."""
    classes = np.ones((384, 640), np.uint8)
    for value, top, left, height, width in marks:
        classes[top : top + height, left : left + width] = value
    return classes


def test_potholes_are_sorted_by_area_and_matched_within_a_cell() -> None:
    tally = PotholeTally()
    truth = road((POTHOLE, 50, 50, 9, 9), (POTHOLE, 100, 100, 20, 19), (POTHOLE, 200, 200, 50, 50))
    # the small one is missed, the middle one found 8 px beside it, the large one exactly; one is false
    found = road((POTHOLE, 100, 127, 20, 20), (POTHOLE, 200, 200, 50, 50), (POTHOLE, 300, 400, 15, 15))
    tally.add(found, truth)
    rows = tally.rows()
    assert [rows[name]["labelled"] for name in rows] == [1, 1, 0, 1, 3]
    assert [rows[name]["found"] for name in rows] == [0, 1, 0, 1, 2]
    assert [rows[name]["predicted"] for name in rows] == [0, 1, 1, 1, 3]  # 20 x 20 is 4 cells: the next class
    assert rows["all"]["false"] == 1
    assert rows["4-16 cells"]["recall"] is None


def test_what_lies_outside_the_labelled_lane_is_no_false_pothole() -> None:
    tally = PotholeTally()
    truth = road()
    truth[:, 320:] = 0
    tally.add(road((POTHOLE, 100, 400, 40, 40)), truth)
    assert tally.rows()["all"]["predicted"] == 0


def test_cracks_are_counted_in_thirds_of_the_picture() -> None:
    tally = DistanceTally()
    tally.add(road((CRACK, 0, 0, 10, 100)), road((CRACK, 0, 0, 10, 200), (CRACK, 370, 0, 10, 100)))
    rows = tally.rows()
    assert rows["far"]["crack cells"] == 20
    assert (rows["far"]["precision"], rows["far"]["recall"]) == (1.0, 0.5)
    assert rows["middle"]["crack cells"] == 0
    assert (rows["near"]["crack cells"], rows["near"]["recall"]) == (10, 0.0)
    assert rows["far"]["share bias"] == -10 / rows["far"]["lane cells"]  # type: ignore[operator]
