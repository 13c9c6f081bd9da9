"""geojson/: each layer as RFC 7946 has it (WGS 84, no crs member), with its QGIS style beside."""

from __future__ import annotations

from pathlib import Path

from exporters.gis.layers import Layer, layers_of
from exporters.gis.styles import layer_style
from exporters.gis.translate import translate
from pavement.files import whole_file, write_whole
from pavement.record import Survey

FOLDER = "geojson"


def export_geojson(survey: Survey, out: Path) -> list[Path]:
    """One file and one style a layer."""
    written = []
    for layer in layers_of(survey):
        written.append(write_geojson(layer, out / FOLDER / f"{layer.name}.geojson"))
        written.append(written[-1].with_suffix(".qml"))
        write_whole(written[-1], layer_style(layer.name, layer.columns).encode())
    return written


def write_geojson(layer: Layer, path: Path) -> Path:
    """A FeatureCollection; what is not known is null."""
    with whole_file(path) as temporary:
        translate(layer, temporary, "GeoJSON", RFC7946="YES")
    return path
