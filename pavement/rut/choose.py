"""Which frames of a drive are laid beside each other: far enough apart to see depth, near enough to look alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pavement.camera import Camera
from pavement.rut.pair import LENGTH_M
from pavement.rut.view import Floats, far_limit_m, near_limit_m

BASELINE_M = (0.8, 6.5)
PER_20_M = 14  #: pairs
GOOD_ENOUGH = 2.5  #: a baseline whose precision is so many times worse than the best one's is not used


def precision_m(camera: Camera, metres: float) -> float:
    """Height that a shift by one pixel of the farther frame stands for, over the root of the road's length, metres.

    Infinite where both frames do not show enough of the same road.
    """
    near = near_limit_m(camera) + 0.1
    length = min(far_limit_m(camera) - metres - near, LENGTH_M[1])
    if length < LENGTH_M[0] or metres <= 0:
        return float("inf")
    there = near + metres + np.linspace(0, length, 9)
    footprint = (there**2 + camera.height_m**2) / (camera.focal_px * camera.height_m)
    return float(camera.height_m / metres / np.sqrt((1 / footprint**2).mean() * length))


def choose_pairs(
    driven_m: Sequence[float] | Floats, camera: Camera, *, sharpness: Sequence[float] | Floats | None = None
) -> list[tuple[int, int]]:
    """(earlier, later) indices of frames at `driven_m` (n,), rising; by baseline and, where given, sharpness.

    About `PER_20_M` pairs for every 20 m of road, the best first for each later frame.
    """
    at = np.asarray(driven_m, float)
    sharp = np.ones(len(at)) if sharpness is None else np.asarray(sharpness, float) / max(np.median(sharpness), 1e-9)
    table = np.arange(BASELINE_M[0], BASELINE_M[1], 0.1)
    known = np.array([precision_m(camera, float(metres)) for metres in table])
    if not np.isfinite(known).any():
        return []
    step = float(np.median(np.diff(at))) if len(at) > 1 else 1.0
    each = int(np.clip(round(PER_20_M * max(step, 0.1) / 20), 1, 3))
    every = max(int(20 / PER_20_M / max(step, 0.1)), 1)
    pairs = []
    for later in range(0, len(at), every):
        options = []
        for earlier in range(later - 1, -1, -1):
            metres = at[later] - at[earlier]
            if metres > BASELINE_M[1]:
                break
            worth = float(np.interp(metres, table, np.where(np.isfinite(known), known, 1e3)))
            if metres >= BASELINE_M[0] and worth < GOOD_ENOUGH * known.min():
                options.append((worth / min(sharp[earlier], sharp[later], 1.0), earlier))
        pairs += [(earlier, later) for _, earlier in sorted(options)[:each]]
    return pairs
