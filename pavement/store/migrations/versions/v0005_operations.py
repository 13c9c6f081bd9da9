"""Exports as jobs; which queue a drive asked for; when its originals were deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of exports, add the columns."""
    op.create_table(
        "export_jobs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("choice", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("blob_key", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("finished_at", _time()),
        sa.PrimaryKeyConstraint("id", name="pk_export_jobs"),
    )
    op.create_index("ix_export_jobs_asked_by", "export_jobs", ["asked_by"])
    op.create_index("ix_export_jobs_state", "export_jobs", ["state"])
    op.add_column("drives", sa.Column("queue", sa.Text))
    op.add_column("drives", sa.Column("originals_deleted_at", _time()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("drives", "originals_deleted_at")
    op.drop_column("drives", "queue")
    op.drop_table("export_jobs")
