"""The sections of the network, the values adopted of each 年度, and what people decided; on the same METADATA.

`adopted` and `adopted_defects` hold effective values and can be made again from `segments`, `defects` and what people
decided (`corrections`, `defect_states`, `drawn_defects`, `photo_marks`), which no analysis ever writes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.types import TypeEngine

from pavement.store.columns import UtcTime
from pavement.store.tables import METADATA


def _typed(**columns: type[TypeEngine[Any]]) -> list[Column[Any]]:
    return [Column(name, kind) for name, kind in columns.items()]


def _road() -> list[Column[Any]]:
    names = ("road_type", "route_no", "branch_no", "kind", "direction")
    return [Column(name, Text, nullable=False) for name in names]


SECTIONS = Table(
    "sections",
    METADATA,
    Column("place", Text, primary_key=True),  # pavement.place.place_id
    Column("network_id", Text, nullable=False),  # the one in use
    Column("level", Text, nullable=False),  # segment (0.1 of kilopost) / block (0.02)
    Column("segment_place", Text, nullable=False),  # of a block: its segment; of a segment: itself
    *_road(),
    Column("from_kp_km", Float, nullable=False),
    Column("to_kp_km", Float, nullable=False),
    Column("length_m", Float, nullable=False),  # along the line
    *_typed(name=Text, manager=Text, office=Text, municipality=Text, road_class=Text),
    Column("closed", Text),  # 冬期閉鎖・工事: why it is not inspected
    Column("attributes", JSON),  # what the ledger says of its middle
    *_typed(from_lon=Float, from_lat=Float, to_lon=Float, to_lat=Float),
    Column("geometry", LargeBinary, nullable=False),  # WKB: LineString, or MultiLineString where it is in pieces
    *_typed(west=Float, south=Float, east=Float, north=Float),
    Index("ix_sections_road", "level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km"),
    Index(None, "segment_place"),
    Index(None, "level", "west"),
)

ADOPTED = Table(
    "adopted",
    METADATA,
    Column("fiscal_year", Integer, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("segment_place", Text, nullable=False),
    *_road(),
    Column("from_kp_km", Float, nullable=False),
    *_typed(lane=Integer, from_post_km=Float, from_offset_m=Float, to_kp_km=Float, to_post_km=Float, to_offset_m=Float),
    *_typed(from_lon=Float, from_lat=Float, to_lon=Float, to_lat=Float, length_m=Float, crack_pct=Float, rut_mm=Float),
    *_typed(rut_se_mm=Float, iri_mm_per_m=Float, potholes=Integer, mci=Float, rating=Text, rating_basis=Text),
    *_typed(coverage_pct=Float, frames=Integer, position_sd_m=Float, flags=Text, surveyed_on=Date, photos=Text),
    *_typed(iri_se_mm_per_m=Float, attributes=JSON, manager=Text, office=Text, municipality=Text, road_class=Text),
    *_typed(analysis_id=Text, drive_id=Text),  # empty: no pass, a person's values only
    *_typed(machine=JSON),  # the machine's values where a person's differ; else empty: all are the machine's
    *_typed(corrected=JSON),  # field -> {value, machine, by, at, id}
    *_typed(accepted_by=Text, accepted_at=UtcTime),  # 要確認 was looked at
    *_typed(locked_by=Text, locked_at=UtcTime),  # 確定
    Column("revision", Integer, nullable=False),
    Index(
        "ix_adopted_road",
        *("fiscal_year", "level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km"),
    ),
    Index(None, "fiscal_year", "segment_place"),
    Index(None, "fiscal_year", "level", "from_lon"),
    Index(None, "drive_id"),
    Index(None, "place"),
)

ADOPTED_DEFECTS = Table(
    "adopted_defects",
    METADATA,
    Column("fiscal_year", Integer, primary_key=True),
    Column("defect_id", Text, primary_key=True),
    Column("category", Text, nullable=False),
    *_road(),
    Column("kp_km", Float, nullable=False),
    *_typed(lon=Float, lat=Float, length_m=Float, width_m=Float, area_m2=Float, depth_mm=Float, score=Float),
    *_typed(frames=Integer, photo=Text, orientation=Text, across_m=Float, drives=Integer, manager=Text, office=Text),
    *_typed(analysis_id=Text, drive_id=Text),  # empty: drawn by a person
    Column("photo_id", Text),  # the photo that shows it, for GET /photos/{id}
    Column("seen_on", Date),  # day (JST) of the pass
    Column("segment_place", Text, nullable=False),
    Column("state", Text, nullable=False),  # pavement.correction.DefectState
    *_typed(machine=JSON, corrected=JSON),  # as in `adopted`
    *_typed(box=JSON),  # of a drawn one: x, y, w, h as shares of the picture
    Column("revision", Integer, nullable=False),
    Index(
        "ix_adopted_defects_road",
        *("fiscal_year", "road_type", "route_no", "branch_no", "kind", "direction", "kp_km"),
    ),
    Index(None, "fiscal_year", "segment_place"),
    Index(None, "fiscal_year", "lon"),
    Index(None, "drive_id"),
    Index(None, "defect_id"),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("id", Text, primary_key=True),  # rises with time
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("fiscal_year", Integer, nullable=False),
    *_typed(place=Text, defect_id=Text, photo_id=Text),  # what it is about: one of them
    Column("segment_place", Text),  # the segment in which it lies
    Column("field", Text, nullable=False),  # a column, or accepted / locked / state / unusable / drawn
    *_typed(machine=JSON, value=JSON, before=JSON),  # {"value": …} each, so that 'blank' differs from 'none'
    Column("comment", Text),
    Column("analysis_id", Text),  # upon whose values the person decided
    *_typed(undone_at=UtcTime, undone_by=Text),
    Index(None, "segment_place", "fiscal_year"),
    Index(None, "defect_id"),
    Index(None, "fiscal_year", "at"),
)

DEFECT_STATES = Table(
    "defect_states",
    METADATA,
    Column("defect_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    *_typed(category=Text, length_m=Float, width_m=Float, depth_mm=Float),  # a person's, where given
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    *_typed(patched_at=UtcTime, repaired_at=UtcTime, comment=Text),
)

DRAWN_DEFECTS = Table(
    "drawn_defects",
    METADATA,
    Column("defect_id", Text, primary_key=True),
    Column("fiscal_year", Integer, nullable=False),
    Column("facts", JSON, nullable=False),  # the columns of `adopted_defects`
    Column("photo_id", Text, nullable=False),
    Column("box", JSON, nullable=False),
    Column("segment_place", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "segment_place"),
)

PHOTO_MARKS = Table(
    "photo_marks",
    METADATA,
    Column("photo_id", Text, primary_key=True),
    *_typed(drive_id=Text, frame=Text),  # a new analysis of the drive gives its photo of this frame the same mark
    Column("unusable", Boolean, nullable=False),
    Column("comment", Text),
    Column("who", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

REVISION = Table(
    "revision",
    METADATA,
    Column("id", Integer, primary_key=True),  # 1
    Column("value", Integer, nullable=False),  # rises with every change of `adopted` or `adopted_defects`
)
