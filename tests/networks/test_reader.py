"""Networks as files: containers, coordinate systems, the key's forms, and what is refused in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, MultiLineString, Point, Polygon

from pavement.errors import BadInput
from pavement.networks import read_network
from pavement.road import Carriageway, RoadKey
from tests.builders import NATIONAL_4, PLANE, PREFECTURAL_4

JGD2011_ZONE_10 = "EPSG:6678"  #: Aomori's plane rectangular system
ROW = {"route_no": 4, "branch_no": "000", "name": "国道4号", "kind": "現道", "carriageway": "both"}


def lonlat(*xy: tuple[float, float]) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in PLANE.to_degrees(xy)]


def frame(rows: Sequence[dict[str, Any]], shapes: Sequence[Any], crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(rows), geometry=list(shapes), crs=crs)


def km(y: float = 0.0) -> LineString:
    """A line of one kilometre to the east."""
    return LineString(lonlat((0, y), (1000, y)))


def posts_of(row: dict[str, Any], first_kp: float = 12.0) -> gpd.GeoDataFrame:
    """Posts every 200 m along `km()`, 8 m beside it."""
    rows = [row | {"kp_km": round(first_kp + 0.2 * k, 1)} for k in range(6)]
    return frame(rows, [Point(lonlat((200 * k, 8))[0]) for k in range(6)])


def save(path: Path, **layers: pd.DataFrame) -> Path:
    """A GeoPackage, or (a path without suffix) a folder of GeoJSON; a layer without geometry is a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, layer in layers.items():
        if path.suffix:
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG")
        else:
            path.mkdir(exist_ok=True)
            if isinstance(layer, gpd.GeoDataFrame):
                layer.to_file(path / f"{name}.geojson", driver="GeoJSON")
            else:
                layer.to_csv(path / f"{name}.csv", index=False)
    return path


TABLE = pd.DataFrame([ROW | {"from_kp_km": 12.0, "to_kp_km": 12.5, "attribute": "surface", "value": "コンクリート"}])


@pytest.mark.parametrize("name", ["network.gpkg", "network", "路線/令和8年度.gpkg", "路線網"])
def test_a_geopackage_and_a_folder_hold_the_same_network(tmp_path: Path, name: str) -> None:
    areas = frame([{"name": "青森市"}], [Polygon(lonlat((-500, -500), (500, -500), (500, 500), (-500, 500)))])
    path = save(
        tmp_path / name,
        routes=frame([ROW | {"id": "L7", "road_class": "B"}], [km()]),
        kiloposts=posts_of(ROW),
        roads=frame([{"id": 17}], [km(30)]),
        municipalities=areas,
        attributes=TABLE,
    )
    network = read_network(path)
    (route,) = network.routes
    assert route.road == NATIONAL_4  # road_type is 一般国道 where it is not given
    assert (route.link_id, route.name, route.facts["road_class"]) == ("L7", "国道4号", "B")
    assert route.length_m == pytest.approx(1000, abs=0.1)
    assert route.scale.kp_at([0.0, 500.0]) == pytest.approx([12.0, 12.5], abs=1e-4)
    assert route.point_lonlat(500.0) == pytest.approx(lonlat((500, 0))[0], abs=1e-7)
    assert network.attributes_at(NATIONAL_4, 12.1)["surface"] == "コンクリート"
    assert [(name, round(line.length)) for name, line in network.roads] == [("17", 1000)]
    assert network.municipality_at(route.point_at(400.0)[0].tolist()) == "青森市"
    assert network.municipality_at(route.point_at(600.0)[0].tolist()) is None
    assert not network.anomalies


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized")
def test_a_shapefile_cuts_names_and_the_carriageway_stays(tmp_path: Path) -> None:
    row = ROW | {"carriageway": "down", "ledger_length_m": 1010.0, "primary_route": "一般国道 7"}
    (tmp_path / "net").mkdir()
    frame([row], [km()]).to_file(tmp_path / "net" / "routes.shp", encoding="utf-8")
    (route,) = read_network(tmp_path / "net").routes
    assert route.carriageway is Carriageway.DOWN
    assert route.facts["primary_route"] == "一般国道 7"
    assert route.ledger is not None
    assert route.ledger.ledger_m == pytest.approx(1010)


def test_another_coordinate_system_gives_the_same_places(tmp_path: Path) -> None:
    plain = {"routes": frame([ROW], [km()]), "kiloposts": posts_of(ROW)}
    degrees = read_network(save(tmp_path / "a.gpkg", **plain)).routes[0]
    moved = {name: layer.to_crs(JGD2011_ZONE_10) for name, layer in plain.items()}
    metres = read_network(save(tmp_path / "b.gpkg", **moved)).routes[0]
    assert metres.point_lonlat(700.0) == pytest.approx(degrees.point_lonlat(700.0), abs=1e-8)
    assert metres.scale.kp_at(700.0) == pytest.approx(degrees.scale.kp_at(700.0), abs=1e-6)


def test_routes_of_one_number_and_two_types_never_mix(tmp_path: Path) -> None:
    """National and prefectural route 4 lie on one line (重複区間) and have posts of their own."""
    national, prefectural = ROW | {"road_type": "一般国道"}, ROW | {"road_type": "主要地方道", "route_no": "4"}
    posts = pd.concat([posts_of(national, 700.0), posts_of(prefectural, 3.0)], ignore_index=True)
    path = save(tmp_path / "n.gpkg", routes=frame([national, prefectural], [km(), km()]), kiloposts=posts)
    routes = {route.road: route for route in read_network(path).routes}
    assert routes[NATIONAL_4].scale.kp_at(500.0) == pytest.approx(700.5, abs=1e-4)
    assert routes[PREFECTURAL_4].scale.kp_at(500.0) == pytest.approx(3.5, abs=1e-4)


def test_the_key_is_read_in_every_form(tmp_path: Path) -> None:
    rows = [
        ROW | {"road_type": "市町村道", "route_no": "浪館・金沢線", "branch_no": None, "kind": None},
        ROW | {"road_type": "一般県道", "route_no": "4.0", "branch_no": "2", "kind": "旧道", "carriageway": "down"},
    ]
    network = read_network(save(tmp_path / "n.gpkg", routes=frame(rows, [km(), km(50)])))
    assert [route.road for route in network.routes] == [
        RoadKey("市町村道", "浪館・金沢線", "000", "現道"),
        RoadKey("一般県道", "4.0", "002", "旧道"),  # a text stays as it is written
    ]
    assert network.routes[1].carriageway is Carriageway.DOWN


def test_parts_of_a_line_that_touch_are_one_and_others_go_on_where_the_last_ended(tmp_path: Path) -> None:
    whole = MultiLineString([lonlat((0, 0), (300, 0)), lonlat((300, 0), (500, 0)), lonlat((600, 0), (1000, 0))])
    network = read_network(save(tmp_path / "n.gpkg", routes=frame([ROW | {"ledger_length_m": 990.0}], [whole])))
    first, second = sorted(network.routes, key=lambda route: float(route.point_at(0.0)[0][0]))
    assert [first.length_m, second.length_m] == pytest.approx([500, 400], abs=0.1)
    # without posts: 900 m of line stand for 990 m of ledger, so 500 m are 550 m and 400 m are 440 m
    assert first.scale.kp_at([0.0, 500.0]) == pytest.approx([0.0, 0.55], abs=1e-3)
    assert second.scale.kp_at([0.0, 399.9]) == pytest.approx([0.55, 0.99], abs=1e-3)


def test_lines_of_a_road_are_measured_through_and_shown_beside_the_ledger(tmp_path: Path) -> None:
    """Both rows give the length of the whole road, and stand in the wrong order."""
    rows = [ROW | {"ledger_length_m": 1010.0, "id": name} for name in ("second", "first")]
    lines = [LineString(lonlat((400, 0), (1000, 0))), LineString(lonlat((0, 0), (400, 0)))]
    network = read_network(save(tmp_path / "n.gpkg", routes=frame(rows, lines)))
    starts = {route.link_id: float(route.scale.kp_at(0.0)) for route in network.routes}
    assert starts == {"first": pytest.approx(0.0), "second": pytest.approx(0.404, abs=1e-4)}
    assert str(network.ledger_lengths()[NATIONAL_4]) == "台帳延長 1,010 m・GIS延長 1,000 m(-1.0 %)"


def test_a_declared_start_and_known_points_are_read(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"start_km": "3.5"}]
    lines = [km(), LineString(lonlat((3000, 0), (4000, 0)))]
    points = frame([ROW | {"kp_km": 0.52}], [Point(lonlat((500, 5))[0])])
    network = read_network(save(tmp_path / "n.gpkg", routes=frame(rows, lines), kiloposts=points))
    assert network.routes[0].scale.kp_at([0.0, 500.0, 900.0]) == pytest.approx([0.0, 0.52, 0.92], abs=1e-4)
    assert network.routes[1].scale.kp_at([0.0, 999.0]) == pytest.approx([3.5, 4.499], abs=1e-4)


def test_the_later_valid_from_of_the_ledger_holds(tmp_path: Path) -> None:
    base = TABLE.iloc[0].to_dict() | {"attribute": "paved_on"}
    rows = [base | {"value": v, "valid_from": v.replace("-", "/")} for v in ("2023-10-01", "2009-10-01")]
    path = save(tmp_path / "n.gpkg", routes=frame([ROW], [km()]), attributes=pd.DataFrame(rows))
    assert read_network(path).attributes_at(NATIONAL_4, 12.1) == {"paved_on": "2023-10-01"}


def test_background_roads_of_several_parts_and_of_other_shapes(tmp_path: Path) -> None:
    parts = MultiLineString([lonlat((0, 30), (100, 30)), lonlat((200, 30), (260, 30))])
    roads = frame([{"id": 17.0}, {"id": None}, {"id": 3.0}], [parts, km(60), LineString()]).to_crs(JGD2011_ZONE_10)
    network = read_network(save(tmp_path / "n.gpkg", routes=frame([ROW], [km()]), roads=roads))
    found = [(name, round(line.length)) for name, line in network.roads]
    assert found == [("17", 100), ("17", 60), (None, 1000)]


def test_anomalies_of_posts_are_told(tmp_path: Path) -> None:
    posts = posts_of(ROW)
    posts.loc[3, "kp_km"] = 15.0
    network = read_network(save(tmp_path / "n.gpkg", routes=frame([ROW], [km()]), kiloposts=posts))
    assert len(network.anomalies) == 2  # 12.4→15 and 15→12.8
    assert "一般国道_4_000_現道" in network.anomalies[0]


def without(row: dict[str, Any], column: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != column}


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ({"kiloposts": posts_of(ROW)}, "no layer 'routes'"),
        ({"routes": frame([ROW], [km()], crs=None)}, "coordinate system"),
        ({"routes": frame([without(ROW, "route_no")], [km()])}, "without route_no"),
        ({"routes": frame([ROW | {"carriageway": "左"}], [km()])}, "carriageway is '左'"),
        ({"routes": frame([ROW | {"ledger_length_m": "1.2km"}], [km()])}, "ledger_length_m is '1.2km'"),
        (
            {"routes": frame([ROW], [km()]), "kiloposts": posts_of(ROW).astype({"kp_km": str}).replace("12.4", "12K4")},
            "'12K4'",
        ),
        ({"routes": frame([ROW], [km()]), "attributes": TABLE.drop(columns="to_kp_km")}, "without from_kp_km or to"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path, layers: dict[str, Any], says: str) -> None:
    path = save(tmp_path / "network.gpkg", **layers)
    with pytest.raises(BadInput) as refusal:
        read_network(path)
    message = str(refusal.value)
    assert str(path) in message
    assert says in message
    assert "\n" not in message


def test_a_file_that_is_missing_or_no_geopackage_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(np.random.default_rng(0).bytes(4096))
    for path in (broken, tmp_path / "missing.gpkg"):
        with pytest.raises(BadInput, match=path.name):
            read_network(path)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    path = save(tmp_path / "folder", routes=frame([ROW], [km()]))
    before = read_network(path).fingerprint
    assert read_network(path).fingerprint == before
    save(path, routes=frame([ROW], [km(1)]))
    assert read_network(path).fingerprint != before
