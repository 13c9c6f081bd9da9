"""段差 from the felt road: bridge ends, manholes, heave. A jump of the road is a pulse in its vertical velocity.

Ordinary roughness is a random walk of the height (ISO 8608), whose velocity is white noise: over it the best detector
of a pulse of known shape is the matched filter (Turin 1960). Two shapes are looked for: a jump as sharp as the band of
`PASS_HZ` lets it be, and a rise within `RAMP_M`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from pavement.imu.road import LEAST_SPEED_MPS, STEP_M, Felt, FeltRoad
from pavement.imu.vehicle import PASS_HZ, passed

Floats = NDArray[np.float64]

LEAST_HEIGHT_MM = 10.0  #: lower ones are ordinary roughness
LEAST_SIGMAS = 3.75  #: over the roughness around
AROUND_M = 60.0  #: over which that roughness is taken
RAMP_M = 0.6
APART_M = 6.0  #: the second axle, and both ends of a manhole, belong to the first jump


@dataclass(frozen=True)
class Step:
    """A jump of the road: metres along the line (of the phone), height in mm (up positive, as driven), 0-1."""

    along_m: float
    height_mm: float
    score: float  #: 0.5 at the limit of detection, towards 1 the more it stands out
    time_s: float  #: seconds since 1970 UTC: for the photo


def find_steps(road: FeltRoad) -> list[Step]:
    """The steps of all pieces in the order driven."""
    return [step for piece in road.pieces for step in _steps(piece)]


def pulse(time_s: Floats) -> Floats:
    """Velocity (1/s) of the road where it jumps by 1 at 0 s, in the band that is inverted."""
    hz = np.arange(0.025, PASS_HZ[2], 0.05)
    return np.asarray(2 * (passed(hz) * np.cos(2 * np.pi * np.multiply.outer(time_s, hz))).sum(-1) * 0.05)


def sharp(piece: Felt) -> Floats:
    """(n,) height in mm that a jump at each place would have by the velocity there."""
    return piece.velocity_mps / pulse(np.zeros(1)) * 1000


def blunt(piece: Felt) -> Floats:
    """(n,) height in mm that a rise within `RAMP_M` around each place would have: a worn joint, a short ramp."""
    slope = piece.velocity_mps / np.maximum(piece.speed_mps, LEAST_SPEED_MPS)  # slower = not sound: the velocity is 0
    height = np.concatenate([[0.0], np.cumsum(slope) * STEP_M])
    reach = round(RAMP_M / STEP_M / 2)
    padded = np.pad(height, reach, mode="edge")
    rise = (padded[2 * reach :] - padded[: -2 * reach])[: len(piece.velocity_mps)]
    speeds = np.arange(4.0, 41.0, 2.0)
    inside = np.linspace(-RAMP_M / 2, RAMP_M / 2, 41) / speeds[:, None]
    share = pulse(inside).mean(1) * RAMP_M / speeds  # of a jump, that the band leaves within the ramp
    return np.asarray(rise / np.interp(piece.speed_mps, speeds, share) * 1000)


def _sigmas(height_mm: Floats) -> Floats:
    """(n,) how far each height stands out of the roughness around it."""
    every = round(1 / STEP_M)  # once a metre is enough to know the roughness, and quick
    spread = median_filter(np.abs(height_mm[::every]), round(AROUND_M), mode="nearest") * 1.48
    return np.asarray(np.abs(height_mm) / np.maximum(np.repeat(spread, every)[: len(height_mm)], 0.5))


def _steps(piece: Felt) -> list[Step]:
    heights = np.stack([sharp(piece), blunt(piece)])
    each = np.stack([_sigmas(height) for height in heights])
    each[np.abs(heights) < LEAST_HEIGHT_MM] = 0
    height, sigmas = np.take_along_axis(heights, each.argmax(0)[None], 0)[0], each.max(0)
    found: list[Step] = []
    left = np.where(piece.sound & (sigmas >= LEAST_SIGMAS), sigmas, 0.0)
    reach = round(APART_M / STEP_M)
    while left.any():
        at = int(left.argmax())
        score = 1 - LEAST_SIGMAS / (2 * float(sigmas[at]))
        found.append(Step(float(piece.along_m[at]), float(height[at]), score, float(piece.time_s[at])))
        left[max(at - reach, 0) : at + reach + 1] = 0
    return sorted(found, key=lambda step: step.time_s)
