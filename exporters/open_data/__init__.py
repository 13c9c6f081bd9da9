"""open-data/: what a prefecture puts on its open-data site: CSV, GeoJSON, GeoPackage, data dictionary, README."""

from __future__ import annotations

from pathlib import Path

from shapely.geometry.base import BaseGeometry

from exporters.dictionary import DICTIONARY_HEADS, dictionary_rows
from exporters.gis.geojson import write_geojson
from exporters.gis.geopackage import write_geopackage
from exporters.gis.layers import Layer, point_of
from exporters.lines import SegmentLines
from exporters.open_data.columns import TABLES, Published, published
from exporters.open_data.package import TITLES, data_package
from exporters.open_data.profile import Profile, completed, read_profile
from exporters.open_data.readme import readme
from exporters.tables import BOM, write_rows, write_table
from exporters.wording import shapes_by_road
from pavement.files import write_whole
from pavement.record import Survey
from pavement.segment import Segment

__all__ = ["FOLDER", "Profile", "export_open_data", "read_profile"]

FOLDER = "open-data"
GEOPACKAGE = "pavement.gpkg"
DICTIONARY = "data_dictionary.csv"
FILES = (
    *((f"{name}.csv", f"{title}(CSV、UTF-8 BOM付き)") for name, title in TITLES.items()),
    *((f"{name}.geojson", f"{title}(GeoJSON)") for name, title in TITLES.items()),
    (GEOPACKAGE, "同じ内容のGISデータ(GeoPackage、QGISでは判定の色で開く)"),
    (DICTIONARY, "項目の説明(日本語・英語) / data dictionary"),
    ("datapackage.json", "項目の型(Frictionless Data Package)"),
    ("README.txt", "この説明"),
)


def export_open_data(survey: Survey, out: Path, profile: Profile | None = None) -> list[Path]:
    """The package in `out`/open-data; raises BadInput where nobody is known to publish it."""
    about = completed(profile or read_profile(), survey)
    folder = out / FOLDER
    layers = _layers(survey)
    written = [write_table(folder / f"{layer.name}.csv", layer.columns, layer.records, BOM) for layer in layers]
    written += [write_geojson(layer, folder / f"{layer.name}.geojson") for layer in layers]
    written.append(write_geopackage(survey, layers, folder / GEOPACKAGE))
    written.append(write_rows(folder / DICTIONARY, DICTIONARY_HEADS, dictionary_rows(TABLES), BOM))
    for name, text in (
        ("datapackage.json", data_package(about, survey, TABLES)),
        ("README.txt", "\ufeff" + readme(about, survey, FILES)),
    ):
        write_whole(folder / name, text.encode())
        written.append(folder / name)
    return written


def _layers(survey: Survey) -> list[Layer]:
    """The two layers as they are published."""
    shapes, lines = shapes_by_road(survey.routes), SegmentLines(survey.routes)
    segments = [published(s, survey.year, shapes.get(s.road)) for s in survey.segments]
    defects = [published(d, survey.year, shapes.get(d.road)) for d in survey.defects]

    def line_of(row: Published) -> BaseGeometry | None:
        assert isinstance(row.record, Segment)
        return lines.of(row.record)

    return [
        Layer("segments", TABLES["segments"], segments, line_of, "LineString"),
        Layer("defects", TABLES["defects"], defects, lambda row: point_of(row.record), "Point"),
    ]
