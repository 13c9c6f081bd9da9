"""PMTiles: every segment at its place, the worst at every zoom, tiles that a browser takes in, what a map is told."""

from __future__ import annotations

import gzip
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType

from exporters.gis import export_pmtiles
from exporters.gis.tile_levels import MOST, WORST_FIRST, unit_numbers, worst_of
from exporters.gis.tiles import COLUMNS, ZOOMS
from pavement.defect import Category, Defect
from pavement.road import Direction
from pavement.segment import Flag, Place, Segment
from pavement.vector_tiles.grid import TileKey, mercator
from tests.exporters.builders import TOWN, make_defect, make_segment, make_survey

MOST_BYTES = 500_000
TOWN_WEST, TOWN_SOUTH = 140.71, 40.79  #: within one tile of each zoom up to 9
Feature = dict[str, Any]


def read_tiles(path: Path, zoom: int | None = None) -> Iterator[tuple[TileKey, bytes, list[Feature]]]:
    """Each tile, its packed bytes and its features in coordinates of the tile, downwards."""
    with open(path, "rb") as file:
        for (z, x, y), data in all_tiles(MmapSource(file)):
            if zoom in (None, z):
                layers = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})
                yield TileKey(z, x, y), data, layers[path.stem]["features"]


def features_at(path: Path, zoom: int) -> list[Feature]:
    return [feature for _, _, features in read_tiles(path, zoom) for feature in features]


def segment_at(number: int, start: tuple[float, float], end: tuple[float, float], **changes: Any) -> Segment:
    """The number-th of a road."""
    places = [Place(kp, math.floor(kp), 0.0, *at) for kp, at in ((number / 10, start), ((number + 1) / 10, end))]
    return make_segment(start=places[0], end=places[1], **changes)


def town_segments(count: int) -> list[Segment]:
    """Parallel streets of 5 km, every segment with values of its own."""
    chance = np.random.default_rng(0)
    made = []
    for number in range(count):
        lon, lat = TOWN_WEST + 0.0006 * (number // 50), TOWN_SOUTH + 0.0009 * (number % 50)
        crack, rut, iri = chance.uniform(0, [60, 50, 12]).round(1).tolist()
        measured = {"crack_pct": crack, "rut_mm": rut, "iri_mm_per_m": iri, "coverage_pct": round(100 - crack, 1)}
        made.append(segment_at(number, (lon, lat), (lon, lat + 0.0009), rating="Ⅰ", **measured))
    return made


def town_defects(count: int) -> list[Defect]:
    """Of every kind but potholes, anywhere in the town's tile of zoom 9."""
    chance = np.random.default_rng(1)
    x, y = np.floor(mercator(np.array([[TOWN_WEST, TOWN_SOUTH]]))[0] * (1 << 9)).astype(int).tolist()
    west, south, east, north = TileKey(9, x, y).bounds()
    places = chance.uniform([west, south], [east, north], (count, 2)).round(7)
    sizes = chance.uniform(0.1, 9, (count, 3)).round(2)
    return [
        make_defect(
            defect_id=f"D-{number:08d}",
            category=WORST_FIRST[1 + number % 5],
            lon=lon,
            lat=lat,
            kp_km=number / 1000,
            length_m=length,
            width_m=width,
            area_m2=area,
        )
        for number, ((lon, lat), (length, width, area)) in enumerate(zip(places.tolist(), sizes.tolist(), strict=True))
    ]


spot = st.tuples(st.floats(122.0, 154.0), st.floats(20.0, 46.0))
step = st.tuples(st.floats(-0.002, 0.002), st.floats(-0.002, 0.002)).filter(lambda by: max(map(abs, by)) > 1e-4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(spot, step), min_size=1, max_size=5))
def test_every_segment_is_in_the_deepest_tiles_at_its_place(ends: list[tuple[tuple[float, float], Any]]) -> None:
    pairs = [(start, (start[0] + by[0], start[1] + by[1])) for start, by in ends]
    rows = [segment_at(number, *pair) for number, pair in enumerate(pairs)]
    with tempfile.TemporaryDirectory() as folder:
        path = export_pmtiles(make_survey(segments=rows, routes=()), Path(folder))[0]
        found = list(read_tiles(path, ZOOMS[-1]))
    for row in rows:
        middle = np.array([[(row.start.lon + row.end.lon) / 2, (row.start.lat + row.end.lat) / 2]])
        column, line = np.floor(mercator(middle) * (1 << ZOOMS[-1]))[0].astype(int).tolist()
        ((key, features),) = ((k, own) for k, _, own in found if (k.x, k.y) == (column, line))
        (own,) = (each for each in features if each["properties"]["from_kp_km"] == row.start.kp_km)
        expected = key.coordinates(np.array([(row.start.lon, row.start.lat), (row.end.lon, row.end.lat)]))
        assert np.abs(np.array(own["geometry"]["coordinates"]) - expected).max() <= 1  # a metre
        told = {"crack_pct": 25.0, "rating": "Ⅱ", "flags": "要確認;少なくとも", "surveyed_on": "2026-06-03"}
        assert told.items() <= own["properties"].items()
        assert "rut_mm" not in own["properties"]


def test_a_full_town_keeps_its_worst_at_every_zoom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = 500
    monkeypatch.setattr("exporters.gis.tile_levels.MOST", few)
    monkeypatch.setattr("exporters.gis.tiles.MOST", few)
    segments, defects = town_segments(2 * few), town_defects(4 * few)
    segments[777] = replace(segments[777], rating="Ⅲ-2", flags=(Flag.VISUAL,))
    defects[555] = replace(defects[555], category=Category.POTHOLE, area_m2=0.01)
    ways, points = export_pmtiles(make_survey(segments=segments, defects=defects, routes=()), tmp_path)
    for zoom in ZOOMS:
        found = features_at(ways, zoom)
        bad = next(each["properties"] for each in found if each["properties"]["rating"] == "Ⅲ-2")
        assert bad["from_kp_km"] <= 77.7 < bad["to_kp_km"]
        assert "要目視" in bad["flags"]
        assert any(each["properties"]["category"] == "pothole" for each in features_at(points, zoom))
    assert {each["properties"]["from_kp_km"] for each in features_at(ways, 7)} == set(range(100))
    assert len({each["properties"]["from_kp_km"] for each in features_at(ways, ZOOMS[-1])}) == len(segments)
    ids = {each["properties"]["defect_id"] for each in features_at(points, ZOOMS[-1])}
    assert ids == {each.defect_id for each in defects}


def test_a_tile_with_as_many_as_it_may_hold_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporters.gis.tiles.ZOOMS", (9, 10))
    survey = make_survey(segments=town_segments(MOST), defects=town_defects(2 * MOST), routes=())
    for path in export_pmtiles(survey, tmp_path):
        with open(path, "rb") as file:
            packed = max((data for (zoom, _, _), data in all_tiles(MmapSource(file)) if zoom == 9), key=len)
        tile = vector_tile_pb2.tile.FromString(gzip.decompress(packed))
        assert len(tile.layers[0].features) == MOST
        assert len(packed) < MOST_BYTES


def test_the_same_survey_makes_the_same_bytes_whatever_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = export_pmtiles(make_survey(), tmp_path / "a")
    monkeypatch.setattr("time.time", lambda: 1e9)
    again = export_pmtiles(make_survey(), tmp_path / "b")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


def test_what_a_map_is_told(tmp_path: Path) -> None:
    survey = make_survey()
    ends = [place for each in survey.segments for place in (each.start, each.end)]
    records: dict[str, Sequence[Any]] = {"segments": ends, "defects": survey.defects}
    places = {name: [(each.lon, each.lat) for each in own] for name, own in records.items()}
    for path in export_pmtiles(survey, tmp_path):
        with open(path, "rb") as file:
            reader = Reader(MmapSource(file))
            header, told = reader.header(), reader.metadata()
        assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (ZOOMS[0], ZOOMS[-1], True)
        assert (header["tile_type"], header["tile_compression"]) == (TileType.MVT, Compression.GZIP)
        (layer,) = told["vector_layers"]
        assert (told["name"], layer["id"]) == (path.stem, path.stem)
        assert list(layer["fields"]) == COLUMNS[path.stem].split()
        assert (layer["minzoom"], layer["maxzoom"]) == (ZOOMS[0], ZOOMS[-1])
        assert "attribution" not in told
        lons, lats = zip(*places[path.stem], strict=True)
        bounds = [header[f"{side}_e7"] / 1e7 for side in ("min_lon", "min_lat", "max_lon", "max_lat")]
        assert bounds == pytest.approx([min(lons), min(lats), max(lons), max(lats)], abs=2e-7)
        assert pyogrio.read_info(path)["geometry_type"] in ("LineString", "Point", "Unknown")


def test_a_unit_has_the_worst_of_its_segments() -> None:
    good = make_segment(1.0, crack_pct=3.0, rut_mm=22.0, potholes=None, mci=7.0, rating="Ⅱ", flags=(Flag.ESTIMATED,))
    bad = make_segment(1.1, crack_pct=41.0, rut_mm=None, potholes=2, mci=None, rating="Ⅲ-1", coverage_pct=60.0)
    unit = worst_of([good, bad])
    assert (unit.start, unit.end) == (good.start, bad.end)
    assert (unit.crack_pct, unit.rut_mm, unit.iri_mm_per_m, unit.potholes) == (41.0, 22.0, None, 2)
    assert (unit.rating, unit.mci, unit.coverage_pct) == ("Ⅲ-1", 7.0, 60.0)
    assert unit.flags == (Flag.REVIEW, Flag.AT_LEAST, Flag.ESTIMATED)


def test_units_end_with_the_road_and_the_direction() -> None:
    rows = [make_segment(kp) for kp in (1.0, 1.9, 2.0)]
    rows += [make_segment(1.0, direction=Direction.UP), make_segment(1.0, TOWN)]
    assert unit_numbers(rows, 1.0).tolist() == [0, 0, 1, 2, 3]
    assert unit_numbers(rows, 0.0).tolist() == [0, 1, 2, 3, 4]


def test_places_without_numbers_are_left_out(tmp_path: Path) -> None:
    nowhere = make_segment(start=Place(1.0, 1.0, 0.0, math.nan, math.nan))
    survey = make_survey(segments=[nowhere], defects=[make_defect(lon=math.nan)])
    assert export_pmtiles(survey, tmp_path) == []
