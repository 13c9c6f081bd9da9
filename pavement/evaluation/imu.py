"""推定 IRI and 段差 from a simulated phone, against the profile that the simulated car drove over.

Cars, roads, speeds, receiver and phone are made up (`simulate.suspension`, `simulate.imu`); the half car there is not
the quarter-car that reads it. What a simulation cannot tell: two wheel tracks, springs that are not linear, wind, load.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.evaluation.table import Figures
from pavement.imu.calibration import Lap, Reference, calibrate, tuned
from pavement.imu.road import FeltRoad, Travel, felt_by
from pavement.imu.samples import ImuSamples, Shaking, shakings
from pavement.imu.steps import find_steps
from pavement.imu.vehicle import VehicleModel
from pavement.matching.motion import monotone, smooth
from pavement.roughness import Section, sections
from pavement.simulate.imu import phone
from pavement.simulate.suspension import CARS, Vehicle, random_profile, ride

Floats = NDArray[np.float64]
Error = tuple[float, float]  #: found over true IRI; found minus true over its standard error

STEP_M = 0.05
EPOCH_S = 1.79e9
CALIBRATION_IRI = 4.0
ROADS = (2.0, 3.5, 6.0)  #: mean IRI of the roads that are measured
PLANTED_MM = 15.0
PLANTED_EVERY_M = 97.0
NEAR_M = 8.0  #: a found step this near a planted one is that one: the receiver is off by some metres
GPS_SIGMA_M, GPS_WHITE_M, GPS_MEMORY_S = 2.5, 0.5, 60.0


@dataclass(frozen=True)
class MadeDrive:
    """A drive over a made-up road: what the phone knows, and the truth."""

    heights_m: Floats
    pieces: list[Shaking]
    travel: Travel

    def true(self, length_m: float) -> list[Section]:
        """IRI of the profile."""
        return sections(self.heights_m, STEP_M, 0.0, length_m, 0.0)


def make_drive(
    car: Vehicle, heights_m: Floats, speed_kmh: tuple[float, float], rng: np.random.Generator, rate_hz: float = 100.0
) -> MadeDrive:
    """The drive of `car` over a profile, its speed swinging between two; the phone lies anyhow."""
    low, high = speed_kmh
    phase = rng.uniform(0, 2 * np.pi)

    def speed(x: Floats) -> Floats:
        return np.asarray(((low + high) / 2 + (high - low) / 2 * np.sin(x / 150 + phase)) / 3.6)

    driven = ride(heights_m, STEP_M, speed, car, rng)
    record = phone(driven, rng, rate_hz=rate_hz)
    samples = ImuSamples(record.time_s + EPOCH_S, record.acceleration, record.rotation)
    fixes_s = np.arange(0.0, driven.time_s[-1])
    along = np.interp(fixes_s, driven.time_s, driven.driven_m) + receiver_error(len(fixes_s), rng)
    n = len(fixes_s)
    motion = smooth(fixes_s, along, np.zeros(n), np.full(n, 3.0), np.full(n, np.nan), np.zeros(n, np.int64))
    smoothed = monotone(motion.along_m)
    return MadeDrive(heights_m, shakings(samples), Travel(fixes_s + EPOCH_S, smoothed))


def receiver_error(count: int, rng: np.random.Generator) -> Floats:
    """Metres along the road, one fix a second: Gauss-Markov and white."""
    keep = float(np.exp(-1 / GPS_MEMORY_S))
    error, state = np.empty(count), rng.normal(0, GPS_SIGMA_M)
    for index in range(count):
        error[index] = state
        state = keep * state + rng.normal(0, GPS_SIGMA_M * np.sqrt(1 - keep**2))
    return error + rng.normal(0, GPS_WHITE_M, count)


def evaluate_imu(
    cars: dict[str, Vehicle] = CARS,
    *,
    km: float = 3.0,
    speed_kmh: tuple[float, float] = (20.0, 60.0),
    seed: int = 1,
    rate_hz: float = 100.0,
) -> dict[str, Figures]:
    """A row for each car (IRI, calibrated on 2 km of another road and not), and one for each roughness (steps).

    Every car drives `km` kilometres of each of `ROADS` without and with planted steps.
    """
    iri: dict[str, Figures] = {}
    steps: dict[float, list[tuple[int, int, int, int, float]]] = {road: [] for road in ROADS}
    for number, (name, car) in enumerate(cars.items()):
        rng = np.random.default_rng([seed, number])
        first = make_drive(car, random_profile(2000, STEP_M, CALIBRATION_IRI, rng), speed_kmh, rng, rate_hz)
        known = [Reference(each.from_m, each.to_m, each.iri_mm_per_m) for each in first.true(100)]
        fitted = calibrate([Lap(first.pieces, first.travel, known)])
        vehicle = fitted.vehicle if fitted else VehicleModel()
        errors: dict[str, list[Error]] = {"100 m": [], "20 m": [], "not calibrated": [], "ordinary car": []}
        for road in ROADS:
            profile = random_profile(km * 1000, STEP_M, road, rng, waviness=rng.uniform(1.8, 2.4))
            drive = make_drive(car, profile, speed_kmh, rng, rate_hz)
            felt = felt_by(drive.pieces, drive.travel, vehicle)
            errors["100 m"] += compare(drive, felt, 100)
            errors["20 m"] += compare(drive, felt, 20)
            for label, guess in (
                ("not calibrated", tuned(drive.pieces, [drive.travel])),
                ("ordinary car", VehicleModel()),
            ):
                errors[label] += compare(drive, felt_by(drive.pieces, drive.travel, guess), 100)
            steps[road].append(planted(car, profile, vehicle, felt, speed_kmh, rng, rate_hz))
        iri[name] = iri_figures(errors)
    return {**iri, **{f"steps on IRI {road:g}": step_figures(found) for road, found in steps.items()}}


def compare(drive: MadeDrive, felt: FeltRoad, length_m: float) -> list[Error]:
    """The error of every section that was measured."""
    pairs = [(each.iri_mm_per_m, felt.iri(each.from_m, each.to_m)) for each in drive.true(length_m)]
    return [
        (found.iri_mm_per_m / true, (found.iri_mm_per_m - true) / found.sd_mm_per_m) for true, found in pairs if found
    ]


def iri_figures(errors: dict[str, list[Error]]) -> Figures:
    """Median |error| of each way of measuring, and how honest its standard error is."""
    figures: Figures = {"sections": len(errors["100 m"])}
    for label, found in errors.items():
        ratio, sigmas = np.array(found, float).reshape(-1, 2).T
        figures[f"{label}: median error"] = float(np.median(np.abs(ratio - 1)))
        figures[f"{label}: p95"] = float(np.percentile(np.abs(ratio - 1), 95))
        figures[f"{label}: bias"] = float(np.median(ratio) - 1)
        figures[f"{label}: within 2 sd"] = float((np.abs(sigmas) <= 2).mean())
    return figures


def planted(
    car: Vehicle,
    profile: Floats,
    vehicle: VehicleModel,
    bare: FeltRoad,
    speed_kmh: tuple[float, float],
    rng: np.random.Generator,
    rate_hz: float,
) -> tuple[int, int, int, int, float]:
    """(planted, found, found on the bare road, of these such as the road itself has, mean height in mm found)."""
    places = np.arange(PLANTED_EVERY_M, len(profile) * STEP_M - 50, PLANTED_EVERY_M)
    up = rng.choice([-1.0, 1.0], len(places))
    x = np.arange(len(profile)) * STEP_M
    jumps = np.sum([sign * (x >= place) for sign, place in zip(up, places, strict=True)], axis=0) * PLANTED_MM / 1000
    drive = make_drive(car, profile + jumps, speed_kmh, rng, rate_hz)
    found = find_steps(felt_by(drive.pieces, drive.travel, vehicle))
    heights = [
        sign * max(near, key=lambda step: step.score).height_mm
        for place, sign in zip(places, up, strict=True)
        if (near := [step for step in found if abs(step.along_m - place) <= NEAR_M])
    ]
    false = find_steps(bare)
    real = sum(rises(profile, step.along_m) >= 0.7 * PLANTED_MM for step in false)
    return len(places), len(heights), len(false), real, float(np.mean(heights)) if heights else np.nan


def rises(profile: Floats, along_m: float) -> float:
    """How far the bare road itself rises or falls within half a metre, at most, near a place; mm."""
    first, last = (round((along_m + by) / STEP_M) for by in (-NEAR_M, NEAR_M))
    part = profile[max(first, 0) : last]
    reach = round(0.5 / STEP_M)
    return float(np.abs(part[reach:] - part[:-reach]).max(initial=0.0)) * 1000


def step_figures(counts: list[tuple[int, int, int, int, float]]) -> Figures:
    """Share of the planted steps that were found, and what was found where none was planted."""
    there, found, false, real, _ = (sum(column) for column in zip(*counts, strict=True))
    kilometres = there * PLANTED_EVERY_M / 1000
    return {
        "planted 15 mm": int(there),
        "found": float(found / there),
        "height found mm": float(np.nanmean([height for *_, height in counts])),
        "false per km": float(false / kilometres),
        "of them on a real rise": float(real / false) if false else None,
    }
