"""A bundle into a server: looked through to its end before anything is changed, then written in one transaction."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from pavement.errors import BadInput
from pavement.store.archive import SUMS, digest_of, read_sums, write_member
from pavement.store.audit import CONSOLE, record
from pavement.store.blobs import Blobs
from pavement.store.bundle.rows import ABOUT, FORMAT, ROWS, SIGNATURE, STORE, TABLES, check_key, from_line, keys_of
from pavement.store.bundle.signing import is_signed
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES
from pavement.store.revision import raise_revision

SOME = 500  #: rows an INSERT
MOST_TEXT = 1 << 28  #: bytes of SHA256SUMS: a line a file
AGAIN = "have it made and carried once more"
DAMAGED = "does not agree with its list"
AfterImport = Callable[[Connection, list[str]], None]


@dataclass(frozen=True)
class Imported:
    """What was new of a bundle."""

    analyses: int
    rows: int
    files: int


def import_bundle(
    database: Database,
    blobs: Blobs,
    bundle: Path,
    public: Path | None = None,
    then: AfterImport = lambda _connection, _analyses: None,
) -> Imported:
    """Take in what is not there yet. Raises BadInput, and has then changed nothing.

    `public`: the key that must have signed it. `then` gets the ids of the analyses that are new, in the transaction
    that writes them. What people corrected here is in no bundle and stays.
    """
    with tempfile.TemporaryDirectory() as scratch:
        rows_file = Path(scratch) / ROWS
        with _readable(bundle):
            sums = _checked_sums(bundle, public)
            _check_room(bundle, blobs)
            named = _take_rows(bundle, sums, rows_file)
            files = [name.removeprefix(STORE) for name in sums if name.startswith(STORE)]
            if foreign := [key for key in files if key not in named]:
                raise BadInput(f"has {foreign[0]}, which no row names")
            new = _put_files(bundle, blobs, sums, Path(scratch))
        try:
            with database.writing() as connection:
                raise_revision(connection)  # the row on which those wait who change what is adopted: first
                try:
                    analyses, rows = _write_rows(connection, rows_file)
                except IntegrityError as error:
                    raise BadInput("has rows that do not belong together", file=bundle, do=AGAIN) from error
                then(connection, analyses)
                detail = {"analyses": len(analyses), "rows": rows, "files": len(new)}
                record(connection, CONSOLE, "bundle.import", sums[ROWS][:24], detail)
        except BaseException:
            for key in new:
                blobs.delete(key)
            raise
    return Imported(len(analyses), rows, len(new))


def _checked_sums(bundle: Path, public: Path | None) -> dict[str, str]:
    """SHA256SUMS of a bundle all of whose members agree with it."""
    found: dict[str, str] = {}
    told: bytes | None = None
    signature = b""
    for name, member in _members(bundle):
        if name == SUMS:
            told = member.read(MOST_TEXT)
        elif name == SIGNATURE:
            signature = member.read(1024)
        elif told is not None or name in found:
            raise ValueError(DAMAGED)
        elif name == ABOUT:
            text = member.read(1 << 20)
            found[name] = hashlib.sha256(text).hexdigest()
            _check_format(text)
        else:
            if name.startswith(STORE):
                check_key(name.removeprefix(STORE))
            found[name] = digest_of(member)
    if told is None or found != read_sums(told.decode()) or not {ABOUT, ROWS} <= found.keys():
        raise ValueError(DAMAGED)
    if public is not None and not is_signed(told, signature, public):
        raise BadInput(
            "is not signed with this key", do="have it made again with --sign, and check where it comes from"
        )
    return found


def _check_format(text: bytes) -> None:
    about = json.loads(text)
    if about["format"] != FORMAT:
        raise BadInput(
            f"is of format {about['format']}, made by pavement {about['software']}", do="update this server first"
        )


def _check_room(bundle: Path, blobs: Blobs) -> None:
    size = bundle.stat().st_size
    if blobs.folder is not None and shutil.disk_usage(blobs.folder).free < size * 1.1:
        raise BadInput(f"needs {size * 1.1 / 1e9:.1f} GB, and the disk has less", do="make room first")


def _take_rows(bundle: Path, sums: dict[str, str], to: Path) -> set[str]:
    """Keep the rows, every one of them read once, so that a wrong line changes nothing; the files that they name."""
    named: set[str] = set()
    for name, member in _members(bundle):
        if name == ROWS:
            _same(write_member(member, to), sums[ROWS])
            break
    order = list(TABLES)
    at = 0
    with open(to, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            table, row = from_line(line)
            if order.index(table.name) < at:
                raise ValueError(DAMAGED)
            at = order.index(table.name)
            named.update(keys_of(table, row))
    return named


def _put_files(bundle: Path, blobs: Blobs, sums: dict[str, str], scratch: Path) -> list[str]:
    """Store the files that are not there yet; their keys. What was put stays only if the rows follow."""
    new: list[str] = []
    try:
        for name, member in _members(bundle):
            key = name.removeprefix(STORE)
            if not name.startswith(STORE) or blobs.exists(key):
                continue
            place = scratch / "file"
            _same(write_member(member, place), sums[name])
            blobs.put_file(key, place)
            new.append(key)
    except BaseException:
        for key in new:
            blobs.delete(key)
        raise
    return new


def _write_rows(connection: Connection, file: Path) -> tuple[list[str], int]:
    """The ids of the analyses that are new, and how many rows are."""
    new: dict[str, None] = {}  # in their order
    rows = 0
    waiting: list[dict[str, Any]] = []
    current: Table | None = None
    with open(file, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            table, row = from_line(line)
            if table is not current or len(waiting) >= SOME:
                rows += _add(connection, current, waiting, new)
                waiting, current = [], table
            if "analysis_id" not in row or row["analysis_id"] in new:
                waiting.append(row)
    rows += _add(connection, current, waiting, new)
    return list(new), rows


def _add(connection: Connection, table: Table | None, rows: list[dict[str, Any]], new: dict[str, None]) -> int:
    """Add rows that are not there yet; how many were new."""
    if table is None or not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    added = 0
    if table is ANALYSES:
        for row in rows:  # one by one: their ids say which rows follow
            if connection.execute(insert, row).rowcount == 1:
                new[row["id"]] = None
                added += 1
        return added
    alike: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(frozenset(row), []).append(row)
    for some in alike.values():
        added += connection.execute(insert, some).rowcount
    return added


def _members(bundle: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(bundle, "r:") as tar:
        for info in tar:
            member = tar.extractfile(info) if info.isreg() else None
            if member is None or not (info.name in (ABOUT, ROWS, SUMS, SIGNATURE) or info.name.startswith(STORE)):
                raise BadInput(f"has '{info.name[:80]}', which no bundle has")
            yield info.name, member


def _same(found: str, expected: str) -> None:
    if found != expected:
        raise ValueError(DAMAGED)


@contextmanager
def _readable(bundle: Path) -> Iterator[None]:
    """What is wrong with the file is the user's to know, in one line that names it."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise BadInput("is missing", file=bundle, do="check its name") from error
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("is damaged or was altered", file=bundle, do=AGAIN) from error
    except BadInput as error:
        raise error if error.file else BadInput(str(error), file=bundle) from error
