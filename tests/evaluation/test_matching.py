"""A track against the way that was really driven."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pavement.errors import BadInput
from pavement.evaluation import evaluate_match
from pavement.evaluation.matching import covered
from tests.builders import PLANE, receive, travel

CORNERS = [(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (900.0, 400.0), (0.0, 400.0)]
ARCS = [(0, 1), (1, 2), (2, 3), (2, 4)]  # straight on, left, right; the last one is not driven


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """A folder in the format of Kubička et al.: the way over the first three arcs."""
    track = receive(travel(CORNERS[:4]), sigma_m=2.0)
    np.savetxt(tmp_path / "1.nodes", PLANE.to_degrees(np.array(CORNERS)))
    np.savetxt(tmp_path / "1.arcs", np.array(ARCS), fmt="%d")
    np.savetxt(tmp_path / "1.route", np.array([0, 1, 2]), fmt="%d")
    np.savetxt(tmp_path / "1.track", np.column_stack([track.lon, track.lat, np.arange(len(track))]))
    return tmp_path


def test_the_driven_way_is_found(benchmark: Path) -> None:
    figures = evaluate_match(benchmark, None, None, [1, 10])
    assert list(figures) == ["every fix", "every 10th fix"]
    for row in figures.values():
        assert row["way m"] == pytest.approx(1300, abs=20)
        assert row["RMF"] == pytest.approx(0, abs=0.005)


def test_another_way_counts_twice(benchmark: Path) -> None:
    """The truth says left at the last corner, the car went right: 400 m or so missed, 500 m elsewhere."""
    (benchmark / "1.route").write_text("0\n1\n3\n")
    (row,) = evaluate_match(benchmark, None, None, [1]).values()
    assert isinstance(row["missed m"], float)
    assert isinstance(row["elsewhere m"], float)
    assert row["missed m"] == pytest.approx(400, abs=40)
    assert row["elsewhere m"] == pytest.approx(500, abs=40)


def test_metres_of_a_union_of_intervals() -> None:
    assert covered(np.array([0.0, 5, 30]), np.array([10.0, 12, 20])) == pytest.approx(22)  # 0-12 and 20-30


def test_what_is_asked_of_a_wrong_folder(tmp_path: Path, benchmark: Path) -> None:
    with pytest.raises(BadInput, match="holds neither"):
        evaluate_match(tmp_path / "nothing", None, None, [1])
    with pytest.raises(BadInput, match="without --network"):
        evaluate_match(benchmark, None, tmp_path / "truth.csv", [1])
    (benchmark / "1.route").write_text("0\n2\n")
    with pytest.raises(BadInput, match="do not follow"):
        evaluate_match(benchmark, None, None, [1])
