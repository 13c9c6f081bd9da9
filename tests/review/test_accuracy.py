"""The ministry's test: 検出率 and 的中率 by hand, ranks, verdicts, and the overall diagnosis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.evaluation.survey_report import survey_report
from pavement.review.accuracy import CheckSettings, check_blocks, rank_of

SMALL = CheckSettings(least_blocks=5, least_damaged=2)


def test_by_hand() -> None:
    theirs = np.array([10, 10, 10, 25, 25, 25, 45, 45, 45, np.nan])
    ours = np.array([10, 10, 22, 25, 18, 25, 45, 39, 45, 50])
    (crack,) = check_blocks({"crack_pct": ours}, {"crack_pct": theirs}, settings=SMALL)
    assert crack.blocks == 9
    assert crack.confusion == ((2, 1, 0), (1, 2, 0), (0, 1, 2))
    two, three = crack.tests
    assert (two.truly, two.reported, two.both) == (6, 6, 5)
    assert two.detection_pct == pytest.approx(100 * 5 / 6)
    assert three.detection_pct == pytest.approx(200 / 3)
    assert three.precision_pct == 100.0
    assert (two.detection_rank, three.detection_rank, three.precision_rank) == ("A", "B", "A")
    assert crack.verdict == "合格"


@pytest.mark.parametrize(
    ("ours", "least", "verdict"),
    [(0.0, 5, "不合格"), (50.0, 5, "合格"), (50.0, 50, "ブロック数不足")],
)
def test_verdicts(ours: float, least: int, verdict: str) -> None:
    """Finding none of what is there fails; too few blocks pass nothing."""
    theirs = np.repeat([5.0, 50.0], 20)
    mine = np.where(theirs > 20, ours, 5.0)
    settings = CheckSettings(least_blocks=10, least_damaged=least)
    (found,) = check_blocks({"crack_pct": mine}, {"crack_pct": theirs}, settings=settings)
    assert found.verdict == verdict


def test_the_diagnosis_is_the_worst_of_what_both_measured() -> None:
    ours = {"crack_pct": np.array([5.0, 45.0, np.nan]), "rut_mm": np.array([25.0, 5.0, 5.0])}
    theirs = {"crack_pct": np.array([5.0, 5.0, 50.0]), "rut_mm": np.array([25.0, 5.0, 45.0])}
    *_, whole = check_blocks(ours, theirs, settings=SMALL)
    assert whole.key == "rating"
    assert whole.confusion == ((0, 0, 1), (0, 1, 0), (1, 0, 0))


def test_ranks() -> None:
    assert [rank_of(each) for each in (100, 80, 79, 60, 59, 40, 39, 20, 19, 0)] == list("AABBCCDDEE")


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=60))
def test_numbers_add_up(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (np.array(each) for each in zip(*pairs, strict=True))
    (found,) = check_blocks({"crack_pct": ours}, {"crack_pct": theirs})
    assert sum(map(sum, found.confusion)) == found.blocks == len(pairs)
    assert found.agreement[0].blocks == sum(each.blocks for each in found.agreement[1:])
    for test in found.tests:
        assert test.both <= min(test.truly, test.reported)
    report = survey_report([found], {}, CheckSettings())
    assert report.pictures["bland-altman-crack_pct.svg"].startswith(b"<svg")
    assert "検出率" in report.to_markdown()
