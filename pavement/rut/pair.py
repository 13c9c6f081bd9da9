"""The transverse profile of the lane from two frames of one drive: plane plus parallax.

Both frames are laid on the road plane below a camera H above it. A point h above the plane, seen from two places d
apart, lies h d / (H − h) nearer to the earlier place in the earlier frame's picture of the plane than the plane itself
would (first order: shift = h d / H). Pitch, height and rolling shutter move whole rows of that picture, roll and yaw
tilt them linearly: what is left of a row after its straight line is taken out is the profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.interpolate import CubicSpline

from pavement.camera import Camera
from pavement.rut.match import ROW_M, STEP_M, STRIP_M, find_plane, match_strips
from pavement.rut.register import Grid
from pavement.rut.view import Floats, RoadView, far_limit_m, near_limit_m

LENGTH_M = (1.2, 4.5)  #: of road that both frames must show, at least and at most
MIN_CORRELATION = 0.30
KERB_M = 0.10  #: of the lane, on both sides, is paint
MIN_COLUMNS = 0.8  #: share of the lane's width that must be measured


class Refusal(StrEnum):
    """Why a pair of frames gives no profile."""

    NO_LANE = "no lane"
    TOO_SHORT = "baseline too short"
    TOO_LONG = "baseline too long"
    NO_MATCH = "textures do not match"
    WEAK = "correlation too low"
    NARROW = "too little of the lane seen"


@dataclass(frozen=True)
class Lane:
    """The own lane of one frame: its left and right edge, metres right of the camera's axis beside the camera.

    `heading`: metres that the lane goes to the right in every metre ahead.
    """

    left_m: float
    right_m: float
    heading: float = 0.0

    @property
    def middle_m(self) -> float:
        """Metres right of the camera's axis."""
        return (self.left_m + self.right_m) / 2

    @property
    def width_m(self) -> float:
        """Metres."""
        return self.right_m - self.left_m


@dataclass(frozen=True)
class PairProfile:
    """Heights across the lane (n,) in metres, less a straight line; NaN where not seen.

    `across_m` (n,): right of the lane's middle. `sd_m` (n,): 1 sigma of the matching alone. `ahead_m`: the road that it
    is of, from and to, ahead of the later frame. `metres`: travel as the plane itself shows it, `told_m`: as given.
    """

    across_m: Floats
    height_m: Floats
    sd_m: Floats
    ahead_m: tuple[float, float]
    metres: float
    told_m: float
    correlation: float
    lens: float  #: error of k1 that would explain how the bow of the rows grows towards the car, and its 1 sigma
    lens_sd: float
    lens_height_m: Floats  #: (n,) heights that an error of 1 in k1 would feign


def strips(lane_width_m: float) -> Floats:
    """Middles (n,) of the strips of a lane, metres right of its middle."""
    half = round((lane_width_m / 2 - KERB_M) / STRIP_M)
    return np.asarray((np.arange(2 * half) + 0.5 - half) * STRIP_M, float)


def pair_profile(
    earlier: RoadView, later: RoadView, metres: float, lane: Lane | None, lane_width_m: float
) -> PairProfile | Refusal:
    """The profile that two frames `metres` apart give; `lane`: of the later frame."""
    if lane is None:
        return Refusal.NO_LANE
    if metres < 0.8:
        return Refusal.TOO_SHORT
    camera = later.camera
    across = strips(lane_width_m)
    grid = _grid(camera, metres, lane, len(across))
    if grid is None:
        return Refusal.TOO_LONG
    plane = find_plane(earlier, later, metres, grid)
    if plane is None:
        return Refusal.NO_MATCH
    found = match_strips(earlier, later, plane, grid, metres, camera.height_m)
    model, shown, travel = found.model, found.shown, found.travel_m
    if found.correlation < MIN_CORRELATION:
        return Refusal.WEAK
    if shown.mean() < MIN_COLUMNS:
        return Refusal.NARROW
    shift = np.where(shown, model.profile, np.nan)
    height = camera.height_m * shift / (travel + shift)
    depth = np.nanquantile(height, 0.9) - height
    seen_at = (across + lane.middle_m) * (1 + depth / camera.height_m) - lane.middle_m  # what is deep looks nearer
    height[shown] = CubicSpline(seen_at[shown], height[shown])(across[shown])  # chords would cut troughs short
    return PairProfile(
        across_m=across,
        height_m=height,
        sd_m=camera.height_m / travel * found.sd,
        ahead_m=(float(grid.forward[0]), float(grid.forward[-1])),
        metres=travel,
        told_m=metres,
        correlation=found.correlation,
        lens=model.lens,
        lens_sd=model.lens_sd,
        lens_height_m=camera.height_m / travel * model.lens_profile,
    )


def _grid(camera: Camera, metres: float, lane: Lane, columns: int) -> Grid | None:
    """The fine grid over the road that both frames show; whole cells of `STRIP_M` by `ROW_M`."""
    near = min(near_limit_m(camera, side) for side in (lane.left_m + 0.5, lane.middle_m, lane.right_m - 0.5)) + 0.1
    length = min(far_limit_m(camera) - metres - near, LENGTH_M[1])
    if length < LENGTH_M[0]:
        return None
    rows = int(length / ROW_M)
    per_row, per_strip = round(ROW_M / STEP_M), round(STRIP_M / STEP_M)
    forward = near + (np.arange(rows * per_row) + 0.5) * STEP_M
    right = lane.middle_m + (np.arange(columns * per_strip) + 0.5 - columns * per_strip / 2) * STEP_M
    return Grid(np.asarray(forward, float), np.asarray(right, float), lane.heading)
