"""Whether two installations hold the same results: python -m tests.scale.compare A B [--url-a … --store-b …].

A and B are data folders. What must not depend on the machine is compared row by row and file by file: the same drives
on SQLite and a folder by one process, and on PostgreSQL and S3 by several, in another order. Left out is what tells of
the work and not of the road: times of working, counters of transactions, and ids drawn by chance, which are replaced by
what they name (a drive by its vehicle and the time when it began).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from exporters.review import export_review
from pavement.errors import BadInput
from pavement.export_choice import Choice
from pavement.jobs.make_export import make_export
from pavement.review.review import make_review
from pavement.review.settings import ReviewSettings
from pavement.store.adopted_tables import (
    ADOPTED,
    ADOPTED_DEFECTS,
    CORRECTIONS,
    DEFECT_STATES,
    DRAWN_DEFECTS,
    PHOTO_MARKS,
    SECTIONS,
)
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, PHOTOS, SEGMENTS
from pavement.store.review_data import read_material
from pavement.store.scope import EVERYTHING
from pavement.store.tables import DRIVES
from tests.scale.storing import open_store

RESULTS = (SECTIONS, SEGMENTS, DEFECTS, PHOTOS, ADOPTED, ADOPTED_DEFECTS)
BY_PEOPLE = (CORRECTIONS, DEFECT_STATES, DRAWN_DEFECTS, PHOTO_MARKS, ALERTS)
EXPORTS = ("form-a", "form-a-csv", "csv", "geojson")
TOLD = 12  #: differences of a table that are told
LEFT_OUT: Mapping[str, str] = {
    "revision": "counts transactions",
    "at": "when a person decided, by this installation's clock",
    "accepted_at": "the same",
    "locked_at": "the same",
    "undone_at": "the same",
    "patched_at": "the same",
    "repaired_at": "the same",
    "found_at": "when an analysis ended, by this installation's clock",
    "notified_at": "when somebody was told",
    "confirmed_at": "when a person decided",
}
LEFT_OUT_OF: Mapping[str, Mapping[str, str]] = {
    "sections": {"network_id": "of the file's bytes, and a GeoPackage holds when it was written"},
    "corrections": {"id": "drawn by chance"},
    "alerts": {"analysis_id": "the pass that was analysed first", "facts": "as that pass saw it"},
}
TEXTS = (".csv", ".json", ".geojson", ".html", ".txt", ".md", ".qgs", ".qml")
Pair = tuple["Side", "Side"]


@dataclass
class Side:
    """One installation."""

    database: Database
    blobs: Blobs
    names: dict[str, str] = field(default_factory=dict)  #: id drawn by chance -> what it names

    def __post_init__(self) -> None:
        with self.database.reading() as connection:
            drives = connection.execute(select(DRIVES.c.id, DRIVES.c.vehicle, DRIVES.c.started_at)).all()
            analyses = connection.execute(select(ANALYSES.c.id, ANALYSES.c.drive_id, ANALYSES.c.number)).all()
            for row in drives:
                self.names[row.id] = f"<{row.vehicle} {row.started_at.astimezone(UTC).isoformat()}>"
            for row in analyses:
                self.names[row.id] = f"{self.names[row.drive_id]}#{row.number}"
            photos = connection.execute(select(PHOTOS.c.id, PHOTOS.c.analysis_id, PHOTOS.c.number)).all()
            for row in photos:
                self.names[row.id] = f"{self.names[row.analysis_id]}{row.number}"
        if len(set(self.names.values())) != len(self.names):
            raise BadInput("two drives of one vehicle began at the same time", do="compare others")
        self._any = re.compile("|".join(map(re.escape, self.names)) or "(?!)")

    def named(self, text: str) -> str:
        """A text in which ids are replaced by what they name."""
        return self._any.sub(lambda found: self.names[found[0]], text)

    def rows(self, table: Table) -> Counter[str]:
        """The rows of a table as texts."""
        out = {**LEFT_OUT, **LEFT_OUT_OF.get(table.name, {})}
        columns = [column for column in table.c if column.name not in out]
        with self.database.reading() as connection:
            return Counter(self._row(dict(row._mapping)) for row in connection.execute(select(*columns)))

    def _row(self, row: Mapping[str, Any]) -> str:
        return self.named(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain, cls=_Decisions))

    def outputs(self) -> dict[str, str]:
        """File of an analysis -> digest of its bytes, of those that hold results."""
        found = {}
        with self.database.reading() as connection:
            rows = connection.execute(select(ANALYSES.c.id, ANALYSES.c.outputs).where(ANALYSES.c.state == "done"))
            stored = [(row.id, name, each["key"]) for row in rows for name, each in (row.outputs or {}).items()]
        for analysis_id, name, key in stored:
            if name != "run.json":  # tells times, and what machine it was
                for member, data in _members(name, self.blobs.read(key)):
                    found[f"{self.names[analysis_id]}/{member}"] = self.digest(member, data)
        return found

    def digest(self, name: str, data: bytes) -> str:
        """Of a file's contents: of a text with ids replaced, of a book cell by cell."""
        if name.endswith(".xlsx"):
            return _short(self.named("\n".join(_cells(data))).encode())
        if name.endswith(TEXTS):
            text = data.decode("cp932" if "cp932" in name else "utf-8")
            return _short(self.named(text).encode())
        return _short(data)

    def files(self, year: int, exports: Sequence[str], scratch: Path) -> dict[str, tuple[str, bytes]]:
        """Name -> (digest, bytes) of the files that people get of a 年度, the review among them."""
        written: list[Path] = []
        for what in exports:
            folder = Path(tempfile.mkdtemp(dir=scratch))
            written.append(make_export(self.database, self.blobs, what, Choice(year), EVERYTHING, folder, _quiet))
        folder = Path(tempfile.mkdtemp(dir=scratch))
        made = make_review(read_material(self.database, year), ReviewSettings(), date(year, 12, 1))
        written += [path for path in export_review(made, folder) if path.suffix in (".json", ".csv", ".xlsx")]
        found = {}
        for path in written:
            for name, data in _members(path.name, path.read_bytes()):
                found[name] = self.digest(name, data), data
        return found


class _Decisions(json.JSONEncoder):
    """JSON columns hold when and by which correction a person decided."""

    def encode(self, o: Any) -> str:
        for name in ("corrected",):
            if isinstance(o, dict) and isinstance(o.get(name), dict):
                plain = {key: {k: v for k, v in each.items() if k not in ("at", "id")} for key, each in o[name].items()}
                o = {**o, name: plain}
        return super().encode(o)


def differences(
    sides: Pair, years: Sequence[int], exports: Sequence[str] = EXPORTS, *, outputs: bool = True
) -> list[str]:
    """What differs, a line each; empty where both hold the same results."""
    found: list[str] = []
    for table in (*RESULTS, *BY_PEOPLE):
        first, second = (side.rows(table) for side in sides)
        found += _told(table.name, (first - second).elements(), (second - first).elements())
    if outputs:
        found += _unlike("output", *(side.outputs() for side in sides))
    with tempfile.TemporaryDirectory() as scratch:
        for year in years:
            a, b = (side.files(year, exports, Path(scratch)) for side in sides)
            for line in _unlike(str(year), {n: d for n, (d, _) in a.items()}, {n: d for n, (d, _) in b.items()}):
                name = line.split(": ", 1)[1].rsplit(" ", 1)[0]
                found.append(line + _first_line(sides, name, a, b))
    return found


def years_of(side: Side) -> list[int]:
    """The 年度 of which something was adopted."""
    with side.database.reading() as connection:
        return sorted(connection.execute(select(ADOPTED.c.fiscal_year).distinct()).scalars())


def _told(name: str, only_first: Iterator[str], only_second: Iterator[str]) -> list[str]:
    lines = [f"{name}: {sign} {row}" for sign, rows in (("A", only_first), ("B", only_second)) for row in sorted(rows)]
    return lines[:TOLD] + ([f"{name}: … {len(lines)} in all"] if len(lines) > TOLD else [])


def _unlike(part: str, first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    found = [f"{part}: {name} differs" for name in sorted({*first} & {*second}) if first[name] != second[name]]
    return found + [f"{part}: {name} one-sided" for name in sorted({*first} ^ {*second})]


def _first_line(sides: Pair, name: str, *files: Mapping[str, tuple[str, bytes]]) -> str:
    """Where two files differ first, for whoever has to find out why."""
    if any(name not in each for each in files) or not name.endswith((*TEXTS, ".xlsx")):
        return ""
    lines = []
    for side, each in zip(sides, files, strict=True):
        data = each[name][1]
        if name.endswith(".xlsx"):
            lines.append([side.named(cell) for cell in _cells(data)])
        else:
            lines.append(side.named(data.decode("cp932" if "cp932" in name else "utf-8")).splitlines())
    for number, (a, b) in enumerate(zip(*lines, strict=False), start=1):
        if a != b:
            return f" from {number}: {a[:300]!r} / {b[:300]!r}"
    return f": {len(lines[0])} / {len(lines[1])} lines"


def _members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if not name.endswith(".zip"):
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            yield f"{name}/{member}", archive.read(member)


def _cells(book: bytes) -> list[str]:
    from openpyxl import load_workbook

    sheets = load_workbook(io.BytesIO(book)).worksheets
    return [f"{sheet.title}!{c.coordinate}={c.value!r}" for sheet in sheets for row in sheet.iter_rows() for c in row]


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def main() -> None:
    """The command: 0 where both are the same, else 1 and what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    for side in ("a", "b"):
        parser.add_argument(f"--url-{side}", default="", help="of its PostgreSQL; else SQLite in the folder")
        parser.add_argument(f"--store-{side}", default="", help="s3://…; else in the folder")
    parser.add_argument("--exports", default=",".join(EXPORTS))
    given = parser.parse_args()
    sides = (
        Side(*open_store(given.first, given.url_a, given.store_a)),
        Side(*open_store(given.second, given.url_b, given.store_b)),
    )
    found = differences(sides, years_of(sides[0]), given.exports.split(","))
    rows = {table.name: sides[0].rows(table).total() for table in RESULTS}
    print("\n".join(found) or "the same")
    print(json.dumps({"same": not found, "rows": rows}, ensure_ascii=False))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
