from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.cli import main
from pavement.drive import Reason
from pavement.evaluation.assignment import lengths, report
from pavement.evaluation.assignment_judge import Judged, judge
from pavement.evaluation.calibration import reliability, reliability_picture
from pavement.matching import Located, MatchedTrack, Status
from pavement.road import Direction
from pavement.simulate.prefecture import PatrolDrive, make_drive, make_prefecture, spec_of_size


@cache
def drive() -> PatrolDrive:
    return make_drive(make_prefecture(spec_of_size(8, seed=2)), 1, 12.0)


@dataclass
class Oracle:
    """Answers with the truth, changed by `lie`."""

    lie: str = ""
    confidence_stated: float = 0.97

    @property
    def time_s(self) -> Any:
        return drive().track.time_s

    @property
    def confidence(self) -> Any:
        return np.full(len(self.time_s), self.confidence_stated)

    @property
    def status(self) -> Any:
        return np.full(len(self.time_s), Status.OK, dtype=object)

    def guess(self, time_s: float) -> None:
        return None

    def locate(self, time_s: float) -> Any:
        at = int(np.clip(np.searchsorted(drive().time_s, time_s), 0, len(drive().time_s) - 1))
        place = int(drive().place[at])
        if self.lie == "doubt":
            return Reason.DOUBTFUL_POSITION
        if place < 0 or self.lie == "off":
            return Reason.OFF_NETWORK
        road, direction = drive().places[place][0]
        if self.lie == "direction":
            direction = Direction.UP if direction is Direction.DOWN else Direction.DOWN
        if self.lie == "kind":
            road = replace(road, kind="旧道")
        route = type("R", (), {"road": road})()
        kp = float(drive().kp_km[at, 0]) + (0.010 if self.lie == "kp" else 0.0)
        return Located(
            route=cast(Any, route),
            direction=direction,
            along_m=0.0,
            kp_km=kp,
            position_sd_m=3.0,
            confidence=self.confidence_stated,
        )


def judged(lie: str = "") -> Judged:
    return judge(drive(), drive().track.time_s, cast(MatchedTrack, Oracle(lie)), 1)


def test_the_truth_is_right() -> None:
    figures = lengths(judged())
    assert figures["right %"] == pytest.approx(100, abs=0.3)  # a sample on the change itself may fall to either side
    assert figures["flagged %"] == 0
    assert np.nanpercentile(np.abs(judged().error_m), 95) < 3


@pytest.mark.parametrize("lie", ["direction", "kind"])
def test_a_wrong_key_is_wrong_and_listed(lie: str) -> None:
    found = judged(lie)
    on = drive().place >= 0
    assert float(np.mean(found.right)) < 1 - 0.8 * float(np.mean(on))
    assert float(str(lengths(found)["wrong, not flagged m"])) > 1000
    assert found.cases[0]["drive"] == 1


def test_off_the_network_is_wrong_on_a_managed_road() -> None:
    assert float(str(lengths(judged("off"))["wrong, not flagged m"])) > 1000


def test_doubt_is_flagged_and_no_silent_error() -> None:
    figures = lengths(judged("doubt"))
    assert figures["flagged %"] == 100
    assert figures["wrong, not flagged m"] == 0


def test_a_kilopost_ten_metres_off_is_measured() -> None:
    error = judged("kp").error_m
    assert np.nanmedian(error) == pytest.approx(10.0, abs=2.5)


def test_the_report_has_its_tables_and_picture() -> None:
    made = report({"every fix (1 Hz)": [judged(), judged("kind")]})
    text = made.to_markdown()
    assert "wrong, not flagged m" in text
    assert "true share" in text
    assert made.pictures["reliability.svg"].startswith(b"<svg")
    assert made.to_json()["wrong and not flagged"]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 10)), min_size=1, max_size=50))
def test_bins_hold_all_weight_and_shares_stay_within_0_and_1(rows: list[tuple[float, bool, float]]) -> None:
    confidence, right, weight = (np.array(column) for column in zip(*rows, strict=True))
    table = reliability(confidence, right, weight)
    assert sum(float(str(row["km"])) for name, row in table.items() if name != "all") == pytest.approx(
        weight.sum() / 1000
    )
    assert all(0 <= float(str(row["true share"])) <= 1 for row in table.values())


def test_a_calibrated_confidence_has_no_difference() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.4, 1, 200_000)
    right = rng.random(len(confidence)) < confidence
    table = reliability(confidence, right, np.ones(len(confidence)))
    assert float(str(table["all"]["difference"])) < 0.01
    assert b"true share" in reliability_picture({"a": table})


def test_the_command_writes_tables_picture_and_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "assignment", "--routes", "6", "--km", "12", "--every", "1,5", "--out", str(tmp_path)]
    assert main(command) == 0
    assert "a fix every 5 s" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} >= {
        *("evaluation.md", "evaluation.json", "reliability.svg", "network.gpkg")
    }
    found = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))["assignment"]
    assert found["every fix (1 Hz)"]["right %"] > 98


@pytest.mark.parametrize("wrong", [["--routes", "2"], ["--every", "often"], ["--km", "0"]])
def test_what_cannot_be_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "assignment", *wrong]) == 2
    assert wrong[0] in capsys.readouterr().err
