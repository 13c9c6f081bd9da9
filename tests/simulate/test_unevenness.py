"""Unevenness against ISO 8608, and IRI against the closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch

from pavement.road import Direction
from pavement.simulate import DriveSpec, Roughness, Stretch, evenness
from pavement.simulate.evenness import Evenness
from pavement.simulate.path import make_route
from pavement.simulate.spec import Damage
from pavement.simulate.unevenness import spectral_density, unevenness_m, wheel_path_m
from pavement.simulate.world import World

ROAD = World((), (), (), (), (), (0.0, 0.0), 1, 3.25, roughness=Roughness.B)
S = np.arange(0.0, 3000.0, 0.05)


def test_the_classes_are_those_of_the_standard() -> None:
    # ISO 8608 table C.1: geometric means at 0.1 cycles/m, 10⁻⁶ m³
    classes = (Roughness.A, Roughness.B, Roughness.C, Roughness.D, Roughness.E)
    assert [float(spectral_density(each, np.array(0.1))) * 1e6 for each in classes] == [16, 64, 256, 1024, 4096]


def test_the_profile_has_the_power_asked_for() -> None:
    frequency, power = welch(wheel_path_m(ROAD, S, Direction.DOWN, 0), fs=1 / 0.05, nperseg=4096)
    for low, high in ((0.05, 0.2), (0.2, 0.8), (0.8, 3.0)):
        band = (frequency >= low) & (frequency < high)
        asked = spectral_density(Roughness.B, frequency[band])
        assert (power[band] / asked).mean() == pytest.approx(1.0, rel=0.15)


def test_long_waves_lift_the_lane_short_ones_a_wheel() -> None:
    left, right = (wheel_path_m(ROAD, S, Direction.DOWN, side) for side in (0, 1))
    slow = np.ones(200) / 200  # 10 m
    both = [np.convolve(path, slow, mode="valid") for path in (left, right)]
    assert np.corrcoef(both[0], both[1])[0, 1] > 0.9
    assert abs(np.corrcoef(np.diff(left), np.diff(right))[0, 1]) < 0.3


def test_across_a_lane_it_is_straight() -> None:
    across = np.linspace(0.5, 3.25, 12)  # the lanes meet at the centre line
    height = unevenness_m(ROAD, S[:5000:50, None], across[None, :])
    assert np.abs(np.diff(height, n=2, axis=1)).max() < 1e-12


def test_an_ideal_road_is_flat_and_a_stretch_can_be_rougher() -> None:
    assert not wheel_path_m(replace(ROAD, roughness=Roughness.NONE), S, Direction.DOWN, 0).any()
    rough = replace(ROAD, stretches=(Stretch(Direction.DOWN, 1000, 2000, Damage.GOOD, roughness_factor=2.0),))
    plain, twice = (wheel_path_m(road, S, Direction.DOWN, 0) for road in (ROAD, rough))
    np.testing.assert_allclose(twice[(S > 1010) & (S < 1990)], 2 * plain[(S > 1010) & (S < 1990)])
    np.testing.assert_allclose(twice[S < 990], plain[S < 990])


@pytest.mark.parametrize(("wave_m", "iri"), [(2.4, 2.773), (5.0, 0.936), (15.4, 0.399)])
def test_iri_of_a_sine_is_the_closed_form(monkeypatch: pytest.MonkeyPatch, wave_m: float, iri: float) -> None:
    def sine(world: World, s: NDArray[np.float64], direction: Direction, side: int) -> NDArray[np.float64]:
        return 0.001 * np.sin(2 * np.pi * s / wave_m)

    monkeypatch.setattr(evenness, "longitudinal_profile_m", sine)
    route = make_route(DriveSpec(length_m=500))
    for direction in Direction:
        found = Evenness.of(ROAD, route, direction).iri_mm_per_m(route.start_m, route.start_m + 462.0)
        assert found == pytest.approx(iri, rel=0.01)


def test_iri_doubles_from_class_to_class_and_is_that_of_a_good_road_in_class_a() -> None:
    route = make_route(DriveSpec(length_m=2000))
    a, b = (
        Evenness.of(replace(ROAD, roughness=each), route, Direction.DOWN).iri_mm_per_m(route.start_m, route.end_m)
        for each in (Roughness.A, Roughness.B)
    )
    assert b == pytest.approx(2 * a, rel=1e-6)  # four times the power
    assert 1.5 < a < 3.0
