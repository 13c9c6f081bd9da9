"""Thresholds and reliability from a histogram, with sums that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pavement.evaluation.curves import (
    Histogram,
    average_precision,
    calibration_error,
    curve,
    precision_recall,
    reliability,
)


def make_histogram(cells: dict[float, tuple[int, int]]) -> Histogram:
    """Probability -> (damaged cells, sound cells)."""
    histogram = Histogram()
    for probability, (damaged, sound) in cells.items():
        truth = np.array([True] * damaged + [False] * sound)
        histogram.add(np.full(len(truth), probability, np.float32), truth)
    return histogram


def test_thresholds_count_hits_and_bias() -> None:
    rows = precision_recall(make_histogram({0.92: (6, 2), 0.52: (2, 2), 0.02: (2, 86)}))
    assert rows["0.90"]["precision"] == 6 / 8
    assert rows["0.90"]["recall"] == 6 / 10
    assert rows["0.50"]["F1"] == pytest.approx(2 * 8 / (2 * 8 + 4 + 2))
    assert rows["0.50"]["share bias"] == pytest.approx(0.02)  # 12 found, 10 damaged, of 100
    assert rows["0.95"]["precision"] == rows["0.95"]["recall"] == 0.0


def test_the_area_below_the_curve() -> None:
    # 0.9: 1 of 1 right; 0.5: 2 of 4 right in all; recall rises by a half at precision 1, by a half at precision 1/2
    histogram = make_histogram({0.9: (1, 0), 0.5: (1, 2), 0.1: (0, 10)})
    assert average_precision(histogram) == pytest.approx(0.75)
    assert curve(histogram)[0] == (0.5, 1.0)
    assert average_precision(make_histogram({0.5: (0, 5)})) is None


def test_reliability_compares_what_was_said_with_what_is() -> None:
    rows = reliability(make_histogram({0.95: (5, 5), 0.05: (0, 30)}))
    assert len(rows) == 10
    assert rows["0.9-1.0"]["cells"] == 10
    assert rows["0.9-1.0"]["predicted"] == pytest.approx(0.95, abs=1e-3)
    assert rows["0.9-1.0"]["observed"] == 0.5
    assert rows["0.4-0.5"]["observed"] is None
    assert calibration_error(rows) == pytest.approx((10 * 0.45 + 30 * 0.05) / 40, abs=1e-3)
    assert calibration_error(reliability(Histogram())) is None


def test_the_ends_of_the_scale_are_kept() -> None:
    histogram = make_histogram({1.0: (1, 0), 0.0: (0, 1)})
    assert histogram.counts(0.5).tolist() == [1, 0, 0]
