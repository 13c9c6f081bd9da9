"""OpenStreetMap extracts (.osm, .osm.pbf): highways for cars as background `roads`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import geopandas as gpd
import pyogrio

from pavement.errors import BadInput
from pavement.networks.intake import Intake, Refusal

#: ways that no patrol car drives on; service roads and tracks stay: cars leave the route on them
NOT_FOR_CARS = frozenset(
    {
        *("footway", "path", "steps", "cycleway", "pedestrian", "corridor", "bridleway", "elevator", "platform"),
        *(
            "proposed",
            "construction",
            "abandoned",
            "razed",
            "raceway",
            "bus_stop",
            "rest_area",
            "services",
            "via_ferrata",
        ),
    }
)
TAGS = ("oneway", "layer", "tunnel", "bridge", "junction", "ref")


def read_osm(path: Path) -> tuple[gpd.GeoDataFrame, Intake]:
    """Lines with id, name, highway and what matters for driving, and the account of all lines of the extract."""
    try:
        frame = pyogrio.read_dataframe(path, layer="lines", columns=["osm_id", "name", "highway", "other_tags"])
    except Exception as error:
        raise BadInput(f"cannot be read as OpenStreetMap ({error})", file=path, do="download it again") from error
    usable = frame["highway"].notna() & ~frame["highway"].isin(NOT_FOR_CARS)
    left_out = frame.loc[~usable, ["osm_id", "highway"]]
    refused = [
        Refusal(
            int(each), *("車の道でない", kind, "そのままでよい") if kind else ("道路でない線", "", "そのままでよい")
        )
        for each, kind in zip(left_out["osm_id"], left_out["highway"].fillna(""), strict=True)
    ]
    kept = frame[usable].reset_index(drop=True)
    roads = gpd.GeoDataFrame(
        {"id": kept["osm_id"].astype(str), "name": kept["name"], "highway": kept["highway"]},
        geometry=kept.geometry.to_numpy(),
        crs=kept.crs or 4326,
    )
    tags = kept["other_tags"].fillna("").astype(str)
    for name in TAGS:
        roads[name] = tags.str.extract(rf'"{name}"=>"([^"]*)"', expand=False)
    kinds = Counter(left_out["highway"].dropna())
    notes = [f"車の道でない線: {'、'.join(f'{kind} {n}' for kind, n in kinds.most_common())}"] if kinds else []
    return roads, Intake(path.name, "roads", len(frame), len(kept), refused, notes=notes)
