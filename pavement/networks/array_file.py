"""Arrays and a JSON object in one file that is either whole or refused; the arrays are mapped into memory, not read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MAGIC = b"pavement arrays\x01"
HEAD = len(MAGIC) + 16  #: then the header's length and the check sum of everything behind
ALIGN = 64
BLOCK = 1 << 20
KINDS = "biufU"  #: kinds of arrays that are kept: no objects, so nothing in the file is ever executed

Arrays = Mapping[str, NDArray[Any]]


def write_arrays(path: Path, facts: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a file in one piece: another process sees the old one or the new one. Raises OSError."""
    table, position = {}, 0
    for name, array in arrays.items():
        if array.dtype.kind not in KINDS:
            raise TypeError(f"array {name} has dtype {array.dtype}, expected one of {KINDS}")
        table[name] = {"dtype": array.dtype.str, "shape": array.shape, "at": position}
        position += -(-array.nbytes // ALIGN) * ALIGN
    header = json.dumps({"facts": facts, "arrays": table, "bytes": position}, ensure_ascii=False).encode()
    header += b" " * (-(HEAD + len(header)) % ALIGN)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(bytes(HEAD))
            size = len(header).to_bytes(8, "little")
            check = crc32(header, crc32(size))
            file.write(header)
            for array in arrays.values():
                content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
                padding = bytes(-content.nbytes % ALIGN)
                check = crc32(padding, crc32(content, check))
                file.write(content)
                file.write(padding)
            file.seek(0)
            file.write(MAGIC + size + check.to_bytes(8, "little"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_facts(path: Path) -> Any:
    """The JSON object alone, unchecked; None where the file is no such file."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
            length = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 8], "little")
            if not head.startswith(MAGIC) or length > os.fstat(file.fileno()).st_size:
                return None
            return json.loads(file.read(length))["facts"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_arrays(path: Path) -> tuple[Any, dict[str, NDArray[Any]]] | None:
    """The JSON object and the arrays, mapped read-only; None where the file is missing or damaged."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
            size, check = (head[at : at + 8] for at in (len(MAGIC), len(MAGIC) + 8))
            if not head.startswith(MAGIC) or _check_sum(file, size) != int.from_bytes(check, "little"):
                return None
            length = int.from_bytes(size, "little")
            file.seek(HEAD)
            header = json.loads(file.read(length))
        whole = np.memmap(path, np.uint8, "r", HEAD + length) if header["bytes"] else np.empty(0, np.uint8)
        return header["facts"], {name: _view(whole, each) for name, each in header["arrays"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check_sum(file: Any, first: bytes) -> int:
    """Of `first` and the rest of a file."""
    buffer, check = bytearray(BLOCK), crc32(first)
    while count := file.readinto(buffer):
        check = crc32(memoryview(buffer)[:count], check)
    return check


def _view(whole: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    if dtype.kind not in KINDS:
        raise ValueError(f"dtype {dtype} is not read")
    count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    part: NDArray[Any] = np.asarray(whole[entry["at"] : entry["at"] + count])
    return part.view(dtype).reshape(shape) if dtype.itemsize else np.empty(shape, dtype)
