"""A whole made-up prefecture, and its GeoPackage in the contract's layers and columns."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from pavement.geo import LocalPlane
from pavement.road import Kilopost
from pavement.simulate.prefecture.administration import administer
from pavement.simulate.prefecture.background import concatenated, make_background
from pavement.simulate.prefecture.ledger import features_of, posts_of
from pavement.simulate.prefecture.skeleton import make_skeleton
from pavement.simulate.prefecture.spec import ORIGIN_LONLAT, Feature, Lines, Prefecture, PrefectureSpec
from pavement.simulate.prefecture.streets import make_streets

CRS = "EPSG:6668"
PLANE = LocalPlane(*ORIGIN_LONLAT)


def make_prefecture(spec: PrefectureSpec) -> Prefecture:
    """The prefecture of `spec`; the same for the same spec."""
    skeleton = make_skeleton(spec)
    made = administer(spec, skeleton)
    streets, roundabouts = make_streets(spec, skeleton, made)
    rng = np.random.default_rng([spec.seed, 25])
    sizes = [len(line) for line in streets.roads]
    own = Lines(np.vstack(streets.roads), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
    return Prefecture(
        spec=spec,
        features=(*features_of(made), *streets.features),
        posts=(*posts_of(made, rng), *streets.posts),
        roads=concatenated([own, make_background(spec, skeleton.nodes, streets.links)]),
        nodes=np.array(streets.nodes),
        roundabouts=roundabouts,
        links=tuple(streets.links),
    )


def write_prefecture(path: Path, prefecture: Prefecture) -> None:
    """Layers routes, kiloposts and roads."""
    roads = prefecture.roads
    lines = {
        "routes": route_rows(prefecture.features),
        "kiloposts": post_rows(prefecture.posts),
        "roads": gpd.GeoDataFrame(
            {"id": [f"B{index:07d}" for index in range(len(roads))]},
            geometry=shapely.linestrings(
                PLANE.to_degrees(roads.xy), indices=np.repeat(np.arange(len(roads)), np.diff(roads.starts))
            ),
            crs=CRS,
        ),
    }
    for layer, frame in lines.items():
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")


def route_rows(features: tuple[Feature, ...]) -> gpd.GeoDataFrame:
    """The layer `routes`."""
    rows = [
        {
            "id": f"R{index:04d}",
            "road_type": each.road.road_type,
            "route_no": each.road.route_no,
            "branch_no": each.road.branch_no,
            "kind": each.road.kind,
            "name": f"{each.road.road_type}{each.road.route_no}号",
            "carriageway": each.carriageway.value,
            "manager": "模擬県",
            "prefecture": "模擬県",
            "road_class": "B",
            "primary_route": each.primary_route,
            "kp_style": "cumulative" if each.cumulative else "post",
            "ledger_length_m": each.ledger_length_m,
        }
        for index, each in enumerate(features)
    ]
    lines = [shapely.LineString(PLANE.to_degrees(each.xy)) for each in features]
    return gpd.GeoDataFrame(rows, geometry=lines, crs=CRS)


def post_rows(posts: tuple[Kilopost, ...]) -> gpd.GeoDataFrame:
    """The layer `kiloposts`."""
    lonlat = PLANE.to_degrees(np.array([(post.x, post.y) for post in posts]).reshape(-1, 2))
    rows = {
        "road_type": [post.road.road_type for post in posts],
        "route_no": [post.road.route_no for post in posts],
        "branch_no": [post.road.branch_no for post in posts],
        "kind": [post.road.kind for post in posts],
        "carriageway": [post.carriageway.value for post in posts],
        "kp_km": [post.kp_km for post in posts],
        "source": ["模擬"] * len(posts),
    }
    return gpd.GeoDataFrame(rows, geometry=shapely.points(lonlat), crs=CRS)
