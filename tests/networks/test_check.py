"""The check of networks: each fault made on purpose is found, and a sound network has none."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, MultiLineString, Point

from pavement.cli import main
from pavement.network_check import Fault, Finding, Severity
from pavement.networks.check_report import to_text
from pavement.networks.checking import check_network
from pavement.road import Carriageway
from tests.networks.import_builders import line, lonlat, post_frame, routes, write_csv

KEY = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "carriageway": "both"}
ROUTE = KEY | {"name": "国道4号", "geometry": line((0, 0), (2000, 0))}


def posts(kp: Sequence[float], x: Sequence[float], y: float = 8, **key: Any) -> gpd.GeoDataFrame:
    return post_frame([KEY | key | {"kp_km": each} for each in kp], [(each, y) for each in x])


EVEN = [round(12 + 0.2 * k, 1) for k in range(11)]
PLACES = [200.0 * k for k in range(11)]


def save(path: Path, **layers: pd.DataFrame) -> Path:
    for name, frame in layers.items():
        pyogrio.write_dataframe(frame, path, layer=name)
    return path


def check(path: Path) -> list[Finding]:
    return [each.finding for each in check_network(path).findings]


def told(found: Sequence[Finding]) -> list[tuple[str, Fault, float | None, float | None]]:
    return [(each.severity.value, each.fault, each.from_kp_km, each.to_kp_km) for each in found]


def test_a_sound_network_has_no_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=posts(EVEN, PLACES))
    assert (
        main(["network", "check", str(path), "--out", str(tmp_path / "r.csv"), "--json", str(tmp_path / "r.json")]) == 0
    )
    assert "計 0件（重大 0、注意 0、情報 0）" in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["usable"] is True


def changed(
    kp: dict[int, float] | None = None, x: dict[int, float] | None = None, without: set[int] | None = None
) -> gpd.GeoDataFrame:
    rows = [
        (k, (kp or {}).get(k, EVEN[k]), (x or {}).get(k, PLACES[k])) for k in range(11) if k not in (without or set())
    ]
    return posts([each[1] for each in rows], [each[2] for each in rows])


@pytest.mark.parametrize("listed", [False, True], ids=["with a line", "a list"])
@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        # 12.8 missing: 12.6→13.0, one post less
        (changed(without={4}), [("情報", Fault.POST_MISSING, 12.6, 13.0)]),
        # six missing from 12.4 on: 1.4 km
        (changed(without={3, 4, 5, 6, 7, 8}), [("注意", Fault.POST_MISSING, 12.4, 13.8)]),
        # all from 13.0 on stand 100 m farther: 12.8→13.0 is 300 m, ratio 1.5
        (changed(x={k: 200.0 * k + 100 for k in range(5, 11)}), [("注意", Fault.TOO_FAR, 12.8, 13.0)]),
        # all from 13.0 on stand 120 m nearer: 12.8→13.0 is 80 m, ratio 0.4
        (changed(x={k: 200.0 * k - 120 for k in range(5, 11)}), [("注意", Fault.TOO_CLOSE, 12.8, 13.0)]),
    ],
)
def test_spacing(tmp_path: Path, frame: gpd.GeoDataFrame, expected: list[Any], listed: bool) -> None:
    if listed:
        path = write_csv(
            tmp_path / "距離標.csv",
            "道路種別,路線番号,距離標,経度,緯度",
            [[row.road_type, row.route_no, row.kp_km, row.geometry.x, row.geometry.y] for row in frame.itertuples()],
        )
    else:
        path = save(tmp_path / "n.gpkg", routes=routes(ROUTE | {"geometry": line((0, 0), (2200, 0))}), kiloposts=frame)
    assert told(check(path)) == expected


def test_an_outlying_post_on_and_off_the_line(tmp_path: Path) -> None:
    frame = changed()
    frame.loc[5, "geometry"] = Point(lonlat((1000, 3500))[0])
    path = save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=frame)
    assert ("注意", Fault.POST_OUTLYING, 13.0, 13.0) in told(check(path))
    rows = [[row.route_no, row.kp_km, row.geometry.x, row.geometry.y] for row in frame.itertuples()]
    listed = write_csv(tmp_path / "p.csv", "路線番号,距離標,経度,緯度", rows)
    assert told(check(listed)) == [("注意", Fault.POST_OUTLYING, 12.8, 13.2)]


def test_posts_out_of_order(tmp_path: Path) -> None:
    frame = changed(x={4: 1000.0, 5: 800.0})  # 12.8 and 13.0 have changed places
    path = save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=frame)
    found = check(path)
    assert Fault.POST_ORDER in {each.fault for each in found}
    assert {each.from_kp_km for each in found if each.fault is Fault.POST_ORDER} <= {12.8, 13.0}
    rows = [[row.route_no, row.kp_km, row.geometry.x, row.geometry.y] for row in frame.itertuples()]
    listed = write_csv(tmp_path / "p.csv", "路線番号,距離標,経度,緯度", rows)
    assert told(check(listed)) == [("注意", Fault.POST_ORDER, 12.8, 13.0)]


def test_a_number_at_two_places_and_a_post_entered_twice(tmp_path: Path) -> None:
    twice = pd.concat([changed(), posts([12.4], [1400.0]), posts([13.6], [1600.5])], ignore_index=True)
    found = check(save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=twice))
    assert told(found) == [("注意", Fault.POST_TWICE, 12.4, 12.4), ("情報", Fault.POST_REPEATED, 13.6, 13.6)]
    assert "1,000 m" in found[0].what  # 400 and 1400 along


def test_a_line_digitised_the_wrong_way(tmp_path: Path) -> None:
    back = ROUTE | {"geometry": line((2000, 0), (0, 0))}
    (found,) = check(save(tmp_path / "n.gpkg", routes=routes(back), kiloposts=changed()))
    assert (found.severity, found.fault) == (Severity.SERIOUS, Fault.WRONG_DIRECTION)
    assert (found.from_kp_km, found.to_kp_km) == (12.0, 14.0)


def test_gaps_and_parts(tmp_path: Path) -> None:
    parts = MultiLineString([lonlat((0, 0), (900, 0)), lonlat((1100, 0), (2000, 0))])
    found = check(save(tmp_path / "n.gpkg", routes=routes(ROUTE | {"geometry": parts}), kiloposts=changed()))
    faults = {each.fault: each for each in found}
    assert "200 m" in faults[Fault.GAP].what
    assert Fault.MULTIPART in faults
    assert not [each for each in found if each.severity is Severity.SERIOUS]


def test_shared_roads_need_a_primary_route_and_carriageways_may_coincide(tmp_path: Path) -> None:
    other = ROUTE | {"road_type": "主要地方道", "name": "青森髙田線", "geometry": line((500, 1), (1500, 1))}
    crossing = ROUTE | {"route_no": "7", "name": "国道7号", "geometry": line((700, -900), (700, 900))}
    up = ROUTE | {"carriageway": "up"}
    down = ROUTE | {"carriageway": "down"}
    found = check(save(tmp_path / "n.gpkg", routes=routes(down, up, other, crossing), kiloposts=changed()))
    (shared,) = [each for each in found if each.fault is Fault.SHARED_ROAD]
    assert "青森髙田線" in shared.what
    assert not [each for each in found if each.fault is Fault.KEY_COLLISION]
    named = [row | {"primary_route": "4"} for row in (down, up, other, crossing)]
    found = check(save(tmp_path / "m.gpkg", routes=routes(*named), kiloposts=changed()))
    assert not [each for each in found if each.fault is Fault.SHARED_ROAD]


def test_keys_that_collide(tmp_path: Path) -> None:
    """Prefectural route 4 without its road_type falls on national route 4; and a feature entered twice."""
    rows = [
        ROUTE,
        ROUTE,
        ROUTE | {"name": "青森髙田線", "geometry": line((0, 900), (900, 900))},
        ROUTE | {"route_no": "04"},
    ]
    found = check(save(tmp_path / "n.gpkg", routes=routes(*rows), kiloposts=changed()))
    collisions = [each.what for each in found if each.fault is Fault.KEY_COLLISION]
    assert any("2 つの路線名" in what for what in collisions)
    assert any("重なっている" in what for what in collisions)
    assert any("書き方だけ違うキー" in what for what in collisions)
    far = posts([12.4], [30_000.0])  # 29.6 km off
    path = save(tmp_path / "m.gpkg", routes=routes(ROUTE), kiloposts=pd.concat([changed(), far], ignore_index=True))
    (twice,) = [each for each in check(path) if each.fault is Fault.POST_TWICE]
    assert twice.severity is Severity.SERIOUS


def test_posts_without_a_route_and_routes_without_posts(tmp_path: Path) -> None:
    ledger = ROUTE | {
        "route_no": "44",
        "name": "県道44号",
        "ledger_length_m": 2100.0,
        "geometry": line((0, 900), (2000, 900)),
    }
    stray = posts([1.0, 1.2], [0.0, 200.0], y=3000, route_no="99")
    frame = pd.concat([changed(), stray], ignore_index=True)
    found = check(save(tmp_path / "n.gpkg", routes=routes(ROUTE, ledger), kiloposts=frame))
    assert told(found) == [
        ("情報", Fault.ROUTE_WITHOUT_POSTS, None, None),
        ("情報", Fault.POST_WITHOUT_ROUTE, 1.0, 1.2),
    ]
    assert "2,000 m" in found[0].what
    assert "+100 m" in found[0].what


def test_known_points_are_no_missing_posts(tmp_path: Path) -> None:
    points = posts([0.31, 1.17, 1.9], [310.0, 1170.0, 1900.0])
    assert check(save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=points)) == []


def test_the_ledger_against_the_road(tmp_path: Path) -> None:
    def row(low: float, high: float, value: str, **more: Any) -> dict[str, Any]:
        return KEY | {"from_kp_km": low, "to_kp_km": high, "attribute": "lanes", "value": value} | more

    rows = [row(12, 13, "2"), row(12.8, 13.5, "4"), row(13.5, 20, "2"), row(12, 13, "2", route_no="9")]
    later = [row(12, 12.4, "4", valid_from="2026-04-01")]
    path = save(tmp_path / "n.gpkg", routes=routes(ROUTE), kiloposts=changed(), attributes=pd.DataFrame(rows + later))
    assert told(check(path)) == [
        ("注意", Fault.LEDGER_OVERLAP, 12.8, 13.5),
        ("注意", Fault.LEDGER_OUTSIDE, 13.5, 20.0),
        ("注意", Fault.LEDGER_OUTSIDE, 12.0, 13.0),
    ]


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ({"routes": gpd.GeoDataFrame([{"route_no": "4"}], geometry=[LineString([(0, 0), (1, 1)])])}, "座標系"),
        ({"roads": routes({"id": "1", "geometry": line((0, 0), (9, 0))})}, "routes（路線の線）がない"),
        ({"routes": routes(ROUTE | {"carriageway": "左"})}, "左"),
        ({"routes": routes(ROUTE | {"ledger_length_m": "長い"})}, "長い"),
    ],
    ids=["no CRS", "no routes", "carriageway", "no number"],
)
def test_a_network_that_cannot_be_used_is_listed_and_ends_with_2(
    tmp_path: Path, layers: dict[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "n.gpkg", **layers)
    assert main(["network", "check", str(path), "--out", str(tmp_path / "r.csv")]) == 2
    out, err = capsys.readouterr()
    assert "■ 重大" in out
    assert says in out
    assert err.count("\n") == 1
    with open(tmp_path / "r.csv", encoding="utf-8-sig", newline="") as file:
        assert {row["severity"] for row in csv.DictReader(file)} >= {"重大"}


def test_posts_alone_are_checked_as_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "n.gpkg", kiloposts=changed(x={k: 200.0 * k + 100 for k in range(5, 11)}))
    assert main(["network", "check", str(path), "--json", str(tmp_path / "r.json")]) == 0
    assert "routes（路線の線）がない" in capsys.readouterr().out
    assert [each.fault for each in check(path)] == [Fault.UNREADABLE, Fault.TOO_FAR]
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["usable"] is False


def test_a_folder_is_checked_like_a_geopackage(tmp_path: Path) -> None:
    folder = tmp_path / "路線網"
    folder.mkdir()
    down = routes(ROUTE | {"carriageway": "down"}).rename(
        columns={"carriageway": "carriagewa"}
    )  # cut after ten letters
    down.to_file(folder / "routes.shp", encoding="cp932")
    changed(without={4}).to_file(folder / "kiloposts.geojson", driver="GeoJSON")
    (found,) = check(folder)
    assert told([found]) == [("情報", Fault.POST_MISSING, 12.6, 13.0)]
    assert found.carriageway is Carriageway.DOWN


def test_rows_of_a_list_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    rows = [["4", "12.0", *lonlat((0, 0))[0]], ["4", "十二", *lonlat((200, 0))[0]]]
    checked = check_network(write_csv(tmp_path / "距離標.csv", "路線番号,距離標,経度,緯度", rows))
    assert "3行: 距離標を読めない「十二」" in to_text(checked)
    empty = write_csv(tmp_path / "empty.csv", "路線番号,距離標,経度,緯度", [])
    assert main(["network", "check", str(empty)]) == 2
