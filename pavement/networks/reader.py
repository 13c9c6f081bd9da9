"""Reading a network: layers `routes`, `kiloposts` and, where there are any, `attributes`, `roads`, `municipalities`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely import LineString

from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.networks.cache import fingerprint, load, save
from pavement.networks.layers import Layers, Table, find_layers, read_layer, read_polylines, text
from pavement.road import Attribute, Kilopost, Network, RoadKey, Route
from pavement.scales import Feature, build_scales

ROUTE_FACTS = ("road_class", "prefecture", "manager", "office", "kp_style", "primary_route")
DO_DESCRIBE = "give a GeoPackage or folder as docs/network.md describes"


def read_network(path: Path, cache: Path | None = None) -> Network:
    """The network in a GeoPackage or a folder; raises BadInput with the file, what is wrong and what to do.

    What reading a large one made is kept beside it, or in the folder `cache`, and taken from there the next time, see
    `pavement.networks.cache`.
    """
    if not path.exists():
        raise BadInput("does not exist", file=path, do="give the network's GeoPackage or folder")
    key = fingerprint(path, cache)
    network = load(path, key, cache)
    if network is None:
        network = parse_network(find_layers(path), path, key)
        if save(path, network, cache):
            return load(path, key, cache) or network  # mapped, not held in memory
    return network


def parse_network(layers: Layers, path: Path, key: str) -> Network:
    """The network from its layers; `key` is its fingerprint."""
    routes = read_layer(layers, "routes")
    if routes is None or not len(routes):
        raise BadInput("has no layer 'routes'", file=path, do=DO_DESCRIBE)
    posts = read_layer(layers, "kiloposts")
    middle = routes.geometry.union_all().centroid
    plane = LocalPlane(round(middle.x, 4), round(middle.y, 4))
    kiloposts = [] if posts is None else to_kiloposts(posts, plane, layers["kiloposts"][0])
    built, anomalies = to_routes(routes, kiloposts, plane, layers["routes"][0])
    areas = read_layer(layers, "municipalities")
    return Network(
        plane=plane,
        routes=built,
        attributes=read_attributes(layers),
        roads=read_polylines(layers, "roads", plane),
        municipalities=() if areas is None else to_areas(areas, plane),
        anomalies=tuple(anomalies),
        fingerprint=key,
    )


def to_kiloposts(posts: gpd.GeoDataFrame, plane: LocalPlane, file: Path) -> list[Kilopost]:
    """The posts; one without a number is left out."""
    middles = shapely.centroid(posts.geometry.to_numpy())  # a MultiPoint of one point is a point
    xy = plane.to_metres(shapely.get_x(middles), shapely.get_y(middles))
    table = Table(posts, file, "kiloposts")
    columns = table.roads(), table.carriageways(), table.numbers("kp_km").tolist(), *xy.T.tolist()
    return [Kilopost(road, way, kp, x, y) for road, way, kp, x, y in zip(*columns, strict=True) if kp == kp]


def in_plane(geometry: shapely.Geometry, plane: LocalPlane) -> shapely.Geometry:
    """A geometry in metres."""

    def move(c: NDArray[Any]) -> NDArray[Any]:
        return plane.to_metres(c[:, 0], c[:, 1])

    return shapely.transform(shapely.force_2d(geometry), move)


def merge_parts(whole: shapely.Geometry) -> list[Any]:
    """The parts of a multi-line, joined where one ends and another begins, in the order of their first pieces."""
    pieces = [tuple(shapely.get_coordinates(piece)[0]) for piece in shapely.get_parts(whole)]
    merged = shapely.get_parts(shapely.line_merge(whole, directed=True))
    return sorted(merged, key=lambda line: pieces.index(tuple(shapely.get_coordinates(line)[0])))


def to_routes(
    routes: gpd.GeoDataFrame, posts: Sequence[Kilopost], plane: LocalPlane, file: Path
) -> tuple[tuple[Route, ...], list[str]]:
    """The managed lines with their scales, in the rows' order; the parts of a multi-line are one line where they touch,
    else several.
    """
    rows, anomalies = read_features(routes, plane, file)
    by_road: dict[RoadKey, list[Kilopost]] = {}
    for post in posts:
        by_road.setdefault(post.road, []).append(post)
    of_road: dict[RoadKey, list[int]] = {}
    for k, (_, road, _) in enumerate(rows):
        of_road.setdefault(road, []).append(k)
    built: dict[int, Route] = {}
    for road, members in of_road.items():
        found = build_scales([rows[k][2] for k in members], by_road.get(road, []))
        anomalies += [f"{road.slug()}: {each}" for each in found.wrong]
        for k, scale, length in zip(members, found.scales, found.lengths, strict=True):
            row, _, feature = rows[k]
            facts = {name: value for name in ROUTE_FACTS if (value := text(row.get(name)))}
            name, link_id = text(row.get("name")) or f"{road.road_type}{road.route_no}号", text(row.get("id"))
            way, line = feature.carriageway, feature.line
            built[k] = Route(k, road, way, name, line, scale, plane, link_id, facts, length)
    return tuple(built[k] for k in range(len(rows))), anomalies


def read_features(
    routes: gpd.GeoDataFrame, plane: LocalPlane, file: Path
) -> tuple[list[tuple[dict[str, Any], RoadKey, Feature]], list[str]]:
    """Every line with its row and its road, and what was left out."""
    table = Table(routes, file, "routes")
    ledgers, starts = table.numbers("ledger_length_m").tolist(), table.numbers("start_km").tolist()
    columns = table.roads(), table.carriageways(), ledgers, starts, routes.geometry, routes.to_dict("records")
    found, left_out = [], []
    for number, (road, way, ledger, start, shape, row) in enumerate(zip(*columns, strict=True)):
        begins = None if np.isnan(start) else start  # declared for the row's first part only
        for line in merge_parts(in_plane(shape, plane)):
            if not isinstance(line, LineString) or line.length < 1:
                left_out.append(f"{road.slug()}: 線でない図形を除いた")
                continue
            length = None if np.isnan(ledger) else ledger
            cumulative = text(row.get("kp_style")) == "cumulative"
            found.append((row, road, Feature(line, way, length, number, begins, cumulative)))
            begins = None
    return found, left_out


def read_attributes(layers: Layers) -> tuple[Attribute, ...]:
    """The ledger's table; empty where there is none."""
    if "attributes" not in layers:
        return ()
    file, layer = layers["attributes"]
    frame: pd.DataFrame = pyogrio.read_dataframe(file, layer=layer, read_geometry=False)
    table = Table(frame, file, "attributes")
    low, high = table.numbers("from_kp_km"), table.numbers("to_kp_km")
    if np.isnan(low).any() or np.isnan(high).any():
        raise BadInput("layer 'attributes' has a row without from_kp_km or to_kp_km", file=file, do="fill it in")
    since = [word[:10].replace("/", "-") for word in table.words("valid_from").tolist()]
    words = (table.words(name).tolist() for name in ("attribute", "value"))
    columns = table.roads(), low.tolist(), high.tolist(), *words, since
    return tuple(
        Attribute(road, begin, end, name, value, valid)
        for road, begin, end, name, value, valid in zip(*columns, strict=True)
        if name and value
    )


def to_areas(areas: gpd.GeoDataFrame, plane: LocalPlane) -> tuple[tuple[str, shapely.Geometry], ...]:
    """Municipalities."""
    names = Table(areas, Path(), "municipalities").words("name").tolist()
    return tuple((name, in_plane(area, plane)) for name, area in zip(names, areas.geometry, strict=True) if name)
