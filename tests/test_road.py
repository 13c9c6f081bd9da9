"""Kiloposts: interpolation between neighbouring posts, refusal across anomalies, roads without posts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from pavement.road import Attribute, Carriageway, Direction, Scale, build_scale
from tests.builders import NATIONAL_4, PREFECTURAL_4, make_network, make_posts, make_route

KM = LineString([(0, 0), (1000, 0)])


def scale_of(posts: dict[float, float], line: LineString = KM) -> Scale:
    scale, _ = build_scale(line, Carriageway.BOTH, make_posts(posts))
    return scale


def test_kiloposts_are_interpolated_between_neighbouring_posts_only() -> None:
    scale = scale_of({0: 12.0, 210: 12.2, 390: 12.4})
    # 105 of 210 m: half of 0.2; 300 is 90 of 180 m: half of the next 0.2
    assert scale.kp_at([0, 105, 210, 300, 390]) == pytest.approx([12.0, 12.1, 12.2, 12.3, 12.4])
    assert scale.along_at(12.3) == pytest.approx(300)


@pytest.mark.parametrize(
    ("real_m", "sound"),
    [
        (139, False),  # 139 / 200 = 0.695
        (141, True),  # 0.705
        (259, True),  # 1.295
        (261, False),  # 1.305
    ],
)
def test_a_stretch_that_does_not_fit_its_posts_is_refused(real_m: int, sound: bool) -> None:
    posts = make_posts({0: 12.0, 200: 12.2, 200 + real_m: 12.4, 400 + real_m: 12.6})
    scale, wrong = build_scale(KM, Carriageway.BOTH, posts)
    assert np.isfinite(scale.kp_at([100.0, 210.0, 300.0 + real_m])).tolist() == [True, sound, True]
    assert (scale.along_at(12.3) is not None) is sound
    assert len(wrong) == (not sound)


def test_posts_out_of_order_are_refused_and_named() -> None:
    scale, wrong = build_scale(KM, Carriageway.BOTH, make_posts({0: 12.0, 400: 12.4, 600: 12.2, 800: 12.4, 1000: 12.6}))
    assert np.isfinite(scale.kp_at([200.0, 500.0, 700.0, 900.0])).tolist() == [True, False, True, True]
    assert len(wrong) == 1
    assert "12.4→12.2" in wrong[0]


def test_a_missing_post_is_interpolated_and_flagged() -> None:
    scale = scale_of({0: 12.0, 200: 12.2, 600: 12.6, 800: 12.8})
    assert scale.kp_at(400.0) == pytest.approx(12.4)
    assert scale.lower_post(12.45) == 12.2
    assert scale.post_missing(12.3, 12.4)
    assert not scale.post_missing(12.0, 12.1)


def test_beyond_the_last_post_one_spacing_is_extrapolated_and_flagged() -> None:
    scale = scale_of({300: 12.2, 500: 12.4})
    # 200 m before 300 and behind 500 are 100 and 700
    assert scale.kp_at([101.0, 699.0]) == pytest.approx([12.001, 12.599])
    assert np.isnan(scale.kp_at([99.0, 701.0])).all()
    assert scale.along_at(12.599) == pytest.approx(699)
    assert scale.along_at(12.601) is None
    assert scale.post_missing(12.5, 12.6)


def test_a_post_on_each_side_of_the_road_is_one_post() -> None:
    posts = make_posts({0: 12.0, 203: 12.2, 400: 12.4}) + make_posts({1: 12.0, 198: 12.2}, beside_m=-8.0)
    scale, wrong = build_scale(KM, Carriageway.BOTH, posts)
    assert scale.kp_km.tolist() == [12.0, 12.2, 12.4]
    assert not wrong


def test_a_post_before_the_start_of_the_line_stands_before_it() -> None:
    # 12.0 stands 40 m before the line's start, 12.2 160 m behind it: the start itself is 12.0 + 40/200·0.2
    scale = scale_of({-40: 12.0, 160: 12.2, 360: 12.4})
    assert scale.kp_at(0.0) == pytest.approx(12.04)


def test_posts_of_the_other_carriageway_do_not_count() -> None:
    posts = make_posts({0: 12.0, 200: 12.2}, carriageway=Carriageway.DOWN)
    posts += make_posts({50: 12.0, 250: 12.2}, carriageway=Carriageway.UP)
    scale, _ = build_scale(KM, Carriageway.UP, posts)
    assert scale.along_m.tolist() == [50.0, 250.0]


@pytest.mark.parametrize(
    ("ledger_m", "kp"),
    [
        (None, 0.5),  # 500 of 1000 m
        (1100.0, 0.55),  # 500 / 1000 · 1100 m
    ],
)
def test_a_road_without_posts_is_measured_from_its_start(ledger_m: float | None, kp: float) -> None:
    scale, wrong = build_scale(KM, Carriageway.BOTH, [], ledger_length_m=ledger_m)
    assert scale.kp_at([0.0, 500.0]) == pytest.approx([0.0, kp])
    assert scale.lower_post(kp) == 0.0
    assert not scale.post_missing(0.1, 0.2)
    assert not wrong


def test_what_cannot_be_used_for_the_measure_is_said() -> None:
    _, lonely = build_scale(KM, Carriageway.BOTH, make_posts({100: 12.0}))
    _, ledger = build_scale(KM, Carriageway.BOTH, [], ledger_length_m=5000.0)
    assert len(lonely) == len(ledger) == 1


@given(
    st.lists(st.floats(0.75, 1.25), min_size=1, max_size=8),
    st.floats(0, 700),
    st.sampled_from([0.1, 0.2, 1.0]),
    st.floats(0, 1),
)
def test_kilopost_and_metres_round_trip(ratios: list[float], first_kp: float, spacing: float, share: float) -> None:
    along = np.cumsum([0.0, *(ratio * spacing * 1000 for ratio in ratios)])
    kp = np.array([first_kp + spacing * k for k in range(len(along))])
    scale = Scale(along, kp, kp)
    wanted = share * along[-1]
    assert scale.along_at(float(scale.kp_at(wanted))) == pytest.approx(wanted, abs=1e-5)


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
