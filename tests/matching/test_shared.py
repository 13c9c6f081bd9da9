"""Matching on real routes with a real receiver's errors: the figures that the project promises."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from pavement.matching import Located, MatchedTrack, match_track
from pavement.networks import read_network
from pavement.sources import read_drive, read_track

pytestmark = pytest.mark.shared


@pytest.fixture(scope="session")
def semireal(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two semi-real drives."""
    out = tmp_path_factory.mktemp("semireal")
    subprocess.run([sys.executable, shared / "drives" / "build.py", out], check=True, capture_output=True)
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def score(matched: MatchedTrack, truth: Iterable[tuple[float, dict[str, str]]]) -> tuple[float, float]:
    """(share of the right route, kind and direction; 95th percentile of the kilopost's error in metres)."""
    right, errors = [], []
    for time_s, row in truth:
        place = matched.locate(time_s)
        key: tuple[str, ...] = ()
        if isinstance(place, Located) and place.kp_km is not None:
            key = (place.route.road.route_no, place.route.road.kind, place.direction.value)
            errors.append(abs(place.kp_km - float(row["kp_km"])) * 1000)
        right.append(key == (row["route_no"], row["kind"], row["direction"]))
    return float(np.mean(right)), float(np.percentile(errors, 95))


@pytest.mark.parametrize(("name", "network"), [("aomori-r4-kudari", "aomori"), ("toyama-r41-nobori", "toyama")])
def test_semireal_drives(semireal: Path, shared: Path, name: str, network: str) -> None:
    drive = read_drive(semireal / name)
    matched = match_track(drive.track, read_network(shared / "network" / f"{network}.gpkg"))
    times = {frame.file: frame.timestamp.timestamp() for frame in drive.frames if frame.timestamp}
    right, p95 = score(matched, [(times[row["file"]], row) for row in rows_of(semireal / name / "truth.csv")])
    assert right >= 0.99
    assert p95 <= 20


def test_a_semireal_track_with_stops(shared: Path) -> None:
    track = read_track(shared / "geo" / "semireal" / "R41_nobori_gendo.gpx").track
    truth = rows_of(shared / "geo" / "semireal" / "R41_nobori_gendo_truth.csv")
    matched = match_track(track, read_network(shared / "network" / "toyama.gpkg"))
    right, p95 = score(matched, [(datetime.fromisoformat(row["utc"]).timestamp(), row) for row in truth])
    assert right >= 0.98
    assert p95 <= 20
