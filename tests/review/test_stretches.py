"""Stretches: merged from neighbours, cut where they grow too long; and what later years may not tell an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.errors import BadInput
from pavement.notebook.made_year import made_material
from pavement.review.candidates import WorkSettings, find_candidates
from pavement.review.coverage import Missing, worth_a_drive
from pavement.review.review import Material, make_review
from pavement.review.rows import RATINGS
from pavement.review.settings import settings_from_table
from pavement.review.stretches import SLACK, cut_places
from pavement.road import Direction, RoadKey

ROAD = RoadKey("一般国道", "4", "000", "現道")


@pytest.fixture(scope="module")
def material() -> Material:
    return made_material(roads=4, blocks=250)


@given(
    st.lists(st.tuples(st.floats(5, 130), st.floats(0, 5)), min_size=1, max_size=60),
    st.floats(100, 1500),
)
def test_pieces_are_whole_few_and_not_too_long(sections: list[tuple[float, float]], most: float) -> None:
    lengths = np.array([length for length, _ in sections])
    ends = cut_places(lengths, np.array([unlike for _, unlike in sections[1:]]), most)
    assert ends == sorted(set(ends))
    assert ends[-1] == len(lengths) - 1
    pieces = [float(each.sum()) for each in np.split(lengths, [end + 1 for end in ends[:-1]])]
    alone = [len(each) for each in np.split(lengths, [end + 1 for end in ends[:-1]])]
    assert all(piece <= most * SLACK + 1e-6 or n == 1 for piece, n in zip(pieces, alone, strict=True))


def test_a_whole_road_is_cut_where_it_changes(material: Material) -> None:
    segments, year = material.segments, material.segment_years[-1]
    n = len(segments)
    paved = np.full(n, np.datetime64("2012-01-01"))
    paved[segments.from_kp_km >= segments.from_kp_km[0] + 2.3 - 1e-6] = np.datetime64("2015-01-01")
    worn = replace(
        year,
        crack_pct=np.full(n, 25.0),
        rut_mm=np.full(n, np.nan),
        iri_mm_per_m=np.full(n, np.nan),
        mci=np.full(n, np.nan),
        rating=np.full(n, RATINGS.index("Ⅱ"), np.int8),
        inspected=np.ones(n, bool),
        paved_on=paved,
        repaired_on=np.full(n, np.datetime64("NaT", "D")),
    )
    found = find_candidates(segments, worn)
    assert all(each.length_m <= 1000 * SLACK for each in found)
    joined = sum(each.length_m for each in found)
    assert joined == pytest.approx(float(segments.length_m[~segments.closed.known].sum()))
    longer = find_candidates(segments, worn, settings=WorkSettings(greatest_length_m=1e9))
    assert len(longer) < len(found)
    assert any(abs(each.from_kp_km - (segments.from_kp_km[0] + 2.3)) < 1e-6 for each in found)


def test_what_was_mended_after_its_inspection_is_no_candidate(material: Material) -> None:
    segments, year = material.segments, material.segment_years[-1]
    later = replace(year, repaired_on=year.day + np.timedelta64(1, "D"))
    assert find_candidates(segments, year)
    assert not find_candidates(segments, later)


def test_worse_stretches_are_not_longer_than_set(material: Material) -> None:
    review = make_review(material, settings_from_table({"work": {"greatest_length_m": 100}}))
    assert review.worse
    assert all(each.length_m <= 100 * SLACK for each in review.worse)
    assert [each.verdict for each in review.worse] == sorted(each.verdict for each in review.worse)
    whole = make_review(material)
    assert len(whole.worse) < len(review.worse)
    assert sum(each.worse_m for each in whole.worse) == pytest.approx(sum(each.worse_m for each in review.worse))


def test_a_greatest_length_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="greatest_length_m is 0"):
        settings_from_table({"work": {"greatest_length_m": 0}})


def missing(a: float, b: float, reason: str = "未走行") -> Missing:
    return Missing(ROAD, "国道4号", Direction.DOWN, a, b, b - a, "東青", reason, False)


def test_remnants_are_joined_or_left_out() -> None:
    left = [missing(1.0, 1.04), missing(2.0, 2.06), missing(2.06, 2.12, "有効測定率不足"), missing(3.0, 3.1)]
    wanted, rest = worth_a_drive(left, 100.0)
    assert [(each.from_kp_km, each.to_kp_km, each.reason) for each in wanted] == [
        (2.0, 2.12, "未走行・有効測定率不足"),
        (3.0, 3.1, "未走行"),
    ]
    assert rest == (left[0],)
    assert worth_a_drive(left, 0.0)[1] == ()


def test_a_repair_after_the_year_is_not_known_to_it(material: Material) -> None:
    year = material.segment_years[-1].fiscal_year
    potholes = dict(material.potholes)
    potholes[year] = [replace(each, repaired_on=date(year + 1, 4, 1)) for each in potholes[year]]
    review = make_review(replace(material, potholes=potholes))
    assert review.pothole_days.repaired == 0
    assert all(
        each.pothole.repaired_on is None
        for each in review.potholes
        if each.pothole.id in {one.id for one in potholes[year]}
    )
    potholes[year] = [replace(each, repaired_on=date(year + 1, 3, 31)) for each in potholes[year]]
    assert make_review(replace(material, potholes=potholes)).pothole_days.repaired == len(potholes[year])
