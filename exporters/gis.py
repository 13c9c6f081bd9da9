"""segments.gpkg: the layers segments, defects and frames for the office's GIS, EPSG:4326."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from exporters.lines import SegmentLines
from exporters.tables import DEFECTS, FRAMES, SEGMENTS, Column, Kind
from exporters.wording import last_day
from pavement.files import whole_file
from pavement.record import Survey

CRS = "EPSG:4326"
_DTYPES = {Kind.TEXT: "object", Kind.COUNT: "Int64", Kind.NUMBER: "float64"}


def export_gis(survey: Survey, out: Path) -> list[Path]:
    """One GeoPackage; a layer without records is there with its columns and no rows."""
    placed = [f for f in survey.frames if f.lon is not None and f.lat is not None]
    path = out / "segments.gpkg"
    with whole_file(path) as temporary, _pinned_clock(survey):
        cut = SegmentLines(survey.routes)
        lines = [cut.of(segment) for segment in survey.segments]
        _write_layer(temporary, "segments", SEGMENTS, survey.segments, lines, "LineString")
        _write_layer(temporary, "defects", DEFECTS, survey.defects, _points(survey.defects), "Point")
        _write_layer(temporary, "frames", FRAMES, placed, _points(placed), "Point")
    return [path]


def _points(records: Sequence[Any]) -> Sequence[BaseGeometry]:
    """One point a record."""
    return [shapely.Point(record.lon, record.lat) for record in records]


def _write_layer(
    path: Path,
    layer: str,
    columns: Sequence[Column],
    records: Sequence[object],
    shapes: Sequence[BaseGeometry | None],
    geometry_type: str,
) -> None:
    """Append one layer; the columns' types do not depend on the rows."""
    data = {c.name: pd.Series([c.value(r) for r in records], dtype=_DTYPES[c.kind]) for c in columns}
    frame = geopandas.GeoDataFrame(data, geometry=geopandas.GeoSeries(list(shapes), crs=CRS))
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", geometry_type=geometry_type)


@contextmanager
def _pinned_clock(survey: Survey) -> Iterator[None]:
    """GeoPackages carry the time of their last change: take the survey's last day for it."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{last_day(survey):%Y-%m-%dT%H:%M:%S.000Z}"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
