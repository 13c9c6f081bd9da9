"""A network cut into sections: the stretches that measurement makes rows of."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pavement.networks import read_network
from pavement.place import Level, cell_start_m, place_id
from pavement.road import Attribute, Carriageway, Direction, RoadKey
from pavement.sections import cut, sections_of
from tests.builders import NATIONAL_4, make_network, make_route

LINE = [(0, 0), (400, 0), (400, 600), (1000, 600)]  # 1,600 m


def test_every_segment_and_block_in_both_directions() -> None:
    posts = {0.0: 112.0, 1000.0: 113.0}
    network = make_network(make_route(LINE, posts))
    found = list(sections_of(network))
    for direction in Direction:
        for level, count in ((Level.SEGMENT, 16), (Level.BLOCK, 80)):
            own = [each for each in found if each.direction is direction and each.level is level]
            assert len(own) == count  # it goes on beyond the last post
            assert sum(each.length_m for each in own) == 1600
            assert [each.from_kp_km for each in own] == sorted(each.from_kp_km for each in own)
            assert all(each.place == place_id(level, NATIONAL_4, direction, each.from_kp_km) for each in own)
    assert len({each.place for each in found}) == len(found)
    bent = next(each for each in found if each.from_kp_km == 112.4)
    assert len(shapely.get_coordinates(bent.geometry)) == 2
    corner = next(each for each in found if each.from_kp_km == 112.3)
    ends = shapely.get_coordinates(corner.geometry)[-1], shapely.get_coordinates(bent.geometry)[0]
    assert ends[0].tolist() == ends[1].tolist()


def test_stretches_that_the_posts_refuse_have_no_section() -> None:
    posts = {0.0: 0.0, 200.0: 0.2, 249.0: 0.4, 449.0: 0.6}  # 49 m between two posts of 200 m
    network = make_network(make_route([(0, 0), (449, 0)], posts))
    down = [s for s in sections_of(network) if s.level is Level.SEGMENT and s.direction is Direction.DOWN]
    assert [(each.from_kp_km, each.to_kp_km) for each in down] == [(0.0, 0.1), (0.1, 0.2), (0.4, 0.5), (0.5, 0.6)]


def test_separate_carriageways_have_their_own_direction_only() -> None:
    down = make_route([(0, 0), (300, 0)], carriageway=Carriageway.DOWN)
    up = make_route([(0, 20), (300, 20)], carriageway=Carriageway.UP)
    found = [each for each in sections_of(make_network(down, up)) if each.level is Level.SEGMENT]
    assert [each.direction for each in found] == [Direction.DOWN] * 3 + [Direction.UP] * 3
    assert {each.route.index for each in found if each.direction is Direction.UP} == {1}


def test_where_another_road_goes_first_there_is_none() -> None:
    low = make_route([(0, 0), (1000, 0)], road=RoadKey("一般県道", "101", "000", "現道"))
    high = make_route([(400, 0), (1000, 0)])
    found = [each for each in sections_of(make_network(low, high)) if each.level is Level.SEGMENT]
    lengths = {road: sum(e.length_m for e in found if e.road.route_no == road) for road in ("4", "101")}
    assert lengths["4"] == 1200
    assert 700 <= lengths["101"] <= 900


def test_what_the_ledger_says_stands_with_the_section() -> None:
    closed = Attribute(NATIONAL_4, 0.1, 0.2, "closed", "冬期閉鎖")
    route = make_route([(0, 0), (300, 0)], facts={"office": "東青"})
    found = [each for each in sections_of(make_network(route, attributes=(closed,))) if each.level is Level.SEGMENT]
    assert [each.attributes.get("closed") for each in found[:3]] == [None, "冬期閉鎖", None]
    assert found[0].route.facts["office"] == "東青"


@given(st.lists(st.floats(30, 400), min_size=1, max_size=8), st.floats(0, 300), st.floats(0, 300))
def test_the_stretches_of_a_line_are_those_of_its_scale(steps: list[float], before: float, behind: float) -> None:
    along = before + np.cumsum([0.0, *steps])
    posts = {float(at): 50 + k / 5 for k, at in enumerate(along)}
    route = make_route([(0, 0), (float(along[-1]) + behind, 0)], posts)
    number, from_m, to_m, from_kp, to_kp = cut(route.scale, route.length_m)
    assert (to_m > from_m - 1e-6).all()
    assert (from_m[1:] >= to_m[:-1] - 1e-6).all()
    middle = (from_m + to_m) / 2
    wide = to_m - from_m > 0.2
    known = route.scale.kp_at(middle)
    assert not np.isnan(known[wide]).any()
    assert [cell_start_m("block", kp) // 20 for kp in known[wide]] == number[wide].tolist()
    np.testing.assert_allclose(known, (from_kp + to_kp) / 2, atol=1e-6)
    everywhere = route.scale.kp_at(np.arange(0.25, route.length_m, 0.5))
    assert abs((to_m - from_m).sum() - 0.5 * np.count_nonzero(~np.isnan(everywhere))) <= 1.0 * (len(steps) + 2)


def test_what_a_run_measured_are_sections_of_its_network(tiny_drive: Path, tiny_result: Path) -> None:
    known = {each.place: each for each in sections_of(read_network(tiny_drive / "network.gpkg"))}
    for name, level in (("segments.csv", Level.SEGMENT), ("blocks.csv", Level.BLOCK)):
        with open(tiny_result / name, encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows
        for row in rows:
            road = RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"])
            section = known[place_id(level, road, row["direction"], float(row["from_kp_km"]))]
            assert abs(section.length_m - float(row["length_m"])) <= 1.0
            assert abs(section.from_kp_km - float(row["from_kp_km"])) <= 1e-3
