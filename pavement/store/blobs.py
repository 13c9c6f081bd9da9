"""Files by key, in a folder or an S3 bucket (obstore). A key is written whole or not at all.

Where the store is a folder, a staged file that lies on the same disk is moved, not copied: it is flushed already, so
one rename and a flush of the folder are all that a receipt waits for.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.exceptions import NotFoundError as NoSuchKey
from obstore.store import LocalStore, ObjectStore, S3Store

from pavement.errors import BadInput, Fault
from pavement.files import whole_file

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PIECE = 4 * 1024 * 1024  #: bytes read at a time
PART = 8 * 1024 * 1024  #: bytes sent to a bucket at a time; S3 takes no less than 5 MiB and no more than 10,000
AT_ONCE = 2  #: parts in flight to a bucket: bounds the memory
#: a bucket of one's own on a closed network may speak plain HTTP; the endpoint's address says which
CLIENT: ClientConfig = {"allow_http": True, "connect_timeout": "5s", "timeout": "2m"}
#: short: the phone that waits for a receipt tries again by itself
RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


class StoreGone(Fault):
    """The store of files does not answer now; the same request may succeed later."""


class NoKey(ValueError):
    """A key that would lead out of the store."""


@dataclass(frozen=True)
class Blobs:
    """An open store of files; made by `open_blobs`."""

    url: str
    store: ObjectStore
    folder: Path | None = None  #: where it is a folder on this machine

    def put_file(self, key: str, source: Path) -> None:
        """Store the file at `source`, which is moved away; putting the same key again replaces it."""
        if self.folder is not None:
            self._move(source, self._place(key))
            return
        with _answering(key):
            obstore.put(self.store, key, source, chunk_size=PART, max_concurrency=AT_ONCE)
        source.unlink()

    def put(self, key: str, data: bytes) -> None:
        """Store bytes under `key`."""
        if self.folder is not None:
            with whole_file(self._place(key)) as temporary:
                temporary.write_bytes(data)
            return
        with _answering(key):
            obstore.put(self.store, key, data)

    def size(self, key: str) -> int | None:
        """Its size in bytes; None where there is no such key."""
        try:
            with _answering(key):
                return int(obstore.head(self.store, key)["size"])
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        """Whether `key` is stored."""
        return self.size(key) is not None

    def stream(self, key: str) -> Iterator[bytes]:
        """Its bytes piece by piece; raises FileNotFoundError."""
        with _answering(key):
            for piece in obstore.get(self.store, key).stream(min_chunk_size=PART):
                yield bytes(piece)

    def read(self, key: str) -> bytes:
        """All its bytes (of a small file); raises FileNotFoundError."""
        with _answering(key):
            return bytes(obstore.get(self.store, key).bytes())

    def fetch(self, key: str, to: Path) -> Path:
        """Write it to the file `to`, whole or not at all; raises FileNotFoundError."""
        with whole_file(to) as temporary, open(temporary, "wb") as file:
            for piece in self.stream(key):
                file.write(piece)
        return to

    def delete(self, key: str) -> None:
        """Remove it; nothing happens where it is not there."""
        try:
            with _answering(key):
                obstore.delete(self.store, key)
        except FileNotFoundError:
            pass

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Keys below the folder `prefix` with their sizes, in no order."""
        with _answering(prefix):
            for some in obstore.list(self.store, prefix or None):
                for found in some:
                    yield str(found["path"]), int(found["size"])

    def _place(self, key: str) -> Path:
        """Where a key's file is in the folder; keys are this system's own, never a client's words."""
        assert self.folder is not None
        parts = PurePosixPath(key).parts
        if not parts or ".." in parts or key.startswith("/") or "\\" in key or ":" in key:  # Windows' own ways out
            raise NoKey(f"'{key}' is no key")
        return self.folder.joinpath(*parts)

    def _move(self, source: Path, place: Path) -> None:
        new_folders = [each for each in place.parents if not each.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(source, place)
        except OSError as error:
            if error.errno != errno.EXDEV:  # another disk: a copy beside it, flushed, then its name
                raise
            with whole_file(place) as temporary:
                shutil.copyfile(source, temporary)
            source.unlink()
        for each in [place.parent, *(folder.parent for folder in new_folders)]:
            flush_folder(each)


def open_blobs(url: str) -> Blobs:
    """The store at `url`: a folder's path (made if missing), or s3://bucket/prefix (AWS_* of the environment)."""
    if url.startswith("s3://"):
        try:
            return Blobs(url, S3Store.from_url(url, client_options=CLIENT, retry_config=RETRY))
        except (BaseError, ValueError) as error:
            raise BadInput(f"PAVEMENT_STORE_URL cannot be used ({error})", do="give a folder or s3://bucket") from error
    if "://" in url:
        raise BadInput(f"PAVEMENT_STORE_URL is '{url}'", do="give a folder or s3://bucket/prefix")
    folder = Path(url).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return Blobs(url, LocalStore(folder), folder)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder survive the power going; Windows needs and offers no such thing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _answering(key: str) -> Iterator[None]:
    """A key that is not there is a FileNotFoundError; everything else that a store may say is a Fault."""
    try:
        yield
    except (NoSuchKey, FileNotFoundError) as error:
        raise FileNotFoundError(errno.ENOENT, "no such key", key) from error
    except BaseError as error:
        raise StoreGone(f"the store of files does not answer ({str(error).splitlines()[0]})") from error
