"""Sections of the network, the values adopted for each 年度, and what people corrected."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = (
    "revision",
    "photo_marks",
    "drawn_defects",
    "defect_states",
    "corrections",
    "adopted_defects",
    "adopted",
    "sections",
)


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; results of before get their places."""
    op.create_table(
        "sections",
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("network_id", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("segment_place", sa.Text, nullable=False),
        sa.Column("road_type", sa.Text, nullable=False),
        sa.Column("route_no", sa.Text, nullable=False),
        sa.Column("branch_no", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("from_kp_km", sa.Float, nullable=False),
        sa.Column("to_kp_km", sa.Float, nullable=False),
        sa.Column("length_m", sa.Float, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("municipality", sa.Text),
        sa.Column("road_class", sa.Text),
        sa.Column("closed", sa.Text),
        sa.Column("attributes", sa.JSON),
        sa.Column("from_lon", sa.Float),
        sa.Column("from_lat", sa.Float),
        sa.Column("to_lon", sa.Float),
        sa.Column("to_lat", sa.Float),
        sa.Column("geometry", sa.LargeBinary, nullable=False),
        sa.Column("west", sa.Float),
        sa.Column("south", sa.Float),
        sa.Column("east", sa.Float),
        sa.Column("north", sa.Float),
        sa.PrimaryKeyConstraint("place", name="pk_sections"),
    )
    op.create_index("ix_sections_level_west", "sections", ["level", "west"])
    op.create_index(
        "ix_sections_road",
        "sections",
        ["level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km"],
    )
    op.create_index("ix_sections_segment_place", "sections", ["segment_place"])
    op.create_table(
        "adopted",
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("segment_place", sa.Text, nullable=False),
        sa.Column("road_type", sa.Text, nullable=False),
        sa.Column("route_no", sa.Text, nullable=False),
        sa.Column("branch_no", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("from_kp_km", sa.Float, nullable=False),
        sa.Column("lane", sa.Integer),
        sa.Column("from_post_km", sa.Float),
        sa.Column("from_offset_m", sa.Float),
        sa.Column("to_kp_km", sa.Float),
        sa.Column("to_post_km", sa.Float),
        sa.Column("to_offset_m", sa.Float),
        sa.Column("from_lon", sa.Float),
        sa.Column("from_lat", sa.Float),
        sa.Column("to_lon", sa.Float),
        sa.Column("to_lat", sa.Float),
        sa.Column("length_m", sa.Float),
        sa.Column("crack_pct", sa.Float),
        sa.Column("rut_mm", sa.Float),
        sa.Column("rut_se_mm", sa.Float),
        sa.Column("iri_mm_per_m", sa.Float),
        sa.Column("potholes", sa.Integer),
        sa.Column("mci", sa.Float),
        sa.Column("rating", sa.Text),
        sa.Column("rating_basis", sa.Text),
        sa.Column("coverage_pct", sa.Float),
        sa.Column("frames", sa.Integer),
        sa.Column("position_sd_m", sa.Float),
        sa.Column("flags", sa.Text),
        sa.Column("surveyed_on", sa.Date),
        sa.Column("photos", sa.Text),
        sa.Column("iri_se_mm_per_m", sa.Float),
        sa.Column("attributes", sa.JSON),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("municipality", sa.Text),
        sa.Column("road_class", sa.Text),
        sa.Column("analysis_id", sa.Text),
        sa.Column("drive_id", sa.Text),
        sa.Column("machine", sa.JSON),
        sa.Column("corrected", sa.JSON),
        sa.Column("accepted_by", sa.Text),
        sa.Column("accepted_at", _time()),
        sa.Column("locked_by", sa.Text),
        sa.Column("locked_at", _time()),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("fiscal_year", "place", name="pk_adopted"),
    )
    op.create_index("ix_adopted_drive_id", "adopted", ["drive_id"])
    op.create_index("ix_adopted_fiscal_year_level_from_lon", "adopted", ["fiscal_year", "level", "from_lon"])
    op.create_index("ix_adopted_fiscal_year_segment_place", "adopted", ["fiscal_year", "segment_place"])
    op.create_index("ix_adopted_place", "adopted", ["place"])
    op.create_index(
        "ix_adopted_road",
        "adopted",
        ["fiscal_year", "level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km"],
    )
    op.create_table(
        "adopted_defects",
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("road_type", sa.Text, nullable=False),
        sa.Column("route_no", sa.Text, nullable=False),
        sa.Column("branch_no", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("kp_km", sa.Float, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("length_m", sa.Float),
        sa.Column("width_m", sa.Float),
        sa.Column("area_m2", sa.Float),
        sa.Column("depth_mm", sa.Float),
        sa.Column("score", sa.Float),
        sa.Column("frames", sa.Integer),
        sa.Column("photo", sa.Text),
        sa.Column("orientation", sa.Text),
        sa.Column("across_m", sa.Float),
        sa.Column("drives", sa.Integer),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("analysis_id", sa.Text),
        sa.Column("drive_id", sa.Text),
        sa.Column("photo_id", sa.Text),
        sa.Column("seen_on", sa.Date),
        sa.Column("segment_place", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("machine", sa.JSON),
        sa.Column("corrected", sa.JSON),
        sa.Column("box", sa.JSON),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("fiscal_year", "defect_id", name="pk_adopted_defects"),
    )
    op.create_index("ix_adopted_defects_defect_id", "adopted_defects", ["defect_id"])
    op.create_index("ix_adopted_defects_drive_id", "adopted_defects", ["drive_id"])
    op.create_index("ix_adopted_defects_fiscal_year_lon", "adopted_defects", ["fiscal_year", "lon"])
    op.create_index("ix_adopted_defects_fiscal_year_segment_place", "adopted_defects", ["fiscal_year", "segment_place"])
    op.create_index(
        "ix_adopted_defects_road",
        "adopted_defects",
        ["fiscal_year", "road_type", "route_no", "branch_no", "kind", "direction", "kp_km"],
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("defect_id", sa.Text),
        sa.Column("photo_id", sa.Text),
        sa.Column("segment_place", sa.Text),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("machine", sa.JSON),
        sa.Column("value", sa.JSON),
        sa.Column("before", sa.JSON),
        sa.Column("comment", sa.Text),
        sa.Column("analysis_id", sa.Text),
        sa.Column("undone_at", _time()),
        sa.Column("undone_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_defect_id", "corrections", ["defect_id"])
    op.create_index("ix_corrections_fiscal_year_at", "corrections", ["fiscal_year", "at"])
    op.create_index("ix_corrections_segment_place_fiscal_year", "corrections", ["segment_place", "fiscal_year"])
    op.create_table(
        "defect_states",
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("length_m", sa.Float),
        sa.Column("width_m", sa.Float),
        sa.Column("depth_mm", sa.Float),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("patched_at", _time()),
        sa.Column("repaired_at", _time()),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("defect_id", name="pk_defect_states"),
    )
    op.create_table(
        "drawn_defects",
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("photo_id", sa.Text, nullable=False),
        sa.Column("box", sa.JSON, nullable=False),
        sa.Column("segment_place", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("defect_id", name="pk_drawn_defects"),
    )
    op.create_index("ix_drawn_defects_segment_place", "drawn_defects", ["segment_place"])
    op.create_table(
        "photo_marks",
        sa.Column("photo_id", sa.Text, nullable=False),
        sa.Column("drive_id", sa.Text),
        sa.Column("frame", sa.Text),
        sa.Column("unusable", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_photo_marks"),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("value", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_segments_segment_place_fiscal_year", "segments", ["segment_place", "fiscal_year"])
    op.create_index("ix_photos_segment_place_fiscal_year", "photos", ["segment_place", "fiscal_year"])
    op.execute("INSERT INTO revision (id, value) VALUES (1, 0)")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_photos_segment_place_fiscal_year", "photos")
    op.drop_index("ix_segments_segment_place_fiscal_year", "segments")
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
    for table in TABLES:
        op.drop_table(table)


def _added() -> dict[str, list[sa.Column[Any]]]:
    def columns(*names: str) -> list[sa.Column[Any]]:
        kinds: dict[str, Any] = {"fiscal_year": sa.Integer, "seen_on": sa.Date, "cut_at": _time()}
        return [sa.Column(name, kinds.get(name, sa.Text)) for name in names]

    return {
        "segments": columns("place", "segment_place", "fiscal_year"),
        "defects": columns("segment_place", "fiscal_year", "seen_on"),
        "photos": columns("segment_place", "fiscal_year"),
        "networks": columns("cut_at"),
    }
