"""Matching on made-up roads: the right line and direction through noise, stops, holes, U-turns and outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pavement.drive import Reason
from pavement.matching import Located, MatchedTrack, Status, match_track
from pavement.road import Carriageway, Direction, Network
from pavement.track import Track, no_track
from tests.builders import (
    NATIONAL_4,
    PLANE,
    PREFECTURAL_4,
    START,
    make_network,
    make_route,
    make_track,
    receive,
    travel,
)

Floats = NDArray[np.float64]

EAST = [(0.0, 0.0), (1500.0, 0.0)]
POSTS = {200.0 * k: 12.0 + 0.2 * k for k in range(8)}
T0 = START.timestamp()

ONE = make_network(make_route(EAST, POSTS))
DUAL = make_network(
    make_route(EAST, POSTS, carriageway=Carriageway.DOWN), make_route(EAST, POSTS, carriageway=Carriageway.UP)
)


def drive(xy: Sequence[tuple[float, float]] | Floats, network: Network = ONE, *, seed: int = 0) -> MatchedTrack:
    """The matched track of a car that drives through `xy` at 10 m/s."""
    return match_track(receive(travel(xy), seed=seed), network)


def routes_of(matched: MatchedTrack) -> list[tuple[int, Direction]]:
    return [(run.route.index, run.direction) for run in matched.runs]


def located(matched: MatchedTrack, second: float) -> Located:
    place = matched.locate(T0 + second)
    assert isinstance(place, Located), place
    return place


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("xy", "expected"),
    [
        (EAST, (0, Direction.DOWN)),
        (EAST[::-1], (1, Direction.UP)),
    ],
)
def test_where_down_and_up_coincide_the_travel_decides(
    xy: list[tuple[float, float]], expected: tuple[int, Direction], seed: int
) -> None:
    matched = drive(xy, DUAL, seed=seed)
    assert routes_of(matched) == [expected]
    assert (matched.status == Status.OK).all()


@pytest.mark.parametrize("seed", range(3))
def test_kiloposts_follow_the_car(seed: int) -> None:
    matched = drive(EAST, seed=seed)
    errors = [located(matched, t).along_m - 10 * t for t in np.arange(0.0, 150, 0.7)]
    assert np.percentile(np.abs(errors), 95) < 10  # the receiver errs by 3 m an axis
    # 750 m are 3.75 spacings of 0.2 km; twice the stated deviation holds here
    place = located(matched, 75.0)
    assert place.kp_km == pytest.approx(12.75, abs=2 * place.position_sd_m / 1000)


def test_a_stretch_off_the_network_is_told_apart() -> None:
    matched = drive([(0, 0), (600, 0), (600, -700), (900, -700), (900, 0), (1500, 0)])
    # 600 m on it, then 700 + 300 + 700 m off it, then 600 m on it again
    assert isinstance(matched.locate(T0 + 50), Located)
    assert [matched.locate(T0 + t) for t in (80, 130, 210)] == [Reason.OFF_NETWORK] * 3
    assert located(matched, 250).along_m == pytest.approx(900 + 2500 - 2300, abs=15)


@pytest.mark.parametrize("seed", range(3))
def test_a_parallel_road_30_m_aside_is_another_road(seed: int) -> None:
    beside = [(0.0, 30.0), (1500.0, 30.0)]
    network = make_network(make_route(EAST, POSTS), roads=[beside])
    assert routes_of(drive(EAST, network, seed=seed)) == [(0, Direction.DOWN)]
    other = drive(beside, network, seed=seed)
    assert (other.status == Status.OFF_NETWORK).all()
    assert other.locate(T0 + 70) is Reason.OFF_NETWORK


@pytest.mark.parametrize("error", [(-80.0, 0.0), (80.0, 0.0), (0.0, 80.0), (-56.0, 56.0)])
def test_a_single_outlier_makes_no_u_turn(error: tuple[float, float]) -> None:
    xy = travel(EAST)
    xy[70] += error
    matched = match_track(receive(xy), ONE)
    assert routes_of(matched) == [(0, Direction.DOWN)]
    assert located(matched, 70).along_m == pytest.approx(700, abs=25)
    assert located(matched, 72).along_m == pytest.approx(720, abs=20)


def test_a_real_u_turn_is_found() -> None:
    matched = drive([(0, 0), (900, 0), (300, 0)])
    assert routes_of(matched) == [(0, Direction.DOWN), (0, Direction.UP)]
    assert located(matched, 80).direction is Direction.DOWN
    assert located(matched, 100).direction is Direction.UP
    assert located(matched, 100).along_m == pytest.approx(800, abs=15)


@pytest.mark.parametrize("seed", range(3))
def test_a_stop_of_a_minute_is_one_place(seed: int) -> None:
    way = travel(EAST)
    xy = np.concatenate([way[:61], np.repeat(way[60:61], 60, axis=0), way[61:]])
    matched = match_track(receive(xy, seed=seed), ONE)
    assert {direction for _, direction in routes_of(matched)} == {Direction.DOWN}
    stood = [located(matched, t).along_m for t in (65, 90, 115)]
    assert stood == pytest.approx([600] * 3, abs=12)
    assert located(matched, 160).along_m == pytest.approx(1000, abs=15)


def test_a_stop_in_which_the_receiver_wanders_stays_certain() -> None:
    """A jump of 13 m forward, then 10 m back: no car turns twice on the spot."""
    way = travel(EAST)
    stop = np.repeat(way[60:61], 40, axis=0)
    stop[5:12] += (13.0, 4.0)
    stop[20:] += (3.0, 0.0)
    matched = match_track(receive(np.concatenate([way[:61], stop, way[61:]]), sigma_m=1.0), ONE)
    assert routes_of(matched) == [(0, Direction.DOWN)]
    assert all(isinstance(matched.locate(T0 + t), Located) for t in range(0, 190))


@pytest.mark.parametrize(
    ("hole_s", "found"),
    [
        (10, True),
        (30, False),  # no place is given in holes of more than 20 s
    ],
)
def test_a_hole_in_the_track_is_bridged_while_it_is_short(hole_s: int, found: bool) -> None:
    xy = travel(EAST)
    there = np.r_[0:60, 60 + hole_s : len(xy)]
    matched = match_track(receive(xy[there], time_s=there), ONE)
    place = matched.locate(T0 + 60 + hole_s / 2)
    if found:
        assert isinstance(place, Located)
        assert place.along_m == pytest.approx(600 + 5 * hole_s, abs=20)
        assert place.position_sd_m > 1.5 * located(matched, 30).position_sd_m
        edges = matched.status[[59, 60]]
        assert set(edges) == {Status.GAP}
    else:
        assert place is Reason.NO_POSITION
    assert located(matched, 110).along_m == pytest.approx(1100, abs=15)


def test_times_outside_the_track_have_no_position() -> None:
    matched = drive(EAST)
    assert [matched.locate(T0 + t) for t in (-60, 1000)] == [Reason.NO_POSITION] * 2


def test_an_empty_track_matches_nothing() -> None:
    matched = match_track(no_track(), ONE)
    assert not matched.runs
    assert matched.locate(T0) is Reason.NO_POSITION


def test_one_fix_tells_no_direction_where_both_are_driven() -> None:
    lon, lat = PLANE.to_degrees([(500, 2)])[0]
    assert match_track(make_track([(T0, lon, lat)]), ONE).locate(T0) is Reason.DOUBTFUL_POSITION
    one_way = make_network(make_route(EAST, POSTS, carriageway=Carriageway.DOWN))
    place = located(match_track(make_track([(T0, lon, lat)]), one_way), 0)
    assert place.direction is Direction.DOWN
    assert place.kp_km == pytest.approx(12.5, abs=0.001)


def test_a_track_far_from_every_route_is_off_the_network() -> None:
    matched = drive([(0, 5000), (500, 5000)])
    assert not matched.runs
    assert (matched.status == Status.OFF_NETWORK).all()
    assert matched.locate(T0 + 10) is Reason.OFF_NETWORK


def test_where_the_posts_refuse_there_is_a_place_but_no_kilopost() -> None:
    network = make_network(make_route(EAST, {0.0: 12.0, 200.0: 12.2, 600.0: 12.4, 800.0: 12.6, 1000.0: 12.8}))
    matched = drive(EAST, network)
    assert located(matched, 40).kp_km is None  # 400 m of line between two posts that say 200 m
    assert located(matched, 70).kp_km == pytest.approx(12.5, abs=0.02)


def test_fixes_beside_a_change_of_road_are_doubtful_and_the_best_guess_stays() -> None:
    side = [(750.0, 0.0), (750.0, 800.0)]
    network = make_network(make_route(EAST, POSTS), make_route(side, road=PREFECTURAL_4))
    matched = drive([(0, 0), (750, 0), (750, 800)], network)
    assert [run.route.index for run in matched.runs] == [0, 1]
    assert matched.locate(T0 + 75) is Reason.DOUBTFUL_POSITION
    guess = matched.guess(T0 + 71)
    assert guess is not None
    assert guess.route.index == 0
    assert located(matched, 60).route.index == 0
    assert located(matched, 90).route.index == 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("driven", [0, 1])
def test_old_and_new_road_are_told_apart_over_the_whole_stretch(driven: int, seed: int) -> None:
    """The bypass runs 30 m beside the old road for 1 km; the receiver errs by 5 m for half a minute and more."""
    old = [(0.0, 0.0), (1500.0, 0.0)]
    new = [(200.0, 0.0), (300.0, 30.0), (1200.0, 30.0), (1300.0, 0.0)]
    network = make_network(make_route(old), make_route(new, road=replace(NATIONAL_4, kind="新道")))
    way = [old[0], *new, old[1]] if driven else old
    matched = match_track(receive(travel(way), sigma_m=5.0, seed=seed), network)
    for second in range(45, 105, 5):
        place = matched.locate(T0 + second)
        assert place is Reason.DOUBTFUL_POSITION or (isinstance(place, Located) and place.route.index == driven)


def test_a_car_park_beside_the_road_is_not_the_road() -> None:
    yard = np.repeat([[752.0, 40.0]], 90, axis=0)
    xy = np.concatenate(
        [travel([(0, 0), (750, 0), (750, 40)], 5.0), yard, travel([(750, 40), (750, 0), (1500, 0)], 5.0)]
    )
    matched = match_track(receive(xy, sigma_m=2.0), ONE)
    assert not isinstance(matched.locate(T0 + 210), Located)
    assert isinstance(matched.locate(T0 + 100), Located)
    assert isinstance(matched.locate(T0 + len(xy) - 60), Located)


def test_a_tunnel_is_a_gap_and_its_places_are_uncertain() -> None:
    xy = travel(EAST)
    there = np.r_[0:60, 75 : len(xy)]
    matched = match_track(receive(xy[there], time_s=there, sigma_m=2.0), ONE)
    assert [run.route.index for run in matched.runs] == [0]
    assert np.flatnonzero(matched.status == Status.GAP).tolist() == [59, 60]
    inside = [located(matched, t).position_sd_m for t in (59, 62, 67)]
    assert inside == sorted(inside)
    assert located(matched, 67).along_m == pytest.approx(670, abs=2 * inside[-1])


def test_a_drive_of_many_blocks_is_matched_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pavement.matching.choose.BLOCK", 60)
    monkeypatch.setattr("pavement.matching.choose.OVERLAP", 20)
    assert routes_of(drive(EAST, DUAL)) == [(0, Direction.DOWN)]


@pytest.mark.parametrize("way", [1, -1])
def test_over_the_seam_of_a_ring_road_a_run_ends_and_the_next_begins(way: int) -> None:
    turns = np.linspace(0, 2 * np.pi, 73)
    ring = [(400 * float(np.sin(a)), 400 * float(np.cos(a))) for a in turns]
    length = float(np.hypot(*np.diff(ring, axis=0).T).sum())
    network = make_network(make_route(ring, {0.0: 0.0, length: length / 1000}))
    car = [ring[k % 72] for k in range(40, 112)][::way]
    matched = drive(car, network)
    assert len(matched.runs) == 2
    assert {run.direction for run in matched.runs} == {Direction.DOWN if way > 0 else Direction.UP}
    middle = [located(matched, second) for second in (50, 200)]
    travelled = way * (middle[1].along_m - middle[0].along_m) % length
    assert travelled == pytest.approx(1500, abs=40)


def test_a_network_without_routes_matches_background_only() -> None:
    matched = drive(EAST, make_network(roads=[EAST]))
    assert not matched.runs
    assert (matched.line == 0).all()
    assert (matched.status == Status.OFF_NETWORK).all()


@given(
    st.lists(st.tuples(st.integers(0, 40), st.floats(-300, 1800), st.floats(-300, 300)), min_size=1, max_size=40),
    st.sampled_from([np.nan, 0.0, 3.0, 60.0]),
    st.sampled_from([np.nan, 0.0, 12.0]),
)
def test_any_track_is_matched_without_a_fault(
    fixes: list[tuple[int, float, float]], accuracy: float, speed: float
) -> None:
    network = make_network(
        make_route(EAST, POSTS), roads=[[(700.0, -500.0), (700.0, 0.0)], [(700.0, 0.0), (700.0, 500.0)]]
    )
    lonlat = PLANE.to_degrees([(x, y) for _, x, y in fixes])
    time_s = T0 + np.cumsum([float(step) for step, _, _ in fixes])
    constant = np.ones(len(fixes))
    track = Track.of(time_s, lonlat[:, 0], lonlat[:, 1], accuracy * constant, speed * constant, 90 * constant)
    matched = match_track(track, network)
    assert ((matched.confidence >= 0) & (matched.confidence <= 1)).all()
    assert set(matched.status) <= set(Status)
    for run in matched.runs:
        assert np.isfinite(run.along_m).all()
        assert ((run.along_m >= 0) & (run.along_m <= run.route.length_m)).all()
        assert (run.sd_m > 0).all()
    for second in np.arange(-5.0, float(time_s[-1] - T0) + 5, 7.0):
        matched.locate(T0 + second)
