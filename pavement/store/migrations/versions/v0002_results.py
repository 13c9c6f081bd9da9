"""Analyses, what they found, networks, workers, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of results."""
    op.create_table(
        "networks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("blob_key", sa.Text, nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_networks"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("started_at", _time(), nullable=False),
        sa.Column("seen_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "analyses",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("drive_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("marks", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("done", sa.Integer),
        sa.Column("total", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("network_id", sa.Text),
        sa.Column("model_sha256", sa.Text),
        sa.Column("guard_sha256", sa.Text),
        sa.Column("software", sa.Text),
        sa.Column("counts", sa.JSON),
        sa.Column("account", sa.JSON),
        sa.Column("outputs", sa.JSON),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("started_at", _time()),
        sa.Column("finished_at", _time()),
        sa.ForeignKeyConstraint(["drive_id"], ["drives.id"], name="fk_analyses_drive_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_analyses"),
        sa.UniqueConstraint("drive_id", "number", name="uq_analyses_drive_id_number"),
    )
    op.create_index("ix_analyses_state", "analyses", ["state"])
    op.create_table(
        "alerts",
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("analysis_id", sa.Text, nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("found_at", _time(), nullable=False),
        sa.Column("notified_at", _time()),
        sa.Column("confirmed_at", _time()),
        sa.Column("patched_at", _time()),
        sa.Column("repaired_at", _time()),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name="fk_alerts_analysis_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("defect_id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_notified_at", "alerts", ["notified_at"])
    op.create_table(
        "defects",
        sa.Column("analysis_id", sa.Text, nullable=False),
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("road_type", sa.Text),
        sa.Column("route_no", sa.Text),
        sa.Column("branch_no", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("direction", sa.Text),
        sa.Column("kp_km", sa.Float),
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
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name="fk_defects_analysis_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("analysis_id", "defect_id", name="pk_defects"),
    )
    op.create_index("ix_defects_defect_id", "defects", ["defect_id"])
    op.create_table(
        "photos",
        sa.Column("analysis_id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("frame", sa.Text),
        sa.Column("road_type", sa.Text),
        sa.Column("route_no", sa.Text),
        sa.Column("branch_no", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("direction", sa.Text),
        sa.Column("kp_km", sa.Float),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("timestamp", _time()),
        sa.Column("subject", sa.Text),
        sa.Column("degree", sa.Text),
        sa.Column("kept_share", sa.Float),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("masked_key", sa.Text, nullable=False),
        sa.Column("marked_key", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name="fk_photos_analysis_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("analysis_id", "number", name="pk_photos"),
        sa.UniqueConstraint("id", name="uq_photos_id"),
    )
    op.create_table(
        "segments",
        sa.Column("analysis_id", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
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
        sa.Column("surveyed_on", sa.Date()),
        sa.Column("photos", sa.Text),
        sa.Column("iri_se_mm_per_m", sa.Float),
        sa.Column("attributes", sa.JSON),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name="fk_segments_analysis_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "analysis_id",
            "level",
            "road_type",
            "route_no",
            "branch_no",
            "kind",
            "direction",
            "from_kp_km",
            name="pk_segments",
        ),
    )
    op.create_index(
        "ix_segments_road_type_route_no_direction_from_kp_km",
        "segments",
        ["road_type", "route_no", "direction", "from_kp_km"],
    )
    op.create_table(
        "deliveries",
        sa.Column("defect_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("sent_at", _time()),
        sa.Column("error", sa.Text),
        sa.ForeignKeyConstraint(
            ["defect_id"], ["alerts.defect_id"], name="fk_deliveries_defect_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("defect_id", "channel", name="pk_deliveries"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("deliveries", "segments", "photos", "defects", "alerts", "analyses", "workers", "networks"):
        op.drop_table(table)
