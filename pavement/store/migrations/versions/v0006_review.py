"""Earlier years, other makers' surveys, 精度確認."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _columns(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "surveys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "sha256", "maker")),
        sa.Column("rows_in", sa.Integer, nullable=False),
        sa.Column("refused", sa.JSON, nullable=False),
        sa.Column("assumed", sa.JSON, nullable=False),
        sa.Column("imported_at", _time(), nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
    )
    op.create_index("ix_surveys_fiscal_year", "surveys", ["fiscal_year"])
    road = ("road_type", "route_no", "branch_no", "kind", "direction")
    op.create_table(
        "survey_sections",
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("place", "survey_id", "level", "segment_place", *road)),
        sa.Column("from_kp_km", sa.Float, nullable=False),
        *_columns(sa.Float, "to_kp_km", "from_lon", "from_lat", "to_lon", "to_lat", "length_m"),
        sa.Column("lane", sa.Integer),
        *_columns(sa.Float, "crack_pct", "rut_mm", "iri_mm_per_m", "mci", "coverage_pct"),
        *_columns(sa.Text, "rating", "rating_basis", "flags"),
        sa.Column("surveyed_on", sa.Date),
        sa.Column("attributes", sa.JSON),
        *_columns(sa.Text, "manager", "office", "municipality", "road_class"),
        sa.PrimaryKeyConstraint("fiscal_year", "place", name="pk_survey_sections"),
    )
    segment = ["fiscal_year", "segment_place"]
    op.create_index("ix_survey_sections_fiscal_year_segment_place", "survey_sections", segment)
    op.create_index("ix_survey_sections_survey_id", "survey_sections", ["survey_id"])
    op.create_table(
        "accuracy_checks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("against", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("verdicts", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("undone_at", _time()),
        sa.Column("undone_by", sa.Text),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accuracy_checks"),
    )
    op.create_index("ix_accuracy_checks_at", "accuracy_checks", ["at"])


def downgrade() -> None:
    """Drop them."""
    for name in ("accuracy_checks", "survey_sections", "surveys"):
        op.drop_table(name)
