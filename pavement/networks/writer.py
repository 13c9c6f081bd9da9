"""The network's GeoPackage: what is there, what an import adds, and the table `meta` that says where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.networks.columns import LAYERS
from pavement.networks.values import plain

WGS84 = 4326
META = "meta"
META_COLUMNS = ("year", "source", "layer", "rows_in", "rows_taken", "rows_refused", "sha256", "imported_at", "software")
ROAD = ("road_type", "route_no", "branch_no", "kind")
#: what makes a row the same row: an import replaces all rows of the keys that it brings
KEYS: Mapping[str, tuple[str, ...]] = {
    "routes": (*ROAD, "carriageway"),
    "kiloposts": (*ROAD, "carriageway", "kp_km"),
    "attributes": (*ROAD, "carriageway", "from_kp_km", "to_kp_km", "attribute", "valid_from"),
    "roads": ("id",),
    "municipalities": ("name",),
}
DEFAULTS = {"road_type": "一般国道", "branch_no": "000", "kind": "現道", "carriageway": "both"}

Frames = dict[str, pd.DataFrame]


def read_frames(path: Path) -> Frames:
    """All layers of a network's GeoPackage, those of ours in lon/lat; layers of others as they are."""
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        frames = {name: pyogrio.read_dataframe(path, layer=name) for name in names}
    except Exception as error:
        raise BadInput(
            f"is no readable GeoPackage ({error})", file=path, do="give a network or another --out"
        ) from error
    for name in LAYERS:
        frame = frames.get(name)
        if isinstance(frame, gpd.GeoDataFrame):
            if frame.crs is None:
                raise BadInput(f"layer '{name}' declares no coordinate system", file=path, do="set its CRS")
            frames[name] = frame.to_crs(WGS84)
    return frames


def key_of(frame: pd.DataFrame, layer: str) -> pd.Series[str]:
    """One text a row that says which row it is."""
    parts = []
    for name in KEYS[layer]:
        column = frame[name] if name in frame else pd.Series([None] * len(frame), index=frame.index)
        texts = column.map(lambda cell: f"{cell:.4f}" if isinstance(cell, float | np.floating) else plain(cell))
        texts = texts.where(~texts.isin(["", "nan"]), DEFAULTS.get(name, ""))
        parts.append(texts.str.zfill(3) if name == "branch_no" else texts)
    return pd.Series(["\x1f".join(each) for each in zip(*parts, strict=True)], index=frame.index, dtype=object)


def with_ids(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Background roads that have no id get one from their shape, so that a second import finds them."""
    roads = roads.copy()
    given = roads["id"].map(plain) if "id" in roads else pd.Series([""] * len(roads), index=roads.index)
    made = [
        each or "g" + hashlib.sha256(bytes(shape)).hexdigest()[:12]
        for each, shape in zip(given, shapely.to_wkb(roads.geometry.to_numpy()), strict=True)
    ]
    return roads.assign(id=made)


def merge(old: pd.DataFrame | None, new: pd.DataFrame, layer: str) -> tuple[pd.DataFrame, int]:
    """The old rows but those whose key the new ones bring, then the new ones; and how many rows gave way."""
    if old is None or not len(old):
        return new, 0
    stays = ~key_of(old, layer).isin(set(key_of(new, layer)))
    parts = [frame.dropna(axis="columns", how="all") for frame in (old[stays], new) if len(frame)]
    both = pd.concat(parts, ignore_index=True)
    columns = list(dict.fromkeys([*new.columns, *old.columns]))
    both = both.reindex(columns=columns)
    if isinstance(new, gpd.GeoDataFrame):
        both = gpd.GeoDataFrame(both, geometry=new.geometry.name, crs=WGS84)
    return both, int((~stays).sum())


def merge_meta(old: pd.DataFrame | None, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The table `meta`: one row a table of a source and layer, the latest import's; those of a base keep its year."""
    new = pd.DataFrame(list(rows), columns=list(META_COLUMNS))
    if old is None or not {"source", "layer"} <= set(old.columns):
        return new
    again = set(zip(new["source"], new["layer"], strict=True))
    stays = [pair not in again for pair in zip(old["source"].map(plain), old["layer"].map(plain), strict=True)]
    return pd.concat([old[stays], new], ignore_index=True) if any(stays) else new


def year_of(frames: Frames) -> int | None:
    """The 年度 of a network; None where it does not say."""
    meta = frames.get(META)
    if meta is None or "year" not in meta or not len(meta):
        return None
    years = pd.to_numeric(meta["year"], errors="coerce").dropna()
    return int(years.max()) if len(years) else None


def write_frames(path: Path, frames: Frames) -> None:
    """Write all layers; the file is whole or not there."""
    with whole_file(path) as temporary:
        for name in sorted(frames, key=lambda n: ([*LAYERS, META].index(n) if n in (*LAYERS, META) else 99, n)):
            frame = frames[name]
            if len(frame.columns):
                pyogrio.write_dataframe(frame, temporary, layer=name, driver="GPKG")
