"""`pavement match`: one row a fix, in input order, with everything that the contract names."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from pavement.match_table import COLUMNS, write_matches
from pavement.sources import read_track
from tests.builders import PLANE, START, make_network, make_route, travel

NETWORK = make_network(
    make_route([(0, 0), (1000, 0)], {200.0 * k: 12.0 + 0.2 * k for k in range(6)}), roads=[[(500, 0), (500, 800)]]
)


def match(tmp_path: Path, lines: list[str]) -> list[dict[str, str]]:
    """The table of a track in CSV."""
    track, out = tmp_path / "軌跡.csv", tmp_path / "照合.csv"
    track.write_text("timestamp,lon,lat\n" + "\n".join(lines), encoding="utf-8")
    write_matches(read_track(track), NETWORK, out)
    with open(out, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == list(COLUMNS)
        return list(reader)


def fixes_of(xy: np.ndarray) -> list[str]:
    lonlat = PLANE.to_degrees(xy)
    return [
        f"{START.replace(minute=15 + k // 60, second=k % 60):%Y-%m-%dT%H:%M:%SZ},{lon:.8f},{lat:.8f}"
        for k, (lon, lat) in enumerate(lonlat)
    ]


def test_a_row_says_where_the_fix_lies(tmp_path: Path) -> None:
    row = match(tmp_path, fixes_of(travel([(0, 3), (900, 3)])))[45]
    assert row["timestamp"] == "2026-06-03T01:15:45.000Z"
    key = [row[name] for name in ("status", "road_type", "route_no", "branch_no", "kind", "direction", "link_id")]
    assert key == ["ok", "一般国道", "4", "000", "現道", "下り", "R0"]
    # 450 m are 12.0 + 0.45 km: 50 m behind the post 12.4
    numbers = {name: float(row[name]) for name in ("m_along", "kp_km", "post_km", "offset_m", "distance_m")}
    assert numbers == pytest.approx(
        {"m_along": 450, "kp_km": 12.45, "post_km": 12.4, "offset_m": 50, "distance_m": 3}, abs=1.5
    )
    snapped = PLANE.to_metres(float(row["snapped_lon"]), float(row["snapped_lat"]))[0]
    assert snapped == pytest.approx([450, 0], abs=1.5)
    assert float(row["position_sd_m"]) > 0
    assert float(row["confidence"]) > 0.9


def test_every_fix_has_its_row_in_input_order(tmp_path: Path) -> None:
    lines = fixes_of(travel([(0, 0), (500, 0), (500, 700)]))
    mixed = [*lines[60:], "2026-06-03T01:20:00Z,0,0", *lines[:60], "not a time,140.74,40.82", lines[5]]
    rows = match(tmp_path, mixed)
    assert len(rows) == len(mixed)
    assert [row["status"] for row in rows[-2:]] == ["rejected", "ok"]  # no time; a fix that is told twice
    back = {row["timestamp"]: row["status"] for row in rows[:-2]}
    assert back["2026-06-03T01:15:20.000Z"] == "ok"
    assert rows[len(lines) - 60]["status"] == "rejected"  # (0, 0)
    aside = rows[len(lines) - 60 - 1]
    assert (aside["status"], aside["link_id"], aside["route_no"], aside["kp_km"]) == ("off_network", "B0", "", "")
    assert float(aside["m_along"]) == pytest.approx(700, abs=10)
