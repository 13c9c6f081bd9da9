"""Reading a network: layers `routes`, `kiloposts` and, where there are any, `attributes`, `roads`, `municipalities`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely import LineString

from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.road import Attribute, Carriageway, Kilopost, Network, RoadKey, Route, build_scale

ROUTE_FACTS = ("road_class", "prefecture", "manager", "office", "kp_style", "primary_route")
NATIONAL = "一般国道"


def read_network(path: Path) -> Network:
    """The network in a GeoPackage or a folder; raises BadInput with the file, what is wrong and what to do."""
    layers = find_layers(path)
    routes = read_layer(layers, "routes", path)
    if routes is None or not len(routes):
        raise BadInput(
            "has no layer 'routes'", file=path, do="give a GeoPackage or folder as docs/network.md describes"
        )
    posts = read_layer(layers, "kiloposts", path)
    middle = routes.geometry.union_all().centroid
    plane = LocalPlane(round(middle.x, 4), round(middle.y, 4))
    kiloposts = [] if posts is None else to_kiloposts(posts, plane, path)
    built, anomalies = to_routes(routes, kiloposts, plane, path)
    roads, areas = read_layer(layers, "roads", path), read_layer(layers, "municipalities", path)
    return Network(
        plane=plane,
        routes=built,
        attributes=read_attributes(layers, path),
        roads=() if roads is None else to_roads(roads, plane),
        municipalities=() if areas is None else to_areas(areas, plane),
        anomalies=tuple(anomalies),
        fingerprint=fingerprint(path),
    )


def find_layers(path: Path) -> dict[str, tuple[Path, str | None]]:
    """Layer name → (file, layer in it)."""
    if not path.exists():
        raise BadInput("does not exist", file=path, do="give the network's GeoPackage or folder")
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in {".geojson", ".json", ".shp", ".gpkg", ".csv"})
        return {p.stem: (p, None) for p in files}
    try:
        return {str(name): (path, str(name)) for name, _ in pyogrio.list_layers(path)}
    except Exception as error:
        raise BadInput(f"is no readable GeoPackage ({error})", file=path, do="export it again") from error


def read_layer(layers: dict[str, tuple[Path, str | None]], name: str, path: Path) -> gpd.GeoDataFrame | None:
    """A layer in lon/lat, or None where there is none; a layer without a declared CRS is refused."""
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
        raise BadInput(
            f"layer '{name}' declares no coordinate system", file=file, do="set its CRS (JGD2011 is EPSG:6668)"
        )
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    return frame.to_crs(4326) if len(frame) else frame


def text(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, nothing for empty.

    >>> text(4.0), text(float("nan")), text(" 4 ")
    ('4', None, '4')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip() or None


def number(row: Any, column: str, path: Path, layer: str) -> float | None:
    """A cell as a number, None for empty."""
    value = text(row.get(column))
    try:
        return None if value is None else float(value)
    except ValueError:
        raise BadInput(f"layer '{layer}': {column} is '{value}'", file=path, do="write a number") from None


def road_key(row: Any, path: Path, layer: str) -> RoadKey:
    """The key in a row, with the contract's defaults."""
    number = text(row.get("route_no"))
    if number is None:
        raise BadInput(f"layer '{layer}' has a row without route_no", file=path, do="fill it in")
    return RoadKey(
        road_type=text(row.get("road_type")) or NATIONAL,
        route_no=number,
        branch_no=(text(row.get("branch_no")) or "000").zfill(3),
        kind=text(row.get("kind")) or "現道",
    )


def carriageway(row: Any, path: Path) -> Carriageway:
    """Both / down / up; both where it is not given."""
    value = text(row.get("carriageway")) or "both"
    try:
        return Carriageway(value)
    except ValueError:
        raise BadInput(f"carriageway is '{value}'", file=path, do="use both, down or up") from None


def to_kiloposts(posts: gpd.GeoDataFrame, plane: LocalPlane, path: Path) -> list[Kilopost]:
    """The posts; one without a number is left out."""
    middles = shapely.centroid(posts.geometry.to_numpy())  # a MultiPoint of one point is a point
    xy = plane.to_metres(shapely.get_x(middles), shapely.get_y(middles))
    return [
        Kilopost(road_key(row, path, "kiloposts"), carriageway(row, path), kp_km, float(x), float(y))
        for (_, row), (x, y) in zip(posts.iterrows(), xy, strict=True)
        if (kp_km := number(row, "kp_km", path, "kiloposts")) is not None
    ]


def in_plane(geometry: shapely.Geometry, plane: LocalPlane) -> shapely.Geometry:
    """A geometry in metres."""

    def move(c: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return plane.to_metres(c[:, 0], c[:, 1])

    return shapely.transform(shapely.force_2d(geometry), move)


def merge_parts(whole: shapely.Geometry) -> list[Any]:
    """The parts of a multi-line, joined where one ends and another begins, in the order of their first pieces."""
    pieces = [tuple(shapely.get_coordinates(piece)[0]) for piece in shapely.get_parts(whole)]
    merged = shapely.get_parts(shapely.line_merge(whole, directed=True))
    return sorted(merged, key=lambda line: pieces.index(tuple(shapely.get_coordinates(line)[0])))


def to_routes(
    routes: gpd.GeoDataFrame, posts: list[Kilopost], plane: LocalPlane, path: Path
) -> tuple[tuple[Route, ...], list[str]]:
    """The managed lines with their scales; the parts of a multi-line are one line where they touch, else several in a
    row.
    """
    by_road: dict[RoadKey, list[Kilopost]] = {}
    for post in posts:
        by_road.setdefault(post.road, []).append(post)
    built: list[Route] = []
    anomalies: list[str] = []
    for _, row in routes.iterrows():
        road, way = road_key(row, path, "routes"), carriageway(row, path)
        parts = merge_parts(in_plane(row.geometry, plane))
        ledger, length_m = number(row, "ledger_length_m", path, "routes"), float(shapely.length(parts).sum())
        stretch = ledger / length_m if ledger and length_m else 1.0
        gone_m = 0.0  # on earlier parts
        for line in parts:
            if not isinstance(line, LineString) or line.length < 1:
                anomalies.append(f"{road.slug()}: 線でない図形を除いた")
                continue
            mine, counted_m = by_road.get(road, []), line.length * stretch
            scale, wrong = build_scale(line, way, mine, ledger_length_m=counted_m, start_km=gone_m / 1000)
            gone_m += counted_m
            anomalies += [f"{road.slug()} {way.value}: {each}" for each in wrong]
            facts = {name: value for name in ROUTE_FACTS if (value := text(row.get(name)))}
            name = text(row.get("name")) or f"{road.road_type}{road.route_no}号"
            built.append(Route(len(built), road, way, name, line, scale, plane, text(row.get("id")), facts))
    return tuple(built), anomalies


def read_attributes(layers: dict[str, tuple[Path, str | None]], path: Path) -> tuple[Attribute, ...]:
    """The ledger's table; empty where there is none."""
    if "attributes" not in layers:
        return ()
    file, layer = layers["attributes"]
    frame = pyogrio.read_dataframe(file, layer=layer, read_geometry=False)

    def ends(row: Any) -> tuple[float, float]:
        low, high = (number(row, column, path, "attributes") for column in ("from_kp_km", "to_kp_km"))
        if low is None or high is None:
            raise BadInput("layer 'attributes' has a row without from_kp_km or to_kp_km", file=path, do="fill it in")
        return low, high

    return tuple(
        Attribute(road_key(row, path, "attributes"), *ends(row), name, value)
        for _, row in frame.iterrows()
        if (name := text(row.get("attribute"))) and (value := text(row.get("value")))
    )


def to_roads(roads: gpd.GeoDataFrame, plane: LocalPlane) -> tuple[tuple[str | None, shapely.LineString], ...]:
    """Background roads, each part by itself."""
    return tuple(
        (text(row.get("id")), line)
        for _, row in roads.iterrows()
        for line in shapely.get_parts(in_plane(row.geometry, plane))
        if isinstance(line, shapely.LineString) and line.length > 0
    )


def to_areas(areas: gpd.GeoDataFrame, plane: LocalPlane) -> tuple[tuple[str, shapely.Geometry], ...]:
    """Municipalities."""
    return tuple(
        (name, in_plane(row.geometry, plane)) for _, row in areas.iterrows() if (name := text(row.get("name")))
    )


def fingerprint(path: Path) -> str:
    """SHA-256 over the network's files."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
