"""Public tracks with the way that was really driven: the benchmark of Kubička et al. and drives with a reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from pavement.clock import leap_seconds
from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.road import Carriageway, Network, Polylines, RoadKey, Route
from pavement.scales import build_scale
from pavement.sources import read_track
from pavement.track import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EPOCH_S = 1_000_000_000.0  #: Kubička's tracks count seconds from their start
STEP_M = 1.0  #: points of a reference closer than this are one: the car stood
GPS_EPOCH_S, WEEK_S = 315_964_800.0, 604_800.0
ROAD = RoadKey("市町村道", "the driven way", "000", "現道")


@dataclass(frozen=True)
class Driven:
    """A track, the way that was driven, and the other roads, all in degrees; `time_s`, `along_m`: when the car was
    where along the way (empty where that is not known).
    """

    name: str
    track: Track
    way: Floats  #: (n, 2) lon, lat
    roads: tuple[Floats, Ints]  #: coordinates (k, 2) and starts (m + 1,)
    time_s: Floats
    along_m: Floats

    def network(self) -> Network:
        """The way as the one managed route, driven one way, and the other roads as background."""
        lon, lat = (float(value) for value in self.way.mean(0))
        plane = LocalPlane(round(lon, 4), round(lat, 4))
        line = LineString(plane.to_metres(self.way[:, 0], self.way[:, 1]))
        scale, _ = build_scale(line, Carriageway.DOWN, [])
        route = Route(0, ROAD, Carriageway.DOWN, "driven", line, scale, plane)
        return Network(plane, (route,), roads=self.background(plane))

    def background(self, plane: LocalPlane) -> Polylines:
        """The other roads in a plane; their ids are their numbers."""
        coords, starts = self.roads
        xy = plane.to_metres(coords[:, 0], coords[:, 1]) if len(coords) else np.empty((0, 2))
        return Polylines(xy, starts, np.array([str(i) for i in range(len(starts) - 1)], np.str_))


def read_driven(folder: Path) -> Driven:
    """What a folder holds: `*.nodes, *.arcs, *.route, *.track`, or `reference.csv` with an RTKLIB solution `*.pos`."""
    if (folder / "reference.csv").is_file():
        return read_reference(folder)
    if sorted(folder.glob("*.arcs")):
        return read_kubicka(folder)
    raise BadInput(
        "holds neither *.arcs, *.nodes, *.route, *.track nor reference.csv and *.pos",
        file=folder,
        do="give one of both",
    )


def only(folder: Path, pattern: str) -> Path:
    """The one file of a name."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise BadInput(f"holds {len(found)} files {pattern}", file=folder, do="keep one")
    return found[0]


def read_kubicka(folder: Path) -> Driven:
    """A track of the benchmark (Kubička et al. 2015, "Dataset for testing and training of map-matching algorithms")."""
    nodes = np.loadtxt(only(folder, "*.nodes"), ndmin=2)
    arcs = np.loadtxt(only(folder, "*.arcs"), dtype=np.int64, ndmin=2)
    way = np.loadtxt(only(folder, "*.route"), dtype=np.int64, ndmin=1)
    lon, lat, seconds = np.loadtxt(only(folder, "*.track"), ndmin=2).T[:3]
    if not (arcs[way[:-1], 1] == arcs[way[1:], 0]).all():
        raise BadInput("the arcs of *.route do not follow one another", file=folder, do="give another track")
    driven = nodes[np.append(arcs[way[0], 0], arcs[way, 1])]
    roads = nodes[arcs].reshape(-1, 2), 2 * np.arange(len(arcs) + 1)
    track = Track.of(EPOCH_S + seconds, lon, lat)
    return Driven(folder.name, track, driven, roads, np.empty(0), np.empty(0))


def read_reference(folder: Path) -> Driven:
    """A drive with a reference trajectory (gtsam_gnss: GPS time of week, GPS week, latitude, longitude, …)."""
    tow, week, lat, lon = np.loadtxt(folder / "reference.csv", delimiter=",", skiprows=1, usecols=(0, 1, 2, 3)).T
    gps_s = GPS_EPOCH_S + week * WEEK_S + tow
    time_s = gps_s - leap_seconds(float(gps_s[0]))
    xy = LocalPlane(round(float(lon[0]), 4), round(float(lat[0]), 4)).to_metres(lon, lat)
    kept = [0]
    for i in range(len(xy)):
        if np.hypot(*(xy[i] - xy[kept[-1]])) >= STEP_M:
            kept.append(i)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy[kept], axis=0).T))])
    track = read_track(only(folder, "*.pos")).track
    nothing = np.empty((0, 2)), np.zeros(1, np.int64)
    way = np.column_stack([lon, lat])[kept]
    return Driven(folder.name, track, way, nothing, time_s, np.interp(np.arange(len(xy)), kept, along))
