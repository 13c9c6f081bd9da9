"""The table of exports that are made as jobs; on the same METADATA as the uploads'."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from pavement.store.columns import UtcTime
from pavement.store.tables import METADATA

EXPORT_JOBS = Table(
    "export_jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("asked_by", Text, nullable=False),  # person:<id>; nobody else sees it
    Column("what", Text, nullable=False),  # form-a, photo-book, …
    Column("choice", JSON, nullable=False),  # year, road, places …, and whose roads the asker may see
    Column("state", Text, nullable=False),  # queued / running / done / failed
    Column("run", Integer, nullable=False),  # names the engine's workflow
    Column("worker", Text),  # who has it, or had it last
    Column("claims", Integer, nullable=False),  # how often it was taken up: fences off a worker that was taken for dead
    Column("stage", Text),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("name", Text),  # 様式A_国道4号_令和8年度.xlsx
    Column("size", BigInteger),
    Column("blob_key", Text),  # set with `done`
    Column("error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Index(None, "asked_by"),
    Index(None, "state"),
)
