"""Devices, drives, files, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of uploads."""
    op.create_table(
        "devices",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("revoked_at", _time()),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("key_hash", name="uq_devices_key_hash"),
    )
    op.create_table(
        "drives",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("vehicle", sa.Text, nullable=False),
        sa.Column("started_at", _time(), nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("completed_at", _time()),
        sa.Column("error", sa.Text),
        sa.Column("bytes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("file_count", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("id", name="pk_drives"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_drives_device_id"),
        sa.UniqueConstraint("device_id", "idempotency_key", name="uq_drives_device_id_idempotency_key"),
    )
    op.create_index("ix_drives_status", "drives", ["status"])
    op.create_table(
        "files",
        sa.Column("drive_id", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("stored", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("blob_key", sa.Text),
        sa.Column("changed_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("drive_id", "path", name="pk_files"),
        sa.ForeignKeyConstraint(["drive_id"], ["drives.id"], name="fk_files_drive_id", ondelete="CASCADE"),
        sa.UniqueConstraint("drive_id", "folded", name="uq_files_drive_id_folded"),
    )
    op.create_index("ix_files_stored_changed_at", "files", ["stored", "changed_at"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])


def downgrade() -> None:
    """Drop them."""
    for table in ("audit", "files", "drives", "devices"):
        op.drop_table(table)
