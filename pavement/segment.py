"""Segments of 0.1 and blocks of 0.02 kilopost: one row of what was measured. Columns as in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pavement.road import Direction, RoadKey

SEGMENT_KM = 0.1
BLOCK_KM = 0.02


class Flag(StrEnum):
    """The words that a row's `flags` may hold, joined by `;` in this order."""

    REVIEW = "要確認"
    AT_LEAST = "少なくとも"
    LOW_COVERAGE = "有効測定率不足"
    POSITION_DOUBTFUL = "位置不確か"
    KILOPOST_ANOMALY = "距離標異常"
    KILOPOST_MISSING = "距離標欠落"
    ESTIMATED = "推定"
    SCALE_ASSUMED = "縮尺仮定"
    VISUAL = "要目視"
    SURVEY_VEHICLE = "測定車"  #: of a survey vehicle or another maker, imported


@dataclass(frozen=True)
class Place:
    """A point of the linear reference and on the earth."""

    kp_km: float
    post_km: float  #: nearest lower post of the network
    offset_m: float  #: (kp_km − post_km)·1000
    lon: float
    lat: float


@dataclass(frozen=True)
class Segment:
    """What is known of one segment (100 m) or block (20 m) in one direction. None = not measured.

    `start` is the lower kilopost in both directions. `length_m` is the real length along the line.
    """

    road: RoadKey
    direction: Direction
    lane: int | None
    start: Place
    end: Place
    length_m: float
    crack_pct: float | None
    rut_mm: float | None
    rut_se_mm: float | None
    iri_mm_per_m: float | None
    potholes: int | None
    mci: float | None
    rating: str | None  #: Ⅰ Ⅱ Ⅲ Ⅲ-1 Ⅲ-2
    rating_basis: str  #: the indicators that the rating rests on: "ひび割れ率;わだち掘れ量;IRI"
    coverage_pct: float  #: 有効測定率: share of the lane's area that was seen and judged
    frames: int
    position_sd_m: float | None
    flags: tuple[Flag, ...] = ()
    surveyed_on: date | None = None  #: day (JST) of the last frame that counted
    drive: str | None = None  #: the drive that saw most of it, whose frames counted
    photos: tuple[str, ...] = ()  #: 写真番号 of the photos that show it
    iri_se_mm_per_m: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What the ledger says of the stretch: surface, paved_on, design_life_years, municipality, municipality_end, …"""
    sharpness: float | None = None
    """Median of the frames' `Quality.sharpness` (1 = edges one pixel wide), held at 1; decides between passes only."""
    by_person: tuple[str, ...] = ()
    """The indicators that a person gave (crack_pct, rut_mm, iri_mm_per_m); the machine's are not in this row."""
