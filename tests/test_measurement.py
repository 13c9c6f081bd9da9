"""From meshes to rows: kiloposts, lengths, coverage, the better of two drives, defects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from pavement.defect import Category
from pavement.find_defects import KnownDefect
from pavement.identity import Sighting
from pavement.imu.road import STEP_M, Felt, FeltRoad
from pavement.imu.steps import pulse
from pavement.imu.vehicle import VehicleModel
from pavement.measurement import measure
from pavement.passes import FramePlace, Pass, stretch_of
from pavement.road import Attribute, Carriageway, Direction, Network, Route
from pavement.rut import Placed
from pavement.rut.pair import PairProfile, strips
from pavement.rut.road import RutRoad
from pavement.segment import Flag, Segment
from pavement.surface import Surface
from tests.builders import NATIONAL_4, PREFECTURAL_4, START, grid, make_cells, make_network, make_route
from tests.test_surface import ABOVE, LANE, Bools, spot, stripe

POSTS = {100.0 * k: 12.0 + 0.1 * k for k in range(4)}  #: 100 m are 0.1 of kilopost here
ROUTE = make_route([(0, 0), (300, 0)], POSTS)
NETWORK = make_network(ROUTE)
LATER = START + timedelta(days=1)
CRACK = stripe(0.2, 0.1)  #: one crack along: 10 % by the mesh rule on a lane of 3 m


def make_pass(
    *stretches: tuple[float, float],
    route: Route = ROUTE,
    direction: Direction = Direction.DOWN,
    crack: Bools = CRACK,
    potholes: Sequence[float] = (),
    drive: str = "a",
    start: datetime = START,
    sd_m: float = 3.0,
    sharpness: float = 1.0,
) -> Pass:
    """A pass that saw `stretches` (from, to) of metres along its line, a frame a metre, with potholes of 0.5 m."""
    passed = Pass(drive, route, direction, 1, Surface(route.length_m, direction.sign, 3.0), scale_assumed=False)
    for low, high in stretches:
        first, last = (low - 2, high - 4) if direction is Direction.DOWN else (low + 4, high + 2)
        for along in np.arange(first, last + 0.01, 1.0):
            hole = grid(20)
            for where in potholes:
                hole |= spot(where, 0.5, along, direction.sign) & LANE
            passed.surface.add(along, make_cells(LANE, crack & LANE, hole), ABOVE)
            kp = float(route.scale.kp_at(along))
            if not np.isnan(kp):
                time = start + timedelta(seconds=along / 10)
                frame = FramePlace(f"{along:.0f}.jpg", time, along, kp, sd_m, 0.1, 0.0, sharpness=sharpness)
                passed.frames.append(frame)
    return passed


def segments_of(*passes: Pass, network: Network = NETWORK) -> list[Segment]:
    return measure(passes, network)[0]


def kps(rows: Sequence[Segment]) -> list[tuple[float, float]]:
    return [(row.start.kp_km, row.end.kp_km) for row in rows]


@given(st.integers(0, 999_999))
def test_a_block_begins_exactly_at_its_kilopost(index: int) -> None:
    for kp in (index * 0.02, index / 50, index * 20 / 1000):
        assert stretch_of(kp, 20) == index
        assert stretch_of(kp, 100) == index // 5


@pytest.mark.parametrize(
    ("kp_km", "block", "segment"),
    [
        (0.1 + 0.2, 15, 3),  # 0.30000000000000004
        (0.7 - 0.1, 30, 6),  # 0.6 as 0.6 - 1e-16
        (112.09994, 5604, 1120),  # 112099.94 rounds to 112099.9
        (112.09996, 5605, 1121),  # … to 112100.0
        (-0.01, -1, -1),
        (float("nan"), -1, -1),
    ],
)
def test_stretches_at_the_edges_of_floats(kp_km: float, block: int, segment: int) -> None:
    assert [int(stretch_of(kp_km, size)) for size in (20, 100)] == [block, segment]


def test_one_crack_over_a_hundred_metres() -> None:
    passed = make_pass((0, 300))
    segments, blocks, _ = measure([passed], NETWORK)
    assert kps(segments) == [(12.0, 12.1), (12.1, 12.2), (12.2, 12.3)]
    row = segments[1]
    # 200 cells × 0.15 m² of 100 m × 3 m
    assert row.crack_pct == 10.0
    assert [row.coverage_pct, row.length_m] == pytest.approx([100, 100], abs=0.1)
    assert (row.rut_mm, row.iri_mm_per_m, row.mci) == (None, None, None)
    assert (row.rating, row.rating_basis) == (None, "ひび割れ率")  # 10 % is sound, but ruts and IRI are not known
    assert row.flags == (Flag.REVIEW, Flag.ESTIMATED)
    assert (row.start.post_km, row.start.offset_m, row.end.post_km) == (12.1, 0.0, 12.2)
    assert (row.potholes, row.lane, row.frames, row.position_sd_m) == (0, 1, 100, 3.0)
    assert row.surveyed_on == date(2026, 6, 3)
    assert len(blocks) == 15
    assert {block.crack_pct for block in blocks} == {10.0}
    assert [block.start.offset_m for block in blocks[5:10]] == pytest.approx([0, 20, 40, 60, 80])


def test_what_was_not_seen_lowers_the_coverage_and_is_not_sound() -> None:
    row = segments_of(make_pass((100, 150)))[0]
    assert [row.crack_pct, row.coverage_pct] == pytest.approx([10, 50])
    assert (row.rating, row.flags) == (None, (Flag.REVIEW, Flag.LOW_COVERAGE, Flag.ESTIMATED))


def test_a_segment_that_was_driven_but_not_seen_is_a_blank_row() -> None:
    passed = make_pass((0, 100))
    passed.driven_m.append((0.0, 299.0))
    rows = segments_of(passed)
    assert kps(rows) == [(12.0, 12.1), (12.1, 12.2), (12.2, 12.3)]
    assert [(row.crack_pct, row.potholes, row.coverage_pct, row.rating) for row in rows[1:]] == [
        (None, None, 0, None)
    ] * 2
    assert all(Flag.LOW_COVERAGE in row.flags for row in rows[1:])


def test_a_line_that_ends_gives_a_short_rest() -> None:
    short = make_route([(0, 0), (150, 0)], {0.0: 12.0, 100.0: 12.1})
    rows = segments_of(make_pass((0, 150), route=short), network=make_network(short))
    assert kps(rows) == [(12.0, 12.1), (12.1, pytest.approx(12.15, abs=0.001))]
    assert rows[1].length_m == pytest.approx(50, abs=0.6)
    assert rows[1].coverage_pct == pytest.approx(100)


def test_real_metres_differ_from_the_kiloposts() -> None:
    wide = make_route([(0, 0), (300, 0)], {0.0: 12.0, 120.0: 12.1, 300.0: 12.25})
    rows = segments_of(make_pass((0, 300), route=wide), network=make_network(wide))
    assert kps(rows)[:2] == [(12.0, 12.1), (12.1, 12.2)]
    assert [row.length_m for row in rows[:2]] == pytest.approx([120, 120], abs=0.1)  # 180 m for 0.15: 120 for 0.1


def test_of_two_drives_the_one_that_saw_more_counts() -> None:
    later = START + timedelta(days=1)
    half = make_pass((100, 150), crack=grid(20), drive="later", start=later)
    whole = make_pass((0, 200), drive="earlier")
    rows = segments_of(whole, half)
    assert [row.crack_pct for row in rows] == [10.0, 10.0]
    assert [row.coverage_pct for row in rows] == pytest.approx([100, 100])
    again = make_pass((0, 200), crack=grid(20), drive="later", start=later)
    assert [row.crack_pct for row in segments_of(whole, again)] == [0.0, 0.0]  # equal: the later one


def test_directions_and_roads_of_one_number_never_mix() -> None:
    prefectural = make_route([(0, 0), (300, 0)], POSTS, road=PREFECTURAL_4)
    network = make_network(ROUTE, prefectural)
    passes = (
        make_pass((0, 100), route=network.routes[1], crack=grid(20)),
        make_pass((0, 100), route=network.routes[0], direction=Direction.UP, crack=stripe(-3, 6)),
        make_pass((0, 100), route=network.routes[0]),
    )
    found = [(row.road, row.direction, row.crack_pct) for row in segments_of(*passes, network=network)]
    # the whole of the lane cracked is 0.25 of 0.25 m² in every cell
    assert found == [
        (NATIONAL_4, Direction.DOWN, 10.0),
        (NATIONAL_4, Direction.UP, 100.0),
        (PREFECTURAL_4, Direction.DOWN, 0.0),
    ]


@pytest.mark.parametrize("direction", list(Direction))
def test_potholes_are_counted_once_and_where_they_are(direction: Direction) -> None:
    passed = make_pass((0, 200), direction=direction, crack=grid(20), potholes=(50.25, 51.75, 150.25))
    segments, blocks, defects = measure([passed], NETWORK)
    assert [row.potholes for row in segments] == [2, 1]
    assert sum(block.potholes or 0 for block in blocks) == 3
    assert [defect.category for defect in defects] == [Category.POTHOLE] * 3
    assert [defect.kp_km for defect in defects] == pytest.approx([12.05025, 12.05175, 12.15025], abs=4e-4)
    assert len({defect.defect_id for defect in defects}) == 3
    assert defects[0].area_m2 == pytest.approx(0.25, abs=0.15)


def test_a_hole_that_two_drives_saw_is_one_defect() -> None:
    first = make_pass((0, 200), crack=grid(20), potholes=(50.25, 51.75, 99.25))
    second = make_pass((0, 200), crack=grid(20), potholes=(52.25, 53.75, 101.25), drive="b", start=LATER)
    _, _, alone = measure([first], NETWORK)
    _, _, defects = measure([first, second], NETWORK)
    # the later drive counts where both saw all; its third hole lies beyond the segment's end, and is still the same
    assert [defect.kp_km for defect in defects] == pytest.approx([12.05225, 12.05375, 12.10125], abs=4e-4)
    assert [defect.drives for defect in defects] == [2, 2, 2]
    assert [defect.frames for defect in defects] == [2 * defect.frames for defect in alone]


def test_a_known_hole_keeps_its_id() -> None:
    _, _, before = measure([make_pass((0, 200), crack=grid(20), potholes=(50.25, 51.75))], NETWORK)
    known = [
        KnownDefect(
            d.defect_id, d.category, d.road, d.direction, Sighting(d.kp_km * 1000, d.across_m or 0, d.area_m2 or 0)
        )
        for d in before
    ]
    again = make_pass((0, 200), crack=grid(20), potholes=(54.25, 55.75, 150.25), drive="b", start=LATER)
    _, _, defects = measure([again], NETWORK, known=known)
    assert [defect.defect_id for defect in defects[:2]] == [defect.defect_id for defect in before]
    assert defects[2].defect_id not in {defect.defect_id for defect in before}


def felt(stroke_mm_per_m: float, calibrated: bool, height_mm: float = 0.0) -> FeltRoad:
    """A road of one IRI, felt at 36 km/h over the whole line; with a jump at 150 m."""
    along = np.arange(0, 300, STEP_M)
    velocity = np.random.default_rng(1).normal(0, 1e-3, len(along))
    velocity[1500] = height_mm / 1000 * float(pulse(np.zeros(1))[0])
    ones = np.ones(len(along))
    times = START.timestamp() + along / 10
    piece = Felt(times, along, 10 * ones, velocity, stroke_mm_per_m / 1000 * ones, ones > 0)
    return FeltRoad((piece,), VehicleModel(calibrated=calibrated, spread=0.05, spread_100m=0.05))


def test_what_the_sensors_felt_goes_to_the_rows() -> None:
    passed = make_pass((0, 300), crack=grid(20))
    passed.felt.append(felt(8.5, calibrated=True))
    segments, blocks, _ = measure([passed], NETWORK)
    assert [row.iri_mm_per_m for row in [*segments, *blocks]] == pytest.approx([8.5] * len([*segments, *blocks]))
    assert all(row.iri_se_mm_per_m and 0.3 < row.iri_se_mm_per_m < 1 for row in segments)
    assert {row.rating for row in segments} == {"Ⅲ"}
    assert all(Flag.ESTIMATED in row.flags for row in segments)


def test_a_car_that_was_not_calibrated_proves_nothing() -> None:
    passed = make_pass((0, 100), crack=grid(20))
    passed.felt.append(felt(8.5, calibrated=False))
    (row,) = segments_of(passed)
    assert row.iri_mm_per_m == pytest.approx(8.5)
    assert (row.rating, row.rating_basis) == (None, "ひび割れ率")
    assert {Flag.ESTIMATED, Flag.REVIEW} <= set(row.flags)


def test_a_felt_step_is_a_defect() -> None:
    passed = make_pass((0, 300), crack=grid(20))
    passed.driven_m.append((0.0, 300.0))
    passed.felt.append(felt(2.0, calibrated=True, height_mm=22.0))
    _, _, defects = measure([passed], NETWORK)
    (step,) = defects
    assert (step.category, step.frames, step.area_m2) == (Category.STEP, 0, None)
    assert step.kp_km == pytest.approx(12.15, abs=1e-4)
    assert step.depth_mm == pytest.approx(22, abs=3)


def rutted(deep_from: float, deep_to: float) -> RutRoad:
    """Three profiles every 10 m: a trough in the left wheel path, 30 mm in the deep stretch, 8 mm elsewhere."""
    across = strips(3.0)
    trough = -np.exp(-(((across + 0.8) / 0.25) ** 2))
    placed = []
    for at in np.arange(0, 300, 10.0):
        depth = 0.030 if deep_from <= at < deep_to else 0.008
        for jitter in (-1e-4, 0.0, 1e-4):
            height = trough * (depth + jitter)
            flat = np.zeros(len(across))
            profile = PairProfile(across, height, flat + 5e-4, (4.0, 10.0), 3.0, 3.0, 0.9, 0.0, 0.01, flat)
            placed.append(Placed(profile, at, at + 10))
    return RutRoad(placed, height_sd=0.01)


def test_ruts_go_to_the_rows_and_deep_ones_are_defects() -> None:
    passed = make_pass((0, 300), crack=grid(20))
    passed.ruts = rutted(100, 160)
    segments, blocks, defects = measure([passed], NETWORK)
    assert [row.rut_mm for row in segments] == pytest.approx([8, 21.2, 8], abs=2)
    assert all(row.rut_se_mm and 0.5 < row.rut_se_mm < 4 for row in [*segments, *blocks])
    assert segments[1].rating == "Ⅱ"
    (rut,) = defects
    assert rut.category is Category.RUT
    assert rut.length_m == pytest.approx(60)
    assert rut.kp_km == pytest.approx(12.13)
    assert rut.depth_mm == pytest.approx(30, abs=2)


def test_without_profiles_a_rut_is_blank() -> None:
    passed = make_pass((0, 100), crack=grid(20))
    passed.ruts = RutRoad([], height_sd=0.01)
    (row,) = segments_of(passed)
    assert (row.rut_mm, row.rut_se_mm) == (None, None)


def test_larger_pieces_of_crack_are_defects() -> None:
    _, _, defects = measure([make_pass((0, 100), crack=stripe(-1.5, 1.5))], NETWORK)
    (defect,) = defects
    assert (defect.category, defect.length_m, defect.width_m) == (Category.CRACK_ALLIGATOR, 100.0, 1.5)


def test_nothing_is_told_across_posts_that_do_not_fit() -> None:
    bad = make_route([(0, 0), (600, 0)], {0.0: 12.0, 100.0: 12.1, 300.0: 12.2, 400.0: 12.3, 500.0: 12.4})
    rows, _, _ = measure([make_pass((0, 500), route=bad)], make_network(bad))
    assert kps(rows) == [(12.0, 12.1), (12.2, 12.3), (12.3, 12.4)]  # 200 m of line for 0.1: refused
    assert [Flag.KILOPOST_ANOMALY in row.flags for row in rows] == [True, True, False]


def test_a_missing_post_and_a_doubtful_position_are_flagged() -> None:
    gap = make_route([(0, 0), (500, 0)], {0.0: 12.0, 100.0: 12.1, 200.0: 12.2, 400.0: 12.4, 500.0: 12.5})
    rows = segments_of(make_pass((0, 500), route=gap, sd_m=16.0), network=make_network(gap))
    assert [Flag.KILOPOST_MISSING in row.flags for row in rows] == [False, False, True, True, False]
    assert all(Flag.POSITION_DOUBTFUL in row.flags for row in rows)


def test_the_ledger_and_the_municipalities_go_to_the_rows() -> None:
    facts = {"surface": "コンクリート", "paved_on": "2020-04-01"}
    ledger = tuple(Attribute(NATIONAL_4, 12.1, 12.2, name, value) for name, value in facts.items())
    towns = (("青森市", box(-100, -100, 150, 100)), ("平内町", box(150, -100, 400, 100)))
    network = make_network(ROUTE, attributes=ledger, municipalities=towns)
    asphalt, concrete = segments_of(make_pass((0, 200)), network=network)
    assert asphalt.attributes == {"municipality": "青森市", "municipality_end": "青森市"}
    assert concrete.attributes == facts | {"municipality": "青森市", "municipality_end": "平内町"}
    # concrete is not judged by cracks of asphalt: no value, no diagnosis
    assert (concrete.crack_pct, concrete.rating, concrete.flags) == (None, None, (Flag.REVIEW, Flag.VISUAL))


def test_a_carriageway_of_its_own_is_measured_on_its_own_line() -> None:
    up = make_route([(0, 12), (300, 12)], POSTS, carriageway=Carriageway.UP)
    (row,) = segments_of(make_pass((100, 200), route=up, direction=Direction.UP), network=make_network(up))
    assert (row.direction, row.start.kp_km, row.end.kp_km) == (Direction.UP, 12.1, 12.2)  # from the lower kilopost
    assert row.start.lon < row.end.lon


def test_the_other_route_of_a_shared_stretch_is_named() -> None:
    passed = make_pass((0, 300), crack=grid(20))
    passed.shared[0.0, 180.0, PREFECTURAL_4] = None
    segments, _, _ = measure([passed], NETWORK)
    assert [row.attributes.get("also") for row in segments] == ["主要地方道4(現道)", "主要地方道4(現道)", None]


def test_rows_know_how_sharp_their_frames_were() -> None:
    soft, sharp = make_pass((0, 150), sharpness=0.7), make_pass((0, 150), sharpness=1.1)
    for passed, expected in ((soft, 0.7), (sharp, 1.0)):
        segments, blocks, _ = measure([passed], NETWORK)
        rows = [*segments, *blocks]
        assert {row.sharpness for row in rows if row.frames} == {expected}
        assert {row.sharpness for row in rows if not row.frames} <= {None}
