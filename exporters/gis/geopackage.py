"""segments.gpkg: the layers segments, defects and frames, EPSG:4326, with the styles in which QGIS opens them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from exporters.gis.layers import Layer, layers_of, pinned_clock, write_layer
from exporters.gis.styles import STYLE_NAME, layer_style
from exporters.wording import last_day
from pavement.files import whole_file, write_whole
from pavement.record import Survey

#: As QGIS itself makes it ("save style in database").
_TABLE = """CREATE TABLE layer_styles (
id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"""
_STYLE = """INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', '', ?)"""
_REGISTER = """INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)"""


def export_gis(survey: Survey, out: Path) -> list[Path]:
    """One GeoPackage with its styles inside, and the same styles as qgis/*.qml for layers that come otherwise."""
    layers = layers_of(survey)
    path = write_geopackage(survey, layers, out / "segments.gpkg")
    styles = {layer.name: layer_style(layer.name, layer.columns) for layer in layers}
    files = [out / "qgis" / f"{name}.qml" for name in styles]
    for file in files:
        write_whole(file, styles[file.stem].encode())
    return [path, *files]


def write_geopackage(survey: Survey, layers: Sequence[Layer], path: Path) -> Path:
    """A GeoPackage of layers; one without records is there with its columns and no rows."""
    with whole_file(path) as temporary, pinned_clock(survey):
        for layer in layers:
            write_layer(temporary, layer, "GPKG")
        styles = {layer.name: layer_style(layer.name, layer.columns) for layer in layers}
        _embed(temporary, styles, f"{last_day(survey):%Y-%m-%dT%H:%M:%S.000Z}")
    return path


def _embed(path: Path, styles: Mapping[str, str], now: str) -> None:
    """Put the styles into the table where QGIS looks for a layer's default."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.executemany(_STYLE, [(name, STYLE_NAME, qml, STYLE_NAME, now) for name, qml in styles.items()])
        database.execute(_REGISTER, (now,))
