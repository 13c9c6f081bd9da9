"""Felt roads on the managed network: one for each run of the matched track, and the laps of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pavement.imu.calibration import Lap, Reference, tuned
from pavement.imu.road import FeltRoad, Travel, felt_by
from pavement.imu.samples import ImuSamples, shakings
from pavement.imu.vehicle import VehicleModel
from pavement.matching import MatchedTrack, Run
from pavement.road import Direction, RoadKey


@dataclass(frozen=True)
class KnownIri:
    """A row of a reference table: IRI between two kiloposts of one road and direction."""

    road: RoadKey
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    iri_mm_per_m: float


def travel_of(run: Run) -> Travel | None:
    """Where the car was on a run; None of a run of one fix."""
    rising = np.concatenate([[True], np.diff(run.time_s) > 0])
    return Travel(run.time_s[rising], run.along_m[rising]) if rising.sum() > 1 else None


def feel_runs(
    samples: ImuSamples, matched: MatchedTrack, vehicle: VehicleModel | None = None
) -> list[tuple[Run, FeltRoad]]:
    """The road felt on every run, in metres along the run's route.

    Without a calibrated `vehicle` an ordinary car is assumed, tuned to the peaks in the drive's own spectrum; the
    standard errors are those of such a guess.
    """
    pieces = shakings(samples)
    travels = [(run, travel) for run in matched.runs if (travel := travel_of(run)) is not None]
    car = vehicle or tuned(pieces, [travel for _, travel in travels])
    return [(run, felt_by(pieces, travel, car)) for run, travel in travels]


def laps(samples: ImuSamples, matched: MatchedTrack, known: Sequence[KnownIri]) -> list[Lap]:
    """The runs that pass reference sections, with the sections' places along each run's route."""
    pieces = shakings(samples)
    found = []
    for run in matched.runs:
        travel = travel_of(run)
        here = [
            Reference(start, end, each.iri_mm_per_m)
            for each in known
            if each.road == run.route.road and each.direction is run.direction
            if (start := run.route.scale.along_at(each.from_kp_km)) is not None
            if (end := run.route.scale.along_at(each.to_kp_km)) is not None
        ]
        if travel is not None and here:
            found.append(Lap(pieces, travel, here))
    return found
