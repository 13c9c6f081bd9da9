"""Sharpness; which adopted rows are of an earlier network; why a 精度確認 was withdrawn; an index of defects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; nothing is known for the rows that are there."""
    op.add_column("segments", sa.Column("sharpness", sa.Float))
    op.add_column("networks", sa.Column("readopt_below", sa.Integer))
    op.add_column("accuracy_checks", sa.Column("undone_why", sa.Text))
    op.create_index("ix_defects_segment_place_fiscal_year", "defects", ["segment_place", "fiscal_year"])
    # until now nobody made anything again after a change of the network
    op.execute("UPDATE networks SET readopt_below = (SELECT value FROM revision) WHERE cut_at IS NOT NULL")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_defects_segment_place_fiscal_year", "defects")
    for table, column in (
        ("accuracy_checks", "undone_why"),
        ("networks", "readopt_below"),
        ("segments", "sharpness"),
    ):
        op.drop_column(table, column)
