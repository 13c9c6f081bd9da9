"""Import: every format on made-up data, every row accounted for, nothing doubled."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.cli import main
from pavement.errors import BadInput
from pavement.networks import read_network
from pavement.networks.columns import LAYERS, ColumnMap
from pavement.networks.importing import Imported, import_network
from pavement.networks.keys import KnownRoads
from pavement.networks.rows import take
from pavement.networks.sheets import read_sheets
from pavement.road import Carriageway, RoadKey
from tests.builders import NATIONAL_4, PREFECTURAL_4
from tests.networks.import_builders import (
    customers_routes,
    line,
    lonlat,
    official_1km,
    official_100m,
    post_frame,
    routes,
    workbook,
    write_csv,
)

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
LEDGER = (
    "道路種別",
    "路線番号",
    "起点KP",
    "終点KP",
    "舗装種別",
    "表層の舗設年月",
    "車線数",
    "車道幅員(m)",
    "冬期閉鎖",
    "市町村",
)


def bring(out: Path, *sources: Path, **options: Any) -> Imported:
    return import_network(sources, out, now=NOW, **options)


def table(path: Path, layer: str) -> pd.DataFrame:
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer)
    return frame


def refused(done: Imported) -> list[tuple[int, str]]:
    return [(each.row, each.why) for intake in done.intakes for each in intake.refused]


def test_official_posts_of_both_kinds(tmp_path: Path) -> None:
    near, far = official_100m(tmp_path / "100m版.csv"), official_1km(tmp_path / "測量 1km.csv")
    done = bring(tmp_path / "net.gpkg", near, far, source="道路基準点案内システム 2026")
    assert [(intake.rows_in, intake.rows_taken) for intake in done.intakes] == [(6, 6), (4, 4)]
    posts = table(tmp_path / "net.gpkg", "kiloposts")
    assert set(posts["road_type"] + posts["route_no"] + posts["branch_no"] + posts["kind"]) == {"一般国道4000現道"}
    assert posts["carriageway"].tolist() == ["both"] * 6 + ["down"] * 4
    assert posts["kp_km"].tolist() == pytest.approx([12.0, 12.1, 12.2, 12.3, 12.4, 12.5, 12, 13, 14, 15])
    assert (posts.geometry.x[3], posts.geometry.y[3]) == pytest.approx(lonlat((300, 8))[0], abs=1e-8)
    assert posts["source"][3] == "100m版.csv 5行（道路基準点案内システム 2026）"
    assert "標高" in done.text()  # a column that is not used is told


def test_codes_of_the_official_table_are_read_and_told(tmp_path: Path) -> None:
    header = "地方整備局,事務所,道路種別,路線,現旧新区分,上下区分,補助番号,地点標名称,緯度（度）,経度（度）,標高"
    path = write_csv(
        tmp_path / "a.csv", header, [["81", "8121", "1", "5", "1", "3", "0", "280", "43.08137431", "141.351018", "1"]]
    )
    done = bring(tmp_path / "n.gpkg", path)
    (row,) = table(tmp_path / "n.gpkg", "kiloposts").to_dict("records")
    assert (row["road_type"], row["kind"], row["carriageway"], row["kp_km"]) == ("一般国道", "現道", "both", 280.0)
    assert "上下区分の符号 3 を both と読んだ" in done.text()


def test_national_and_prefectural_route_4_never_mix(tmp_path: Path) -> None:
    """Through import, check, read_network and match."""
    customers_routes().to_file(tmp_path / "路線.geojson", driver="GeoJSON")
    rows = [
        [kind, "4", f"{first + k}", *lonlat((1000 * k, y))[0]]
        for kind, first, y in (("一般国道", 700, 8), ("主要地方道", 3, 492))
        for k in range(4)
    ]
    posts = write_csv(tmp_path / "距離標.csv", "道路種別,路線番号,距離標,経度,緯度", rows)
    ledger = write_csv(tmp_path / "台帳.csv", LEDGER[:5], [["主要地方道", "4", "3K000", "4K500", "コンクリート"]])
    bring(tmp_path / "net.gpkg", tmp_path / "路線.geojson", posts, ledger)
    network = read_network(tmp_path / "net.gpkg")
    at = {route.road: float(route.scale.kp_at(1500.0)) for route in network.routes}
    assert at == pytest.approx({NATIONAL_4: 701.5, PREFECTURAL_4: 4.5}, abs=1e-3)
    assert network.attributes_at(PREFECTURAL_4, 3.5)["surface"] == "コンクリート"
    assert "surface" not in network.attributes_at(NATIONAL_4, 3.5)
    assert main(["network", "check", str(tmp_path / "net.gpkg"), "--json", str(tmp_path / "c.json")]) == 0
    assert '"キーの衝突"' not in (tmp_path / "c.json").read_text(encoding="utf-8")
    track = [[f"2026-10-01T00:00:{k:02d}Z", *lonlat((10 * k, 502.0))[0]] for k in range(60)]
    fixes = write_csv(tmp_path / "t.csv", "timestamp,lon,lat", track, "utf-8")
    assert main(["match", str(fixes), "--network", str(tmp_path / "net.gpkg"), "--out", str(tmp_path / "m.csv")]) == 0
    matched = pd.read_csv(tmp_path / "m.csv", dtype=str)
    on_road = matched[matched["road_type"].notna()]
    assert set(on_road["road_type"]) == {"主要地方道"}
    assert len(on_road) > 50


def test_a_number_of_two_roads_without_its_type_is_refused(tmp_path: Path) -> None:
    customers_routes().to_file(tmp_path / "路線.geojson", driver="GeoJSON")
    ledger = write_csv(tmp_path / "台帳.csv", "路線番号,起点KP,終点KP,車線数", [["4", "0", "1", "2"]])
    done = bring(tmp_path / "net.gpkg", ledger, tmp_path / "路線.geojson")
    ((row, why),) = refused(done)
    assert (row, "主要地方道" in why) == (2, True)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[defaults]\nroad_type = "主要地方道"\n', encoding="utf-8")
    assert not refused(bring(tmp_path / "net.gpkg", ledger, mapping=mapping))
    assert [a.road for a in read_network(tmp_path / "net.gpkg").attributes] == [PREFECTURAL_4]


CUT = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # GDAL cuts names within a letter


@CUT
@pytest.mark.parametrize("name", ["路線.gpkg", "路線.geojson", "路線.kml", "路線.shp", "路線_cp932.shp"])
def test_every_vector_format_gives_the_same_routes(tmp_path: Path, name: str) -> None:
    encoding = "cp932" if "cp932" in name else None
    driver = "KML" if name.endswith("kml") else None
    pyogrio.write_dataframe(customers_routes(), tmp_path / name, encoding=encoding, driver=driver)
    bring(tmp_path / "net.gpkg", tmp_path / name)
    network = read_network(tmp_path / "net.gpkg")
    assert {route.road: route.name for route in network.routes} == {NATIONAL_4: "国道4号", PREFECTURAL_4: "青森髙田線"}
    assert [route.facts["manager"] for route in network.routes] == ["国", "青森県"]
    assert [route.length_m for route in network.routes] == pytest.approx([3000, 3000], abs=0.1)


def test_a_shapefile_without_a_declared_encoding_is_refused_and_read_with_a_given_one(tmp_path: Path) -> None:
    pyogrio.write_dataframe(customers_routes(), tmp_path / "r.shp", encoding="cp932")
    (tmp_path / "r.cpg").unlink()
    with pytest.raises(BadInput, match="--encoding cp932"):
        bring(tmp_path / "net.gpkg", tmp_path / "r.shp")
    assert bring(tmp_path / "net.gpkg", tmp_path / "r.shp", encoding="cp932").rows == {"routes": 2}
    (tmp_path / "r.cpg").write_text("UTF-8")  # a wrong declaration is not followed into garbage
    with pytest.raises(BadInput, match="--encoding"):
        bring(tmp_path / "other.gpkg", tmp_path / "r.shp")
    (tmp_path / "r.cpg").unlink()
    data = bytearray((tmp_path / "r.dbf").read_bytes())
    data[29] = 0x13  # the .dbf's own declaration: Shift_JIS
    (tmp_path / "r.dbf").write_bytes(data)
    assert bring(tmp_path / "third.gpkg", tmp_path / "r.shp").rows == {"routes": 2}


@CUT
def test_a_layer_without_crs_needs_one(tmp_path: Path) -> None:
    frame = customers_routes().to_crs("EPSG:6678")
    pyogrio.write_dataframe(frame, tmp_path / "r.shp", encoding="utf-8")
    (tmp_path / "r.prj").unlink()
    with pytest.raises(BadInput, match="--crs"):
        bring(tmp_path / "net.gpkg", tmp_path / "r.shp")
    bring(tmp_path / "net.gpkg", tmp_path / "r.shp", crs="EPSG:6678")
    assert read_network(tmp_path / "net.gpkg").routes[0].length_m == pytest.approx(3000, abs=0.5)


def test_openstreetmap_roads_for_cars_become_background(tmp_path: Path) -> None:
    nodes = "".join(
        f'<node id="{i}" lat="{lat}" lon="{lon}"/>'
        for i, (lon, lat) in enumerate(lonlat((0, 0), (500, 0), (500, 300)), 1)
    )
    ways = [(10, "highway", "residential", "浜町"), (11, "highway", "footway", ""), (12, "waterway", "river", "堤川")]
    text = "".join(
        f'<way id="{i}"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="{k}" v="{v}"/><tag k="name" v="{name}"/>'
        '<tag k="oneway" v="yes"/></way>'
        for i, k, v, name in ways
    )
    (tmp_path / "青森.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{text}</osm>', encoding="utf-8")
    out = tmp_path / "net.gpkg"
    done = bring(out, tmp_path / "青森.osm")
    assert [(i.rows_in, i.rows_taken, len(i.refused)) for i in done.intakes] == [(3, 1, 2)]
    assert "footway 1" in done.text()
    bring(out, tmp_path / "青森.osm")  # again: nothing doubles
    (road,) = table(out, "roads").to_dict("records")
    assert (road["id"], road["name"], road["highway"], road["oneway"]) == ("10", "浜町", "residential", "yes")


def test_an_excel_ledger_with_titles_and_a_header_of_two_lines(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "道路台帳.xlsx",
        [
            ["道路台帳　舗装調書", None, None, None, None, None, None],
            ["作成：令和8年4月"],
            ["道路種別", "路線番号", "区間", None, "表層", None, "使用目標年数"],
            [None, None, "起点", "終点", "舗装種別", "舗設年月", None],
            ["主要地方道", 4, "12K000", "12K500", "密粒度アスコン", date(2019, 10, 1), 13],
            ["主要地方道", 4, 12.5, "13.0KP", "コンクリート舗装", "R1.10", "13年"],
            ["主要地方道", 4, "十三", "14", "アスファルト", "H30", 13],
            ["主要地方道", 4, 13, 14, "アスファルト", "いつか", 13],
        ],
    )
    done = bring(tmp_path / "net.gpkg", book)
    assert refused(done) == [(7, "距離標を読めない")]
    assert [(each.row, each.value) for each in done.intakes[0].cells] == [(8, "いつか")]
    rows = table(tmp_path / "net.gpkg", "attributes")
    assert set(rows["road_type"]) == {"主要地方道"}
    values = {(row.from_kp_km, row.attribute): row.value for row in rows.itertuples()}
    assert values[12.0, "paved_on"] == "2019-10-01"
    assert values[12.5, "paved_on"] == "2019-10-01"
    assert values[12.0, "surface"] == "アスファルト"
    assert values[12.5, "surface"] == "コンクリート"
    assert values[12.5, "design_life_years"] == "13"
    assert (13.0, "paved_on") not in values


def test_works_renew_the_surface_or_not(tmp_path: Path) -> None:
    header = "道路種別,路線番号,起点(m),終点(m),工種,竣工年月日"
    works: list[list[object]] = [
        ["一般国道", "4", "12,000", "12500", "切削オーバーレイ", "R7.10.31"],
        ["一般国道", "4", 12500, 13000, "シール材注入", "R7.11"],
    ]
    bring(tmp_path / "net.gpkg", write_csv(tmp_path / "舗装工事履歴.csv", header, works))
    rows = table(tmp_path / "net.gpkg", "attributes")
    assert sorted((row.from_kp_km, row.attribute, row.value) for row in rows.itertuples()) == [
        (12.0, "paved_on", "2025-10-31"),
        (12.0, "repaired_on", "2025-10-31"),
        (12.5, "repaired_on", "2025-11-01"),
    ]


def test_both_writings_of_a_kilopost_in_the_ledger(tmp_path: Path) -> None:
    header = [
        "道路種別",
        "路線番号",
        "距離標(起点)※数値",
        "距離標からの追加距離(起点)※数値",
        "距離標(終点)※数値",
        "距離標からの追加距離(終点)※数値",
        "車線数",
    ]
    bring(tmp_path / "n.gpkg", write_csv(tmp_path / "a.csv", header, [("一般国道", 4, 12, 300, 0, 12400, 2)]))
    (row,) = table(tmp_path / "n.gpkg", "attributes").to_dict("records")
    assert (row["from_kp_km"], row["to_kp_km"]) == (12.3, 12.4)


def test_a_ledgers_length_in_kilometres(tmp_path: Path) -> None:
    row = {"道路種別": "一般県道", "路線番号": "120", "台帳延長(km)": "1.05", "geometry": line((0, 0), (1000, 0))}
    routes(row).to_file(tmp_path / "r.geojson", driver="GeoJSON")
    bring(tmp_path / "net.gpkg", tmp_path / "r.geojson")
    (route,) = read_network(tmp_path / "net.gpkg").routes
    assert float(route.scale.kp_at(500.0)) == pytest.approx(0.525, abs=1e-3)


def test_a_mapping_names_columns_values_and_defaults(tmp_path: Path) -> None:
    frame = routes({"RCLS": "3", "RNO": "44", "JOGE": "D", "geometry": line((0, 0), (900, 0))})
    frame.to_file(tmp_path / "drm.geojson", driver="GeoJSON")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\nroad_type = "RCLS"\nroute_no = "RNO"\ncarriageway = "JOGE"\n[values.road_type]\n3 = "一般県道"\n'
        '[values.carriageway]\nD = "下り"\n[defaults]\nmanager = "青森県"\n',
        encoding="utf-8",
    )
    bring(tmp_path / "net.gpkg", tmp_path / "drm.geojson", mapping=mapping)
    (route,) = read_network(tmp_path / "net.gpkg").routes
    assert (route.road, route.carriageway) == (RoadKey("一般県道", "44", "000", "現道"), Carriageway.DOWN)
    assert route.facts["manager"] == "青森県"
    mapping.write_text('[columns]\nfoo = "x"\n')
    with pytest.raises(BadInput, match="foo"):
        bring(tmp_path / "net.gpkg", tmp_path / "drm.geojson", mapping=mapping)


def test_again_updates_and_never_doubles_and_a_year_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "net.gpkg"
    pyogrio.write_dataframe(customers_routes(), tmp_path / "路線.gpkg")
    sources = [tmp_path / "路線.gpkg", official_100m(tmp_path / "距離標.csv")]
    first = bring(out, *sources, year=2026)
    second = bring(out, *sources)
    assert first.rows == second.rows == {"routes": 2, "kiloposts": 6}
    assert second.replaced == {"routes": 2, "kiloposts": 6}
    assert table(out, "meta")["year"].tolist() == [2026, 2026]
    assert set(table(out, "meta")["imported_at"]) == {"2026-11-22T03:04:05Z"}
    with pytest.raises(BadInput, match="2026年度"):
        bring(out, *sources, year=2027)
    later = bring(tmp_path / "2027.gpkg", official_100m(tmp_path / "距離標.csv", count=8), base=out, year=2027)
    assert (later.year, later.rows) == (2027, {"routes": 2, "kiloposts": 8})
    assert table(tmp_path / "2027.gpkg", "meta")["year"].tolist() == [2026, 2027]  # the lines came with the base
    with pytest.raises(BadInput, match="2026年度"):
        bring(tmp_path / "2025.gpkg", *sources, base=out, year=2025)
    assert len(read_network(tmp_path / "2027.gpkg").routes) == 2
    assert bring(tmp_path / "today.gpkg", *sources).year == 2026


def test_a_road_in_two_parts_and_posts_that_stand_twice_stay(tmp_path: Path) -> None:
    parts = [
        routes({"路線番号": "7", "道路種別": "一般国道", "geometry": line((x, 0), (x + 500, 0))}) for x in (0, 500)
    ]
    for name, part in zip(("北.geojson", "南.geojson"), parts, strict=True):
        part.to_file(tmp_path / name, driver="GeoJSON")
    twice = post_frame([{"路線番号": "7", "道路種別": "一般国道", "距離標": "1.0"}] * 2, [(0, 8), (400, 8)])
    twice.to_file(tmp_path / "距離標.geojson", driver="GeoJSON")
    sources = [tmp_path / name for name in ("北.geojson", "南.geojson", "距離標.geojson")]
    assert bring(tmp_path / "n.gpkg", *sources).rows == {"routes": 2, "kiloposts": 2}
    assert bring(tmp_path / "n.gpkg", *sources).rows == {"routes": 2, "kiloposts": 2}


def test_what_cannot_be_understood_is_counted_by_reason(tmp_path: Path) -> None:
    rows = [
        ["一般国道", "4", "12.0", 140.7, 40.8],
        ["一般国道", "4", "", 140.7, 40.8],
        ["国鉄", "4", "12.1", 140.7, 40.8],
        ["一般国道", "", "12.2", 140.7, 40.8],
        ["一般国道", "4", "12.3", 40.8, 140.7],
        ["県道", "9", "1", 140.7, 40.8],
    ]
    done = bring(tmp_path / "n.gpkg", write_csv(tmp_path / "a.csv", "道路種別,路線番号,距離標,経度,緯度", rows))
    assert [row for row, _ in refused(done)] == [3, 4, 5, 6, 7]
    assert [why for _, why in refused(done)] == [
        *("距離標がない", "道路種別を読めない", "路線番号がない", "経度と緯度が逆"),
        "県道が主要地方道か一般県道か分からない",
    ]
    assert "6行 = 採用 1 + 除外 5" in done.text()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", "名前,値\nx,1\n".encode(), "何の表か分からない"),
        ("a.csv", b"a,b\n\x81", "--encoding"),
        ("a.xls", b"x", "xlsx"),
        ("a.xlsx", b"x", "Excel"),
        ("a.gpkg", b"x" * 200, "cannot be opened"),
        ("a.osm", b"<osm", "OpenStreetMap"),
    ],
)
def test_a_source_that_cannot_be_used_is_one_line(
    tmp_path: Path, name: str, data: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(data)
    assert main(["network", "import", str(tmp_path / name), "--out", str(tmp_path / "n.gpkg")]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert not (tmp_path / "n.gpkg").exists()


def test_a_network_in_our_layers_passes_through_unchanged(tmp_path: Path) -> None:
    key = {"road_type": "一般国道", "route_no": "7", "branch_no": "000", "kind": "新道"}
    made = tmp_path / "made.gpkg"
    lines = routes(key | {"id": "L1", "name": "国道7号", "carriageway": "up", "geometry": line((0, 0), (2000, 0))})
    posts = post_frame(
        [key | {"carriageway": "up", "kp_km": 3.0 + k} for k in range(3)], [(1000 * k, 8) for k in range(3)]
    )
    ledger = pd.DataFrame([key | {"from_kp_km": 3.0, "to_kp_km": 4.0, "attribute": "lane_width_m", "value": "3.25"}])
    roads = routes({"id": 17, "geometry": line((0, 50), (900, 50))})
    for name, frame in {"routes": lines, "kiloposts": posts, "attributes": ledger, "roads": roads}.items():
        pyogrio.write_dataframe(frame, made, layer=name)
    bring(tmp_path / "n.gpkg", made)
    before, after = read_network(made), read_network(tmp_path / "n.gpkg")
    assert [(r.road, r.carriageway, r.link_id, r.name) for r in after.routes] == [
        (r.road, r.carriageway, r.link_id, r.name) for r in before.routes
    ]
    assert after.routes[0].scale.kp_at([0.0, 777.0]) == pytest.approx(
        before.routes[0].scale.kp_at([0.0, 777.0]), abs=1e-6
    )
    assert [(name, round(shape.length)) for name, shape in after.roads] == [("17", 900)]
    assert {(a.name, a.value) for a in after.attributes} == {("lane_width_m", "3.25")}


CELLS = st.one_of(
    st.text(max_size=8), st.sampled_from(["4", "国道4号", "12.5", "112K500", "R5.10", "140.7", "40.8", "県道"])
)
HEADERS = st.sampled_from(
    ["道路種別", "路線番号", "路線名", "距離標", "経度", "緯度", "起点KP", "終点KP", "舗設年月", "上下区分", "", "x"]
)


@given(
    st.lists(HEADERS, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=6), st.sampled_from([None, *LAYERS])
)
def test_any_table_is_accounted_for_row_by_row(header: list[str], rows: list[list[str]], kind: str | None) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "表.csv"
        path.write_bytes(text.getvalue().encode(errors="replace"))
        try:
            (sheet,) = read_sheets(path)
        except BadInput:
            return
    taken, intake = take(sheet, kind, ColumnMap(), KnownRoads(), None)
    assert intake.rows_in == intake.rows_taken + len(intake.refused) == len(sheet.rows)
    assert len(taken.records) == len(taken.shapes)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_one_line(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        with contextlib.suppress(BadInput):
            read_sheets(path)
