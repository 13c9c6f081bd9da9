"""IRI from a longitudinal profile: the golden quarter-car of ASTM E1926 at 80 km/h, one pass over the whole profile.

Source: ASTM E1926-08; Sayers 1995, "On the calculation of IRI from longitudinal road profile", TRR 1501.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.signal import lfilter, ss2tf

Floats = NDArray[np.float64]

SPEED_MPS = 80 / 3.6
K1, K2, C, MU = 653.0, 63.3, 6.0, 0.15  #: tyre and suspension stiffness (1/s²), damping (1/s), mass ratio
ENTRY_M = 11.0  #: the car is taken to have driven before on the mean slope of the first 11 m (half a second)
MOVING_AVERAGE_M = 0.25  #: what a tyre bridges
LEAST_STEPS = 20  #: of a section that may lack its last step
STEP_LIMIT_M = 0.3  #: sampling beyond which the profile says too little


@dataclass(frozen=True)
class Section:
    """IRI of one section; metres of the profile's own chainage."""

    from_m: float
    to_m: float
    iri_mm_per_m: float


def quarter_car(step_m: float, speed_mps: float = SPEED_MPS) -> tuple[Floats, Floats]:
    """Discrete motion over one sample of constant slope: x' = A x + b·slope.

    State: rate and its derivative of the sprung mass, then of the unsprung mass, both as slopes.
    """
    system = np.array([[0, 1, 0, 0], [-K2, -C, K2, C], [0, 0, 0, 1], [K2 / MU, C / MU, -(K1 + K2) / MU, -C / MU]])
    time = step_m / speed_mps
    transition = expm(system * time)
    push = np.linalg.solve(system, (transition - np.eye(4)) @ np.array([0, 0, 0, K1 / MU]))
    return transition, push


def smooth(heights_m: Floats, step_m: float) -> Floats:
    """The profile through the moving average of 250 mm that a tyre makes; shorter samplings only, others unchanged."""
    width = round(MOVING_AVERAGE_M / step_m)
    if width < 2:
        return heights_m
    padded = np.pad(heights_m, (width // 2, (width - 1) // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def suspension_rates(heights_m: Floats, step_m: float) -> Floats:
    """|Stroke| per metre driven (m/m) at each of the n - 1 steps of a profile (n,), in one continuous pass."""
    slopes = np.diff(heights_m) / step_m
    transition, push = quarter_car(step_m)
    stroke = np.array([[1.0, 0.0, -1.0, 0.0]])
    # y[n] = stroke · x[n + 1]: the same recursion as a filter of fourth order
    numerator, denominator = ss2tf(transition, push[:, None], stroke @ transition, stroke @ push[:, None])
    first = slopes[: max(round(ENTRY_M / step_m), 1)].mean()
    # on a constant slope the car rests at x = (slope, 0, slope, 0): the filter sees only what differs from it
    return np.asarray(np.abs(lfilter(numerator[0], denominator, slopes - first)), np.float64)


def sections(heights_m: Floats, step_m: float, start_m: float, length_m: float, from_m: float) -> list[Section]:
    """IRI of each whole section from `from_m` (the nearest sample) on; `heights_m` (n,) begin at `start_m`.

    What is left at the end is no section; only the very last step may be missing, so that 2000 heights 0.05 m apart
    are 100 m.
    """
    skip = round((from_m - start_m) / step_m)
    if len(heights_m) - skip < 2:
        return []
    rates = suspension_rates(heights_m[skip:], step_m)
    slack = step_m if length_m >= LEAST_STEPS * step_m else 0.0
    found = []
    for number in range(int((len(rates) * step_m + slack + 1e-6) // length_m)):
        first, last = (round(length_m * each / step_m) for each in (number, number + 1))
        place = from_m + number * length_m
        found.append(Section(place, place + length_m, float(rates[first:last].mean()) * 1000))
    return found
