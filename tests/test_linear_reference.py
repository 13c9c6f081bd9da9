"""The linear reference: posts, measured roads, anomalies, and the round trip through lon/lat."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from pavement.kilopost_text import format_kp, parse_kp
from pavement.linear_reference import Scale
from pavement.measured_scale import measure
from pavement.networks import read_network
from pavement.passes import stretch_of
from pavement.road import Carriageway, Kilopost
from pavement.route_chain import order_lines
from pavement.scales import Feature, build_scale, build_scales
from tests.builders import NATIONAL_4, PLANE, make_posts

DOWN, UP, BOTH = Carriageway.DOWN, Carriageway.UP, Carriageway.BOTH

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
    assert len(wrong) == 2
    assert "12.4→12.2" in wrong[0]
    assert "12.4 km が2か所" in wrong[1]
    assert scale.alongs_at(12.3).tolist() == [300.0, 500.0 + 200.0]
    assert (scale.repeats(12.2, 12.4), scale.repeats(12.4, 12.6), scale.repeats(12.0, 12.2)) == (True, False, False)


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


def east(from_m: float, to_m: float, y: float = 0.0) -> LineString:
    return LineString([(from_m, y), (to_m, y)])


# --- posts that are wrong ------------------------------------------------------------------------------------------


def test_a_post_far_off_its_road_is_told_and_not_interpolated_over() -> None:
    """643.4 of national route 4 lies 3.5 km off: only the stretch that it belongs to has no kilopost."""
    posts = make_posts({0: 643.0, 200: 643.2, 600: 643.6, 800: 643.8})
    posts.append(Kilopost(NATIONAL_4, BOTH, 643.4, 400.0, -3500.0))
    scale, wrong = build_scale(KM, BOTH, posts)
    assert np.isfinite(scale.kp_at([100.0, 201.0, 400.0, 599.0, 700.0])).tolist() == [True, False, False, False, True]
    assert scale.kp_at([200.0, 600.0]) == pytest.approx([643.2, 643.6])  # the neighbours themselves are sound
    assert len(wrong) == 1
    assert "643.4" in wrong[0]
    assert "3,500 m" in wrong[0]


def test_a_post_a_little_off_counts_as_missing() -> None:
    """70 m beside its place the way to it still fits its number: sqrt(200² + 70²) / 200 = 1.06."""
    posts = make_posts({0: 643.0, 200: 643.2, 600: 643.6, 800: 643.8})
    posts.append(Kilopost(NATIONAL_4, BOTH, 643.4, 400.0, -70.0))
    scale, wrong = build_scale(KM, BOTH, posts)
    assert scale.kp_at(400.0) == pytest.approx(643.4)
    assert scale.post_missing(643.3, 643.4)
    assert len(wrong) == 1


def test_a_post_of_another_place_spoils_only_its_neighbours() -> None:
    scale, wrong = build_scale(KM, BOTH, make_posts({0: 12.0, 200: 12.2, 400: 19.0, 600: 12.6, 800: 12.8}))
    assert np.isfinite(scale.kp_at([100.0, 300.0, 500.0, 700.0])).tolist() == [True, False, False, True]
    assert len(wrong) == 2


def test_numbers_that_run_twice_are_told_and_the_jump_is_refused() -> None:
    """661.6 … 662.0 of national route 4 stand twice, about a kilometre apart."""
    along = [0, 200, 400, 600, 800, 1000, 1200, 1400]
    numbers = [661.4, 661.6, 661.8, 662.0, 661.6, 661.8, 662.0, 662.2]
    scale, wrong = build_scale(east(0, 1400), BOTH, make_posts(list(zip(along, numbers, strict=True))))
    assert np.isfinite(scale.kp_at([100.0, 500.0, 700.0, 900.0, 1300.0])).tolist() == [True, True, False, True, True]
    assert scale.repeats(661.7, 661.8)
    assert not scale.repeats(662.1, 662.2)
    assert any("661.6・661.8・662" in text for text in wrong)


def test_posts_of_both_sides_and_of_two_sources_merge_to_their_middle() -> None:
    posts = make_posts([(0, 12.0), (203, 12.2), (198, 12.2), (202, 12.2), (400, 12.4)])
    scale, wrong = build_scale(KM, BOTH, posts)
    assert scale.along_m.tolist() == [0, 201, 400]
    assert not wrong


def test_two_posts_at_one_place_give_no_kilopost_between_them_and_no_fault() -> None:
    scale, wrong = build_scale(KM, BOTH, make_posts([(0, 12.0), (200, 12.2), (200, 12.4), (400, 12.4), (600, 12.6)]))
    assert scale.kp_at([100.0, 199.0, 500.0]) == pytest.approx([12.1, 12.199, 12.5])
    assert wrong


def test_in_a_hairpin_bend_a_post_stands_on_its_own_arm() -> None:
    """The arms lie 14 m apart; the post of 12.2 stands 8 m beside its arm, 6 m beside the other."""
    bend = LineString([(0, 0), (300, 0), (300, 14), (0, 14)])  # 300 + 14 + 300 m
    posts = [
        Kilopost(NATIONAL_4, BOTH, kp, x, y)
        for kp, x, y in ((12.0, 0, -8), (12.2, 200, 8), (12.4, 214, 22), (12.6, 14, 22))
    ]
    scale, wrong = build_scale(bend, BOTH, posts)
    assert scale.along_m == pytest.approx([0, 200, 400, 600])
    assert not wrong


# --- several lines -------------------------------------------------------------------------------------------------


def test_a_post_near_a_joint_serves_both_lines() -> None:
    lines = [Feature(east(500, 1000), row=1), Feature(east(0, 500), row=0)]
    found = build_scales(lines, make_posts({100: 12.1, 300: 12.3, 480: 12.48, 700: 12.7, 900: 12.9}))
    second, first = found.scales
    assert first.kp_at([0.0, 490.0, 500.0]) == pytest.approx([12.0, 12.49, 12.5])
    assert second.kp_at([0.0, 100.0, 500.0]) == pytest.approx([12.5, 12.6, 13.0])
    assert not found.wrong


def test_a_post_that_passes_the_end_of_its_own_road_stands_where_it_fits() -> None:
    """The road comes back to 20 m from where it began: the posts there belong to one end each."""
    ring = LineString([(0, 0), (500, 0), (500, 500), (0, 500), (0, 20)])  # 1980 m
    places = [
        (0, -8),
        (200, -8),
        (400, -8),
        (508, 100),
        (508, 300),
        (500, 508),
        (300, 508),
        (100, 508),
        (-8, 400),
        (-8, 200),
        (8, 30),
    ]
    posts = [Kilopost(NATIONAL_4, BOTH, round(5 + 0.2 * k, 1), x, y) for k, (x, y) in enumerate(places)]
    scale, wrong = build_scale(ring, BOTH, posts)
    assert scale.kp_km.tolist() == pytest.approx([5 + 0.2 * k for k in range(11)])
    assert not wrong


def test_a_carriageway_without_posts_takes_those_of_the_other() -> None:
    lines = [Feature(east(0, 1000), DOWN, row=0), Feature(east(0, 1000, 20.0), UP, row=1)]
    found = build_scales(lines, make_posts({0: 12.0, 200: 12.2, 400: 12.4}, carriageway=DOWN))
    assert found.scales[1].kp_at(100.0) == pytest.approx(12.1)
    assert [text for text in found.wrong if "上り" in text]


def test_a_line_without_any_post_of_a_road_with_posts_has_no_kilopost() -> None:
    found = build_scales(
        [Feature(east(0, 1000), row=0), Feature(east(5000, 6000), row=1)], make_posts({0: 12.0, 200: 12.2})
    )
    assert np.isnan(found.scales[1].kp_at([0.0, 500.0])).all()
    assert found.scales[1].along_at(0.5) is None
    assert len(found.wrong) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_a_road_without_posts_is_measured_through_all_its_lines(order: tuple[int, ...]) -> None:
    lines = [east(0, 400), east(400, 1000), east(1100, 1500)]
    found = build_scales([Feature(lines[i], row=i) for i in order], [])
    starts = dict(zip(order, (float(scale.kp_at(0.0)) for scale in found.scales), strict=True))
    assert [starts[i] for i in range(3)] == pytest.approx([0.0, 0.4, 1.0])  # the gap of 100 m is told, not counted
    assert len(found.wrong) == 1
    assert "100 m 途切れ" in found.wrong[0]


def test_a_declared_start_counts_the_gap() -> None:
    lines = [Feature(east(0, 1000), row=0), Feature(east(3000, 3500), row=1, start_km=3.2)]
    found = build_scales(lines, [])
    assert found.scales[0].kp_at([0.0, 1000.0]) == pytest.approx([0.0, 1.0])
    assert found.scales[1].kp_at([0.0, 500.0]) == pytest.approx([3.2, 3.7])
    assert not found.wrong


def test_known_points_hold_the_measure_and_beyond_them_it_goes_on_by_the_distance() -> None:
    posts = make_posts({1000: 1.05, 3000: 2.95})
    scale, wrong = build_scale(east(0, 5000), BOTH, posts)
    # from 起点 to 1.05, to 2.95, then metre by metre
    assert scale.kp_at([0.0, 500.0, 1000.0, 2000.0, 3000.0, 4000.0]) == pytest.approx([0, 0.525, 1.05, 2.0, 2.95, 3.95])
    assert scale.lower_post(0.5) == 0.0
    assert not scale.post_missing(3.5, 3.6)
    assert not wrong


def test_a_known_point_far_from_the_measure_says_that_the_line_does_not_begin_at_the_origin() -> None:
    scale, _ = build_scale(east(0, 5000), BOTH, make_posts({1000: 7.3, 3000: 9.25}))
    assert scale.kp_at([0.0, 2000.0, 4000.0]) == pytest.approx([6.3, 8.275, 10.25])


def test_known_points_that_contradict_the_line_are_refused_between() -> None:
    scale, wrong = build_scale(east(0, 5000), BOTH, make_posts({1000: 1.05, 2000: 4.2, 4000: 6.21}))
    assert np.isfinite(scale.kp_at([500.0, 1500.0, 3000.0, 4500.0])).tolist() == [True, False, True, True]
    assert "既知点 1.05→4.2" in wrong[0]


def test_the_ledger_stretches_and_its_difference_is_kept() -> None:
    lines = [Feature(east(0, 6000), row=0, ledger_m=12340.0), Feature(east(6000, 12512), row=1, ledger_m=12340.0)]
    found = build_scales(lines, [])  # both rows give the length of the whole road
    assert found.scales[1].kp_at(6512.0) == pytest.approx(12.34)
    assert str(found.lengths[0]) == "台帳延長 5,918 m・GIS延長 6,000 m(+1.4 %)"
    own = build_scales(
        [Feature(east(0, 1000), row=0, ledger_m=1010.0), Feature(east(1000, 3000), row=1, ledger_m=1980.0)], []
    )
    assert own.scales[1].kp_at([0.0, 2000.0]) == pytest.approx([1.01, 2.99])


def test_where_carriageways_part_and_meet_again_both_have_one_measure() -> None:
    """One line, then two of 1000 and 1010 m, then one: where they meet again both are at the same kilopost."""
    bow = LineString([(1000, 0), (1500, 71), (2000, 0)])  # 1010 m
    lines = [
        Feature(line, way, row=i)
        for i, (line, way) in enumerate(
            [(east(0, 1000), BOTH), (east(1000, 2000), DOWN), (bow, UP), (east(2000, 3000), BOTH)]
        )
    ]
    found = build_scales(lines, [])
    assert [float(scale.kp_at(0.0)) for scale in found.scales] == pytest.approx([0, 1, 1, 2])
    assert found.scales[2].kp_at(bow.length) == pytest.approx(2.0)
    assert not found.wrong


@given(st.permutations(range(6)), st.floats(0, 14))
def test_lines_are_put_in_order(order: list[int], gap_m: float) -> None:
    lines = [LineString([(i * 100, 0), (i * 100 + 100 - gap_m, 5)]) for i in order]
    assert [order[i] for i in order_lines(lines)] == list(range(6))


# --- lon/lat and kilopost ------------------------------------------------------------------------------------------

ratios = st.lists(st.floats(0.75, 1.25), min_size=3, max_size=6)
bends = st.lists(st.floats(-40, 40), min_size=6, max_size=12)


def winding(bend: list[float]) -> LineString:
    return LineString([(150.0 * k, y) for k, y in enumerate(bend)])


def posted(line: LineString, ratio: list[float]) -> Scale:
    along = np.cumsum([0.0, *(200 * each for each in ratio)])
    places = [line.interpolate(float(s)) for s in along[along < line.length]]
    posts = [Kilopost(NATIONAL_4, BOTH, round(112 + 0.2 * k, 1), p.x, p.y) for k, p in enumerate(places)]
    return build_scale(line, BOTH, posts)[0]


def with_known_points(line: LineString, ratio: list[float]) -> Scale:
    places = np.linspace(0.2, 0.8, len(ratio)) * line.length
    return measure([0.0, line.length], [1.01], (places, places * 1.02 / 1000))


def by_ledger(line: LineString, ratio: list[float]) -> Scale:
    return build_scale(line, BOTH, [], ledger_length_m=line.length * ratio[0], start_km=3.2)[0]


def second_half(line: LineString, ratio: list[float]) -> Scale:
    """The scale of a line of two, brought back to the whole line."""
    scale = posted(line, ratio).part(0.3 * line.length, line.length)
    return Scale(scale.along_m + 0.3 * line.length, scale.kp_km, scale.posts_km)


@pytest.mark.parametrize("kind", [posted, with_known_points, by_ledger, second_half])
@given(bend=bends, ratio=ratios, share=st.floats(0.31, 1))
def test_a_kilopost_comes_back_through_lon_and_lat(
    kind: object, bend: list[float], ratio: list[float], share: float
) -> None:
    assert callable(kind)
    line = winding(bend)
    scale = kind(line, ratio)
    kp = float(scale.kp_at(share * line.length))
    if np.isnan(kp):
        return  # over one spacing beyond the last post
    along = scale.along_at(kp)
    assert along is not None
    point = line.interpolate(along)
    lon, lat = PLANE.to_degrees([[point.x, point.y]])[0]
    ((x, y),) = PLANE.to_metres(lon, lat)
    assert scale.kp_at(line.project(type(point)(x, y))) == pytest.approx(kp, abs=1e-4)


@given(st.floats(0, 999), st.sampled_from([20, 100]))
def test_stretches_lie_on_the_kiloposts(kp: float, size_m: int) -> None:
    index = int(stretch_of(kp, size_m))
    assert index * size_m <= round(kp * 1000, 1) < (index + 1) * size_m


@pytest.mark.parametrize(
    ("text", "kp"),
    [
        ("112K500", 112.5),
        ("112.5KP", 112.5),
        ("112k500", 112.5),
        ("１１２Ｋ５００", 112.5),
        ("112K500.5", 112.5005),
        ("0K020", 0.02),
    ],
)
def test_kiloposts_as_people_write_them(text: str, kp: float) -> None:
    assert parse_kp(text) == pytest.approx(kp, abs=1e-9)


@pytest.mark.parametrize("text", ["112K1500", "1" * 60, "112K500K500", "青森", ""])
def test_what_is_no_kilopost(text: str) -> None:
    assert parse_kp(text) is None


@given(st.floats(0, 900))
def test_a_kilopost_comes_back_from_its_writing_to_half_a_metre(kp: float) -> None:
    assert parse_kp(format_kp(kp)) == pytest.approx(kp, abs=5.01e-4)


# --- real posts ----------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("low", "high", "refused", "sound"),
    [
        (618.0, 623.0, [620.5], [619.5, 621.5]),  # 620→621 are 449 m apart
        (642.4, 644.6, [643.3, 643.5], [643.1, 643.7]),  # 643.4 lies 3.5 km off
    ],
)
def test_real_anomalies_are_told_and_refused(
    shared: Path, low: float, high: float, refused: list[float], sound: list[float]
) -> None:
    """National route 4, its line drawn through the posts that are not far off."""
    table = gpd.pd.read_csv(shared / "geo" / "kilopost" / "kilopost_aomori.csv")
    own = table[(table.route == 4) & table.kp_km.between(low, high) & (table.kind == "現道")].sort_values("kp_km")
    xy = PLANE.to_metres(own.lon, own.lat)
    on_line = own.kp_km.to_numpy() != 643.4
    posts = [Kilopost(NATIONAL_4, BOTH, float(kp), x, y) for kp, (x, y) in zip(own.kp_km, xy, strict=True)]
    scale, wrong = build_scale(LineString(xy[on_line]), BOTH, posts)
    assert [scale.along_at(kp) for kp in refused] == [None] * len(refused)
    assert all(scale.along_at(kp) is not None for kp in sound)
    assert len(wrong) == 1


@pytest.mark.shared
@pytest.mark.parametrize("name", ["aomori", "toyama"])
def test_the_networks_that_drives_use_have_no_refusal(shared: Path, name: str, tmp_path: Path) -> None:
    network = read_network(shared / "network" / f"{name}.gpkg", tmp_path)
    assert not network.anomalies
    for route in network.routes:
        assert np.isfinite(route.scale.kp_at(np.linspace(0, route.length_m, 200))).all()
