"""Which rows and files a bundle carries, and how a row is written in a line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Table

from pavement.errors import BadInput
from pavement.store.columns import UtcTime
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, NETWORKS, PHOTOS, SEGMENTS
from pavement.store.tables import DEVICES, DRIVES

Row = Mapping[str, Any]

FORMAT = 1  #: raise it when an older version cannot read what is written
ABOUT, ROWS, STORE, SIGNATURE = "bundle.json", "rows.jsonl", "store/", "SHA256SUMS.signature"

#: in the order in which they can be written: what is referred to comes first
TABLES: Mapping[str, Table] = {
    table.name: table for table in (NETWORKS, DEVICES, DRIVES, ANALYSES, SEGMENTS, DEFECTS, PHOTOS, ALERTS)
}
#: columns that stay where they are: keys, people, and what only the machine that received the drive needs
LEFT_OUT: Mapping[str, Mapping[str, Any]] = {
    "networks": {"cut_at": None, "readopt_below": None},  # its sections are made where it arrives
    "devices": {"key_hash": None, "revoked_at": None, "person_id": None},
    "drives": {"bytes": 0, "file_count": 0},
    "analyses": {"worker": None},
}
STAFF = "職員"  #: what a device is called that stands for a person
_OWN_KEY = re.compile(r"[0-9A-Za-z_-]{1,80}")


def to_line(table: Table, row: Row) -> str:
    """A row as a line of rows.jsonl."""
    left_out = LEFT_OUT.get(table.name, {})
    names = [column.name for column in table.c if column.name not in left_out and row[column.name] is not None]
    values = {name: _plain(row[name]) for name in names}
    if table is DEVICES and row["person_id"] is not None:
        values["name"] = STAFF
    return json.dumps({"table": table.name, "row": values}, ensure_ascii=False, separators=(",", ":")) + "\n"


def from_line(line: str) -> tuple[Table, dict[str, Any]]:
    """Table and row of a line; raises ValueError."""
    read = json.loads(line)
    table = TABLES.get(read["table"])
    if table is None:
        raise BadInput(
            f"has rows of '{read['table']}', which this version does not know", do="update this server first"
        )
    given: dict[str, Any] = read["row"]
    if (
        unknown := given.keys() - {column.name for column in table.c}
        | given.keys() & LEFT_OUT.get(table.name, {}).keys()
    ):
        what = f"has {table.name}.{min(unknown)}, which this version does not know"
        raise BadInput(what, do="update this server first")
    row = {name: _typed(table, name, value) for name, value in given.items()}
    row |= {name: value for name, value in LEFT_OUT.get(table.name, {}).items() if value is not None}
    if table is DEVICES:  # no key has this hash: nothing can be sent in its name
        row |= {"key_hash": f"bundle:{row['id']}", "revoked_at": row["created_at"]}
    _check_keys(table, row)
    return table, row


def keys_of(table: Table, row: Row) -> list[str]:
    """The files in the store that a row names."""
    if table is NETWORKS:
        return [row["blob_key"]]
    if table is PHOTOS:
        return [row["masked_key"], row["marked_key"]]
    if table is ANALYSES:
        return [each["key"] for each in (row.get("outputs") or {}).values()]
    return []


def _check_keys(table: Table, row: Row) -> None:
    """A row may name its own analysis's results only: a forged one must not open a drive's unmasked frames."""
    if table is NETWORKS:
        own = "networks/"
    else:
        analysis = str(row.get("id" if table is ANALYSES else "analysis_id", ""))
        own = f"results/{analysis}/"
        if keys_of(table, row) and not _OWN_KEY.fullmatch(analysis):
            raise ValueError(f"'{analysis[:80]}' is no id")
    for key in keys_of(table, row):
        check_key(key, own)


def check_key(key: str, below: str | None = None) -> None:
    """Raises ValueError for a file that a bundle cannot hold, or that is not below `below`."""
    parts = key.split("/")
    good = parts[0] in ("results", "networks") and len(parts) > 1 and not {"", ".", ".."} & set(parts)
    if not good or "\\" in key or (below is not None and not key.startswith(below)):
        raise ValueError(f"'{key[:80]}' is no file of a bundle")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if value is not None and isinstance(kind, UtcTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if value is not None and isinstance(kind, Date) else value
