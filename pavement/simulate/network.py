"""The made-up road's network.gpkg in the contract's layers and columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from shapely import LineString, Point

from pavement.simulate.path import Route
from pavement.simulate.spec import ROAD, ROAD_NAME

VERTEX_EVERY_M = 8.0
PAVED_ON, REPAVED_ON = date(2009, 10, 1), date(2019, 10, 1)  #: before and after `repaved_kp_km`
DESIGN_LIFE_YEARS = 13
CRS = "EPSG:4326"
KEY = {"road_type": ROAD.road_type, "route_no": ROAD.route_no, "branch_no": ROAD.branch_no, "kind": ROAD.kind}


def write_network(path: Path, route: Route) -> None:
    """Layers routes, kiloposts, attributes (no geometry) and roads."""
    frames = {"routes": _routes(route), "kiloposts": _kiloposts(route), "roads": _roads(route)}
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-10-06T00:00:00.000Z"})  # the same file every time
    try:
        for layer, frame in frames.items():
            pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")
        pyogrio.write_dataframe(_attributes(route), path, layer="attributes", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _routes(route: Route) -> gpd.GeoDataFrame:
    s = np.append(np.arange(0.0, route.line.length_m - 1, VERTEX_EVERY_M), route.line.length_m)
    columns = KEY | {
        "id": "R1",
        "name": ROAD_NAME,
        "carriageway": "both",
        "manager": "青森県",
        "office": "模擬県民局地域整備部",
        "road_class": "B",
        "prefecture": "青森県",
        "primary_route": "",
        "kp_style": "post",
    }
    return gpd.GeoDataFrame([columns], geometry=[LineString(route.line.lonlat(s))], crs=CRS)


def _kiloposts(route: Route) -> gpd.GeoDataFrame:
    posts = route.posts
    on_line = posts.s_m <= route.line.length_m
    rows = [KEY | {"carriageway": "both", "kp_km": float(kp), "source": "模擬"} for kp in posts.kp_km[on_line]]
    places = [Point(*lonlat) for lonlat in route.line.lonlat(posts.s_m[on_line], posts.across_m[on_line])]
    return gpd.GeoDataFrame(rows, geometry=places, crs=CRS)


def repaved_kp_km(route: Route) -> float:
    """The post in the middle of the survey from which on the surface is newer."""
    surveyed = route.last_kp_km - route.first_kp_km
    return route.posts.below(route.first_kp_km + 0.1 * round(5 * surveyed))


def paved_on(route: Route, kp_km: float) -> date:
    """Since when the surface at `kp_km` has been in use."""
    return PAVED_ON if kp_km < repaved_kp_km(route) - 1e-6 else REPAVED_ON


def _attributes(route: Route) -> pd.DataFrame:
    """What the ledger says: one value for the whole road, but two dates of paving."""
    first, last = float(route.posts.kp_km[0]), float(route.posts.kp_at(route.line.length_m))
    values = {
        "surface": "アスファルト",
        "design_life_years": str(DESIGN_LIFE_YEARS),
        "lanes": "2",
        "municipality": "青森市",
    }
    middle = repaved_kp_km(route)
    spans = [(first, last, name, value, PAVED_ON) for name, value in values.items()]
    spans += [
        (first, middle, "paved_on", PAVED_ON.isoformat(), PAVED_ON),
        (middle, last, "paved_on", REPAVED_ON.isoformat(), REPAVED_ON),
    ]
    rows = [
        {"from_kp_km": round(low, 3), "to_kp_km": round(high, 3), "attribute": name, "value": value}
        | {"valid_from": since.isoformat()}
        for low, high, name, value, since in spans
    ]
    return pd.DataFrame([KEY | row for row in rows])


def _roads(route: Route) -> gpd.GeoDataFrame:
    """Two other roads: one that crosses in the middle of the survey, one that runs beside it."""
    line = route.line
    middle = (route.start_m + route.end_m) / 2
    crossing = line.lonlat(np.full(9, middle), np.linspace(-120.0, 140.0, 9))
    s = np.arange(0.0, line.length_m, 10.0)
    beside = line.lonlat(s, -38.0 - 0.04 * (s - middle))
    rows = [{"id": "B1", "name": "市道模擬1号線"}, {"id": "B2", "name": "農道模擬線"}]
    return gpd.GeoDataFrame(rows, geometry=[LineString(crossing), LineString(beside)], crs=CRS)
