"""What reading a network made is kept: the same network comes back, and a stale or damaged file counts as none."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from pavement.networks import cache, reader
from pavement.networks.array_file import read_arrays, read_facts, write_arrays
from pavement.networks.cache import fingerprint, places
from pavement.networks.layers import find_layers
from pavement.networks.reader import read_network
from pavement.road import Network
from tests.builders import NATIONAL_4, PLANE

ROW = {"route_no": "4", "kind": "現道", "carriageway": "both"}


def lonlat(*xy: tuple[float, float]) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in PLANE.to_degrees(xy)]


def write(path: Path, *, length_m: float = 1000.0) -> Path:
    """A network with everything that a network may have: posts (one astray, one a jump), a measured road, a ledger."""
    routes = [ROW | {"id": "R1", "name": "国道4号"}, ROW | {"route_no": "9", "ledger_length_m": 990.0, "start_km": 2.0}]
    lines = [LineString(lonlat((0, 0), (length_m, 0))), LineString(lonlat((0, 500), (1000, 500)))]
    kps = {0: 12.0, 200: 12.2, 600: 12.6, 800: 12.8, 1000: 14.0}
    posts = [(Point(lonlat((x, 8))[0]), kp) for x, kp in kps.items()] + [(Point(lonlat((400, -3000))[0]), 12.4)]
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-10-06T00:00:00.000Z"})
    layers = {
        "routes": gpd.GeoDataFrame(routes, geometry=lines, crs=4326),
        "kiloposts": gpd.GeoDataFrame([ROW | {"kp_km": k} for _, k in posts], geometry=[p for p, _ in posts], crs=4326),
        "attributes": pd.DataFrame([ROW | {"from_kp_km": 12.0, "to_kp_km": 12.5, "attribute": "lanes", "value": "2"}]),
        "roads": gpd.GeoDataFrame(
            {"id": ["B1", None]},
            geometry=[LineString(lonlat((0, y), (300, y), (300, y + 9))) for y in (50, 90)],
            crs=4326,
        ),
        "municipalities": gpd.GeoDataFrame(
            {"name": ["青森市"]}, geometry=[box(*lonlat((-9, -9))[0], *lonlat((2000, 999))[0])], crs=4326
        ),
    }
    path.unlink(missing_ok=True)
    for name, layer in layers.items():
        pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG")
    return path


def content(network: Network) -> list[object]:
    """Everything that can be compared."""
    along = np.linspace(0, 1000, 77)
    return [
        [
            (r.index, r.road, r.carriageway, r.name, r.link_id, dict(r.facts), r.line.wkb, r.ledger)
            for r in network.routes
        ],
        [np.nan_to_num(r.scale.kp_at(along), nan=-1).tolist() for r in network.routes],
        [(r.scale.measured, r.scale.usual_spacing_km, r.scale.posts_km.tolist()) for r in network.routes],
        list(network.roads),
        [network.attributes_at(NATIONAL_4, kp) for kp in (12.1, 12.6)],
        [network.municipality_at((x, 5.0)) for x in (100.0, 5000.0)],
        (network.anomalies, network.fingerprint, network.plane),
        [each.tolist() for each in vars(network.index.near(np.array([[100.0, 40.0]]), 80.0)).values()],
    ]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network small enough for a test, but kept all the same."""
    monkeypatch.setattr(cache, "LEAST_BYTES", 0)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return write(tmp_path / "路線網.gpkg")


def forbid_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object) -> Network:
        raise AssertionError("read again")

    monkeypatch.setattr(reader, "parse_network", parse)


def test_the_second_opening_reads_nothing_again_and_gives_the_same(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = reader.parse_network(find_layers(kept), kept, fingerprint(kept))
    first = read_network(kept)
    assert next(places(kept)).is_file()
    assert len(first.anomalies) == 2  # the post astray, the jump to 14.0
    forbid_parsing(monkeypatch)
    second = read_network(kept)
    assert content(parsed) == content(first) == content(second)
    assert isinstance(second.roads.coords.base, np.ndarray)  # a view of what is mapped


def test_a_new_time_of_the_same_content_is_the_same_network(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_network(kept)
    os.utime(kept, (1, 1))
    forbid_parsing(monkeypatch)
    assert read_network(kept).fingerprint == fingerprint(kept)


def test_a_changed_network_is_read_again(kept: Path) -> None:
    before = read_network(kept)
    write(kept, length_m=900.0)
    after = read_network(kept)
    assert after.fingerprint != before.fingerprint
    assert after.routes[0].length_m == pytest.approx(900, abs=0.1)


def test_a_cache_of_another_format_is_made_anew(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = content(read_network(kept))
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    assert content(read_network(kept)) == expected
    assert read_facts(next(places(kept)))["format"] == cache.FORMAT


@pytest.mark.parametrize(("share", "cut"), [(0.0, False), (0.6, False), (0.9, True)])
def test_a_damaged_cache_is_made_anew(kept: Path, share: float, cut: bool) -> None:
    expected = content(read_network(kept))
    place = next(places(kept))
    whole = place.read_bytes()
    place.write_bytes(damaged(whole, share, cut))
    assert content(read_network(kept)) == expected
    assert place.read_bytes() == whole


def damaged(whole: bytes, share: float, cut: bool) -> bytes:
    """Cut off, or one byte changed, at a share of the length."""
    at = int(share * len(whole))
    return whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("arrays") / "a"
    write_arrays(place, {"x": 1}, {"a": np.arange(50.0), "b": np.array(["青森", ""])})
    return place


@given(share=st.floats(0, 0.999), cut=st.booleans())
def test_no_damage_goes_unseen(arrays: Path, share: float, cut: bool) -> None:
    other = arrays.with_name("b")
    other.write_bytes(damaged(arrays.read_bytes(), share, cut))
    assert read_arrays(arrays) is not None
    assert read_arrays(other) is None


def test_where_nothing_can_be_written_beside_the_user_folder_serves_else_nothing(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, at_home = places(kept)
    beside.mkdir()  # a folder of that name: no file can take its place
    read_network(kept)
    assert at_home.is_file()
    assert read_network(kept, kept.parent / "own").fingerprint
    assert [file.name[:4] for file in (kept.parent / "own").iterdir()] == [kept.name[:4]]
    blocked = kept.parent / "blocked"
    blocked.write_text("no folder")
    assert len(read_network(kept, blocked).routes) == 2


def test_a_small_network_is_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "n.gpkg")
    read_network(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["n.gpkg"]


def test_only_plain_arrays_are_kept_and_nothing_is_left_of_a_failed_writing(tmp_path: Path) -> None:
    place = tmp_path / "arrays"
    with pytest.raises(TypeError, match="object"):
        write_arrays(place, {}, {"a": np.array([{}], object)})
    assert not list(tmp_path.iterdir())
    arrays = {"a": np.arange(5), "空": np.empty((0, 2)), "text": np.array(["青森", ""])}
    write_arrays(place, {"x": [1]}, arrays)
    found = read_arrays(place)
    assert found is not None
    assert found[0] == {"x": [1]}
    assert {name: array.tolist() for name, array in found[1].items()} == {k: a.tolist() for k, a in arrays.items()}
    assert read_arrays(tmp_path / "none") is None
    assert read_facts(tmp_path / "none") is None
