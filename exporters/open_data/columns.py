"""What open data hold: no photo, no drive, vehicle or frame, no time finer than a day; names of road and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exporters.tables import DEFECTS, SEGMENTS, Column, Kind
from pavement.defect import Defect
from pavement.record import RouteShape
from pavement.segment import Segment

#: A keep list: a column that is new elsewhere is published only when someone adds it here.
KEPT_SEGMENTS = (
    "road_type",
    "route_no",
    "branch_no",
    "kind",
    "direction",
    "lane",
    "from_kp_km",
    "to_kp_km",
    "from_lon",
    "from_lat",
    "to_lon",
    "to_lat",
    "length_m",
    "crack_pct",
    "rut_mm",
    "rut_se_mm",
    "iri_mm_per_m",
    "iri_se_mm_per_m",
    "potholes",
    "mci",
    "rating",
    "rating_basis",
    "coverage_pct",
    "position_sd_m",
    "flags",
    "surveyed_on",
)
KEPT_DEFECTS = (
    "defect_id",
    "category",
    "road_type",
    "route_no",
    "branch_no",
    "kind",
    "direction",
    "kp_km",
    "lon",
    "lat",
    "length_m",
    "width_m",
    "area_m2",
    "depth_mm",
    "score",
    "orientation",
)


@dataclass(frozen=True)
class Published:
    """A record with what the network says of its road; attributes that are not known are None."""

    record: Segment | Defect
    fiscal_year: int
    prefecture: str | None
    manager: str | None
    route_name: str | None
    municipality: str | None


_ABOUT = (
    Column("fiscal_year", "fiscal_year", Kind.COUNT),
    Column("prefecture", "prefecture"),
    Column("manager", "manager"),
    Column("route_name", "route_name"),
)


def _kept(columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    own = {column.name: column for column in columns}
    return tuple(replace(own[name], path=f"record.{own[name].path}") for name in names)


TABLES: Mapping[str, tuple[Column, ...]] = {
    "segments": (*_ABOUT, Column("municipality", "municipality"), *_kept(SEGMENTS, KEPT_SEGMENTS)),
    "defects": (*_ABOUT, *_kept(DEFECTS, KEPT_DEFECTS)),
}


def published(record: Segment | Defect, year: int, shape: RouteShape | None) -> Published:
    """The record as it is published."""
    attributes = record.attributes if isinstance(record, Segment) else {}
    if shape is None:
        return Published(record, year, None, None, None, attributes.get("municipality"))
    return Published(record, year, shape.prefecture, shape.manager, shape.name or None, attributes.get("municipality"))
