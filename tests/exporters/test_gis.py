"""GIS layers in every format: values that come back, styles that QGIS would find, names and texts that fit."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import EXPORTERS, ON_DEMAND
from exporters.gis import export_geojson, export_gis, export_pmtiles, export_shapefile, layer_style
from exporters.gis.shapefile import FIELDS, NAME_BYTES, TEXT_BYTES, UNFIT, fitted, short_names
from exporters.gis.styles import DOCTYPE, LEGENDS, STYLE_NAME
from exporters.tables import DEFECTS, FRAMES, SEGMENTS, Column
from pavement.defect import Category
from tests.exporters.builders import TOWN, empty_survey, make_segment, make_survey

LAYERS = {"segments": SEGMENTS, "defects": DEFECTS, "frames": FRAMES}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("name", LAYERS)
def test_a_style_is_xml_that_names_columns_of_its_layer(name: str) -> None:
    text = layer_style(name, LAYERS[name])
    assert text.startswith(DOCTYPE)
    root = ET.fromstring(text.removeprefix(DOCTYPE))
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("type") == "categorizedSymbol"
    columns = {column.name for column in LAYERS[name]}
    assert set(LEGENDS[name].columns) <= columns
    assert {alias.get("field") for alias in root.iter("alias")} == columns
    symbols = {symbol.get("name") for symbol in root.iter("symbol")}
    assert {category.get("symbol") for category in root.iter("category")} == symbols
    for layer in root.iter("layer"):
        new = {o.get("name"): o.get("value") for o in layer.findall("Option/Option")}
        assert new == {p.get("k"): p.get("v") for p in layer.findall("prop")}


def test_segments_are_coloured_by_rating_and_down_lies_left() -> None:
    root = ET.fromstring(layer_style("segments", SEGMENTS).removeprefix(DOCTYPE))
    assert [(c.get("value"), c.get("label")) for c in root.iter("category")][2:] == [
        ("Ⅲ", "Ⅲ 修繕段階"),
        ("", "未判定"),
    ]
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == 'left("rating", 1)'
    expressions = {o.get("value") for o in root.iter("Option") if o.get("name") == "expression"}
    assert expressions == {"if(\"direction\" = '下り', -0.7, 0.7)"}  # positive is right in QGIS


def test_every_kind_of_defect_has_a_colour() -> None:
    assert {each.value for each in LEGENDS["defects"].classes} == set(Category)


def test_the_geopackage_carries_its_styles(tmp_path: Path) -> None:
    path, *styles = export_gis(make_survey(), tmp_path)
    assert [style.name for style in styles] == ["segments.qml", "defects.qml", "frames.qml"]
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles").fetchall()
    assert [(name, style, default) for name, style, _, default in rows] == [(n, STYLE_NAME, 1) for n in LAYERS]
    assert [qml for _, _, qml, _ in rows] == [style.read_text("utf-8") for style in styles]


def test_geojson_is_rfc_7946(tmp_path: Path) -> None:
    export_geojson(make_survey(), tmp_path)
    found = json.loads((tmp_path / "geojson" / "segments.geojson").read_text("utf-8"))
    assert found["type"] == "FeatureCollection"
    assert "crs" not in found
    unmeasured = found["features"][3]
    assert unmeasured["properties"]["crack_pct"] is None
    assert unmeasured["geometry"]["type"] == "LineString"
    assert found["features"][1]["geometry"]["coordinates"][0] == pytest.approx([141.2, 40.6])
    assert found["features"][0]["properties"]["rating"] == "Ⅲ-1"


def test_shapefile_keeps_japanese_and_names_what_does_not_fit(tmp_path: Path) -> None:
    rare = replace(TOWN, route_no="𠮷野" + "幹" * 200)
    export_shapefile(make_survey(segments=[make_segment(), make_segment(0.0, rare)]), tmp_path)
    folder = tmp_path / "shapefile"
    assert (folder / "segments.cpg").read_text() == "CP932"
    with open(folder / "segments.dbf", "rb") as file:
        assert "要確認;少なくとも".encode("cp932") in file.read()
    back = geopandas.read_file(folder / "segments.shp")
    assert back.rating.tolist() == ["Ⅱ", "Ⅱ"]
    assert back.crs.to_epsg() == 4326
    assert back.iri_mm_per.isna().all()
    assert len(back.route_no[1].encode("cp932")) <= TEXT_BYTES
    (unfit,) = rows_of(folder / UNFIT)
    assert (unfit["layer"], unfit["地物番号"], unfit["項目名"]) == ("segments", "2", "route_no")
    assert "𠮷" in unfit["理由"]
    assert "バイト" in unfit["理由"]
    assert unfit["書いた値"] == back.route_no[1]
    names = {
        row["元の項目名"]: row["項目名(10バイト)"] for row in rows_of(folder / FIELDS) if row["layer"] == "segments"
    }
    assert list(names.values()) == [column for column in back.columns if column != "geometry"]
    root = ET.fromstring((folder / "segments.qml").read_text("utf-8").removeprefix(DOCTYPE))
    assert {alias.get("field") for alias in root.iter("alias")} == set(names.values())


@pytest.mark.parametrize("columns", LAYERS.values())
def test_short_names_fit_and_differ(columns: tuple[Column, ...]) -> None:
    names = short_names([column.name for column in columns])
    assert len(set(names.values())) == len(columns)
    assert all(len(name.encode()) <= NAME_BYTES for name in names.values())


@given(st.text())
def test_a_fitted_text_fits_and_says_when_it_changed(text: str) -> None:
    short, reasons = fitted(text)
    assert len(short.encode("cp932")) <= TEXT_BYTES
    assert bool(reasons) or fitted(short) == (short, [])


def test_tiles_hold_every_segment_at_every_zoom(tmp_path: Path) -> None:
    survey = make_survey()
    segments, defects = export_pmtiles(survey, tmp_path)
    facts = pyogrio.read_info(segments)["dataset_metadata"]
    assert (facts["minzoom"], facts["maxzoom"], facts["name"]) == ("7", "13", "segments")
    for zoom in (7, 10, 13):
        assert len(pyogrio.read_dataframe(segments, ZOOM_LEVEL=zoom)) >= len(survey.segments)
    assert set(pyogrio.read_dataframe(defects).category) == {"pothole", "crack_alligator"}


@pytest.mark.parametrize("name", ["geojson", "shapefile", "pmtiles"])
def test_an_empty_survey_is_written_too(tmp_path: Path, name: str) -> None:
    written = ON_DEMAND[name](empty_survey(), tmp_path)
    assert all(path.is_file() for path in written)
    assert bool(written) == (name != "pmtiles")
    assert not list(tmp_path.rglob(".*"))


def test_layers_are_written_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = export_gis(make_survey(), tmp_path / "whole")[0]
    monkeypatch.setattr("exporters.gis.layers.PART", 2)
    parts = export_gis(make_survey(), tmp_path / "parts")[0]
    for layer in LAYERS:
        one, other = (geopandas.read_file(path, layer=layer) for path in (whole, parts))
        assert one.equals(other)


def test_no_name_is_in_both_registries() -> None:
    assert not EXPORTERS.keys() & ON_DEMAND.keys()
