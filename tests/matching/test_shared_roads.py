"""重複区間: one road, several routes."""

from __future__ import annotations

import pytest

from pavement.matching import Located, match_track
from pavement.matching.lines import Lines
from pavement.matching.shared import outranks
from pavement.road import Carriageway, Direction, RoadKey, Route
from tests.builders import NATIONAL_4, PREFECTURAL_4, START, make_network, make_route, receive, travel

EAST = [(0.0, 0.0), (3000.0, 0.0)]
#: joins the national route at 1 km, leaves it at 2 km, and is digitised the other way
JOINS = [(2000.0, -800.0), (2000.0, 0.0), (1000.0, 0.0), (1000.0, 800.0)]
MINOR = RoadKey("一般県道", "123", "000", "現道")


def test_matched_once_and_all_routes_attached() -> None:
    network = make_network(make_route(EAST), make_route(JOINS, road=MINOR))
    matched = match_track(receive(travel(EAST)), network)
    assert [(run.route.index, run.direction) for run in matched.runs] == [(0, Direction.DOWN)]
    place = matched.locate(START.timestamp() + 150)
    assert isinstance(place, Located)
    assert [route.road for route in place.also] == [MINOR]
    before = matched.locate(START.timestamp() + 50)
    assert isinstance(before, Located)
    assert not before.also


def test_who_drives_the_minor_route_is_on_the_primary_one_while_they_share() -> None:
    network = make_network(make_route(EAST), make_route(JOINS, road=MINOR))
    matched = match_track(receive(travel(JOINS), seed=1), network)
    found = [(run.route.road, run.direction) for run in matched.runs]
    assert found == [(MINOR, Direction.DOWN), (NATIONAL_4, Direction.UP), (MINOR, Direction.DOWN)]


def test_a_fork_is_not_shared() -> None:
    bypass = [(1000.0, 0.0), (1500.0, 120.0), (3000.0, 120.0)]  # within 6 m of the old road for 25 m
    assert not len(Lines.of(make_network(make_route(EAST), make_route(bypass, road=MINOR))).shared.route)


def test_old_and_new_road_of_one_number_are_never_shared() -> None:
    old = RoadKey("一般国道", "4", "000", "旧道")
    assert not len(Lines.of(make_network(make_route(EAST), make_route(EAST, road=old))).shared.route)


def test_only_ways_that_exist_are_shared() -> None:
    network = make_network(
        make_route(EAST, carriageway=Carriageway.DOWN), make_route(EAST, carriageway=Carriageway.UP, road=MINOR)
    )
    assert not len(Lines.of(network).shared.route)  # one is driven eastwards, the other westwards


def route(road_type: str, number: str, primary: str = "") -> Route:
    facts = {"primary_route": primary} if primary else {}
    return make_route(EAST, road=RoadKey(road_type, number, "000", "現道"), facts=facts)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (route("一般国道", "120"), route("主要地方道", "4")),  # the class
        (route("一般国道", "4"), route("一般国道", "101")),  # the lower number, as a number
        (route("市町村道", "5"), route("市町村道", "本町線")),  # texts last
        (route("主要地方道", "9"), route("一般国道", "4", primary="9")),  # what the ledger says
        (route("一般県道", "20"), route("一般国道", "150", primary="28 20")),
        (route("一般国道", "20"), route("主要地方道", "20", primary="20")),  # of one number: the class
    ],
)
def test_which_one_is_primary(first: Route, second: Route) -> None:
    assert outranks(first, second)
    assert not outranks(second, first)


def test_equal_numbers_never_mix() -> None:
    beside = [(x, y + 400.0) for x, y in EAST]
    network = make_network(make_route(EAST), make_route(beside, road=PREFECTURAL_4))
    for line, road in ((EAST, NATIONAL_4), (beside, PREFECTURAL_4)):
        assert {run.route.road for run in match_track(receive(travel(line)), network).runs} == {road}
