"""The tables of analyses and what they found, of workers and of alerts; on the same METADATA as the uploads'.

Every row of a result leads by its analysis to drive, model, guard and software version. A step done twice meets its own
keys and leaves one row.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Date, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

from pavement.store.columns import UtcTime
from pavement.store.tables import METADATA

ANALYSES = Table(
    "analyses",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("drive_id", Text, ForeignKey("drives.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … of its drive
    Column("queue", Text, nullable=False),  # patrol / batch
    Column("state", Text, nullable=False),  # pavement.analysis_state.State
    Column("run", Integer, nullable=False),  # 1, one more with each retry by a person
    Column("worker", Text),  # who has it, or had it last
    Column("claims", Integer, nullable=False),  # how often it was taken up: fences off a worker that was taken for dead
    Column("tries", Integer, nullable=False),  # taken up so often without getting any further
    Column("marks", BigInteger, nullable=False),  # how far any worker ever got, in reports of progress
    Column("stage", Text),
    Column("done", Integer),
    Column("total", Integer),
    Column("error", Text),  # one line: why it failed, or what it waits for
    Column("network_id", Text),
    Column("model_sha256", Text),
    Column("guard_sha256", Text),
    Column("software", Text),
    Column("counts", JSON),
    Column("account", JSON),  # run.json
    Column("outputs", JSON),  # path -> {key, size}
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    UniqueConstraint("drive_id", "number"),
    Index(None, "state"),
)


def _of_analysis() -> Column[str]:
    return Column("analysis_id", Text, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True)


def _typed(**columns: type[TypeEngine[Any]]) -> list[Column[Any]]:
    return [Column(name, kind) for name, kind in columns.items()]


SEGMENTS = Table(
    "segments",
    METADATA,
    _of_analysis(),
    Column("level", Text, primary_key=True),  # segment (0.1 of kilopost) / block (0.02)
    *(Column(name, Text, primary_key=True) for name in ("road_type", "route_no", "branch_no", "kind", "direction")),
    Column("from_kp_km", Float, primary_key=True),
    *_typed(lane=Integer, from_post_km=Float, from_offset_m=Float, to_kp_km=Float, to_post_km=Float, to_offset_m=Float),
    *_typed(from_lon=Float, from_lat=Float, to_lon=Float, to_lat=Float, length_m=Float, crack_pct=Float, rut_mm=Float),
    *_typed(rut_se_mm=Float, iri_mm_per_m=Float, potholes=Integer, mci=Float, rating=Text, rating_basis=Text),
    *_typed(coverage_pct=Float, frames=Integer, position_sd_m=Float, flags=Text, surveyed_on=Date, photos=Text),
    *_typed(iri_se_mm_per_m=Float, attributes=JSON, manager=Text, office=Text),
    *_typed(place=Text, segment_place=Text, fiscal_year=Integer),  # pavement.place, pavement.fiscal_year
    Column("sharpness", Float),  # 0 to 1, pavement.segment; empty: not known, of an earlier version
    Index(None, "road_type", "route_no", "direction", "from_kp_km"),
    Index(None, "segment_place", "fiscal_year"),
)

DEFECTS = Table(
    "defects",
    METADATA,
    _of_analysis(),
    Column("defect_id", Text, primary_key=True),
    *_typed(category=Text, road_type=Text, route_no=Text, branch_no=Text, kind=Text, direction=Text, kp_km=Float),
    *_typed(lon=Float, lat=Float, length_m=Float, width_m=Float, area_m2=Float, depth_mm=Float, score=Float),
    *_typed(frames=Integer, photo=Text, orientation=Text, across_m=Float, drives=Integer, manager=Text, office=Text),
    *_typed(segment_place=Text, fiscal_year=Integer, seen_on=Date),
    Index(None, "defect_id"),
    Index(None, "segment_place", "fiscal_year"),
)

PHOTOS = Table(
    "photos",
    METADATA,
    _of_analysis(),
    Column("number", Text, primary_key=True),  # 写真番号
    Column("id", Text, nullable=False, unique=True),
    *_typed(frame=Text, road_type=Text, route_no=Text, branch_no=Text, kind=Text, direction=Text, kp_km=Float),
    *_typed(lon=Float, lat=Float, timestamp=UtcTime, subject=Text, degree=Text, kept_share=Float),
    *_typed(manager=Text, office=Text, segment_place=Text, fiscal_year=Integer),
    Column("masked_key", Text, nullable=False),
    Column("marked_key", Text, nullable=False),
    Index(None, "segment_place", "fiscal_year"),
)

NETWORKS = Table(
    "networks",
    METADATA,
    Column("id", Text, primary_key=True),  # sha256 of its file
    Column("name", Text, nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),  # the newest is the one that drives are measured on
    Column("cut_at", UtcTime),  # its sections are in the table `sections` since then
    Column("readopt_below", Integer),  # rows of `adopted` of a lower revision are of the network before; empty: none is
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", Text, primary_key=True),  # a new one each start
    Column("host", Text, nullable=False),
    Column("state", Text, nullable=False),  # live / left (put its work down itself) / gone (its work was adopted)
    Column("beats", BigInteger, nullable=False),  # counts up: watched, not compared with any clock
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),  # for people
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("defect_id", Text, primary_key=True),  # one alert a defect, however often it is seen
    Column("analysis_id", Text, ForeignKey("analyses.id", ondelete="CASCADE"), nullable=False),
    *_typed(manager=Text, office=Text),
    Column("facts", JSON, nullable=False),  # the row of the defect when it was found
    Column("found_at", UtcTime, nullable=False),  # 発見
    *_typed(notified_at=UtcTime, confirmed_at=UtcTime, patched_at=UtcTime, repaired_at=UtcTime),  # 通知 確認 応急 完了
    Index(None, "notified_at"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("defect_id", Text, ForeignKey("alerts.defect_id", ondelete="CASCADE"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    *_typed(sent_at=UtcTime, error=Text),
)
