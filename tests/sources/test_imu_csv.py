"""imu.csv as phones write it: order, duplicates, gaps, units; every sample is in the account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pavement.clock_words import JST
from pavement.errors import BadInput
from pavement.imu.calibration import Calibration
from pavement.imu.samples import ImuFlaw
from pavement.imu.vehicle import VehicleModel
from pavement.road import Direction, RoadKey
from pavement.sources.imu_csv import parse_imu, read_imu, read_imu_drive
from pavement.sources.iri_reference import read_iri_reference
from pavement.sources.vehicle_toml import format_vehicle, read_vehicle

START = datetime(2026, 6, 3, 1, 15, tzinfo=UTC)


def stamp(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def table(count: int = 1000, rate: float = 100.0, acceleration: str = "0.1,0.2,9.8", header: str = "ax,ay,az") -> str:
    return "\n".join([f"timestamp,{header}", *(f"{stamp(k / rate)},{acceleration}" for k in range(count))])


def rejected(text: str) -> dict[str, int]:
    read = parse_imu(text.encode(), "imu.csv", JST)
    assert read.samples.samples_in == len(read.samples) + sum(read.samples.rejected.values())
    return dict(read.samples.rejected)


def test_a_good_file() -> None:
    read = parse_imu(table(header="ax,ay,az,gx,gy,gz", acceleration="0.1,0.2,9.8,0.01,0,0").encode(), "imu.csv", JST)
    assert not read.notices
    assert len(read.samples) == 1000
    assert read.samples.rate_hz == pytest.approx(100, rel=1e-4)
    assert read.samples.acceleration[7].tolist() == [0.1, 0.2, 9.8]
    assert read.samples.rotation[7].tolist() == [0.01, 0, 0]
    assert read.samples.time_s[0] == START.timestamp()
    assert read.samples.unfit() is None


def test_without_a_gyroscope_rotation_is_not_known() -> None:
    assert np.isnan(parse_imu(table().encode(), "imu.csv", JST).samples.rotation).all()


@pytest.mark.parametrize("unit", [1, 1e3, 1e6, 1e9])
def test_counted_times(unit: float) -> None:
    rows = "\n".join(f"{int((1.78e9 + k / 100) * unit) if unit > 1 else 1.78e9 + k / 100},0,0,9.8" for k in range(900))
    samples = parse_imu(f"timestamp,ax,ay,az\n{rows}".encode(), "imu.csv", JST).samples
    assert samples.time_s[0] == pytest.approx(1.78e9)
    assert samples.rate_hz == pytest.approx(100, rel=0.01)


def test_bad_rows_are_counted_one_by_one() -> None:
    more = [
        f"{stamp(20)},0.1,,9.8",
        f"{stamp(20.01)},0.1",
        f"{stamp(20.02)},nan,0,9.8",
        "yesterday,0,0,9.8",
        ",0,0,9.8",
        f"{stamp(20.03)},0,0,980",
        f"{stamp(5)},0,0,9.8",
    ]
    assert rejected(table() + "\n" + "\n".join(more)) == {
        "damaged": 3,
        "no_time": 2,
        "implausible": 1,
        "duplicate_time": 1,
    }
    assert set(ImuFlaw) >= {"damaged", "no_time", "implausible", "duplicate_time"}


def test_times_out_of_order_are_sorted_and_said() -> None:
    header, *rows = table().splitlines()
    read = parse_imu("\n".join([header, *rows[500:], *rows[:500]]).encode(), "imu.csv", JST)
    assert (np.diff(read.samples.time_s) > 0).all()
    assert any("逆戻り" in notice.message for notice in read.notices)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "timestamp"),
        ("time,x,y,z\n1,2,3,4", "timestamp"),
        ("timestamp,ax,ay,az\n", "短すぎ"),
        (table(300), "短すぎ"),
        (table(rate=20), "50Hz"),
        (table(acceleration="0,0,1.0"), "g"),
        (table(acceleration="0,0,0.05"), "重力"),
        (table(acceleration="0,0,98"), "単位"),
        ("\0\0\0\0", "timestamp"),
        ('timestamp,ax,ay,az\n"' + "x" * 200_000, "短すぎ"),
    ],
)
def test_what_gives_no_iri_is_said_and_nothing_raises(text: str, says: str) -> None:
    read = parse_imu(text.encode(), "imu.csv", JST)
    assert any(says in notice.message for notice in read.notices)
    assert read.samples.unfit()


def test_local_times_and_encodings() -> None:
    local = table().replace("+00:00", "").replace("T01:", "T10:")
    for data in (local.encode("utf-8-sig"), local.encode("utf-16"), local.replace("\n", "\r\n").encode("cp932")):
        assert parse_imu(data, "imu.csv", JST).samples.time_s[0] == START.timestamp()


def test_no_file_is_no_imu(tmp_path: Path) -> None:
    assert read_imu(tmp_path / "imu.csv") is None
    with pytest.raises(BadInput, match=r"imu\.csv"):
        read_imu_drive(tmp_path)
    (tmp_path / "imu.csv").write_text(table(), encoding="utf-8")
    with pytest.raises(BadInput, match="track"):
        read_imu_drive(tmp_path)


def test_the_vehicle_file_comes_back(tmp_path: Path) -> None:
    car = VehicleModel(1.4321, 0.2765, 12.25, 0.8125, 0.0625, 0.0875, (12.5, 67.5), True)
    path = tmp_path / "vehicle.toml"
    path.write_text(
        format_vehicle(Calibration(car, 19, 0.024), '青森800"さ\\1234', "走行", "参照.csv"), encoding="utf-8"
    )
    assert read_vehicle(path) == car


@pytest.mark.parametrize(
    ("text", "says"),
    [("[response]\nbody_hz=1", "damping"), ("x", "TOML"), ("response=1", "body_hz"), ("[response]\nbody_hz=99", "99")],
)
def test_a_wrong_vehicle_file(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "vehicle.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_vehicle(path)
    with pytest.raises(BadInput, match="no such file"):
        read_vehicle(tmp_path / "none.toml")


def test_the_reference_table(tmp_path: Path) -> None:
    path = tmp_path / "参照.csv"
    head = "road_type,route_no,branch_no,kind,direction,from_kp_km,to_kp_km,iri_mm_per_m"
    path.write_bytes(
        f"{head}\n主要地方道,4,,,上り,1.0,1.1,3.5\n,5,0,旧道,下り,1.1,1.2,\n,5,0,旧道,下り,1.1,1.2,2".encode("cp932")
    )
    known = read_iri_reference(path)
    assert [each.road for each in known] == [
        RoadKey("主要地方道", "4", "000", "現道"),
        RoadKey("一般国道", "5", "000", "旧道"),
    ]
    assert [each.direction for each in known] == [Direction.UP, Direction.DOWN]
    assert (known[0].from_kp_km, known[0].to_kp_km, known[0].iri_mm_per_m) == (1.0, 1.1, 3.5)
    for row, says in (("4,下,1,2,3", "direction"), ("4,下り,a,2,3", "from_kp_km"), ("4,下り,1,2,99", "99")):
        path.write_text(f"route_no,direction,from_kp_km,to_kp_km,iri_mm_per_m\n{row}", encoding="utf-8")
        with pytest.raises(BadInput, match=says):
            read_iri_reference(path)
