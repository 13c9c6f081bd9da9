"""People, what they may do, their sessions, pairing of phones; devices that stand for a person who uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of people."""
    op.create_table(
        "people",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("oidc_issuer", sa.Text),
        sa.Column("oidc_subject", sa.Text),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("disabled_at", _time()),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("folded", name="uq_people_folded"),
    )
    op.create_index("ix_people_oidc_issuer_oidc_subject", "people", ["oidc_issuer", "oidc_subject"], unique=True)
    op.create_table(
        "grants",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_grants"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_grants_person_id", ondelete="CASCADE"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("seen_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "pairings",
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("office", sa.Text),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("expires_at", _time(), nullable=False),
        sa.Column("device_id", sa.Text),
        sa.PrimaryKeyConstraint("code_hash", name="pk_pairings"),
    )
    op.add_column("devices", sa.Column("person_id", sa.Text))
    op.create_index("ix_devices_person_id", "devices", ["person_id"])
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_audit_at", "audit")
    op.drop_index("ix_devices_person_id", "devices")
    op.drop_column("devices", "person_id")
    for table in ("pairings", "sessions", "grants", "people"):
        op.drop_table(table)
