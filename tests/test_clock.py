from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pavement.clock import Cause, Finding, Verdict, compare_clocks, fit_spans, known_shift, leap_seconds, outside
from pavement.clock_places import apart_m, shift_by_places
from pavement.clock_words import shift_ja, size_ja
from pavement.track import Track
from tests.builders import PLANE, START

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
NOW = START.timestamp()


def test_leap_seconds_by_date() -> None:
    days = [(2005, 13), (2006, 14), (2010, 15), (2013, 16), (2016, 17), (2017, 18), (2026, 18)]
    assert [leap_seconds(datetime(year, 6, 1, tzinfo=UTC).timestamp()) for year, _ in days] == [s for _, s in days]


@pytest.mark.parametrize(
    ("shift", "cause", "exact"),
    [
        (9 * HOUR + 1.5, Cause.ZONE, 9 * HOUR),
        (-5.5 * HOUR, Cause.ZONE, -5.5 * HOUR),
        (18.9, Cause.GPS_TIME, 18.0),
        (-18.0, Cause.CLOCK_ERROR, -18.0),  # nothing makes a clock late by the leap seconds
        (-1024 * WEEK + 20, Cause.ROLLOVER, -1024 * WEEK),
        (9 * HOUR + 40, Cause.CLOCK_ERROR, 9 * HOUR + 40),
        (20 * HOUR, Cause.CLOCK_ERROR, 20 * HOUR),  # no zone is so far away
    ],
)
def test_known_shifts(shift: float, cause: Cause, exact: float) -> None:
    assert known_shift(shift, NOW) == (cause, exact)


def steady(shift: float, photos: int = 30) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Photos every 0.5 s whose satellite time is cut to whole seconds."""
    time_s = NOW + np.arange(photos) * 0.5
    return np.asarray(time_s + shift, np.float64), np.asarray(np.floor(time_s), np.float64)


@pytest.mark.parametrize("shift", [0.0, 9 * HOUR, -5.5 * HOUR, 47.0, -3725.0])
def test_two_clocks_of_the_same_photos(shift: float) -> None:
    found = compare_clocks(*steady(shift))
    assert found is not None
    assert found.steady
    assert found.shift_s == pytest.approx(shift, abs=1.0)


def test_a_few_positions_of_yesterday_do_not_disturb_and_a_drifting_clock_is_not_steady() -> None:
    time_s, reference = steady(0.0, 60)
    reference[:2] -= DAY
    found = compare_clocks(time_s, reference)
    assert found is not None
    assert found.steady
    assert abs(found.shift_s) <= 1
    drifting = compare_clocks(np.asarray(time_s + np.linspace(0, 40, 60), np.float64), steady(0.0, 60)[1])
    assert drifting is not None
    assert not drifting.steady
    assert compare_clocks(time_s, np.full(60, np.nan)) is None


def test_a_phone_that_repeats_its_last_fix_keeps_time() -> None:
    rng = np.random.default_rng(1)
    time_s = np.asarray(NOW + np.arange(200) * 0.5, np.float64)
    age = np.where(rng.random(200) < 0.5, rng.uniform(0, 1, 200), rng.uniform(0, 40, 200))  # half of them are old
    found = compare_clocks(time_s, np.asarray(time_s - age, np.float64))
    assert found is not None
    assert (found.stale, found.steady) == (True, True)
    assert abs(found.shift_s) < 2
    repeated = compare_clocks(time_s, np.repeat(time_s[::20], 20))  # a fix every 10 s
    assert repeated is not None
    assert repeated.steady
    assert repeated.shift_s == 0


@pytest.mark.parametrize(
    ("begin", "length", "shift", "certain"),
    [
        (9 * HOUR - 60, 1200, 9 * HOUR, True),  # JST written as Z
        (-9 * HOUR - 60, 1200, -9 * HOUR, True),
        (-1024 * WEEK - 60, 1200, -1024 * WEEK, True),
        (9 * HOUR - 1000, 9000, 9 * HOUR, True),  # the photos are a part of the way
        (HOUR - 30, 1060, HOUR, True),  # an hour that both ends confirm
        (HOUR - 400, 2000, HOUR, False),  # an hour that they do not: another drive?
        (-DAY - 60, 1200, None, False),  # a day, of a log that has dates
        (5000, 1200, None, False),  # no whole number of hours
        (-100, 2000, None, False),  # nothing is wrong
    ],
)
def test_spans_that_hardly_meet(begin: float, length: float, shift: float | None, certain: bool) -> None:
    frames = NOW + np.arange(0, 1000.0)
    fit = fit_spans(frames, NOW + begin, NOW + begin + length)
    if shift is None:
        assert fit is None
    else:
        assert fit is not None
        assert (fit.shift_s, fit.certain) == (shift, certain)


def test_a_log_without_dates_may_be_a_day_off() -> None:
    fit = fit_spans(NOW + np.arange(100.0), NOW - DAY - 60, NOW - DAY + 600, dateless=True)
    assert fit is not None
    assert (fit.shift_s, fit.certain) == (-DAY, True)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6), st.floats(0, 1e5))
def test_a_certain_shift_always_brings_the_frames_into_the_track(begin: float, length: float, frames: float) -> None:
    frame_s = NOW + np.linspace(0, frames, 20)
    fit = fit_spans(frame_s, NOW + begin, NOW + begin + length)
    if fit is not None and fit.certain:
        assert outside(frame_s, np.array([NOW + begin - fit.shift_s, NOW + begin + length - fit.shift_s]))[0] == 0


def winding(seconds: int = 300, *, turns: int = 1) -> Track:
    """A winding road at 10 m/s, driven `turns` times."""
    time_s = np.arange(seconds * turns, dtype=float)
    way = 10.0 * (time_s % seconds)
    lon, lat = PLANE.to_degrees(np.column_stack([300 * np.sin(way / 400), way])).T
    return Track.of(NOW + time_s, lon, lat)


@pytest.mark.parametrize("shift", [0.0, 18.0, 9 * HOUR, -47.0])
def test_places_tell_the_shift(shift: float) -> None:
    track, seen = winding(), winding().take(np.arange(20, 250, 3))
    late = Track.of(track.time_s + shift, track.lon, track.lat)
    found = shift_by_places(seen.time_s, seen.lon, seen.lat, late)
    assert found is not None
    assert found.certain
    assert found.shift_s == pytest.approx(shift, abs=0.5)


def test_places_do_not_tell_it_on_a_way_driven_twice_or_elsewhere_or_standing() -> None:
    twice, seen = winding(turns=2), winding().take(np.arange(20, 250, 3))
    found = shift_by_places(seen.time_s, seen.lon, seen.lat, twice)
    assert found is not None
    assert not found.certain
    assert shift_by_places(seen.time_s, seen.lon + 0.1, seen.lat, twice) is None
    standing = np.full(50, seen.lon[0]), np.full(50, seen.lat[0])
    assert shift_by_places(NOW + np.arange(50.0), *standing, twice) is None
    assert apart_m(seen.time_s, seen.lon, seen.lat, winding()) < 1
    assert apart_m(seen.time_s, seen.lon + 0.1, seen.lat, winding()) > 8000
    assert np.isnan(apart_m(seen.time_s + DAY, seen.lon, seen.lat, winding()))


def test_words() -> None:
    assert shift_ja(-9 * HOUR) == "9時間遅れて"
    assert size_ja(1.32) == "1.3秒"
    finding = Finding("a.gpx", Cause.GPS_TIME, Verdict.CORRECTED, 18.0, "根拠")
    assert finding.message == "時刻が18秒進んでいます(GPS時刻をUTCとして記録)。根拠。補正して使いました"
    assert finding.report() == {"clock": "a.gpx", "cause": "gps_time", "verdict": "corrected", "shift_s": 18.0}
    for cause in Cause:
        for verdict in Verdict:
            assert Finding("x", cause, verdict, None, "e").message
