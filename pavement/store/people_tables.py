"""The tables of people, what they may do, their sessions, and phones that are being paired."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from pavement.store.columns import UtcTime
from pavement.store.tables import METADATA

PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # what is typed at the login, NFKC
    Column("folded", Text, nullable=False, unique=True),  # its case-folded form: A and a are one person
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; none: only by OIDC
    Column("oidc_issuer", Text),
    Column("oidc_subject", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Index(None, "oidc_issuer", "oidc_subject", unique=True),
)

GRANTS = Table(
    "grants",
    METADATA,
    Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1, 2, … of the person
    Column("role", Text, nullable=False),  # pavement.store.scope.Role
    Column("manager", Text),  # 管理者; none: all
    Column("office", Text),  # 事務所; none: all of the manager
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", Text, primary_key=True),  # sha256 (hex) of the cookie; the cookie itself is kept nowhere
    Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),  # to the minute: idle sessions end by it
    Index(None, "person_id"),
)

PAIRINGS = Table(
    "pairings",
    METADATA,
    Column("code_hash", Text, primary_key=True),  # sha256 (hex) of the code
    Column("name", Text, nullable=False),  # of the device to be
    Column("manager", Text),
    Column("office", Text),
    Column("who", Text, nullable=False),  # who made the code
    Column("expires_at", UtcTime, nullable=False),
    Column("device_id", Text),  # the device that it became: a code serves once
)
