"""The straight edge on a transverse profile: the largest gap under it in each wheel path."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pavement.rut.view import Floats

EDGE_M = 2.0  #: the longest straight edge that is laid
OVER_MIDDLE_M = 0.10  #: a wheel path's straight edge may reach this far beyond the lane's middle


def gaps_m(across_m: Floats, heights_m: Floats) -> tuple[Floats, Floats]:
    """Largest gaps (k,) in metres in the left and the right wheel path of profiles (k, n) at `across_m` (n,).

    >>> across = np.linspace(-1.5, 1.5, 31)
    >>> dent = np.where(np.abs(across - 0.8) < 0.25, -0.02, 0.0)
    >>> [round(float(gap[0]), 3) for gap in gaps_m(across, dent[None])]
    [0.0, 0.02]
    """
    left, right = across_m <= OVER_MIDDLE_M, across_m >= -OVER_MIDDLE_M
    first, second = (_gap(tuple(across_m[part].tolist()), heights_m[:, part]) for part in (left, right))
    return first, second


def _gap(across: tuple[float, ...], heights: Floats) -> Floats:
    """Largest gap (k,) of profiles (k, n)."""
    return np.asarray(np.maximum((heights @ _lines(across)).max(1), 0.0))


@lru_cache(maxsize=16)
def _lines(across: tuple[float, ...]) -> Floats:
    """For every two points that the edge may rest on and a point between them: the gap's weights, (n, gaps)."""
    y = np.array(across)
    n = len(y)
    i, j, k = np.array([(i, j, k) for i in range(n) for k in range(i + 2, n) for j in range(i + 1, k)]).T
    fits = y[k] - y[i] <= EDGE_M + 1e-9
    i, j, k = i[fits], j[fits], k[fits]
    share = (y[j] - y[i]) / (y[k] - y[i])
    weights = np.zeros((n, len(i)))
    gap = np.arange(len(i))
    weights[i, gap], weights[k, gap], weights[j, gap] = 1 - share, share, -1.0
    return weights
