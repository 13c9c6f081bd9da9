"""Matching on real routes, real roads and real receivers: the figures that the project promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pavement.evaluation import Figures, evaluate_match

pytestmark = pytest.mark.shared


@pytest.fixture(scope="session")
def semireal(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two semi-real drives."""
    out = tmp_path_factory.mktemp("semireal")
    subprocess.run([sys.executable, shared / "drives" / "build.py", out], check=True, capture_output=True)
    return out


def value(figures: Figures, name: str) -> float:
    """A figure that is there."""
    found = figures[name]
    assert isinstance(found, int | float), name
    return float(found)


def holds_position_goals(figures: Figures) -> None:
    """Every frame on the right road; p50 ≤ 3 m, p95 ≤ 8 m, none > 30 m; blocks and segments; the stated deviation."""
    assert value(figures, "with kilopost") == 1
    assert value(figures, "right road and direction") == 1
    assert value(figures, "error p50 m") <= 3
    assert value(figures, "p95 m") <= 8
    assert value(figures, "max m") <= 30
    assert value(figures, "within 2 sd") >= 0.95
    assert value(figures, "block exact") >= 0.85
    assert value(figures, "block ±1") == 1
    assert value(figures, "segment exact") >= 0.96


@pytest.mark.parametrize(("name", "network"), [("aomori-r4-kudari", "aomori"), ("toyama-r41-nobori", "toyama")])
def test_semireal_drives(semireal: Path, shared: Path, name: str, network: str) -> None:
    table = semireal / name / "truth.csv"
    (figures,) = evaluate_match(semireal / name, shared / "network" / f"{network}.gpkg", table, [1]).values()
    holds_position_goals(figures)


def test_a_semireal_track_with_stops(shared: Path) -> None:
    folder = shared / "geo" / "semireal"
    track, table = folder / "R41_nobori_gendo.gpx", folder / "R41_nobori_gendo_truth.csv"
    (figures,) = evaluate_match(track, shared / "network" / "toyama.gpkg", table, [1]).values()
    holds_position_goals(figures)


def test_a_track_of_the_public_benchmark(shared: Path) -> None:
    every_second, every_ten = evaluate_match(shared / "geo" / "kubicka" / "00000037", None, None, [1, 10]).values()
    assert value(every_second, "RMF") <= 0.01
    assert value(every_ten, "RMF") <= 0.02
    assert value(every_second, "doubtful") <= 0.02


def test_a_drive_elsewhere_puts_nothing_on_the_routes(shared: Path) -> None:
    toyama = shared / "network" / "toyama.gpkg"
    for figures in evaluate_match(shared / "geo" / "kubicka" / "00000037", toyama, None, [1, 10]).values():
        assert value(figures, "on managed routes m") == 0


def test_a_real_receiver_in_a_city(shared: Path) -> None:
    (figures,) = evaluate_match(shared / "geo" / "gnss-nagoya", None, None, [1]).values()
    assert value(figures, "located") >= 0.9
    assert value(figures, "p95 m") <= 8
    assert value(figures, "max m") <= 35
    assert value(figures, "within 2 sd") >= 0.95
    assert value(figures, "flagged") == 1
    assert value(figures, "max in holes m") <= 35
