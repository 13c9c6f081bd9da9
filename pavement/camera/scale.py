"""Focal length, height and lane width from everything that is known of them, weighed by its error.

Five statements about three lengths, all relative errors (1 sigma), solved as least squares in logarithms:

    focal = given or usual,   height = given,   lane = given or usual,
    focal · height / cos² pitch = way ahead of the texture / metres of the GPS,   (pavement.camera.bundle)
    (lane − paint) / height = opening of the lane's edges / cos pitch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, exp, log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ASSUMED_FOCAL = 0.9  #: of the picture's width: a phone's main camera …
ASSUMED_FOCAL_SPREAD = 0.25  #: … or another lens
ASSUMED_LANE_WIDTH_M = 3.25
ASSUMED_LANE_SPREAD = 0.08  #: relative: lanes of prefectural roads are 3.0-3.5 m wide
ASSUMED_HEIGHT_M = 1.3
ASSUMED_HEIGHT_SPREAD = 0.35
LEDGER_SPREAD = 0.03
GIVEN_SPREAD = 0.002
EDGES_SPREAD = 0.02  #: of the lane's opening as the edges show it
PAINT_M = 0.15  #: lane widths are told between the middles of lines; the detector's lane ends where the paint begins
LEAST_SPREAD = 0.01


@dataclass(frozen=True)
class Known:
    """A length and its relative error."""

    value: float
    spread: float


@dataclass(frozen=True)
class Lengths:
    """Focal length in pixels, height and lane width in metres, with errors; `conflict`: chi of the worst statement."""

    focal: Known
    height: Known
    lane: Known
    conflict: float


def reconcile(
    *,
    drop_px: float,
    focal: Known,
    height: Known,
    lane: Known,
    power: Known | None,
    opening: float | None,
    pitch: float | None = None,
) -> Lengths:
    """The three lengths that fit all statements best.

    `drop_px`: of the vanishing point above the principal point, so that tan pitch = drop / focal, unless `pitch` is
    given. `power`: focal · height / cos² pitch in px · m, None where the texture told nothing. `opening`: None where
    no edges were seen.
    """
    targets = (focal, height, lane)

    def statements(logs: Floats) -> Floats:
        f, h, w = (exp(each) for each in logs)
        tilt = cos(pitch) if pitch is not None else cos(atan2(drop_px, f))
        rest = [(each - log(known.value)) / known.spread for each, known in zip(logs, targets, strict=True)]
        if power is not None:
            rest.append((log(f * h / tilt**2) - log(power.value)) / power.spread)
        if opening is not None:
            rest.append((log(max(w - PAINT_M, 0.1) / h) - log(opening / tilt)) / EDGES_SPREAD)
        return np.array(rest)

    logs = np.log([known.value for known in targets])
    for _ in range(25):
        rest = statements(logs)
        slope = np.stack([(statements(logs + 1e-6 * unit) - rest) / 1e-6 for unit in np.eye(3)], axis=1)
        step = np.linalg.lstsq(slope, -rest, rcond=None)[0]
        logs = logs + np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-9:
            break
    spread = np.sqrt(np.diag(np.linalg.inv(slope.T @ slope)))
    f, h, w = (Known(exp(each), float(sd)) for each, sd in zip(logs, spread, strict=True))
    return Lengths(f, h, w, conflict=float(np.abs(statements(logs)).max()))
