"""One car's answer to the road, from a drive over a road of known IRI.

Two things are fitted together: the IRI of the reference sections, and the shape of the spectrum. A road's slope has a
spectrum without peaks (ISO 8608: straight in the logarithms); peaks that are left after inversion belong to the car.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.signal import welch

from pavement.imu.road import LEAST_SPEED_MPS, Travel, felt_by
from pavement.imu.samples import Shaking
from pavement.imu.vehicle import LEAST_SPREAD, TUNED_SPREAD, VehicleModel

Floats = NDArray[np.float64]

LEAST_SECTIONS = 5  #: with fewer nothing is calibrated
BANDS_HZ = np.geomspace(0.7, 12.0, 15)
BAND_SD = 0.25  #: of a band's logarithm about the straight line: roads are not that smooth either
IRI_SD = 0.08  #: of a section's logarithm
USUAL = np.log([1.55, 0.30, 11.5, 0.88])  #: body_hz, damping, hop_hz, gain of ordinary cars …
USUAL_SD = np.array([0.2, 0.3, 0.12, 0.2])  #: … and how far they spread, of the logarithm
LEAST_SPREAD_100M = 0.04  #: what a fit of its own sections hides
SPEED_MARGIN_KMH = 10.0  #: to either side of what was driven, for which a calibration holds


@dataclass(frozen=True)
class Reference:
    """A section whose IRI is known: places along the line of the travel."""

    from_m: float
    to_m: float
    iri_mm_per_m: float


@dataclass(frozen=True)
class Lap:
    """One travel over sections of known IRI."""

    pieces: Sequence[Shaking]
    travel: Travel
    references: Sequence[Reference]


@dataclass(frozen=True)
class Calibration:
    """The car as fitted; how many sections it rests on, and the median |error| that is left on them, relative."""

    vehicle: VehicleModel
    sections: int
    error: float


def calibrate(laps: Sequence[Lap]) -> Calibration | None:
    """The car that fits best; None where fewer than `LEAST_SECTIONS` reference sections were measured."""
    spectra = [each for lap in laps if (each := spectrum(lap.pieces, lap.travel)) is not None]
    errors, lengths, speeds = _errors(laps, VehicleModel())
    if len(errors) < LEAST_SECTIONS or not spectra:
        return None
    mean_spectrum = np.mean(spectra, axis=0)

    def misfit(logs: Floats) -> Floats:
        model = _model(logs)
        wrong, _, _ = _errors(laps, model)
        return np.concatenate(
            [
                wrong / (IRI_SD * np.sqrt(100 / lengths)),
                peaks(mean_spectrum, model) / BAND_SD,
                (logs - USUAL) / USUAL_SD,
            ]
        )

    fitted = least_squares(misfit, USUAL, x_scale=USUAL_SD, loss="soft_l1", bounds=(USUAL - 1, USUAL + 1))
    vehicle = _model(fitted.x)
    errors, lengths, speeds = _errors(laps, vehicle)
    per_100m = float(np.median(np.abs(errors) * np.sqrt(lengths / 100)) * 1.48)
    spread = max(per_100m / float(np.sqrt(len(errors))), LEAST_SPREAD)
    low, high = np.percentile(speeds, [5, 95])
    known = (float(low) - SPEED_MARGIN_KMH, float(high) + SPEED_MARGIN_KMH)
    vehicle = replace(
        vehicle, spread=spread, spread_100m=max(per_100m, LEAST_SPREAD_100M), speed_kmh=known, calibrated=True
    )
    return Calibration(vehicle, len(errors), float(np.median(np.abs(np.expm1(errors)))))


def tuned(pieces: Sequence[Shaking], travels: Sequence[Travel]) -> VehicleModel:
    """An unknown car whose two frequencies and damping are read from the spectrum alone; its gain is taken as usual."""
    spectra = [each for travel in travels if (each := spectrum(pieces, travel)) is not None]
    if not spectra:
        return VehicleModel()
    shape: Floats = np.mean(spectra, axis=0)

    def misfit(logs: Floats) -> Floats:
        return np.concatenate([peaks(shape, _model(logs)) / BAND_SD, (logs - USUAL) / USUAL_SD])

    fitted = least_squares(misfit, USUAL, x_scale=USUAL_SD, loss="soft_l1", bounds=(USUAL - 1, USUAL + 1))
    return replace(_model(fitted.x), spread=TUNED_SPREAD)


def _model(logs: Floats) -> VehicleModel:
    body_hz, damping, hop_hz, gain = (float(each) for each in np.exp(logs))
    return VehicleModel(body_hz, damping, hop_hz, gain)


def _errors(laps: Sequence[Lap], model: VehicleModel) -> tuple[Floats, Floats, Floats]:
    """Logarithm of found over known IRI, length in m and speed in km/h of each section that was measured, (n,)."""
    rows = []
    for lap in laps:
        road = felt_by(lap.pieces, lap.travel, model)
        for known in lap.references:
            if found := road.iri(known.from_m, known.to_m):
                error = np.log(max(found.iri_mm_per_m, 1e-6) / known.iri_mm_per_m)
                rows.append((error, abs(known.to_m - known.from_m), found.speed_kmh))
    error, length, speed = np.array(rows, float).reshape(-1, 3).T
    return error, length, speed


def spectrum(pieces: Sequence[Shaking], travel: Travel) -> Floats | None:
    """Mean density of the vertical acceleration in each of `BANDS_HZ`, (bands - 1,), per speed; None of too little."""
    found = []
    for piece in pieces:
        speed = np.abs(np.gradient(np.interp(piece.time_s, travel.time_s, travel.along_m))) * piece.rate_hz
        window = round(8 * piece.rate_hz)
        for first in range(0, len(speed) - window + 1, window):
            part = slice(first, first + window)
            pace = float(speed[part].mean())
            if pace < LEAST_SPEED_MPS or not piece.sound[part].all():
                continue
            hz, density = welch(piece.vertical_mps2[part], piece.rate_hz, nperseg=window)
            band = np.digitize(hz, BANDS_HZ) - 1
            found.append([density[band == each].mean() / pace for each in range(len(BANDS_HZ) - 1)])
    return np.mean(found, axis=0) if len(found) >= 5 else None


def peaks(density: Floats, model: VehicleModel) -> Floats:
    """What is left of a spectrum over a straight line (in the logarithms) when the car's answer is taken out."""
    middle = np.sqrt(BANDS_HZ[1:] * BANDS_HZ[:-1])
    road = np.log(density) - 2 * np.log(np.abs(model.answer(middle)))
    line = np.polyfit(np.log(middle), road, 1)
    return np.asarray(road - np.polyval(line, np.log(middle)))
