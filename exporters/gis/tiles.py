"""tiles/*.pmtiles: segments and defects as vector tiles, for maps in a browser without a tile server."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from exporters.gis.tile_archive import About, tile_number, write_archive
from exporters.gis.tile_levels import MOST, Level, Rows, Shapes, defect_levels, segment_levels
from exporters.tables import DEFECTS, SEGMENTS, Column, Kind
from pavement.files import whole_file
from pavement.record import Survey
from pavement.vector_tiles.encoding import encode_table
from pavement.vector_tiles.grid import EXTENT, PIXEL, TileKey, degrees, tiles_under

FOLDER = "tiles"
ZOOMS = tuple(range(7, 14))  #: from a prefecture in two tiles to 1 m a step; browsers enlarge further
#: Columns in every tile; all others are in the GeoPackage.
COLUMNS = {
    "segments": "road_type route_no branch_no kind direction from_kp_km to_kp_km crack_pct rut_mm iri_mm_per_m "
    "potholes rating coverage_pct flags surveyed_on",
    "defects": "defect_id category road_type route_no direction kp_km length_m width_m area_m2 depth_mm",
}


def export_pmtiles(survey: Survey, out: Path) -> list[Path]:
    """One file a layer; a layer without features has none."""
    written = []
    columns = _columns("segments", SEGMENTS)
    if levels := segment_levels(survey, columns, ZOOMS):
        written.append(write_pmtiles("segments", columns, levels, out / FOLDER))
    columns = _columns("defects", DEFECTS)
    if levels := defect_levels(survey.defects, columns, ZOOMS):
        written.append(write_pmtiles("defects", columns, levels, out / FOLDER))
    return written


def _columns(layer: str, columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.name in COLUMNS[layer].split()]


def write_pmtiles(name: str, columns: Sequence[Column], levels: Sequence[Level], folder: Path) -> Path:
    """The levels, one a zoom of `ZOOMS`, as `folder`/NAME.pmtiles."""
    fields = {column.name: "String" if column.kind is Kind.TEXT else "Number" for column in columns}
    corners = np.array(shapely.total_bounds(levels[-1].shapes)).reshape(2, 2)
    (west, north), (east, south) = degrees(corners).tolist()
    words = "; ".join(f"z{zoom}: {level.shows}" for zoom, level in zip(ZOOMS, levels, strict=True))
    about = About(name, words, fields, (ZOOMS[0], ZOOMS[-1]), (west, south, east, north))
    path = folder / f"{name}.pmtiles"
    with whole_file(path) as temporary:
        write_archive(temporary, about, _tiles(name, levels))
    return path


def _tiles(name: str, levels: Sequence[Level]) -> Iterator[tuple[TileKey, bytes]]:
    for zoom, level in zip(ZOOMS, levels, strict=True):
        for key, shapes, rows in _within(level, zoom):
            yield key, gzip.compress(encode_table(name, shapes, level.table, rows), 6, mtime=0)


def _within(level: Level, zoom: int) -> Iterator[tuple[TileKey, Shapes, Rows]]:
    """Tile by tile, as the file has them: shapes in the tile's coordinates and their rows."""

    def on_grid(places: Any) -> Any:
        return np.rint(places * (EXTENT << zoom))

    shapes = shapely.simplify(shapely.transform(level.shapes, on_grid), PIXEL)
    owner, tiles = tiles_under(shapely.bounds(shapes), zoom)
    keys, which = np.unique(tiles, axis=0, return_inverse=True)
    number = np.array([tile_number(TileKey(zoom, *key)) for key in keys.tolist()])[which.ravel()]
    order = np.argsort(number, kind="stable")
    bounds = np.flatnonzero(np.diff(number[order], prepend=-1, append=-1)).tolist()
    most = None if zoom == ZOOMS[-1] else -MOST  # the worst are last
    for start, end in pairwise(bounds):
        own = owner[order[start:end]][most:]
        key = TileKey(zoom, *tiles[order[start]].tolist())
        corner = np.array([key.x, key.y]) * EXTENT
        yield key, shapely.transform(shapes[own], partial(np.add, -corner)), level.rows[own]
