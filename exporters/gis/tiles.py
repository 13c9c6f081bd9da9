"""tiles/*.pmtiles: segments and defects as vector tiles, for maps in a browser without a tile server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from exporters.gis.layers import Layer, layers_of
from exporters.gis.translate import translate
from pavement.files import whole_file
from pavement.record import Survey

FOLDER = "tiles"
MIN_ZOOM, MAX_ZOOM = 7, 13  #: 72,000 segments are all in the two tiles of zoom 7; 1 m a step, browsers enlarge further
#: Columns in every tile; all others are in the GeoPackage.
COLUMNS = {
    "segments": "road_type route_no branch_no kind direction from_kp_km to_kp_km crack_pct rut_mm iri_mm_per_m "
    "potholes rating coverage_pct flags surveyed_on",
    "defects": "defect_id category road_type route_no direction kp_km length_m width_m area_m2 depth_mm",
}


def export_pmtiles(survey: Survey, out: Path) -> list[Path]:
    """One file a layer; a layer without features has none, since GDAL writes no empty tiles."""
    layers = [layer for layer in layers_of(survey) if layer.name in COLUMNS and layer.records]
    return [write_pmtiles(layer, COLUMNS[layer.name].split(), out / FOLDER) for layer in layers]


def write_pmtiles(layer: Layer, columns: Sequence[str], folder: Path) -> Path:
    """The layer with some of its columns as `folder`/NAME.pmtiles."""
    slim = replace(layer, columns=[column for column in layer.columns if column.name in columns])
    path = folder / f"{layer.name}.pmtiles"
    with whole_file(path) as temporary:
        translate(slim, temporary, "PMTiles", NAME=layer.name, MINZOOM=MIN_ZOOM, MAXZOOM=MAX_ZOOM)
    return path
