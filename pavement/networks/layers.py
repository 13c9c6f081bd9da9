"""The layers of a network's files: found, read, brought to lon/lat or metres, and their columns as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.road import Carriageway, Polylines, RoadKey

NATIONAL = "一般国道"
KEY = ("road_type", "route_no", "branch_no", "kind")
LONG_NAMES = ("carriageway", "primary_route", "ledger_length_m")
SUFFIXES = frozenset({".geojson", ".json", ".shp", ".gpkg", ".csv"})

Layers = Mapping[str, tuple[Path, str | None]]


def find_layers(path: Path) -> Layers:
    """Layer name → (file, layer in it)."""
    if path.is_dir():
        return {p.stem: (p, None) for p in sorted(path.iterdir()) if p.suffix.lower() in SUFFIXES}
    try:
        return {str(name): (path, str(name)) for name, _ in pyogrio.list_layers(path)}
    except Exception as error:
        raise BadInput(f"is no readable GeoPackage ({error})", file=path, do="export it again") from error


def read_layer(layers: Layers, name: str) -> gpd.GeoDataFrame | None:
    """A layer in lon/lat without rows that have no place, or None where there is none; a layer without a declared CRS
    is refused.
    """
    if name not in layers:
        return None
    file, layer = layers[name]
    try:
        frame = gpd.read_file(file, layer=layer) if layer else gpd.read_file(file)
    except Exception as error:
        raise BadInput(f"layer '{name}' cannot be read ({error})", file=file, do="export it again") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise BadInput(f"layer '{name}' has no geometry", file=file, do="export it with its geometry")
    if frame.crs is None:
        raise _no_crs(file, name)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].rename(columns=whole_name)
    return frame.to_crs(4326) if len(frame) else frame


def whole_name(header: str) -> str:
    """The name of a column that a Shapefile cut after ten letters.

    >>> whole_name("carriagewa"), whole_name("kind")
    ('carriageway', 'kind')
    """
    return next((name for name in LONG_NAMES if header == name[:10]), header)


def read_polylines(layers: Layers, name: str, plane: LocalPlane) -> Polylines:
    """The lines of a layer with their `id`, each part by itself; a million of them without an object a line."""
    if name not in layers:
        return Polylines.of()
    file, layer = layers[name]
    try:
        meta, _, wkb, columns = pyogrio.raw.read(file, layer=layer, columns=["id"], force_2d=True)
        shapes = shapely.from_wkb(wkb) if wkb is not None else None
    except Exception as error:
        raise BadInput(f"layer '{name}' cannot be read ({error})", file=file, do="export it again") from error
    if shapes is None:
        raise BadInput(f"layer '{name}' has no geometry", file=file, do="export it with its geometry")
    if meta["crs"] is None:
        raise _no_crs(file, name)
    parts, row = shapely.get_parts(shapes, return_index=True)
    lines = np.flatnonzero((shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 0))
    coords = shapely.get_coordinates(parts[lines])
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(parts[lines]))]).astype(np.int64)
    ids = texts(columns[0])[row[lines]] if len(columns) else np.full(len(lines), "")
    return Polylines(to_metres(coords, CRS.from_user_input(meta["crs"]), plane), starts, ids)


def to_metres(coords: NDArray[np.float64], crs: CRS, plane: LocalPlane) -> NDArray[np.float64]:
    """Points (n, 2) of a file in metres of the plane."""
    lon, lat = coords[:, 0], coords[:, 1]
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    if not to_degrees.definition.startswith("proj=noop"):
        lon, lat = to_degrees.transform(lon, lat)
    return plane.to_metres(lon, lat)


def _no_crs(file: Path, name: str) -> BadInput:
    return BadInput(f"layer '{name}' declares no coordinate system", file=file, do="set its CRS (JGD2011 is EPSG:6668)")


def text(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, nothing for empty.

    >>> text(4.0), text(float("nan")), text(" 4 ")
    ('4', None, '4')
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip() or None


def texts(column: NDArray[Any]) -> NDArray[np.str_]:
    """Cells as texts of one width, "" for empty; equal ones are read once."""
    if column.dtype.kind in "iu":
        return column.astype(np.str_)
    codes, values = pd.factorize(column)
    if pd.api.types.infer_dtype(values) == "string":
        words = np.char.strip(values.astype(np.str_)) if len(values) else np.empty(0, np.str_)
    else:
        words = np.array([text(value) or "" for value in values], np.str_)
    return np.append(words, "")[codes]


@dataclass(frozen=True)
class Table:
    """The cells of a layer by column; `file` and `layer` are named where one cannot be used."""

    frame: pd.DataFrame
    file: Path
    layer: str

    def __len__(self) -> int:
        return len(self.frame)

    def words(self, column: str) -> NDArray[np.str_]:
        """(n,) texts, "" for empty or where there is no such column."""
        if column not in self.frame:
            return np.full(len(self.frame), "")
        return texts(self.frame[column].to_numpy())

    def numbers(self, column: str) -> NDArray[np.float64]:
        """(n,) numbers, NaN for empty."""
        words = self.words(column)
        try:
            return np.where(words == "", "nan", words).astype(float)
        except ValueError:
            wrong = next(word for word in words.tolist() if word and not _is_number(word))
            raise BadInput(
                f"layer '{self.layer}': {column} is '{wrong}'", file=self.file, do="write a number"
            ) from None

    def roads(self) -> list[RoadKey]:
        """(n,) keys, with the contract's defaults."""
        columns = [self.words(name) for name in KEY]
        if (columns[1] == "").any():
            raise BadInput(f"layer '{self.layer}' has a row without route_no", file=self.file, do="fill it in")
        codes, first = _groups(columns)
        keys = [
            RoadKey(road_type or NATIONAL, route_no, (branch_no or "000").zfill(3), kind or "現道")
            for road_type, route_no, branch_no, kind in zip(*(c[first].tolist() for c in columns), strict=True)
        ]
        return [keys[code] for code in codes.tolist()]

    def carriageways(self) -> list[Carriageway]:
        """(n,) both / down / up; both where it is not given."""
        words = self.words("carriageway").tolist()
        try:
            known = {word: Carriageway(word or "both") for word in set(words)}
        except ValueError:
            wrong = next(word for word in words if word not in ("", *Carriageway))
            raise BadInput(f"carriageway is '{wrong}'", file=self.file, do="use both, down or up") from None
        return [known[word] for word in words]


def _groups(columns: Sequence[NDArray[np.str_]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group number of every row by its cells, and the first row of every group."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes, values = pd.factorize(column)
        number = number * max(len(values), 1) + codes
    _, first, codes = np.unique(number, return_index=True, return_inverse=True)
    return codes, first


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
