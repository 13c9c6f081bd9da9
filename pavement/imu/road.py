"""The road as the car felt it: slope along the way, 推定 IRI of any stretch, and steps. Class 3 (ASTM E950)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from pavement.imu.samples import ImuSamples, Shaking, shakings
from pavement.imu.vehicle import VehicleModel
from pavement.roughness import suspension_rates

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEP_M = 0.1  #: sampling along the way
LEAST_SPEED_MPS = 4.0  #: slower, the road's waves are too slow for a phone's sensor
SETTLE_M = 15.0  #: after a hole the golden car has to find its motion again
SPEED_WINDOW_S = 2.0
HOLE_S = 10.0  #: of the track: where the car was in a longer one is not known well enough
RING_S = 12.0  #: how far the inverse reaches into the neighbourhood
LEAST_SHARE = 0.8  #: of a stretch that must have been measured


@dataclass(frozen=True)
class Travel:
    """Where the car was: seconds since 1970 UTC and metres along a line, (n,); metres fall where it went back."""

    time_s: Floats
    along_m: Floats

    def __post_init__(self) -> None:
        if self.time_s.shape != self.along_m.shape or len(self.time_s) < 2 or (np.diff(self.time_s) <= 0).any():
            raise ValueError("a travel needs two or more rising times, and as many places")


@dataclass(frozen=True)
class Iri:
    """推定 IRI of a stretch with its standard error, mm/m; `share` of it was measured, at `speed_kmh` on average."""

    iri_mm_per_m: float
    sd_mm_per_m: float
    share: float
    speed_kmh: float


@dataclass(frozen=True)
class Felt:
    """One piece of road as felt, every `STEP_M` driven; arrays (n,). `time_s` and `along_m` of the phone."""

    time_s: Floats
    along_m: Floats
    speed_mps: Floats
    velocity_mps: Floats  #: of the road's height under the wheel
    stroke: Floats  #: of the golden car, m/m, absolute: its mean is the IRI
    sound: Bools


@dataclass(frozen=True)
class FeltRoad:
    """All pieces of one travel, and the vehicle by which they were read."""

    pieces: tuple[Felt, ...]
    vehicle: VehicleModel

    def iri(self, from_m: float, to_m: float) -> Iri | None:
        """推定 IRI between two places along the line, in either order; None where too little of it was measured."""
        low, high = min(from_m, to_m), max(from_m, to_m)
        inside = [(piece, (piece.along_m >= low) & (piece.along_m < high) & piece.sound) for piece in self.pieces]
        stroke = np.concatenate([piece.stroke[here] for piece, here in inside] or [np.empty(0)])
        share = min(len(stroke) * STEP_M / max(high - low, STEP_M), 1.0)
        if share < LEAST_SHARE:
            return None
        value = float(stroke.mean()) * 1000
        speed = float(np.concatenate([piece.speed_mps[here] for piece, here in inside]).mean()) * 3.6
        return Iri(value, value * self.vehicle.relative_sd(high - low, speed), share, speed)


def feel(samples: ImuSamples, travel: Travel, vehicle: VehicleModel) -> FeltRoad:
    """The road that a phone felt on one travel along one line (a run of the matched track)."""
    return felt_by(shakings(samples), travel, vehicle)


def felt_by(pieces: Sequence[Shaking], travel: Travel, vehicle: VehicleModel) -> FeltRoad:
    """As `feel`, of shakings that are already known: they do not depend on the line or the vehicle."""
    found = (_felt(piece, travel, vehicle) for piece in pieces)
    return FeltRoad(tuple(each for each in found if each is not None), vehicle)


def _felt(shaking: Shaking, travel: Travel, vehicle: VehicleModel) -> Felt | None:
    """One piece, where the travel covers it."""
    time_s = shaking.time_s
    first, last = np.searchsorted(time_s, travel.time_s[[0, -1]])
    if last - first < shaking.rate_hz:
        return None
    around = round(RING_S * shaking.rate_hz)
    before = max(int(first) - around, 0)
    wide = vehicle.road_velocity(shaking.vertical_mps2[before : last + around], shaking.rate_hz)
    inside = slice(int(first), int(last))
    time_s, sound = time_s[inside], shaking.sound[inside].copy()
    velocity = wide[first - before : last - before]
    place = PchipInterpolator(travel.time_s - travel.time_s[0], travel.along_m)
    speed = np.abs(place.derivative()(time_s - travel.time_s[0]))
    speed = uniform_filter1d(speed, max(round(SPEED_WINDOW_S * shaking.rate_hz), 1), mode="nearest")
    driven = np.cumsum(np.maximum(speed, 1e-3)) / shaking.rate_hz
    grid = np.arange(driven[0], driven[-1], STEP_M)
    if len(grid) < SETTLE_M / STEP_M:
        return None
    fix = np.clip(np.searchsorted(travel.time_s, time_s), 1, len(travel.time_s) - 1)
    sound &= (speed >= LEAST_SPEED_MPS) & (np.diff(travel.time_s)[fix - 1] <= HOLE_S)
    at = np.interp(grid, driven, time_s)
    pace, felt = np.interp(grid, driven, speed), np.interp(grid, driven, velocity)
    good = np.interp(grid, driven, sound.astype(float)) > 0.99
    slopes = np.where(good, felt / np.maximum(pace, LEAST_SPEED_MPS), 0.0)
    stroke = suspension_rates(np.concatenate([[0.0], np.cumsum(slopes)]) * STEP_M, STEP_M)
    settle = round(SETTLE_M / STEP_M)
    settled = minimum_filter1d(good.astype(np.uint8), settle, origin=(settle - 1) // 2, mode="constant").astype(bool)
    return Felt(at, np.interp(at, travel.time_s, travel.along_m), pace, np.where(good, felt, 0.0), stroke, settled)
