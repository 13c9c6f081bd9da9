"""A server's database and files in one TAR, made while it runs, and back into an empty place of either kind.

The rows are copied first, all of one moment, then the files: whatever a row of that moment names is in the store
already. Files come from the store as it is set (a folder or a bucket) and go to the one that is set where they are
restored. `SHA256SUMS` at the end covers every member; rows are only written when all agree.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pavement.errors import BadInput, Fault
from pavement.files import whole_file
from pavement.server_settings import ServerSettings
from pavement.store.archive import SUMS, Stream, add_member, read_sums, write_member
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.database import open_database
from pavement.store.table_dump import dump_tables, is_empty, load_tables, read_rows

ROWS = "rows/"  #: a file of JSON lines for each table
ABOUT = "backup.json"
STORE = "store/"
FORMAT = 2


@dataclass(frozen=True)
class Kept:
    """What a backup holds."""

    files: int
    bytes: int


def back_up(settings: ServerSettings, out: Path) -> Kept:
    """Write the backup `out`, whole or not at all. Raises BadInput where there is no database."""
    blobs = open_blobs(settings.store_url)
    sums: list[str] = []
    files = size = 0
    with whole_file(out) as temporary, tempfile.TemporaryDirectory(dir=out.absolute().parent) as folder:
        about = json.dumps({"format": FORMAT, "revision": _dump(settings, Path(folder))}).encode()
        with tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as tar:
            sums.append(add_member(tar, ABOUT, len(about), io.BytesIO(about)))
            for table in sorted(Path(folder).iterdir()):
                with open(table, "rb") as file:
                    sums.append(add_member(tar, ROWS + table.name, table.stat().st_size, file))
            for key, length in sorted(blobs.list()):
                sums.append(add_member(tar, STORE + key, length, Stream(blobs.stream(key))))
                files, size = files + 1, size + length
            text = "".join(sums).encode()
            add_member(tar, SUMS, len(text), io.BytesIO(text))
    return Kept(files, size)


def restore(backup: Path, settings: ServerSettings) -> Kept:
    """Put a backup into `settings`' places, where nobody has used the database yet. Raises BadInput."""
    target = _database_file(settings)
    _check_empty(settings, target)
    settings.data.mkdir(parents=True, exist_ok=True)
    blobs = open_blobs(settings.store_url)
    with tempfile.TemporaryDirectory(dir=settings.data) as folder, _readable(backup):
        kept, revision = _unpack(backup, Path(folder), blobs)
        _check_files(Path(folder) / "files.jsonl", blobs)
        if target is None:
            _load(settings.database_url, revision, Path(folder))
        else:
            with whole_file(target) as temporary:  # the database is there when it is whole
                _load(f"sqlite:///{temporary.as_posix()}", revision, Path(folder))
    return kept


def _dump(settings: ServerSettings, folder: Path) -> str:
    file = _database_file(settings)
    if file is not None and not file.is_file():
        raise BadInput("is missing: there is nothing to back up", file=file, do="check --data")
    with closing(open_database(settings.database_url)) as database:
        return dump_tables(database, folder)


def _load(url: str, revision: str, folder: Path) -> None:
    with closing(open_database(url)) as database:
        load_tables(database, revision, folder)


def _unpack(backup: Path, folder: Path, blobs: Blobs) -> tuple[Kept, str]:
    """Files to the store, rows to `folder`; raises BadInput where a byte differs."""
    sums: dict[str, str] = {}
    kept = Kept(0, 0)
    told = about = None
    for name, member, size in _members(backup):
        if name == SUMS:
            told = member.read().decode()
            continue
        place = folder / (name.removeprefix(ROWS) if name.startswith(ROWS) else "file")
        sums[name] = write_member(member, place)
        if name == ABOUT:
            about = json.loads(place.read_text(encoding="utf-8"))
        elif name.startswith(STORE):
            blobs.put_file(name.removeprefix(STORE), place)
            kept = Kept(kept.files + 1, kept.bytes + size)
    if told is None or about is None or sums != read_sums(told):
        raise BadInput("is damaged or not whole", file=backup, do="take another backup")
    if about["format"] != FORMAT:
        raise BadInput(f"is of format {about['format']}, not {FORMAT}", file=backup, do="use the version that made it")
    return kept, str(about["revision"])


def _members(backup: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with tarfile.open(backup, "r:") as tar:
        for info in tar:
            member = tar.extractfile(info) if info.isfile() else None
            table = info.name.removeprefix(ROWS)
            rows = info.name.startswith(ROWS) and table.endswith(".jsonl") and table == Path(table).name
            if member is None or not (info.name in (ABOUT, SUMS) or rows or info.name.startswith(STORE)):
                raise BadInput(f"has '{info.name}', which no backup has", file=backup)
            yield info.name, member, info.size


@contextmanager
def _readable(backup: Path) -> Iterator[None]:
    """What is wrong with the file is the user's to know."""
    try:
        yield
    except BadInput:
        raise
    except (tarfile.TarError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"is damaged ({error})", file=backup, do="take another backup") from error
    except FileNotFoundError as error:
        raise BadInput("is missing", file=backup, do="check its name") from error


def _check_files(rows: Path, blobs: Blobs) -> None:
    """Every file that a row calls stored is there, in its size; originals that were deleted have no place any more."""
    sizes = dict(blobs.list())
    stored = ((row["blob_key"], row["size"]) for row in read_rows(rows) if row["stored"] and row["blob_key"])
    missing = [key for key, size in stored if sizes.get(key) != size]
    if missing:
        raise Fault(f"{len(missing)} files that the database names are not in the backup, the first is {missing[0]}")


def _check_empty(settings: ServerSettings, file: Path | None) -> None:
    if file is not None:
        if file.exists():
            raise BadInput("is there already", file=file, do="give --data a new folder")
        return
    with closing(open_database(settings.database_url)) as database:
        if not is_empty(database):
            raise BadInput("the database holds data already", do="give PAVEMENT_DATABASE_URL a new one")


def _database_file(settings: ServerSettings) -> Path | None:
    with closing(open_database(settings.database_url)) as database:
        return database.file
