"""Files that are either whole or not there, whatever moment the power goes."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pavement.errors import BadInput

Read = TypeVar("Read")


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


def read_toml(path: Path, build: Callable[[dict[str, Any]], Read], *, do: str, wrong: str = "cannot be read") -> Read:
    """What `build` makes of a TOML file; BadInput names the file, also where `build` raises it."""
    try:
        return build(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise BadInput(wrong, file=path, do=do) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"is no TOML ({error})", file=path, do="correct it and save it as UTF-8") from error
    except BadInput as error:
        raise BadInput(str(error), file=path) from error
