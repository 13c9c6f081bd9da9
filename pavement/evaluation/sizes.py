"""How damage of different sizes is found: potholes by their area, cracks by their distance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import COLUMNS, POTHOLE, Image
from pavement.evaluation.table import Figures
from pavement.evaluation.tally import Counts, cells_of, count, f1, precision, recall

BANDS = ("far", "middle", "near")  #: thirds of the picture from its top
AREAS = (("< 1 cell", 1.0), ("1-4 cells", 4.0), ("4-16 cells", 16.0), ("≥ 16 cells", np.inf))  #: up to so many cells
TOUCHING = np.ones((3, 3), bool)


@dataclass
class DistanceTally:
    """Crack cells by the third of the picture that they lie in; all that the camera sees far away is small."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(BANDS), 3), np.int64))
    lane: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(BANDS), np.int64))

    def add(self, found: Image, label: Image) -> None:
        """Count one photo: class maps (h, w)."""
        seen, true = cells_of(found), cells_of(label)
        bands = np.arange(len(true.lane)) * len(BANDS) // len(true.lane)
        for band in range(len(BANDS)):
            rows = bands == band
            lane = true.lane[rows]
            self.counts[band] += count(seen.crack[rows] & lane, true.crack[rows] & lane)
            self.lane[band] += lane.sum()

    def rows(self) -> dict[str, Figures]:
        """A row a band."""
        return {band: self._row(self.counts[i], int(self.lane[i])) for i, band in enumerate(BANDS)}

    def _row(self, counts: Counts, lane: int) -> Figures:
        return {
            "lane cells": lane,
            "crack cells": int(counts[0] + counts[2]),
            "crack F1": f1(counts),
            "precision": precision(counts),
            "recall": recall(counts),
            "share bias": float((counts[1] - counts[2]) / max(lane, 1)),
        }


@dataclass
class PotholeTally:
    """Whole potholes by area: found when any predicted one lies within a cell's width, false when no labelled does."""

    labelled: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(AREAS), 2), np.int64))  #: all, found
    predicted: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(AREAS), 2), np.int64))  #: all, right

    def add(self, found: Image, label: Image) -> None:
        """Count one photo: class maps (h, w); what lies outside the labelled lane does not count."""
        cell = label.shape[1] // COLUMNS
        seen, true = (found == POTHOLE) & (label > 0), label == POTHOLE
        self.labelled += match(true, seen, cell)
        self.predicted += match(seen, true, cell)

    def rows(self) -> dict[str, Figures]:
        """A row a class of area, and all."""
        pairs = [(name, self.labelled[i], self.predicted[i]) for i, (name, _) in enumerate(AREAS)]
        return {
            name: {
                "labelled": int(labelled[0]),
                "found": int(labelled[1]),
                "recall": float(labelled[1] / labelled[0]) if labelled[0] else None,
                "predicted": int(predicted[0]),
                "false": int(predicted[0] - predicted[1]),
                "precision": float(predicted[1] / predicted[0]) if predicted[0] else None,
            }
            for name, labelled, predicted in [*pairs, ("all", self.labelled.sum(0), self.predicted.sum(0))]
        }


def match(pieces: NDArray[np.bool_], others: NDArray[np.bool_], cell: int) -> NDArray[np.int64]:
    """Connected pieces of a mask by class of area: (4, 2) how many, and how many lie within a cell of the others."""
    counts = np.zeros((len(AREAS), 2), np.int64)
    labels, number = ndimage.label(pieces, TOUCHING)
    if not number:
        return counts
    reach = ndimage.maximum_filter(others, 2 * cell + 1) if others.any() else others
    for index, area in enumerate(np.bincount(labels.ravel())[1:], start=1):
        place = next(i for i, (_, most) in enumerate(AREAS) if area < most * cell**2)
        counts[place] += [1, bool(reach[labels == index].any())]
    return counts
