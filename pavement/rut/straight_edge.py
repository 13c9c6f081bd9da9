"""The straight edge on a transverse profile: the largest gap under it in each wheel path."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pavement.rut.view import Floats

EDGE_M = 2.0  #: the longest straight edge that is laid
OVER_MIDDLE_M = 0.10  #: a wheel path's straight edge may reach this far beyond the lane's middle


def gaps_m(across_m: Floats, heights_m: Floats) -> tuple[Floats, Floats]:
    """Largest gaps (k,) in metres in the left and the right wheel path of profiles (k, n) at `across_m` (n,).

    The edge rests on two of the points; the gap is looked for at the points and half-way between them, on a cubic.

    >>> across = np.linspace(-1.5, 1.5, 31)
    >>> dent = -0.02 * np.exp(-(((across - 0.85) / 0.3) ** 2))
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
    """For every two points that the edge may rest on and a place between them: the gap's weights, (n, gaps)."""
    y = np.array(across)
    n = len(y)
    places, road = _between(y)
    i, j, k = np.array([(i, j, k) for i in range(n) for k in range(i + 2, n) for j in range(2 * i + 1, 2 * k)]).T
    fits = y[k] - y[i] <= EDGE_M + 1e-9
    i, j, k = i[fits], j[fits], k[fits]
    share = (places[j] - y[i]) / (y[k] - y[i])
    weights = -road[:, j]
    gap = np.arange(len(i))
    weights[i, gap] += 1 - share
    weights[k, gap] += share
    return np.asarray(weights)


def _between(y: Floats) -> tuple[Floats, Floats]:
    """The points (n,) with the middles between them, (2 n - 1,), and the weights (n, 2 n - 1) that give heights there.

    Middles by Lagrange's cubic through the two points on either side, at the ends by a straight line.
    """
    n = len(y)
    places = np.interp(np.arange(2 * n - 1) / 2, np.arange(n), y)
    weights = np.zeros((n, 2 * n - 1))
    weights[np.arange(n), 2 * np.arange(n)] = 1.0
    for left in range(n - 1):
        near = np.arange(left - 1, left + 3) if 0 < left < n - 2 else np.arange(left, left + 2)
        x = places[2 * left + 1]
        for one in near:
            others = near[near != one]
            weights[one, 2 * left + 1] = np.prod((x - y[others]) / (y[one] - y[others]))
    return places, weights
