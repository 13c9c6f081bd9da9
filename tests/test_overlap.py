"""Frames in work side by side: their order, their bound, and what happens when one fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from pavement.overlap import batches, detect_each, in_order
from tests.builders import PaintedDetector
from tests.test_labelling import paint


def test_results_come_in_order_whoever_is_done_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.01 if number % 3 == 0 else 0)
        return number

    assert list(in_order(work, range(40), workers=4)) == list(range(40))


def test_no_more_items_are_held_than_one_a_worker_and_the_next() -> None:
    taken, most = 0, 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(50):
            taken += 1
            yield number

    for given, _ in enumerate(in_order(lambda number: number, items(), workers=3)):
        most = max(most, taken - given)
    assert most <= 4


def test_an_error_is_raised_at_its_place_and_no_thread_stays() -> None:
    def work(number: int) -> int:
        return 10 // (number - 5)

    results = in_order(work, range(100), workers=2)
    assert [next(results) for _ in range(5)] == [-2, -3, -4, -5, -10]
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert threading.active_count() < before


def test_every_name_gets_its_own_answer_and_what_cannot_be_read_gets_none() -> None:
    images = [(f"{n}", None if n % 5 == 2 else np.ascontiguousarray(paint()[:, : 64 + 2 * n])) for n in range(23)]
    found = list(detect_each(PaintedDetector(), images, lambda name, answer: (name, answer and answer.width)))
    assert found == [(name, None if image is None else image.shape[1]) for name, image in images]
    assert list(detect_each(PaintedDetector(), [], lambda name, answer: name)) == []


def test_batches_lose_nothing() -> None:
    assert [len(batch) for batch in batches(range(11), 4)] == [4, 4, 3]
    assert list(batches([], 4)) == []
