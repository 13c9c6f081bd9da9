"""The layers as values: records, columns and shapes; built into frames a part at a time, so that memory is bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from pavement.record import Survey

CRS = "EPSG:4326"
PART = 20_000  #: records that are in memory as a frame at once
_DTYPES = {Kind.TEXT: "object", Kind.COUNT: "Int64", Kind.NUMBER: "float64"}

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Layer:
    """A layer: what its rows are, which columns they have, where they lie."""

    name: str
    columns: Sequence[Column]
    records: Sequence[Any]
    shape: Callable[[Any], BaseGeometry | None]
    geometry_type: str

    def parts(self) -> Iterator[geopandas.GeoDataFrame]:
        """The rows as frames of at most `PART`; one without rows, but with typed columns, where there are none."""
        for first in range(0, max(len(self.records), 1), PART):
            records = self.records[first : first + PART]
            shapes = geopandas.GeoSeries([self.shape(record) for record in records], crs=CRS)
            yield geopandas.GeoDataFrame(self.values(records), geometry=shapes)

    def values(self, records: Sequence[Any]) -> dict[str, pd.Series]:
        """The columns of some records; their types do not depend on the rows."""
        return {c.name: pd.Series([c.value(r) for r in records], dtype=_DTYPES[c.kind]) for c in self.columns}


def layers_of(survey: Survey) -> list[Layer]:
    """segments, defects and frames; frames without a place are left out."""
    placed = [f for f in survey.frames if f.lon is not None and f.lat is not None]
    lines = SegmentLines(survey.routes)
    return [
        Layer("segments", SEGMENTS, survey.segments, lines.of, "LineString"),
        Layer("defects", DEFECTS, survey.defects, point_of, "Point"),
        Layer("frames", FRAMES, placed, point_of, "Point"),
    ]


def point_of(record: Any) -> BaseGeometry:
    """The point of a record."""
    return shapely.Point(record.lon, record.lat)


def write_layer(path: Path, layer: Layer, driver: str, **options: Any) -> None:
    """Write a layer, part by part; in a file that exists already it becomes a further layer."""
    for number, frame in enumerate(layer.parts()):
        pyogrio.write_dataframe(
            frame,
            path,
            layer=layer.name,
            driver=driver,
            geometry_type=layer.geometry_type,
            append=number > 0,
            **options,
        )


@contextmanager
def pinned_clock(survey: Survey) -> Iterator[None]:
    """GeoPackages carry the time of their last change: take the survey's last day for it."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{last_day(survey):%Y-%m-%dT%H:%M:%S.000Z}"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
