"""From a phone's vibration to 推定 IRI and steps: simulated cars, and `pavement calibrate-imu` from end to end."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import LineString, Point

from pavement.cli import main
from pavement.evaluation.imu import EPOCH_S, STEP_M, MadeDrive, evaluate_imu, make_drive
from pavement.imu.calibration import Lap, Reference, calibrate, tuned
from pavement.imu.road import Felt, Travel, feel, felt_by
from pavement.imu.samples import ImuSamples, shakings
from pavement.imu.steps import blunt, find_steps, pulse
from pavement.imu.travel import feel_runs
from pavement.imu.vehicle import PASS_HZ, VehicleModel
from pavement.matching import match_track
from pavement.road import Direction
from pavement.simulate.imu import phone, write_imu
from pavement.simulate.suspension import CARS, random_profile, ride
from pavement.sources.vehicle_toml import read_vehicle
from pavement.track import Track
from tests.builders import PLANE, make_network, make_route

Floats = NDArray[np.float64]


def drive(seed: int = 1, *, car: str = "sedan", iri: float = 3.5, length_m: float = 1000.0, **more: float) -> MadeDrive:
    rng = np.random.default_rng(seed)
    return make_drive(CARS[car], random_profile(length_m, STEP_M, iri, rng), (25.0, 55.0), rng, **more)


def lap(made: MadeDrive) -> Lap:
    known = [Reference(each.from_m, each.to_m, each.iri_mm_per_m) for each in made.true(100)]
    return Lap(made.pieces, made.travel, known)


def test_the_figures_of_the_issue() -> None:
    """Small roads, so wide limits; `docs/accuracy.md` has the figures of longer ones."""
    figures = evaluate_imu({name: CARS[name] for name in ("sedan", "van", "soft")}, km=1.0)
    for name in ("sedan", "van", "soft"):
        row = {label: float(value or 0) for label, value in figures[name].items()}
        assert row["100 m: median error"] < 0.08
        assert abs(row["100 m: bias"]) < 0.08
        assert row["100 m: within 2 sd"] > 0.85
        assert row["not calibrated: median error"] < 0.35
        assert row["not calibrated: within 2 sd"] > 0.85
    smooth, usual = figures["steps on IRI 2"], figures["steps on IRI 3.5"]
    assert float(smooth["found"] or 0) >= 0.95
    assert float(usual["found"] or 0) >= 0.9
    assert float(smooth["false per km"] or 0) <= 0.5
    assert float(usual["false per km"] or 0) <= 2
    assert float(usual["height found mm"] or 0) == pytest.approx(15, abs=3)


def test_the_inverse_undoes_the_answer() -> None:
    car = VehicleModel(1.4, 0.25, 12.0, 0.9)
    time_s = np.arange(0, 60, 0.01)
    for hz in (0.5, 1.4, 5.0, 12.0):
        road = np.sin(2 * np.pi * hz * time_s)
        answer = car.answer(np.array([hz]))[0]
        felt = np.abs(answer) * np.sin(2 * np.pi * hz * time_s + np.angle(answer))
        np.testing.assert_allclose(car.road_velocity(felt, 100.0)[1000:5000], road[1000:5000], atol=0.03)
    assert np.abs(car.answer(np.array([0.01]))[0]) == pytest.approx(0.9 * 2 * np.pi * 0.01, rel=1e-3)
    assert pulse(np.zeros(1)) == pytest.approx(PASS_HZ[1] + PASS_HZ[2], rel=0.03)  # twice the band's half-width


def test_calibration_finds_the_car_and_needs_enough_sections() -> None:
    known = lap(drive(2))
    found = calibrate([known])
    assert found is not None
    assert found.vehicle.calibrated
    assert found.vehicle.body_hz == pytest.approx(CARS["sedan"].body_hz, rel=0.15)
    assert found.vehicle.hop_hz == pytest.approx(CARS["sedan"].hop_hz, rel=0.15)
    assert found.error < 0.08
    assert calibrate([replace(known, references=known.references[:4])]) is None
    assert calibrate([]) is None


def test_an_unknown_car_is_tuned_by_its_spectrum_and_trusted_less() -> None:
    made = drive(3, car="van", length_m=1500)
    car = tuned(made.pieces, [made.travel])
    assert car.body_hz == pytest.approx(CARS["van"].body_hz, rel=0.15)
    assert not car.calibrated
    assert car.relative_sd(100) > 0.25
    assert tuned(made.pieces, []) == VehicleModel()


def test_uncertainty_grows_for_short_sections_and_unknown_speeds() -> None:
    car = VehicleModel(spread=0.05, spread_100m=0.1, speed_kmh=(30, 60), calibrated=True)
    assert car.relative_sd(20) > 2 * car.relative_sd(100) * 0.9
    assert car.relative_sd(100, 20.0) == pytest.approx(np.hypot(car.relative_sd(100, 45.0), 0.1))


def samples_of(made: Floats, seed: int = 5, rate_hz: float = 100.0) -> tuple[ImuSamples, Travel]:
    rng = np.random.default_rng(seed)
    driven = ride(made, STEP_M, 12.0, CARS["sedan"], rng)
    record = phone(driven, rng, rate_hz=rate_hz)
    fixes = np.arange(0.0, driven.time_s[-1])
    travel = Travel(fixes + EPOCH_S, np.interp(fixes, driven.time_s, driven.driven_m))
    return ImuSamples(record.time_s + EPOCH_S, record.acceleration, record.rotation), travel


def values(samples: ImuSamples, travel: Travel, places: Sequence[tuple[float, float]]) -> list[float | None]:
    road = feel(samples, travel, VehicleModel())
    return [None if (found := road.iri(*place)) is None else found.iri_mm_per_m for place in places]


PROFILE = random_profile(700, STEP_M, 3, np.random.default_rng(8))
PLACES = [(100.0 * k, 100.0 * (k + 1)) for k in range(1, 6)]


def take(samples: ImuSamples, keep: NDArray[np.bool_]) -> ImuSamples:
    return ImuSamples(samples.time_s[keep], samples.acceleration[keep], samples.rotation[keep])


def test_a_gap_blanks_what_it_touches_and_nothing_else() -> None:
    samples, travel = samples_of(PROFILE)
    whole = values(samples, travel, PLACES)
    assert None not in whole
    second = samples.time_s - EPOCH_S  # 12 m/s: 29-33 s is 348-396 m
    holed = values(take(samples, (second < 29) | (second > 33)), travel, PLACES)
    assert holed[2] is None  # 300-400 m
    for place in (0, 1, 4):
        assert holed[place] == pytest.approx(whole[place], rel=0.03)
    thin = np.random.default_rng(1).random(len(second)) > 0.02  # single samples lost: bridged
    assert values(take(samples, thin), travel, PLACES) == pytest.approx(whole, rel=0.05)


def test_the_phone_may_lie_anyhow_but_not_be_picked_up() -> None:
    samples, travel = samples_of(PROFILE)
    whole = values(samples, travel, PLACES)
    turned = replace(samples, acceleration=samples.acceleration[:, [2, 0, 1]] * np.array([1, -1, 1]))
    assert values(turned, travel, PLACES) == pytest.approx(whole, rel=1e-6)
    half = len(samples) // 2  # about 340 m
    moved = samples.acceleration.copy()
    moved[half:] = moved[half:, [1, 2, 0]]
    handled = values(replace(samples, acceleration=moved), travel, PLACES)
    assert handled[2] is None
    assert handled[0] == pytest.approx(whole[0], rel=0.03)


@pytest.mark.parametrize("rate_hz", [50.0, 200.0])
def test_other_rates(rate_hz: float) -> None:
    usual = values(*samples_of(PROFILE), PLACES)
    assert values(*samples_of(PROFILE, rate_hz=rate_hz), PLACES) == pytest.approx(usual, rel=0.08)


def test_too_slow_or_standing_gives_nothing() -> None:
    samples, travel = samples_of(PROFILE)
    slow = Travel(travel.time_s, travel.along_m / 4)  # 3 m/s
    assert values(samples, slow, [(20.0, 120.0)]) == [None]
    standing = Travel(travel.time_s, np.full(len(travel.time_s), 5.0))
    assert values(samples, standing, [(0.0, 20.0)]) == [None]
    assert values(take(samples, samples.time_s < 0), travel, PLACES[:1]) == [None]


def test_a_hole_of_the_track_blanks_too() -> None:
    samples, travel = samples_of(PROFILE)
    keep = (travel.along_m < 310) | (travel.along_m > 480)  # 14 s
    found = values(samples, Travel(travel.time_s[keep], travel.along_m[keep]), PLACES)
    assert [value is None for value in found] == [False, False, True, True, False]


def test_on_the_way_back_places_are_those_of_the_line() -> None:
    samples, travel = samples_of(PROFILE)
    back = Travel(travel.time_s, 1000 - travel.along_m)
    there = values(samples, travel, PLACES)
    assert values(samples, back, [(1000 - end, 1000 - start) for start, end in PLACES]) == pytest.approx(
        there, rel=1e-3
    )


@pytest.mark.parametrize("height_mm", [15.0, -20.0])
def test_a_step_has_place_sign_and_height(height_mm: float) -> None:
    profile = random_profile(700, STEP_M, 1.5, np.random.default_rng(8))
    profile[round(350 / STEP_M) :] += height_mm / 1000
    samples, travel = samples_of(profile)
    (step,) = find_steps(feel(samples, travel, VehicleModel(1.5, 0.3, 11.5, 0.83)))
    assert step.along_m == pytest.approx(350, abs=2)
    assert step.height_mm == pytest.approx(height_mm, rel=0.35)
    assert 0.5 < step.score < 1
    assert step.time_s == pytest.approx(EPOCH_S + 350 / 12, abs=0.2)


def test_a_stop_hides_no_ramp_behind_it() -> None:
    n = 400
    velocity, speed = np.zeros(n), np.full(n, 12.0)
    speed[100:140] = 0.0
    velocity[300:306] = 0.5
    moving = speed > 0
    felt = Felt(np.arange(n) / 10.0, np.linspace(0.0, (n - 1) * STEP_M, n), speed, velocity, np.zeros(n), moving)
    heights = blunt(felt)
    assert np.isfinite(heights).all()
    assert heights[290:316].max() > 1


def test_no_piece_no_road() -> None:
    made = drive(4, length_m=300)
    road = felt_by([], made.travel, VehicleModel())
    assert road.iri(0, 100) is None
    assert find_steps(road) == []
    with pytest.raises(ValueError, match="rising"):
        Travel(np.array([1.0, 1.0]), np.array([0.0, 1.0]))


def test_runs_of_a_matched_track() -> None:
    samples, _ = samples_of(PROFILE)
    line = [(0.0, 0.0), (900.0, 0.0)]
    network = make_network(make_route(line, {0: 10.0, 900: 10.9}))
    fixes = np.arange(0.0, 56.0)
    lonlat = PLANE.to_degrees(np.column_stack([50 + 12 * fixes, np.zeros(len(fixes))]))
    matched = match_track(Track.of(fixes + EPOCH_S, lonlat[:, 0], lonlat[:, 1]), network)
    ((run, road),) = feel_runs(samples, matched)
    assert run.direction is Direction.DOWN
    found = road.iri(200, 300)
    assert found is not None
    assert found.sd_mm_per_m > 0.25 * found.iri_mm_per_m
    assert len(shakings(samples)) == 1


@pytest.fixture(scope="module")
def calibration_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drive of 900 m without photos, its network, and the IRI of its road per 100 m."""
    folder = tmp_path_factory.mktemp("較正")
    rng = np.random.default_rng(6)
    profile = random_profile(900, STEP_M, 4, rng)
    made = make_drive(CARS["kei"], profile, (30, 55), rng)
    driven = ride(profile, STEP_M, 12.0, CARS["kei"], rng)
    write_imu(folder / "走行" / "imu.csv", phone(driven, rng), EPOCH_S)
    (folder / "走行" / "drive.toml").write_text('vehicle = "青森800さ1234"\n', encoding="utf-8")
    seconds = np.arange(0.0, driven.time_s[-1])
    places = PLANE.to_degrees(np.column_stack([np.interp(seconds, driven.time_s, driven.driven_m), 0 * seconds]))
    with open(folder / "走行" / "track.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("timestamp", "lon", "lat"))
        stamps = np.datetime_as_string((seconds + EPOCH_S).astype("datetime64[s]"))
        table.writerows((f"{at}Z", *place) for at, place in zip(stamps, places.tolist(), strict=True))
    key = {"route_no": "4", "branch_no": "000", "kind": "現道", "carriageway": "both"}
    ends = PLANE.to_degrees([(0.0, 0.0), (900.0, 0.0)])
    line = gpd.GeoDataFrame([key | {"name": "模擬"}], geometry=[LineString(ends)], crs=6668)
    line.to_file(folder / "network.gpkg", layer="routes", driver="GPKG")
    posts = gpd.GeoDataFrame(
        [key | {"kp_km": kp} for kp in (2.0, 2.9)], geometry=[Point(end) for end in ends], crs=6668
    )
    posts.to_file(folder / "network.gpkg", layer="kiloposts", driver="GPKG")
    rows = [f"4,下り,{2 + each.from_m / 1000},{2 + each.to_m / 1000},{each.iri_mm_per_m}" for each in made.true(100)]
    head = "route_no,direction,from_kp_km,to_kp_km,iri_mm_per_m\n"
    (folder / "reference.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    (folder / "up.csv").write_text(head + "\n".join(rows).replace("下り", "上り"), encoding="utf-8")
    return folder


def call(folder: Path, reference: str, out: Path) -> int:
    options = ["--network", str(folder / "network.gpkg"), "--reference", str(folder / reference), "--out", str(out)]
    return main(["calibrate-imu", str(folder / "走行"), *options])


def test_calibrate_imu(calibration_drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(calibration_drive, "reference.csv", tmp_path / "vehicle.toml") == 0
    assert "median error" in capsys.readouterr().out
    car = read_vehicle(tmp_path / "vehicle.toml")
    assert car.calibrated
    assert car.body_hz == pytest.approx(CARS["kei"].body_hz, rel=0.2)
    assert "青森800さ1234" in (tmp_path / "vehicle.toml").read_text(encoding="utf-8")


def test_a_reference_in_the_other_direction_is_none(
    calibration_drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(calibration_drive, "up.csv", tmp_path / "vehicle.toml") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "up.csv" in error
    assert not (tmp_path / "vehicle.toml").exists()
