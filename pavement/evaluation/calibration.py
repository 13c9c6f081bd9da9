"""Does a confidence of 0.9 mean 90 %: stated against true share, weighted by length."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pavement.evaluation.charts import Line, draw
from pavement.evaluation.table import Figures

Floats = NDArray[np.float64]

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)


def reliability(confidence: Floats, right: NDArray[np.bool_], weight: Floats) -> dict[str, Figures]:
    """By bin of stated confidence: its weight, the mean stated and the true share; last the expected calibration error
    (Naeini et al. 2015): the mean difference of the two, weighted.

    >>> table = reliability(np.array([0.92, 0.92]), np.array([True, False]), np.array([3.0, 1.0]))
    >>> table["0.9-0.95"]["true share"], round(float(table["all"]["difference"]), 2)
    (0.75, 0.17)
    """
    rows: dict[str, Figures] = {}
    off = 0.0
    for low, high in pairwise(BINS):
        inside = (confidence >= low) & ((confidence < high) | (high == BINS[-1]))
        share = float(weight[inside].sum())
        if share > 0:
            stated, true = (float(np.average(values[inside], weights=weight[inside])) for values in (confidence, right))
            off += share * abs(stated - true)
            rows[f"{low:g}-{high:g}"] = row(share, stated, true)
    total = float(weight.sum())
    if total > 0:
        stated, true = (float(np.average(values, weights=weight)) for values in (confidence, right))
        rows["all"] = row(total, stated, true) | {"difference": off / total}
    return rows


def row(metres: float, stated: float, true: float) -> Figures:
    """One bin."""
    return {"km": metres / 1000, "stated": stated, "true share": true, "difference": abs(stated - true)}


def reliability_picture(tables: dict[str, dict[str, Figures]]) -> bytes:
    """True over stated share as an SVG, a line a table; the diagonal is perfect."""
    lines = {"perfect": Line([(0.0, 0.0), (1.0, 1.0)])}
    for name, table in tables.items():
        points = [
            (float(each["stated"] or 0), float(each["true share"] or 0)) for key, each in table.items() if key != "all"
        ]
        lines[name] = Line(points)
    return draw({("confidence", "stated", "true share"): lines})
