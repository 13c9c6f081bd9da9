"""The tables of uploads, devices and the audit log. Results have tables of their own, on the same METADATA.

A table changes only by a migration (`pavement/store/migrations/versions`); a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from pavement.store.columns import UtcTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DEVICES = Table(
    "devices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),  # sha256 (hex) of the key; the key itself is kept nowhere
    Column("manager", Text),  # 管理者
    Column("office", Text),  # 事務所
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("person_id", Text),  # of the hidden device that stands for a person who uploads; it has no key
    Index(None, "person_id"),
)

DRIVES = Table(
    "drives",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("device_id", Text, ForeignKey("devices.id"), nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("vehicle", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("note", Text),
    Column("status", Text, nullable=False),  # pavement.upload_state.DriveState
    Column("created_at", UtcTime, nullable=False),
    Column("completed_at", UtcTime),  # when `complete` was accepted
    Column("error", Text),  # one line, of a failed drive
    Column("bytes", BigInteger, nullable=False, server_default=text("0")),  # declared sizes of its files, for the quota
    Column("file_count", Integer, nullable=False, server_default=text("0")),
    Column("queue", Text),  # patrol / batch as the sender asked; none: by its age
    Column("originals_deleted_at", UtcTime),  # by the retention policy; the receipts stay
    UniqueConstraint("device_id", "idempotency_key"),
    Index(None, "status"),
)

FILES = Table(
    "files",
    METADATA,
    Column("drive_id", Text, ForeignKey("drives.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),  # as the client names it, NFC; never a name on this machine's disk
    Column("folded", Text, nullable=False),  # case-folded: a.jpg and A.jpg cannot be unpacked side by side on Windows
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),  # hex, as declared; checked before `stored`
    Column("received", BigInteger, nullable=False),  # bytes that are flushed to disk
    Column("stored", Boolean, nullable=False, server_default=false()),
    Column("blob_key", Text),  # set with `stored`
    Column("changed_at", UtcTime, nullable=False),  # abandoned parts expire by it
    UniqueConstraint("drive_id", "folded"),
    Index(None, "stored", "changed_at"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),  # device:<id>, person:<id>, console
    Column("what", Text, nullable=False),  # a verb: device.add, drive.complete
    Column("subject", Text, nullable=False),  # the id of what it was done to
    Column("detail", Text),  # JSON
    Index(None, "subject"),
    Index(None, "at"),
)
