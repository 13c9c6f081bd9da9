"""A car over a longitudinal profile: a half car on two axles, and what its body does under the phone.

    driven = ride(profile_m, step_m, speed_mps, CARS["sedan"], rng)
    driven.time_s, driven.vertical_mps2, driven.heave_m, driven.pitch

Not the golden car of the IRI: stiffness, damping, wheelbase, place of the phone, engine and mount differ by car.
Model: Wong 2008, "Theory of Ground Vehicles", 7.2.2 (body with heave and pitch, two unsprung masses, linear springs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import bilinear, lfilter

from pavement.roughness import suspension_rates

Floats = NDArray[np.float64]
Speed = float | Floats | Callable[[Floats], Floats]  #: m/s: everywhere, at each sample (n,), or a function of metres

RATE_HZ = 200.0  #: of the integration; what a phone records is taken from it
LEAST_SPEED_MPS = 0.5  #: a slower car would take for ever


@dataclass(frozen=True)
class Vehicle:
    """A car and the phone in it. Frequencies are those of an axle with its share of the body."""

    name: str
    body_hz: float = 1.5  #: front axle; the rear's is `rear_stiffer` times as high
    body_damping: float = 0.3  #: of critical
    hop_hz: float = 11.5  #: of the wheel between tyre and spring
    unsprung_share: float = 0.13  #: of an axle's mass that the springs do not carry, to what they carry
    rear_stiffer: float = 1.15
    wheelbase_m: float = 2.6
    centre: float = 0.45  #: of gravity: share of the wheelbase behind the front axle
    inertia: float = 0.9  #: pitch radius of gyration squared, to the product of its distances from the axles
    phone_at: float = 0.2  #: share of the wheelbase behind the front axle
    tyre_m: float = 0.2  #: length over which a tyre evens out the road
    engine_hz: tuple[float, float] = (28.0, 45.0)  #: at standstill and at 60 km/h
    engine_mps2: float = 0.15  #: amplitude on the body
    mount_hz: float = 28.0  #: resonance of the phone's holder
    mount_damping: float = 0.12
    noise_mps2: float = 0.02  #: of the phone's sensor, white, standard deviation at `RATE_HZ`

    def __post_init__(self) -> None:
        highest = self.hop_hz * np.sqrt(self.unsprung_share) / 2
        if self.body_hz * max(self.rear_stiffer, 1.0) >= highest:
            raise ValueError(f"{self.name}: no springs give these frequencies; body_hz must be below {highest:.2f}")


CARS: dict[str, Vehicle] = {
    "sedan": Vehicle("sedan"),
    "van": Vehicle("van", 1.9, 0.24, 13.0, 0.16, 1.25, 2.9, 0.5, 1.0, 0.05, engine_mps2=0.3, mount_hz=22.0),
    "kei": Vehicle("kei", 1.7, 0.38, 12.5, 0.15, 1.05, 2.45, 0.42, 0.85, 0.25, engine_mps2=0.25, mount_hz=33.0),
    "soft": Vehicle("soft", 1.3, 0.22, 10.5, 0.11, 1.1, 2.75, 0.48, 0.95, 0.3, mount_hz=25.0),
}


@dataclass(frozen=True)
class Ride:
    """What the car did; arrays (n,), evenly spaced in time from 0 s at the profile's first sample."""

    time_s: Floats
    driven_m: Floats  #: where the front axle is
    speed_mps: Floats
    vertical_mps2: Floats  #: acceleration of the phone, up, without gravity; with engine, mount and sensor noise
    heave_m: (
        Floats  #: of the body where the phone is, up, against its place on a flat road of the profile's first height
    )
    pitch: Floats  #: of the body, nose down positive, radians


def random_profile(
    length_m: float, step_m: float, iri: float, rng: np.random.Generator, *, waviness: float = 2.0, uneven: float = 0.35
) -> Floats:
    """Heights (n,) of a made-up road with the mean IRI `iri` (mm/m).

    ISO 8608: displacement density falling as wavenumber to the power of -`waviness`, flat beyond 100 m of wavelength;
    its level wanders along the road (`uneven`: standard deviation of its logarithm, over some 60 m).
    """
    count = round(length_m / step_m) + 1
    wavenumber = np.asarray(np.fft.rfftfreq(count, step_m), np.float64)
    shape = np.maximum(wavenumber, 0.01) ** (1 - waviness / 2)  # of slopes
    shape[0] = 0
    slopes = np.fft.irfft(np.fft.rfft(rng.normal(0, 1, count)) * shape, count)
    level = gaussian_filter1d(rng.normal(0, 1, count), 30 / step_m, mode="wrap")
    slopes *= np.exp(uneven * level / max(float(level.std()), 1e-12))
    heights: Floats = np.cumsum(np.asarray(slopes, np.float64)) * step_m
    return np.asarray(heights * iri / (suspension_rates(heights, step_m).mean() * 1000))


def ride(
    profile_m: Floats, step_m: float, speed_mps: Speed, vehicle: Vehicle, rng: np.random.Generator | None = None
) -> Ride:
    """The ride over a profile (n,) of heights `step_m` apart; without `rng` there is no engine and no noise."""
    driven, time_s, speed = timetable(len(profile_m), step_m, speed_mps)
    heights = envelope(profile_m - profile_m[0], step_m, vehicle.tyre_m)
    places = np.arange(len(heights)) * step_m
    front = np.interp(driven, places, heights)
    rear = np.interp(driven - vehicle.wheelbase_m, places, heights)
    heave, pitch, heave_rate2, pitch_rate2 = half_car(vehicle, front, rear, 1 / RATE_HZ)
    ahead = (vehicle.centre - vehicle.phone_at) * vehicle.wheelbase_m
    vertical = heave_rate2 - ahead * pitch_rate2
    if rng is not None:
        vertical = through_mount(vehicle, vertical + engine(vehicle, time_s, speed, rng))
        vertical = vertical + rng.normal(0, vehicle.noise_mps2, len(vertical))
    return Ride(time_s, driven, speed, vertical, heave - ahead * pitch, pitch)


def timetable(count: int, step_m: float, speed_mps: Speed) -> tuple[Floats, Floats, Floats]:
    """Metres driven, seconds and m/s, all (m,), every 1 / `RATE_HZ` seconds until the end of the profile."""
    places: Floats = np.arange(count, dtype=np.float64) * step_m
    given = speed_mps(places) if callable(speed_mps) else np.broadcast_to(np.asarray(speed_mps, float), (count,))
    speed = np.maximum(np.asarray(given, float), LEAST_SPEED_MPS)
    pace = 1 / speed
    reached = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2 * step_m)])
    time_s = np.arange(int(reached[-1] * RATE_HZ) + 1) / RATE_HZ
    driven = np.interp(time_s, reached, places)
    return driven, time_s, np.interp(driven, places, speed)


def envelope(heights_m: Floats, step_m: float, tyre_m: float) -> Floats:
    """The profile as the tyre's contact sees it: a moving average; same length."""
    width = max(round(tyre_m / step_m), 1)
    padded = np.pad(heights_m, (width // 2, (width - 1) // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def springs(body_hz: float, hop_hz: float, unsprung_share: float) -> tuple[float, float]:
    """Stiffness of tyre and spring per carried mass, 1/s², that give an axle these two frequencies.

    >>> [round(each) for each in springs(1.5, 11.5, 0.13)]
    [574, 105]
    """
    whole = unsprung_share * (2 * np.pi * hop_hz) ** 2  # tyre + spring
    product = (2 * np.pi * body_hz) ** 2 * whole  # tyre · spring: the two in series carry the body
    root = float(np.sqrt(whole**2 / 4 - product))
    return float(whole) / 2 + root, float(whole) / 2 - root


def half_car(car: Vehicle, front_m: Floats, rear_m: Floats, step_s: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Heave (up) and pitch (nose down) of the centre of gravity, and their accelerations; road heights (n,) under both.

    Exact for heights that run straight between samples: each of the eight modes is a filter of first order.
    """
    a, b = car.centre * car.wheelbase_m, (1 - car.centre) * car.wheelbase_m
    carried = np.array([b, a]) / car.wheelbase_m  # body mass 1
    arms = np.array([-a, b])  # body height over an axle = heave + arm · pitch
    inertia = car.inertia * a * b
    system, push = np.zeros((8, 8)), np.zeros((8, 2))  # state: heave, pitch, two wheels, then their rates
    system[:4, 4:] = np.eye(4)
    for axle, stiffer in enumerate((1.0, car.rear_stiffer)):
        tyre, spring = np.array(springs(car.body_hz * stiffer, car.hop_hz, car.unsprung_share)) * carried[axle]
        damper = 2 * car.body_damping * np.sqrt(spring / carried[axle]) * carried[axle]
        squeeze = np.zeros(8)  # force of the spring on the body, up, per state
        squeeze[[0, 1, 2 + axle]] = -spring, -spring * arms[axle], spring
        squeeze[[4, 5, 6 + axle]] = -damper, -damper * arms[axle], damper
        system[4] += squeeze
        system[5] += squeeze * arms[axle] / inertia
        wheel = car.unsprung_share * carried[axle]
        system[6 + axle] -= squeeze / wheel
        system[6 + axle, 2 + axle] -= tyre / wheel
        push[6 + axle, axle] = tyre / wheel
    roads = np.stack([front_m, rear_m])
    rates, modes = np.linalg.eig(system)
    forces = np.linalg.solve(modes, push.astype(complex)) @ roads
    states = modes @ np.stack([_mode(rate, force, step_s) for rate, force in zip(rates, forces, strict=True)])
    motion = states.real
    second = system[4:6] @ motion
    return motion[0], motion[1], second[0], second[1]


def _mode(rate: complex, force: NDArray[np.complex128], step_s: float) -> NDArray[np.complex128]:
    """Solution of q' = rate · q + force from rest, the force straight between samples."""
    keep = np.exp(rate * step_s)
    held = (keep - 1) / rate
    rising = (held - step_s) / (rate * step_s)
    return np.asarray(lfilter([rising, held - rising], [1, -keep], force), complex)


def engine(car: Vehicle, time_s: Floats, speed_mps: Floats, rng: np.random.Generator) -> Floats:
    """Vibration of the running engine: a tone that rises with the speed, and half its frequency, weaker."""
    idle, fast = car.engine_hz
    tone = idle + (fast - idle) * speed_mps * 3.6 / 60 + 1.5 * np.sin(time_s / 3 + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(tone) * (time_s[1] - time_s[0])
    return np.asarray(car.engine_mps2 * (np.sin(phase) + 0.3 * np.sin(phase / 2 + rng.uniform(0, 6))))


def through_mount(car: Vehicle, body_mps2: Floats) -> Floats:
    """The phone's acceleration in its holder: a lightly damped mass on the body."""
    w = 2 * np.pi * car.mount_hz
    over, under = bilinear([2 * car.mount_damping * w, w**2], [1, 2 * car.mount_damping * w, w**2], RATE_HZ)
    return np.asarray(lfilter(over, under, body_mps2), np.float64)
