"""Other makers' surveys, their values by section and 年度, and the passed or failed 精度確認; on the same METADATA."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Float, Index, Integer, Table, Text

from pavement.store.columns import UtcTime
from pavement.store.tables import METADATA

SURVEYS = Table(
    "surveys",
    METADATA,
    Column("id", Text, primary_key=True),  # 年度 and sha256: the same file twice is one
    Column("fiscal_year", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("rows_in", Integer, nullable=False),
    Column("refused", JSON, nullable=False),  # reason -> rows
    Column("assumed", JSON, nullable=False),  # lines
    Column("imported_at", UtcTime, nullable=False),
    Column("imported_by", Text, nullable=False),
    Index(None, "fiscal_year"),
)

SURVEY_SECTIONS = Table(
    "survey_sections",
    METADATA,
    Column("fiscal_year", Integer, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("segment_place", Text, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("road_type", "route_no", "branch_no", "kind", "direction")),
    Column("from_kp_km", Float, nullable=False),
    *(Column(name, Float) for name in ("to_kp_km", "from_lon", "from_lat", "to_lon", "to_lat", "length_m")),
    Column("lane", Integer),
    *(Column(name, Float) for name in ("crack_pct", "rut_mm", "iri_mm_per_m", "mci", "coverage_pct")),
    *(Column(name, Text) for name in ("rating", "rating_basis", "flags")),
    Column("surveyed_on", Date),
    Column("attributes", JSON),
    *(Column(name, Text) for name in ("manager", "office", "municipality", "road_class")),
    Index(None, "fiscal_year", "segment_place"),
    Index(None, "survey_id"),
)

ACCURACY_CHECKS = Table(
    "accuracy_checks",
    METADATA,
    Column("id", Text, primary_key=True),  # rises with time
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("manager", Text),  # whose roads; empty: all
    Column("fiscal_year", Integer, nullable=False),  # whose results were compared
    Column("against", Text, nullable=False),  # the file's name
    Column("sha256", Text, nullable=False),
    Column("verdicts", JSON, nullable=False),  # indicator -> {passed, verdict, blocks, detection_pct, precision_pct}
    Column("result", JSON, nullable=False),  # what the page shows
    Column("undone_at", UtcTime),
    Column("undone_by", Text),
    Column("undone_why", Text),  # where no person withdrew it by itself
    Column("counts", Boolean, nullable=False),  # whether it decides on 推定
    Index(None, "at"),
)
