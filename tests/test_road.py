"""Networks: the ledger by stretch, municipalities, background lines as arrays, the directions."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from pavement.ledger import Entry, Stretches, lane_width_of
from pavement.road import Attribute, Carriageway, Direction, Polylines
from tests.builders import NATIONAL_4, PREFECTURAL_4, make_network, make_route


def test_national_and_prefectural_route_4_have_their_own_ledger() -> None:
    ledger = (
        Attribute(NATIONAL_4, 0.0, 1.0, "surface", "アスファルト"),
        Attribute(NATIONAL_4, 0.5, 1.0, "surface", "コンクリート"),
        Attribute(PREFECTURAL_4, 0.0, 1.0, "surface", "砂利"),
    )
    network = make_network(make_route([(0, 0), (1000, 0)]), attributes=ledger)
    assert network.attributes_at(NATIONAL_4, 0.499)["surface"] == "アスファルト"
    assert network.attributes_at(NATIONAL_4, 0.5)["surface"] == "コンクリート"  # the later entry, from its start on
    assert network.attributes_at(NATIONAL_4, 1.0) == {}
    assert network.attributes_at(PREFECTURAL_4, 0.5) == {"surface": "砂利"}


def test_directions() -> None:
    assert (Direction.DOWN, Direction.UP) == ("下り", "上り")
    assert Carriageway.UP.directions == (Direction.UP,)
    assert Carriageway.BOTH.carries(Carriageway.UP)
    assert not Carriageway.DOWN.carries(Carriageway.UP)


def test_the_later_valid_from_holds_whatever_the_order_of_the_rows() -> None:
    ledger = (
        Attribute(NATIONAL_4, 0.2, 0.6, "paved_on", "2023-10-01", "2023-10-01"),
        Attribute(NATIONAL_4, 0.0, 1.0, "paved_on", "2009-10-01", "2009-10-01"),
        Attribute(NATIONAL_4, 0.0, 1.0, "paved_on", "1990-01-01"),
    )
    network = make_network(make_route([(0, 0), (1000, 0)]), attributes=ledger)
    found = [network.attributes_at(NATIONAL_4, kp)["paved_on"][:4] for kp in (0.1, 0.2, 0.599, 0.6)]
    assert found == ["2009", "2023", "2023", "2009"]


entries = st.builds(
    Entry,
    st.integers(0, 20).map(float),
    st.integers(0, 20).map(float),
    st.text("abc", min_size=1, max_size=2),
    st.sampled_from(["", "2001-01-01", "2020-04-01"]),
)


@given(st.lists(entries, max_size=12), st.floats(-1, 21))
def test_stretches_agree_with_looking_through_all_rows(rows: list[Entry], kp: float) -> None:
    holding = [(row.valid_from, i) for i, row in enumerate(rows) if row.from_kp_km <= kp < row.to_kp_km]
    if any(abs(kp - edge) < 1e-8 for row in rows for edge in (row.from_kp_km, row.to_kp_km)):
        return
    assert Stretches(rows).at(kp) == (rows[max(holding)[1]].value if holding else None)


@pytest.mark.parametrize(
    ("attributes", "width"),
    [
        ({"width_m": "6.5", "lanes": "2"}, 3.25),
        ({"lane_width_m": "3.0", "width_m": "6.5", "lanes": "2"}, 3.0),
        ({"width_m": "5.5"}, None),  # how many lanes is not known
        ({"width_m": "5.5", "lanes": "1"}, None),  # one wide lane is no lane width
        ({"width_m": "8.0", "lanes": "4"}, None),  # 2 m a lane is an error
        ({"width_m": "広い", "lanes": "2"}, None),
        ({"width_m": "6.0", "lanes": "0"}, None),
    ],
)
def test_lane_width_from_the_ledger(attributes: dict[str, str], width: float | None) -> None:
    assert lane_width_of(attributes) == width


def test_a_point_in_two_municipalities_lies_in_the_first() -> None:
    areas = (("青森市", shapely.box(0, 0, 10, 10)), ("弘前市", shapely.box(5, 0, 20, 10)))
    network = make_network(make_route([(0, 0), (1000, 0)]), municipalities=areas)
    assert [network.municipality_at((x, 5.0)) for x in (1, 7, 12, 30)] == ["青森市", "青森市", "弘前市", None]


def test_background_lines_come_back_as_they_were() -> None:
    lines = [("B1", LineString([(0, 0), (1, 2), (3, 4)])), (None, LineString([(5, 5), (6, 6)]))]
    roads = Polylines.of(lines)
    assert list(roads) == lines
    assert (len(roads), roads.starts.tolist(), len(Polylines.of())) == (2, [0, 3, 5], 0)


def test_the_index_holds_routes_then_roads() -> None:
    network = make_network(make_route([(0, 0), (1000, 0)]), roads=[[(0, 50), (500, 50)]])
    near = network.index.near(np.array([[100.0, 20.0]]), 40.0)
    assert near.line.tolist() == [0, 1]
    assert near.along_m.tolist() == [100.0, 100.0]
