from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.clock import Cause, Verdict
from pavement.time_offset import Doubt, PictureFlow, estimate_offset
from pavement.track import Track
from pavement.track_motion import choose_pairs
from tests.builders import PLANE, START

Floats = NDArray[np.float64]
SECONDS = 420


@dataclass(frozen=True)
class Traffic:
    """How a car went: its way, heading and place every tenth of a second."""

    time_s: Floats
    way_m: Floats
    heading: Floats
    xy: Floats

    @classmethod
    def of(cls, seed: int, *, change: float = 0.4, stops: int = 2, bends: float = 0.3) -> Traffic:
        """Traffic changes the speed of 11 m/s by a share of it and stops the car; the road swings left and right."""
        rng = np.random.default_rng(seed)
        time_s = np.arange(0, SECONDS, 0.1)
        waves = [np.sin(2 * np.pi * time_s / period + rng.uniform(0, 6)) for period in (17, 43, 101)]
        speed = 11 * (1 + change / 2 * np.sum(waves, axis=0)).clip(0.2)
        for at in rng.uniform(40, SECONDS - 60, stops):
            speed *= 1 - np.exp(-(((time_s - at) / 8) ** 4))
        way = np.cumsum(speed) * 0.1
        heading = bends * (np.sin(way / 130) + np.sin(way / 57 + 1))
        xy = np.cumsum(np.column_stack([np.sin(heading), np.cos(heading)]) * speed[:, None] * 0.1, axis=0)
        return cls(START.timestamp() + time_s, way, heading, xy)

    def track(self, seed: int, sigma_m: float = 2.5) -> Track:
        """A fix a second: an error that wanders over a minute, and half a metre that does not."""
        rng = np.random.default_rng([seed, 1])
        when = np.arange(self.time_s[0], self.time_s[-1])
        error = np.zeros((len(when), 2))
        for k in range(1, len(when)):
            error[k] = error[k - 1] * np.exp(-1 / 60) + rng.normal(0, sigma_m * np.sqrt(1 - np.exp(-2 / 60)), 2)
        xy = np.column_stack([np.interp(when, self.time_s, c) for c in self.xy.T])
        lon, lat = PLANE.to_degrees(xy + error + rng.normal(0, 0.5, xy.shape)).T
        return Track.of(when, lon, lat)

    def flow(self, seed: int, offset_s: float, *, every_s: float = 0.5, scatter: float = 0.1) -> PictureFlow:
        """What pictures taken every so often show, by a clock to which `offset_s` is to be added."""
        rng = np.random.default_rng([seed, 2])
        when = np.arange(self.time_s[0] + 20, self.time_s[-1] - 20, every_s)
        way, heading = (np.interp(when, self.time_s, each) for each in (self.way_m, self.heading))
        moved, turned = np.diff(way) / 1.3, np.diff(heading)
        moved *= 1 + rng.normal(0, scatter, len(moved))
        moved[rng.random(len(moved)) < 0.15] = np.nan  # textures that do not agree
        wrong = rng.random(len(moved)) < 0.05
        moved[wrong] = rng.uniform(0, 6, wrong.sum())
        aside = 5 * turned + rng.normal(0, 0.05, len(turned))
        return PictureFlow(when[:-1] - offset_s, when[1:] - offset_s, moved, aside)


@pytest.mark.parametrize("true_s", [0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 12.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_offset_of_a_drive_in_traffic(true_s: float, seed: int) -> None:
    car = Traffic.of(seed)
    found = estimate_offset(car.flow(seed, true_s), car.track(seed))
    assert found.certain
    assert abs(found.offset_s - true_s) < max(3 * found.sd_s, 0.3)
    assert found.sd_s < 0.4
    assert found.applied_s == (0.0 if abs(found.offset_s) < 0.3 else found.offset_s)
    if abs(true_s) >= 1:
        finding = found.finding()
        assert finding is not None
        assert (finding.cause, finding.verdict) == (Cause.CLOCK_ERROR, Verdict.CORRECTED)
        assert "進んで" in finding.message or "遅れて" in finding.message


def test_gps_time_is_recognised_and_taken_off_exactly() -> None:
    car = Traffic.of(3)
    found = estimate_offset(car.flow(3, 18.0), car.track(3))
    assert (found.certain, found.gps_time, found.applied_s) == (True, True, 18.0)
    finding = found.finding()
    assert finding is not None
    assert finding.cause is Cause.GPS_TIME


def test_bends_alone_tell_it_too() -> None:
    car = Traffic.of(4, change=0.0, stops=0, bends=0.6)
    found = estimate_offset(car.flow(4, 1.5), car.track(4))
    assert found.certain
    assert found.offset_s == pytest.approx(1.5, abs=0.4)


@pytest.mark.parametrize("seed", range(5))
def test_an_even_drive_straight_ahead_is_not_certain(seed: int) -> None:
    car = Traffic.of(seed, change=0.0, stops=0, bends=0.0)
    found = estimate_offset(car.flow(seed, 1.0), car.track(seed))
    assert not found.certain
    assert found.applied_s == 0.0
    assert found.finding() is None
    assert found.report()["doubt"] in list(Doubt)
    assert "補正していません" in found.message()


def test_pictures_of_another_drive_are_not_certain() -> None:
    found = estimate_offset(Traffic.of(5).flow(5, 0.0), Traffic.of(6).track(6))
    assert not found.certain
    assert found.applied_s == 0.0


def test_few_pictures_or_no_track_say_nothing() -> None:
    car = Traffic.of(7)
    flow = car.flow(7, 0.0)
    few = PictureFlow(*(each[:20] for each in (flow.start_s, flow.end_s, flow.way, flow.aside)))
    nothing = PictureFlow(flow.start_s, flow.end_s, np.full(len(flow.way), np.nan), flow.aside)
    short = car.track(7).take(np.arange(5))
    for result in (
        estimate_offset(few, car.track(7)),
        estimate_offset(nothing, car.track(7)),
        estimate_offset(flow, short),
    ):
        assert result.doubt is Doubt.FEW
        assert result.report()["offset_s"] is None


def test_of_a_long_drive_the_lively_stretches_are_looked_at() -> None:
    car = Traffic.of(8)
    frames = np.arange(car.time_s[0] + 20, car.time_s[-1] - 20, 0.2)
    chosen = choose_pairs(frames, car.track(8))
    assert len(chosen) == 600
    assert (np.diff(chosen) > 0).all()
    assert chosen.max() < len(frames) - 1
    assert len(choose_pairs(frames[:100], car.track(8))) == 99
    assert len(choose_pairs(frames[:1], car.track(8))) == 0
