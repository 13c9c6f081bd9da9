"""Roads without posts: distance from 起点 along the line, stretched to the ledger, held at known points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.linear_reference import Scale

Floats = NDArray[np.float64]

START_FITS = 0.1  #: the measure from the line's start may differ from the first known point by this share, else the
#: line does not begin at 起点


def measure(
    breaks_m: ArrayLike,
    stretch: ArrayLike,
    known: tuple[ArrayLike, ArrayLike] = ((), ()),
    *,
    start_km: float | None = None,
    from_origin: bool = True,
) -> Scale:
    """The scale of a line measured along itself.

    `breaks_m` (k + 1,): metres along, rising, between which a metre of line counts `stretch` (k,) metres (the ledger's
    length over the line's). `known`: places and kiloposts of known points, in any order. Between known points the
    kilopost runs evenly, beyond them it goes on by the distance. `start_km` is a known point at the line's start;
    without it the start is 起点 (0) if nothing is known or the first known point agrees (`START_FITS`), and if
    `from_origin`.
    """
    breaks, factors = np.asarray(breaks_m, float), np.asarray(stretch, float)
    counted = np.concatenate([[0.0], np.cumsum(np.diff(breaks) * factors)])
    place, kp = (np.asarray(column, float) for column in known)
    order = np.lexsort((kp, place))
    place, kp = place[order], kp[order]
    posts_km = np.unique(kp)
    begins = (
        start_km if start_km is not None else (0.0 if from_origin and _at_origin(breaks, counted, place, kp) else None)
    )
    if begins is not None:
        place, kp = np.append(breaks[0], place), np.append(begins, kp)
    nodes = np.unique(np.concatenate([breaks, place]))

    def metres(along: Floats) -> Floats:
        """Counted metres, going on beyond both ends."""
        inside = np.interp(along, breaks, counted)
        return np.asarray(
            inside + np.minimum(along - breaks[0], 0.0) * factors[0] + np.maximum(along - breaks[-1], 0.0) * factors[-1]
        )

    at, held = metres(nodes), metres(place)
    node_kp = np.interp(at, held, kp)
    node_kp = node_kp + (np.minimum(at - held[0], 0.0) + np.maximum(at - held[-1], 0.0)) / 1000
    return Scale(nodes, node_kp, posts_km, measured=True)


def _at_origin(breaks: Floats, counted: Floats, place: Floats, kp: Floats) -> bool:
    """Whether the line's start is 起点 as far as the first known point tells."""
    if not len(place):
        return True
    metres = float(np.interp(place[0], breaks, counted))
    return bool(kp[0] > 0 and abs(metres / (kp[0] * 1000) - 1) <= START_FITS)
