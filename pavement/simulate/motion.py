"""How the car stands and moves on the road while a picture is taken.

The car rides on the very surface that is rendered: its wheels' profiles along the way driven, wandering included, go
through `suspension.ride`, once for what both sides share (heave and pitch) and once for their difference (roll).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pavement.simulate.car import Pose, Way
from pavement.simulate.relief import surface_m
from pavement.simulate.spec import DriveSpec, Roughness
from pavement.simulate.suspension import CARS, Ride, ride
from pavement.simulate.unevenness import TRACK_M
from pavement.simulate.world import WHEEL_M, World

Floats = NDArray[np.float64]

PROFILE_STEP_M = 0.05
TREMBLE_HZ = 28.0  #: the phone's holder with the running engine
TREMBLE_RAD = 0.0002  #: amplitude of its pitch and its roll, times `bounce`


@dataclass(frozen=True)
class Motion:
    """The car's body at the middle of a frame, against the level of the centre line, and how all that changes.

    `height_m`: of the plane of the wheels below the camera. `rise`: its slope along (nose up), `lean`: to the left
    (left side up). `tremble`: pitch and roll of the phone in radians and its phase.
    """

    height_m: float = 0.0
    rise: float = 0.0
    lean: float = 0.0
    speed_mps: float = 0.0
    height_rate: float = 0.0
    rise_rate: float = 0.0
    lean_rate: float = 0.0
    tremble: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def turned(self, time_s: Floats) -> tuple[Floats, Floats]:
        """Rise and lean (n,) against those of the middle, `time_s` (n,) after it."""
        pitch, roll, phase = self.tremble
        shake = np.sin(phase + 2 * np.pi * TREMBLE_HZ * time_s)
        return self.rise_rate * time_s + pitch * shake, self.lean_rate * time_s + roll * shake

    def axes(self) -> Floats:
        """Rotation (3, 3): columns are the body's forward, left and up in the level frame of the road."""
        forward = np.array([1.0, 0.0, self.rise]) / np.hypot(1.0, self.rise)
        left = np.array([0.0, 1.0, self.lean]) - forward * forward[2] * self.lean
        left /= np.linalg.norm(left)
        return np.stack([forward, left, np.cross(forward, left)], axis=1)


STILL = Motion()


class Journey:
    """The motion of the car over a whole drive."""

    def __init__(self, world: World, way: Way, spec: DriveSpec) -> None:
        self.spec, self.way = spec, way
        car = CARS[spec.car]
        ahead = car.phone_at * car.wheelbase_m  # from the camera to the front axle
        at = np.arange(way.driven[0], way.driven[-1], PROFILE_STEP_M)
        left, right = (wheels(world, way, at + ahead, aside) for aside in (WHEEL_M, -WHEEL_M))
        speed = np.interp(at, way.driven, way.speed_mps)
        rng = np.random.default_rng([spec.seed, 22])
        self.ride = ride((left + right) / 2, PROFILE_STEP_M, speed, car, rng)
        self.roll = ride((left - right) / 2, PROFILE_STEP_M, speed, car)
        self.driven = self.ride.driven_m + way.driven[0]
        self.start_m, self.start_lean = (left[0] + right[0]) / 2, (left[0] - right[0]) / TRACK_M
        lean = self.start_lean + self.roll.heave_m / WHEEL_M
        self.states = np.stack([self.start_m + self.ride.heave_m, -self.ride.pitch, lean])
        self.rates = np.gradient(self.states, self.ride.time_s, axis=1)

    def at(self, pose: Pose, index: int) -> Motion:
        """The motion at a pose of frame `index`; on a road without unevenness the car stands still on its wheels."""
        speed = float(np.interp(pose.driven_m, self.way.driven, self.way.speed_mps))
        phase = float(np.random.default_rng([self.spec.seed, 23, index]).uniform(0, 2 * np.pi))
        tremble = TREMBLE_RAD * self.spec.bounce
        height, rise, lean = (float(np.interp(pose.driven_m, self.driven, row)) for row in self.states)
        if self.spec.roughness is Roughness.NONE:
            return Motion(height, 0.0, lean, speed)
        lifting, rising, leaning = (float(np.interp(pose.driven_m, self.driven, row)) for row in self.rates)
        return Motion(height, rise, lean, speed, lifting, rising, leaning, (tremble, tremble, phase))

    def timed_ride(self) -> tuple[Ride, float]:
        """The ride for the phone's acceleration sensor on the drive's clock: its times from 0, and the epoch of 0."""
        time_s = np.interp(self.driven, self.way.driven, self.way.time_s)
        return replace(self.ride, time_s=time_s - time_s[0]), float(time_s[0])


def wheels(world: World, way: Way, driven_m: Floats, aside_m: float) -> Floats:
    """Heights (n,) in m under the wheels of one side, `aside_m` to the left of the way driven."""
    s, across, yaw = (np.interp(driven_m, way.driven, column) for column in (way.s, way.across, way.yaw))
    return surface_m(world, s - aside_m * np.sin(yaw), across + aside_m * np.cos(yaw))
