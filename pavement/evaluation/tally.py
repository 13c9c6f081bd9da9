"""Sums over photos, counted as the contract counts, and the figures that come of them.

Cells of width / 64 pixels that are at least half own lane in the label; crack from 1 % of a cell's pixels, pothole from
10 %. "tolerant" forgives one cell, since labels' edges are no finer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pavement.detection import COLUMNS, CRACK, POTHOLE, Image
from pavement.evaluation.table import Figures

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]  #: (hits, false, missed)


class LabelCells(NamedTuple):
    """Own lane, crack and pothole cells of a class map, (h * 64 / w, 64) each."""

    lane: Bools
    crack: Bools
    pothole: Bools


def cells_of(classes: Image) -> LabelCells:
    """The cells of a class map (h, w)."""
    size = classes.shape[1] // COLUMNS
    rows = classes.shape[0] // size
    grid = classes[: rows * size, : COLUMNS * size].reshape(rows, size, COLUMNS, size)
    return LabelCells(
        (grid > 0).mean((1, 3)) >= 0.5,
        (grid == CRACK).mean((1, 3)) >= 0.01,
        (grid == POTHOLE).mean((1, 3)) >= 0.1,
    )


@dataclass
class Tally:
    """Sums over photos, from which the figures come."""

    crack: Counts = field(default_factory=lambda: np.zeros(3, np.int64))
    hole: Counts = field(default_factory=lambda: np.zeros(3, np.int64))
    tolerant: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    lane: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))
    shares: list[tuple[float, float]] = field(default_factory=list)

    def add(self, found: Image, label: Image) -> None:
        """Count one photo: class maps (h, w)."""
        lane, crack, hole = cells_of(label)
        seen = cells_of(found)
        a, b = seen.crack & lane, crack & lane
        self.crack += count(a, b)
        self.hole += count(seen.pothole & lane, hole & lane)
        self.tolerant += [(a & near(b)).sum(), a.sum(), (b & near(a)).sum(), b.sum()]
        self.lane += [((found > 0) & (label > 0)).sum(), ((found > 0) | (label > 0)).sum()]
        self.shares.append((float(a.sum() / max(lane.sum(), 1)), float(b.sum() / max(lane.sum(), 1))))

    def figures(self) -> Figures:
        """The table's row."""
        found, true = np.array(self.shares).T
        varied = len(true) > 1 and found.std() > 0 and true.std() > 0
        right, seen = self.tolerant[0] / max(self.tolerant[1], 1), self.tolerant[2] / max(self.tolerant[3], 1)
        return {
            "photos": len(self.shares),
            "crack F1": f1(self.crack),
            "precision": precision(self.crack),
            "recall": recall(self.crack),
            "crack F1 tolerant": float(2 * right * seen / max(right + seen, 1e-9)),
            "share r": float(np.corrcoef(found, true)[0, 1]) if varied else None,
            "share error": float(np.abs(found - true).mean()),
            "share mean": float(true.mean()),
            "pothole F1": f1(self.hole),
            "lane IoU": float(self.lane[0] / max(self.lane[1], 1)),
        }


def near(mask: Bools) -> Bools:
    """The cells that touch one of the mask's."""
    return np.asarray(ndimage.binary_dilation(mask, np.ones((3, 3), bool)))


def count(found: Bools, true: Bools) -> Counts:
    """Hits, false ones, missed ones."""
    return np.array([(found & true).sum(), (found & ~true).sum(), (~found & true).sum()])


def precision(counts: Counts) -> float:
    """Share of what was found that is there.

    >>> precision(np.array([3, 1, 9]))
    0.75
    """
    return float(counts[0] / max(counts[0] + counts[1], 1))


def recall(counts: Counts) -> float:
    """Share of what is there that was found.

    >>> recall(np.array([3, 9, 1]))
    0.75
    """
    return float(counts[0] / max(counts[0] + counts[2], 1))


def f1(counts: Counts) -> float:
    """Harmonic mean of precision and recall.

    >>> f1(np.array([3, 1, 1]))
    0.75
    """
    return float(2 * counts[0] / max(2 * counts[0] + counts[1] + counts[2], 1))
