"""Members of a TAR written from streams and read back, each with its SHA-256; what backups and bundles are made of."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from pavement.store.blobs import PIECE

SUMS = "SHA256SUMS"  #: the last member: a line for every other


class Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end."""
        parts, missing = [], size if size >= 0 else 1 << 62
        while missing and (self._rest or (piece := next(self._pieces, b""))):
            self._rest = self._rest or piece
            part, self._rest = self._rest[:missing], self._rest[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


class _Hashing(io.RawIOBase):
    """A file whose bytes are counted as they are read."""

    def __init__(self, file: IO[bytes] | Stream) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def add_member(tar: tarfile.TarFile, name: str, size: int, file: IO[bytes] | Stream) -> str:
    """Add a member; its line of SHA256SUMS."""
    info = tarfile.TarInfo(name)
    info.size = size
    counted = _Hashing(file)
    tar.addfile(info, counted)
    return f"{counted.digest.hexdigest()}  {name}\n"


def write_member(member: IO[bytes], place: Path) -> str:
    """Write a member to `place`; its SHA-256 (hex)."""
    digest = hashlib.sha256()
    with open(place, "wb") as file:
        while data := member.read(PIECE):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def digest_of(member: IO[bytes]) -> str:
    """A member's SHA-256 (hex)."""
    digest = hashlib.sha256()
    while data := member.read(PIECE):
        digest.update(data)
    return digest.hexdigest()


def read_sums(text: str) -> Mapping[str, str]:
    """Name -> SHA-256 (hex) of the lines of SHA256SUMS.

    >>> read_sums("ab12  store/a b\\n")
    {'store/a b': 'ab12'}
    """
    lines = (line.split("  ", 1) for line in text.splitlines())
    return {name: digest for digest, name in lines}
