"""A whole small drive on disk."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import gpxpy
import numpy as np
import pyogrio
import pytest

from pavement.defect import Category
from pavement.errors import BadInput
from pavement.simulate import DriveSpec, Reveal, Roughness, simulate_drive, tiny_spec
from pavement.simulate.drive_writer import drive_toml
from pavement.simulate.frame_truth import shares
from pavement.simulate.truth import COLUMNS

SMALL = replace(tiny_spec(), length_m=45.0, width_px=320, height_px=200)


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated") / "drive"
    simulate_drive(out, SMALL)
    return out


def read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_frames_have_times_with_an_offset(drive: Path) -> None:
    rows = read_rows(drive / "frames.csv")
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert {time.utcoffset() for time in times} == {timedelta(hours=9)}
    assert times == sorted(times)
    assert [row["file"] for row in rows] == sorted(p.relative_to(drive).as_posix() for p in drive.glob("frames/*.jpg"))
    assert len(rows) == 11  # from 8 m before to 2 m after some 45 m, every 5 m


def test_the_track_covers_the_frames_at_one_hertz(drive: Path) -> None:
    with open(drive / "track.gpx", encoding="utf-8") as file:
        (track,) = gpxpy.parse(file).tracks
    times = [point.time for point in track.segments[0].points if point.time is not None]
    frames = [datetime.fromisoformat(row["timestamp"]) for row in read_rows(drive / "frames.csv")]
    assert times[0] <= frames[0] <= frames[-1] <= times[-1]
    assert {b - a for a, b in pairwise(times)} == {timedelta(seconds=1)}


def test_masks_agree_with_the_shares(drive: Path) -> None:
    rows = read_rows(drive / "truth" / "frames.csv")
    assert len(rows) == len(list(drive.glob("truth/masks/*.png")))
    seen = 0.0
    for row in rows:
        mask = cv2.imread(str(drive / "truth" / "masks" / f"{Path(row['file']).stem}.png"), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert mask.shape == (200, 320)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 1, 2, 3}
        crack, hole = shares(np.asarray(mask, np.uint8))
        assert float(row["crack_share"]) == pytest.approx(crack, abs=1e-4)
        assert float(row["pothole_share"]) == pytest.approx(hole, abs=1e-4)
        seen += float(row["crack_share"])
    assert seen > 0


def test_network_has_the_contracts_layers_and_columns(drive: Path) -> None:
    network = drive / "network.gpkg"
    key = {"road_type", "route_no", "branch_no", "kind"}
    wanted = {
        "routes": key | {"id", "name", "carriageway", "road_class", "prefecture", "manager", "office", "kp_style"},
        "kiloposts": key | {"carriageway", "kp_km", "source"},
        "attributes": key | {"from_kp_km", "to_kp_km", "attribute", "value", "valid_from"},
        "roads": {"id", "name"},
    }
    assert set(pyogrio.list_layers(network)[:, 0]) == set(wanted)
    for layer, columns in wanted.items():
        frame = pyogrio.read_dataframe(network, layer=layer)
        assert columns <= set(frame.columns), layer
        assert ("geometry" in frame.columns) == (layer != "attributes")
    routes = pyogrio.read_dataframe(network, layer="routes")
    assert routes.crs.to_epsg() == 4326
    assert list(routes.route_no) == ["101"]
    assert list(pyogrio.read_dataframe(network, layer="kiloposts").kp_km)[:3] == [12.2, 12.3, 12.4]


def test_truth_tables_have_the_contracts_columns(drive: Path) -> None:
    blocks = read_rows(drive / "truth" / "blocks.csv")
    assert tuple(blocks[0]) == COLUMNS
    assert [row["from_kp_km"] for row in blocks] == ["12.300", "12.320"]
    assert {row["coverage_pct"] for row in blocks} == {"100"}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    short = replace(SMALL, length_m=20.0, step_m=15.0)
    drive = tmp_path / "drive"
    simulate_drive(drive, short)
    simulate_drive(tmp_path / "again", short)
    files = [path for path in sorted(drive.rglob("*")) if path.is_file()]
    for path in files:
        again = tmp_path / "again" / path.relative_to(drive)
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest(), path.name
    simulate_drive(tmp_path / "other", replace(short, seed=99))
    first = "frames/IMG_00000.jpg"
    assert (tmp_path / "other" / first).read_bytes() != (drive / first).read_bytes()


def test_a_full_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="not an empty folder"):
        simulate_drive(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("reveal", "known"),
    [
        (Reveal.NOTHING, None),
        (Reveal.LANE_WIDTH, {"lane_width_m"}),
        (Reveal.HEIGHT, {"height_m"}),
        (Reveal.HEIGHT_FOCAL, {"height_m", "focal_px"}),
        (
            Reveal.ALL,
            {"lane_width_m", "height_m", "pitch_deg", "roll_deg", "yaw_deg", "focal_px", "k1", "cx_px", "cy_px"},
        ),
    ],
)
def test_drive_toml_tells_no_more_than_asked(reveal: Reveal, known: set[str] | None) -> None:
    facts = tomllib.loads(drive_toml(replace(SMALL, reveal=reveal)))
    assert (facts["timezone"], facts["lane"]) == ("Asia/Tokyo", 1)
    assert set(facts["camera"]) == known if known else "camera" not in facts


def test_a_spec_out_of_range_says_so() -> None:
    with pytest.raises(BadInput, match="crack_severity must be between 0 and 1, got 2"):
        DriveSpec(crack_severity=2)


def test_an_uneven_road_is_felt_by_the_phone_and_seen_in_the_truth(tmp_path: Path) -> None:
    out = tmp_path / "drive"
    rough = replace(SMALL, length_m=20.0, step_m=15.0, roughness=Roughness.B, rolling_shutter_ms=15, exposure_ms=3)
    simulate_drive(out, rough)
    felt = read_rows(out / "imu.csv")
    assert list(felt[0]) == ["timestamp", "ax", "ay", "az", "gx", "gy", "gz"]
    size = np.array([[float(row[axis]) for axis in ("ax", "ay", "az")] for row in felt])
    assert np.hypot.reduce(size, axis=1).mean() == pytest.approx(9.8, abs=0.3)
    times = [datetime.fromisoformat(row["timestamp"]) for row in felt]
    shots = [datetime.fromisoformat(row["timestamp"]) for row in read_rows(out / "frames.csv")]
    assert times[0] < shots[0] < shots[-1] < times[-1]
    assert (times[-1] - times[0]).total_seconds() / len(times) == pytest.approx(0.01, rel=0.02)
    (block,) = read_rows(out / "truth" / "blocks.csv")
    assert 2 < float(block["iri_mm_per_m"]) < 9
    assert {row["category"] for row in read_rows(out / "truth" / "defects.csv")} <= {str(each) for each in Category}
    frames = read_rows(out / "truth" / "frames.csv")
    assert all(abs(float(row["pitch_deg"]) - 14) < 2 and abs(float(row["height_m"]) - 1.4) < 0.1 for row in frames)
