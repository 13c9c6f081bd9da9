"""What other thresholds would give, and whether probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pavement.detection import Floats
from pavement.evaluation.table import Figures
from pavement.evaluation.tally import Bools, Counts, f1, precision, recall

BINS = 1000  #: resolution of the probabilities
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))
RELIABILITY_BINS = 10


@dataclass
class Histogram:
    """Own-lane cells by their probability: those that are damaged in the label, and the others."""

    true: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    false: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, probability: Floats, damaged: Bools) -> None:
        """Count cells: probabilities and truths of one shape."""
        index = np.clip((probability * BINS).astype(int), 0, BINS - 1)
        self.true += np.bincount(index[damaged], minlength=BINS)
        self.false += np.bincount(index[~damaged], minlength=BINS)

    def counts(self, threshold: float) -> Counts:
        """Hits, false and missed cells when all from `threshold` on count."""
        start = round(threshold * BINS)
        return np.array([self.true[start:].sum(), self.false[start:].sum(), self.true[:start].sum()])

    def share_bias(self, threshold: float) -> float:
        """Share of cells that count, less the share that is damaged."""
        _, false, missed = self.counts(threshold)
        return float((false - missed) / max(self.true.sum() + self.false.sum(), 1))


def precision_recall(histogram: Histogram) -> dict[str, Figures]:
    """Precision, recall, F1 and share bias at each of THRESHOLDS."""
    rows: dict[str, Figures] = {}
    for threshold in THRESHOLDS:
        counts = histogram.counts(threshold)
        rows[f"{threshold:.2f}"] = {
            "precision": precision(counts),
            "recall": recall(counts),
            "F1": f1(counts),
            "share bias": histogram.share_bias(threshold),
        }
    return rows


def curve(histogram: Histogram) -> list[tuple[float, float]]:
    """(recall, precision) from the highest threshold to the lowest, where anything is found."""
    hits, false = (np.cumsum(each[::-1]) for each in (histogram.true, histogram.false))
    found = hits + false > 0
    if not histogram.true.sum():
        return []
    points = np.stack([hits / histogram.true.sum(), hits / np.maximum(hits + false, 1)], 1)[found]
    return [(float(r), float(p)) for r, p in points]


def average_precision(histogram: Histogram) -> float | None:
    """Area below the curve, as steps; None without any damaged cell."""
    points = np.array([(0.0, 1.0), *curve(histogram)])
    return float((np.diff(points[:, 0]) * points[1:, 1]).sum()) if len(points) > 1 else None


def reliability(histogram: Histogram) -> dict[str, Figures]:
    """Per tenth of probability: cells, their mean probability and the share that is damaged (None: no cells)."""
    middle = (np.arange(BINS) + 0.5) / BINS
    rows: dict[str, Figures] = {}
    for part in np.array_split(np.arange(BINS), RELIABILITY_BINS):
        cells = histogram.true[part] + histogram.false[part]
        total = int(cells.sum())
        rows[f"{part[0] / BINS:.1f}-{(part[-1] + 1) / BINS:.1f}"] = {
            "cells": total,
            "predicted": float((cells * middle[part]).sum() / total) if total else None,
            "observed": float(histogram.true[part].sum() / total) if total else None,
        }
    return rows


def calibration_error(rows: dict[str, Figures]) -> float | None:
    """Expected calibration error of `reliability` rows: |predicted - observed|, weighted by cells (Guo et al. 2017)."""
    gaps = [
        (int(row["cells"] or 0), abs(float(row["predicted"] or 0) - float(row["observed"] or 0)))
        for row in rows.values()
    ]
    total = sum(cells for cells, _ in gaps)
    return sum(cells * gap for cells, gap in gaps) / total if total else None
