from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import LineString

from pavement.errors import BadInput
from pavement.networks import read_network
from pavement.road import Carriageway, RoadKey
from pavement.simulate.prefecture import (
    PatrolDrive,
    Prefecture,
    PrefectureSpec,
    Receiver,
    Scene,
    make_drive,
    make_prefecture,
    spec_of_size,
    thinned,
    write_prefecture,
)
from pavement.simulate.prefecture.curves import dense
from pavement.simulate.prefecture.make import PLANE

SPEC = spec_of_size(24, background=4000, seed=3)


@cache
def prefecture() -> Prefecture:
    return make_prefecture(SPEC)


@cache
def drive(seed: int) -> PatrolDrive:
    return make_drive(prefecture(), seed, 25.0)


def lines_of(road: RoadKey) -> dict[Carriageway, list[LineString]]:
    found: dict[Carriageway, list[LineString]] = defaultdict(list)
    for each in prefecture().features:
        if each.road == road:
            found[each.carriageway].append(LineString(each.xy))
    return found


def test_it_has_the_sizes_that_were_asked_for() -> None:
    made = prefecture()
    present = {each.road for each in made.features if each.road.kind == "現道"}
    length_km = sum(
        LineString(each.xy).length
        for each in made.features
        if each.road.kind == "現道" and each.carriageway is not Carriageway.UP
    )
    assert len(present) == SPEC.routes
    assert length_km / 1000 == pytest.approx(SPEC.length_km, rel=0.12)
    assert len(made.posts) == pytest.approx(SPEC.posts, rel=0.3)
    leaving: dict[int, int] = defaultdict(int)
    for link in made.links:
        leaving[link.start] += 1
        leaving[link.end] += 1
    assert sum(count >= 3 for count in leaving.values()) == pytest.approx(SPEC.junctions, rel=0.15)
    assert len(made.roads) > SPEC.background
    assert {each.road.kind for each in made.features} == {"現道", "旧道", "新道"}


def test_the_same_seed_makes_the_same_prefecture_and_drive() -> None:
    again = make_prefecture(SPEC)
    assert all(np.array_equal(a.xy, b.xy) for a, b in zip(again.features, prefecture().features, strict=True))
    assert again.posts == prefecture().posts
    assert np.array_equal(again.roads.xy, prefecture().roads.xy)
    assert np.array_equal(make_drive(again, 1, 25.0).track.lon, drive(1).track.lon)
    assert not np.array_equal(drive(1).track.lon[:50], drive(2).track.lon[:50])


def test_numbers_of_national_and_prefectural_roads_collide_where_they_touch() -> None:
    numbers = defaultdict(set)
    for each in prefecture().features:
        numbers[each.road.route_no].add(each.road.road_type)
    assert any({"一般国道", "主要地方道"} <= types for types in numbers.values())


def test_roads_are_smooth() -> None:
    for link in prefecture().links:
        if not link.members:
            continue
        xy = dense(link.curve, 5.0).xy
        heading = np.unwrap(np.arctan2(*np.diff(xy, axis=0).T[::-1]))
        assert np.abs(np.diff(heading)).max(initial=0) < 0.8  # 5 m at a radius of 6 m


def test_carriageways_are_8_to_20_m_apart_or_coincide() -> None:
    widest = []
    for road in {each.road for each in prefecture().features}:
        lines = lines_of(road)
        assert len(lines[Carriageway.DOWN]) == len(lines[Carriageway.UP])
        for down, up in zip(lines[Carriageway.DOWN], lines[Carriageway.UP], strict=True):
            widest.append(max(up.distance(down.interpolate(share, normalized=True)) for share in np.linspace(0, 1, 41)))
    assert all(gap < 0.5 or 7.5 < gap < 20.5 for gap in widest)
    assert any(gap < 0.5 for gap in widest)
    assert any(gap > 7.5 for gap in widest)


def test_posts_stand_6_to_10_m_beside_their_line_and_rise_along_it() -> None:
    by_road = defaultdict(list)
    for post in prefecture().posts:
        by_road[post.road, post.carriageway].append(post)
    for (road, way), posts in by_road.items():
        lines = [line for own, each in lines_of(road).items() if own.carries(way) for line in each]
        far = shapely.distance(shapely.MultiLineString(lines), shapely.points([(post.x, post.y) for post in posts]))
        assert (far < 11).all()
        assert np.median(far) > 5.5
        assert [post.kp_km for post in posts] == sorted(post.kp_km for post in posts)


def test_the_reader_gives_the_kiloposts_of_the_truth(tmp_path: Path) -> None:
    small = make_prefecture(spec_of_size(8, seed=5))
    write_prefecture(tmp_path / "network.gpkg", small)
    network = read_network(tmp_path / "network.gpkg")
    assert len(network.routes) == len(small.features)
    assert len(network.roads) == len(small.roads)
    lines = defaultdict(list)
    for route in network.routes:
        lines[route.road].append(route)
    errors = []
    for link in small.links:
        for member in link.members:
            s = np.array([link.curve.s[0] * 0.5 + link.curve.s[-1] * 0.5])
            kp = float(member.measure.kp_at(member.start_m + member.sign * s)[0])
            xy = network.plane.to_metres(*PLANE.to_degrees(link.curve.at(s))[0])[0]
            route = min(lines[member.road], key=lambda r: r.line.distance(shapely.Point(xy)))
            found = float(route.scale.kp_at(route.line.project(shapely.Point(xy))))
            errors.append(1000 * (found - kp))
    known = np.abs(np.array(errors))
    assert np.nanmedian(known) < 0.5
    assert np.nanpercentile(known, 95) < 3


def test_a_drive_stays_near_its_true_road_and_its_fixes_near_the_way() -> None:
    for seed in (1, 2):
        made = drive(seed)
        fixes = PLANE.to_metres(made.track.lon, made.track.lat)
        true = np.column_stack([np.interp(made.track.time_s, made.time_s, made.xy[:, axis]) for axis in (0, 1)])
        away = np.hypot(*(fixes - true).T)
        assert 1.0 < np.median(away) < 8.0
        speed = np.diff(made.driven_m) / np.diff(made.time_s)
        assert speed.max() < 30
        assert (np.diff(made.track.time_s) >= 1).all()
        everything = {
            road: shapely.MultiLineString([line for each in lines_of(road).values() for line in each])
            for place in made.places
            for road, _ in place
        }
        for number, place in enumerate(made.places):
            here = made.xy[made.place == number][::20]
            for road, _ in place:
                assert shapely.distance(everything[road], shapely.points(here)).max() < 25  # a roundabout at most


def test_direction_and_kilopost_of_the_truth_agree() -> None:
    made = drive(1)
    for number, place in enumerate(made.places):
        here = made.place == number
        step = np.diff(made.kp_km[:, 0])[here[1:] & here[:-1] & (np.diff(np.flatnonzero(np.ones(len(here)))) == 1)]
        forward = np.nanmedian(np.sign(step[np.abs(step) < 0.01]))
        assert forward == (1 if place[0][1].sign > 0 else -1)


def test_there_are_no_fixes_in_tunnels_and_some_off_the_network() -> None:
    drives = [make_drive(prefecture(), seed, 40.0) for seed in range(4, 9)]
    for made in drives:
        hidden = np.interp(made.track.time_s, made.time_s, (~made.seen).astype(float))
        assert (hidden == 0).all()
    scenes = set(np.concatenate([made.scene for made in drives]))
    assert {Scene.SINGLE, Scene.BACKGROUND, Scene.YARD} <= scenes
    assert any((~made.seen).any() for made in drives)


def test_a_perfect_receiver_has_no_errors() -> None:
    perfect = Receiver(0.0, 60.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    made = make_drive(prefecture(), 1, 10.0, perfect)
    fixes = PLANE.to_metres(made.track.lon, made.track.lat)
    after = np.concatenate([[0], np.flatnonzero(np.diff(made.seen.astype(int)) > 0)])
    assert shapely.distance(LineString(made.xy), shapely.points(fixes)).max() < (0.01 if len(after) < 2 else 25)


def test_thinning_keeps_every_nth_fix() -> None:
    assert np.array_equal(thinned(drive(1).track, 5).time_s, drive(1).track.time_s[::5])


@pytest.mark.parametrize("spec", [{"routes": 2}, {"length_km": 10.0}, {"junctions": 10}])
def test_a_prefecture_without_room_is_refused(spec: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least 6 routes"):
        PrefectureSpec(**spec)  # type: ignore[arg-type]


def test_a_size_that_cannot_be_is_bad_input() -> None:
    with pytest.raises(BadInput, match="--routes 2"):
        spec_of_size(2)
