"""Tiles: what is in them, who gets which, how they are kept."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from pavement.store.adopted_tables import ADOPTED
from pavement.store.database import Database, migrate, open_database
from pavement.store.lengths import Choice, read_facts, read_lengths
from pavement.store.overview import read_overview
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Place, Scope
from pavement.store.tiles import encode_tile
from pavement.vector_tiles.grid import EXTENT, TileKey
from tests.api.builders import Server, server
from tests.browser.prefecture import EAST, NORTH, OFFICES, SOUTH, WEST, YEARS, fill_prefecture

ROUTES, KM = 4, 3.0
YEAR = YEARS[-1]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("tiles")
    database = open_database(f"sqlite:///{(folder / 'pavement.sqlite').as_posix()}")
    migrate(database)
    fill_prefecture(database, ROUTES, KM)
    yield database
    database.close()


def tiles_at(zoom: int) -> list[TileKey]:
    """All tiles over the prefecture."""
    size = 1 << zoom

    def spot(lon: float, lat: float) -> tuple[int, int]:
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
        return int((lon + 180) / 360 * size), int(y * size)

    (west, north), (east, south) = spot(WEST, NORTH), spot(EAST, SOUTH)
    return [TileKey(zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


def features(store: Database, key: TileKey, scope: Scope = EVERYTHING, layer: str = "sections") -> list[dict[str, Any]]:
    data = encode_tile(store, YEAR, key, scope)
    decoded = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True}) if data else {}
    return list(decoded.get(layer, {"features": []})["features"])


def places(store: Database, zoom: int, scope: Scope = EVERYTHING) -> set[str]:
    return {each["properties"]["place"] for key in tiles_at(zoom) for each in features(store, key, scope)}


@pytest.mark.parametrize(
    ("zoom", "number"),
    [
        (8, ROUTES * 2 * 3),  # units of 1 km, both directions
        (10, ROUTES * 2 * 30),  # segments of 0.1
    ],
)
def test_every_section_is_in_some_tile(store: Database, zoom: int, number: int) -> None:
    assert len(places(store, zoom)) == number


def test_near_by_it_is_blocks_with_posts(store: Database) -> None:
    key = next(key for key in tiles_at(12) if features(store, key))
    near = [TileKey(14, 4 * key.x + i, 4 * key.y + j) for i in range(4) for j in range(4)]
    found = [each["properties"] for each in (f for one in near for f in features(store, one))]
    assert {each["length_m"] for each in found} == {20.0}
    posts = [f["properties"]["kp_km"] for one in near for f in features(store, one, layer="kiloposts")]
    assert posts
    assert all(math.isclose(kp * 10, round(kp * 10)) for kp in posts)


def test_a_unit_holds_the_worst_of_its_segments(store: Database) -> None:
    by_place = {f["properties"]["place"]: f["properties"] for key in tiles_at(10) for f in features(store, key)}
    for unit in read_overview(store, YEAR).properties:
        own = [
            each
            for each in by_place.values()
            if all(each[name] == unit[name] for name in ("road_type", "route_no", "direction"))
            and unit["from_kp_km"] <= each["from_kp_km"] < unit["to_kp_km"] - 1e-9
        ]
        assert len(own) == 10
        cracks = [each["crack_pct"] for each in own if "crack_pct" in each]
        assert unit.get("crack_pct") == max(cracks, default=None)
        assert unit["missing_m"] == sum(each["missing_m"] for each in own)
        assert unit["potholes"] == sum(each["potholes"] for each in own) if cracks else "potholes" not in unit


def test_an_overview_is_carried_on(store: Database) -> None:
    """After any changes the older overview, carried on, is the one read anew."""
    year = YEARS[0]
    known = read_overview(store, YEAR)
    assert read_overview(store, year, known).units is known.units
    known = read_overview(store, year)
    places = list(known.values)[:3]
    with store.writing() as connection:
        revision = raise_revision(connection)
        worse = update(ADOPTED).where(ADOPTED.c.place == places[0])
        connection.execute(worse.values(crack_pct=99.0, rating="Ⅲ-1", revision=revision))
    carried, anew = read_overview(store, year, known), read_overview(store, year)
    assert carried.properties == anew.properties != known.properties
    assert carried.revision == anew.revision == revision
    with store.writing() as connection:
        raise_revision(connection)
        connection.execute(delete(ADOPTED).where(ADOPTED.c.place.in_(places[:2])))
    assert read_overview(store, year, carried).properties == read_overview(store, year).properties != carried.properties


def test_who_has_one_office_sees_one_office(store: Database) -> None:
    own = Scope((Place("青森県", OFFICES[1]),))
    for zoom in (8, 10):
        assert 0 < len(places(store, zoom, own)) < len(places(store, zoom))
        assert all(f["properties"]["office"] == OFFICES[1] for key in tiles_at(zoom) for f in features(store, key, own))
    assert not places(store, 8, Scope())
    assert read_facts(store, own).offices == (("青森県", OFFICES[1]),)
    assert read_facts(store, Scope()).box is None


def test_nothing_measured_is_absent_not_zero(store: Database) -> None:
    for key in tiles_at(10):
        for each in features(store, key):
            if not each["properties"]["inspected"]:
                assert {"crack_pct", "rut_mm", "potholes", "rating"}.isdisjoint(each["properties"])


def test_lengths_add_up(store: Database) -> None:
    whole = ROUTES * 2 * KM * 1000
    by_rating = read_lengths(store, YEAR, EVERYTHING, Choice(), "rating")
    by_rut = read_lengths(store, YEAR, EVERYTHING, Choice(), "rut_mm", [10, 20, 30])
    assert sum(by_rating.values()) == pytest.approx(whole)
    assert sum(by_rut.values()) == pytest.approx(whole)
    assert by_rating.get("missing") == by_rut.get("missing")
    one = read_lengths(store, YEAR, EVERYTHING, Choice({"office": OFFICES[0], "direction": "上り"}), "rating")
    assert sum(one.values()) == pytest.approx(KM * 1000)
    chosen = read_lengths(store, YEAR, EVERYTHING, Choice(ratings=["Ⅱ"]), "rating")
    assert chosen == ({"Ⅱ": by_rating["Ⅱ"]} if "Ⅱ" in by_rating else {})


@given(lon=st.floats(-179.9, 179.9), lat=st.floats(-80, 80), zoom=st.integers(0, 14))
def test_a_place_lies_in_its_tile(lon: float, lat: float, zoom: int) -> None:
    size = 1 << zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    key = TileKey(zoom, min(int((lon + 180) / 360 * size), size - 1), min(int(y * size), size - 1))
    west, south, east, north = key.bounds()
    assert west - 1e-6 <= lon <= east + 1e-6
    assert south - 1e-6 <= lat <= north + 1e-6
    x, down = key.points([(lon, lat)])[0]
    assert 0 <= x <= EXTENT
    assert 0 <= down <= EXTENT


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as one:
        fill_prefecture(one.service.database, 2, 1.0, 0)
        yield one


def test_over_http(here: Server) -> None:
    staff = here.person("staff", "staff")
    start = staff.get("/tiles/revision").json()
    addresses = [f"/tiles/{YEAR}/{key.z}/{key.x}/{key.y}.mvt" for key in tiles_at(6)]
    answers = {each: staff.get(f"{each}?v={start['revision']}") for each in addresses}
    address, kept = next((each, answer) for each, answer in answers.items() if answer.status_code == 200)
    assert "immutable" in kept.headers["cache-control"]
    assert "private" in kept.headers["cache-control"]
    assert mapbox_vector_tile.decode(kept.content)["sections"]["features"]
    assert staff.get(f"{address}?v=old").headers["cache-control"] == "no-cache"
    assert staff.get(f"/tiles/{YEAR}/6/0/0.mvt?v=1").status_code == 204
    assert staff.get(f"/tiles/{YEAR}/6/99/0.mvt").status_code == 404
    assert staff.get(f"/tiles/{YEAR}/15/0/0.mvt").status_code == 404
    assert sum(staff.get(f"/tiles/{YEAR}/lengths?office={OFFICES[0]}").json().values()) == pytest.approx(2000)
    assert here.client.get(f"/api/v1{address}").status_code == 401
