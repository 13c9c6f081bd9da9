"""Files that are either whole or not there, whatever moment the power goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes `path`'s place, flushed to disk, when the block ends well.

    Without `flush` it is whole whatever becomes of the process, but not when the power goes: for one of many files that
    are followed by a flushed one which says that they are done.

    The temporary name keeps the suffix (writers choose their format by it); what a killed run left under that name is
    overwritten by the next.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
        if flush:
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes, *, flush: bool = True) -> None:
    """Write `data` to `path` in one piece; `flush` as above."""
    with whole_file(path, flush=flush) as temporary:
        temporary.write_bytes(data)
