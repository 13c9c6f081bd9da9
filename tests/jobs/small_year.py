"""Two 年度 of a small district: drives of two roads, three of them over the same road, made of one simulated drive."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.affinity import translate

OTHER_ROAD = "102"
OTHER_EAST_DEG = 0.06  #: about 5 km: so far the other road lies from the first
ALONG_DEG = (5.6e-6, -7.9e-6)  #: lon, lat of one metre along the simulated road
POINT = re.compile(r'lat="([-\d.]+)" lon="([-\d.]+)"><time>([^<]+)</time>')
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+09:00")


@dataclass(frozen=True)
class Patrol:
    """One drive of the year, as it differs from the simulated one."""

    vehicle: str
    days: int  #: later than the simulated one, which drove on 6 October 2026
    hours: float = 0.0
    along_m: float = 0.0  #: by so much its receiver erred
    other_road: bool = False
    every: int = 1  #: of its frames each n-th was taken


PATROLS = (
    Patrol("青森1", -365),
    Patrol("青森2", -365, hours=4, along_m=2.0),  # the same road, the same day: as good as the first
    Patrol("青森1", -462, along_m=3.5, every=2),  # the summer before, half the pictures
    Patrol("青森1", -364, other_road=True),
    Patrol("青森2", -169, along_m=1.0),  # April: the next 年度
    Patrol("青森2", -118, other_road=True, along_m=-1.5),
    Patrol("青森1", -117, other_road=True, hours=1),
)


def write_patrol(drive: Path, patrol: Patrol, out: Path) -> Path:
    """A drive folder like `drive`, but as the patrol says."""
    (out / "frames").mkdir(parents=True)
    later = timedelta(days=patrol.days, hours=patrol.hours)
    head, *frames = (drive / "frames.csv").read_text(encoding="utf-8").splitlines()
    kept = frames[:: patrol.every]
    for line in kept:
        name = line.partition(",")[0]
        shutil.copyfile(drive / name, out / name)
    moved = [MOMENT.sub(lambda found: _later(found[0], later), line) for line in kept]
    (out / "frames.csv").write_text("\n".join([head, *moved, ""]), encoding="utf-8")
    track = (drive / "track.gpx").read_text(encoding="utf-8")
    (out / "track.gpx").write_text(POINT.sub(_mover(patrol, later), track), encoding="utf-8")
    facts = (drive / "drive.toml").read_text(encoding="utf-8")
    facts = re.sub(r'vehicle = ".*"', f'vehicle = "{patrol.vehicle}"', facts)
    (out / "drive.toml").write_text(facts, encoding="utf-8")
    return out


def started_at(drive: Path) -> str:
    """When its first frame was taken."""
    found = MOMENT.search((drive / "frames.csv").read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


def write_district(network: Path, out: Path) -> Path:
    """The simulated road's network, and beside it the same road once more under another number."""
    for layer, geometry in pyogrio.list_layers(network):
        here = pyogrio.read_dataframe(network, layer=layer)
        there = here.copy()
        if "route_no" in there:
            there["route_no"] = OTHER_ROAD
        if "id" in there:
            there["id"] = there["id"] + "x"
        if geometry is not None:
            there["geometry"] = [translate(each, OTHER_EAST_DEG) for each in there.geometry]
            both: pd.DataFrame = gpd.GeoDataFrame(pd.concat([here, there], ignore_index=True), crs=here.crs)
        else:
            both = pd.concat([here, there], ignore_index=True)
        pyogrio.write_dataframe(both, out, layer=layer, driver="GPKG")
    return out


def write_year(drive: Path, folder: Path) -> Iterator[tuple[Patrol, Path]]:
    """The folder of every patrol's drive."""
    for number, patrol in enumerate(PATROLS):
        yield patrol, write_patrol(drive, patrol, folder / f"走行{number}")


def _later(text: str, by: timedelta) -> str:
    return (datetime.fromisoformat(text) + by).isoformat(timespec="milliseconds")


def _mover(patrol: Patrol, later: timedelta) -> Callable[[re.Match[str]], str]:
    east, north = (patrol.along_m * each for each in ALONG_DEG)
    east += OTHER_EAST_DEG * patrol.other_road

    def moved(found: re.Match[str]) -> str:
        when = datetime.fromisoformat(found[3].replace("Z", "+00:00")) + later
        time = when.isoformat().replace("+00:00", "Z")
        return f'lat="{float(found[1]) + north:.7f}" lon="{float(found[2]) + east:.7f}"><time>{time}</time>'

    return moved
