"""What a run hands to the exporters: records, photos and the account of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.defect import Defect
from pavement.drive import Notice, Reason, TimeSource
from pavement.road import Direction, RoadKey
from pavement.rut.fuse import Rut
from pavement.segment import Place, Segment


@dataclass(frozen=True)
class FrameRecord:
    """One row of frames.csv; a rejected frame says why. None = not known."""

    drive: str
    file: str
    timestamp: datetime | None
    time_source: TimeSource | None
    rejected: Reason | None
    road: RoadKey | None
    direction: Direction | None
    kp_km: float | None
    lon: float | None
    lat: float | None
    position_sd_m: float | None
    crack_share: float | None
    pothole_share: float | None


@dataclass(frozen=True)
class Photo:
    """One masked photo of the 画像集, with its marked twin; both are JPEG files that exist already.

    `masked` and `marked` are absolute paths; `file` is the path relative to the output folder.
    """

    number: str  #: 写真番号, leads back to the 様式A row and forward to the file
    file: str
    masked: Path
    marked: Path
    drive: str
    frame: str
    road: RoadKey
    direction: Direction
    lane: int | None
    place: Place
    timestamp: datetime
    subject: str  #: what it shows: 代表 / ポットホール …
    degree: str  #: the degree in words: ひび割れ率 12.3 % / 面積 0.20 m² …
    kept_share: float | None = None  #: share of the picture that was not masked


@dataclass(frozen=True)
class MeshRecord:
    """The 0.5 m mesh of one drive along one line in one direction of travel.

    Rows in the line's digitising direction from `first_row` on, columns from the driver's left. `cells` (rows,
    columns): 0 not seen, 1 sound, 2 one crack, 3 several or alligator cracking, 4 pothole. `kp_km` (rows,): NaN where
    the posts refuse.
    """

    drive: str
    road: RoadKey
    direction: Direction
    first_row: int
    kp_km: NDArray[np.float64]
    cells: NDArray[np.uint8]


@dataclass(frozen=True)
class ProfileRecord:
    """What the frame pairs of one drive tell of the ruts of one 20 m block, also where millimetres are refused."""

    drive: str
    road: RoadKey
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    rut: Rut

    @property
    def at_least_20_mm(self) -> float | None:
        """Probability of a rut of Ⅱ or worse."""
        return self.rut.probability(20.0)

    @property
    def at_least_40_mm(self) -> float | None:
        """Probability of a rut of Ⅲ."""
        return self.rut.probability(40.0)


@dataclass(frozen=True)
class RouteShape:
    """A managed route's line as people draw it: lon/lat pairs, for maps without tiles."""

    road: RoadKey
    name: str
    lonlat: Sequence[tuple[float, float]]
    road_class: str | None = None
    prefecture: str | None = None
    manager: str | None = None
    office: str | None = None
    kp_style: str = "post"  #: post / cumulative (both writings of 距離標)


@dataclass(frozen=True)
class Survey:
    """Everything that one run found; what exporters read, in kilopost order."""

    segments: Sequence[Segment]
    blocks: Sequence[Segment]
    frames: Sequence[FrameRecord]
    defects: Sequence[Defect]
    photos: Sequence[Photo]
    routes: Sequence[RouteShape]
    notices: Sequence[Notice]
    year: int  #: 年度 of the drives (April to March)
    meshes: Sequence[MeshRecord] = ()
    profiles: Sequence[ProfileRecord] = ()
    run: Mapping[str, Any] = field(default_factory=dict)  #: what run.json holds
