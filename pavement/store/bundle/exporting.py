"""Analyses that are done, their rows and their files, into a bundle."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Select, Table, select

from pavement import __version__
from pavement.files import whole_file
from pavement.store.archive import SUMS, Stream, add_member
from pavement.store.blobs import Blobs
from pavement.store.bundle.rows import ABOUT, FORMAT, ROWS, SIGNATURE, STORE, TABLES, check_key, keys_of, to_line
from pavement.store.bundle.signing import sign
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, NETWORKS
from pavement.store.tables import DEVICES, DRIVES


@dataclass(frozen=True)
class Exported:
    """What a bundle holds."""

    analyses: int
    rows: int
    files: int
    bytes: int
    missing: int  #: files that rows name and the store has no more (their time to be kept was over)


def export_bundle(
    database: Database, blobs: Blobs, out: Path, since: datetime | None = None, private: Path | None = None
) -> Exported:
    """Write the bundle `out`, whole or not at all: all analyses that were done at `since` or later.

    `private`: the key to sign it with.
    """
    began = utc_now()
    with tempfile.TemporaryDirectory(dir=_folder_of(out)) as scratch:
        rows_file = Path(scratch) / ROWS
        with open(rows_file, "w", encoding="utf-8", newline="\n") as file, database.reading() as connection:
            counts, keys = _write_rows(connection, file, since)
        sizes = {key: blobs.size(key) for key in sorted(keys)}
        present = {key: size for key, size in sizes.items() if size is not None}
        about = {"format": FORMAT, "software": __version__, "made_at": began.isoformat(), "rows": counts}
        about |= {"since": since.isoformat() if since else None, "files": len(present)}
        with whole_file(out) as temporary, tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as tar:
            sums = _add_bytes(tar, ABOUT, json.dumps(about, ensure_ascii=False).encode())
            with open(rows_file, "rb") as lines:
                sums += add_member(tar, ROWS, rows_file.stat().st_size, lines)
            for key, size in present.items():
                sums += add_member(tar, STORE + key, size, Stream(blobs.stream(key)))
            _add_bytes(tar, SUMS, sums.encode())
            if private is not None:
                _add_bytes(tar, SIGNATURE, sign(sums.encode(), private))
    total = sum(counts.values())
    return Exported(counts["analyses"], total, len(present), sum(present.values()), len(sizes) - len(present))


def _folder_of(out: Path) -> Path:
    folder = out.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> str:
    return add_member(tar, name, len(data), io.BytesIO(data))


def _write_rows(connection: Connection, file: IO[str], since: datetime | None) -> tuple[dict[str, int], set[str]]:
    """Write every row; how many of each table, and the files that they name."""
    counts = dict.fromkeys(TABLES, 0)
    keys: set[str] = set()
    for table in TABLES.values():
        for row in _rows(connection, table, since):
            file.write(to_line(table, row))
            counts[table.name] += 1
            keys.update(keys_of(table, row))
    for key in keys:
        check_key(key)  # invariant: nothing but results and networks leaves, whatever a row says
    return counts, keys


def _rows(connection: Connection, table: Table, since: datetime | None) -> Iterator[Any]:
    done = select(ANALYSES.c.id, ANALYSES.c.drive_id, ANALYSES.c.network_id).where(ANALYSES.c.state == "done")
    if since is not None:
        done = done.where(ANALYSES.c.finished_at >= since)
    chosen = done.subquery()
    drives = select(chosen.c.drive_id)
    query: Select[Any] = select(table)
    if table is NETWORKS:
        query = query.where(NETWORKS.c.id.in_(select(chosen.c.network_id)))
    elif table is DRIVES:
        query = query.where(DRIVES.c.id.in_(drives))
    elif table is DEVICES:
        query = query.where(DEVICES.c.id.in_(select(DRIVES.c.device_id).where(DRIVES.c.id.in_(drives))))
    elif table is ANALYSES:
        query = query.where(ANALYSES.c.id.in_(select(chosen.c.id)))
    else:
        query = query.where(table.c.analysis_id.in_(select(chosen.c.id)))
    for row in connection.execution_options(yield_per=1000).execute(query.order_by(*table.primary_key.columns)):
        yield row._mapping
