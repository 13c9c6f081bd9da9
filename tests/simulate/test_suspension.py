"""The simulated car: its springs, its body on long and short waves, and the phone's record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pavement.roughness import sections
from pavement.simulate.imu import GRAVITY_MPS2, phone, write_imu
from pavement.simulate.suspension import CARS, RATE_HZ, Vehicle, half_car, random_profile, ride, springs
from pavement.sources.imu_csv import read_imu

Floats = NDArray[np.float64]
STEP_M = 0.05


def sine(wave_m: float, amplitude_m: float, length_m: float = 1500.0) -> Floats:
    return amplitude_m * np.sin(2 * np.pi * np.arange(0, length_m, STEP_M) / wave_m)


@pytest.mark.parametrize("car", CARS.values(), ids=CARS)
def test_the_body_follows_a_long_wave_and_ignores_a_short_one(car: Vehicle) -> None:
    long, short = (ride(sine(wave, 0.01), STEP_M, 12.0, car) for wave in (150.0, 0.6))
    settled = slice(len(long.time_s) // 2, None)
    assert np.abs(long.heave_m[settled]).max() == pytest.approx(0.01, rel=0.05)
    assert np.abs(short.heave_m[settled]).max() < 0.001
    # 0.08 Hz: acceleration = (2π·0.08)² · 10 mm
    assert np.abs(long.vertical_mps2[settled]).max() == pytest.approx((2 * np.pi * 12 / 150) ** 2 * 0.01, rel=0.05)


def test_springs_give_the_frequencies_that_were_asked_for() -> None:
    tyre, spring = springs(1.5, 11.5, 0.13)
    assert np.sqrt(tyre * spring / (tyre + spring)) / (2 * np.pi) == pytest.approx(1.5)
    assert np.sqrt((tyre + spring) / 0.13) / (2 * np.pi) == pytest.approx(11.5)
    with pytest.raises(ValueError, match="no springs"):
        Vehicle("impossible", body_hz=2.5, hop_hz=9.0)


def test_after_a_kerb_the_body_swings_at_its_own_frequency_and_comes_to_rest_higher() -> None:
    car = Vehicle("soft", body_hz=1.4, body_damping=0.1, rear_stiffer=1.0, centre=0.5, inertia=1.0)
    both = np.concatenate([np.zeros(200), np.full(4000, 0.05)])  # both axles at once: no pitch
    heave, pitch, _, _ = half_car(car, both, both, 1 / RATE_HZ)
    assert np.abs(pitch).max() < 1e-9
    assert heave[-1] == pytest.approx(0.05, rel=1e-3)
    crossings = np.flatnonzero(np.diff(np.sign(heave[200:1000] - 0.05)) != 0)
    assert RATE_HZ / (2 * np.diff(crossings).mean()) == pytest.approx(1.4, rel=0.05)


def test_time_and_place_fit_a_changing_speed() -> None:
    driven = ride(np.zeros(20001), STEP_M, lambda x: 8 + x / 200, CARS["van"])
    assert driven.driven_m[-1] == pytest.approx(1000, abs=0.1)
    assert driven.time_s[-1] == pytest.approx(200 * np.log(13 / 8), abs=0.02)  # dt = dx / (8 + x/200)
    assert np.gradient(driven.driven_m, driven.time_s)[5000] == pytest.approx(driven.speed_mps[5000], rel=1e-3)


def test_a_random_road_has_the_iri_that_was_asked_for() -> None:
    profile = random_profile(2000, STEP_M, 3.5, np.random.default_rng(4), waviness=2.3)
    assert np.mean([each.iri_mm_per_m for each in sections(profile, STEP_M, 0, 100, 0)]) == pytest.approx(3.5, rel=0.01)


def test_the_phone_feels_gravity_in_any_orientation_and_writes_it_down(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    driven = ride(random_profile(300, STEP_M, 3, rng), STEP_M, 12.0, CARS["sedan"], rng)
    upside_down = phone(driven, rng, orientation=Rotation.from_euler("x", 180, degrees=True))
    assert upside_down.acceleration[:, 2].mean() == pytest.approx(-GRAVITY_MPS2, abs=0.05)
    record = phone(driven, rng)
    assert np.linalg.norm(record.acceleration.mean(0)) == pytest.approx(GRAVITY_MPS2, abs=0.05)
    write_imu(tmp_path / "imu.csv", record, 1.79e9)
    read = read_imu(tmp_path / "imu.csv")
    assert read is not None
    assert not read.notices
    assert read.samples.rate_hz == pytest.approx(100, rel=0.01)
    np.testing.assert_allclose(read.samples.acceleration, record.acceleration, atol=1e-5)
    np.testing.assert_allclose(read.samples.time_s - 1.79e9, record.time_s, atol=1e-5)


def test_noise_and_engine_come_with_the_generator_only() -> None:
    flat = np.zeros(4000)
    quiet = ride(flat, STEP_M, 10.0, CARS["van"])
    assert not quiet.vertical_mps2.any()
    loud = ride(flat, STEP_M, 10.0, replace(CARS["van"], noise_mps2=0.0), np.random.default_rng(1))
    assert loud.vertical_mps2[400:].std() > 0.1
