"""Originals under seal: anyone with the public key can lock a file away, only the holder of the private key reads it.

The server that receives frames needs no secret. A file is cut into pieces, each in a libsodium sealed box that also
holds its number and whether it is the last, so that pieces cannot be dropped, doubled or put in another order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.key_files import read_key, write_keys

PIECE = 4 * 1024 * 1024
HEAD = struct.Struct(">Q?")  #: number of the piece, whether it is the last
LENGTH = struct.Struct(">I")
MAGIC = b"pavement sealed 1\n"
PUBLIC, PRIVATE, SUFFIX = "seal.public", "seal.private", ".sealed"


def make_keys(folder: Path) -> tuple[Path, Path]:
    """A new pair of keys in `folder`: seal.public for the server, seal.private for a safe place; never overwritten."""
    key = PrivateKey.generate()
    write_keys(folder, {PUBLIC: key.public_key, PRIVATE: key})
    return folder / PUBLIC, folder / PRIVATE


def seal(source: Path, target: Path, public: Path) -> None:
    """Lock `source` into `target` with the public key in the file `public`."""
    box = SealedBox(read_key(public, PublicKey, "public key", "make one with `pavement keys new FOLDER`"))
    with open(source, "rb") as file, whole_file(target) as temporary, open(temporary, "wb") as sealed:
        sealed.write(MAGIC)
        for number, (piece, last) in enumerate(pieces(file)):
            locked = box.encrypt(HEAD.pack(number, last) + piece)
            sealed.write(LENGTH.pack(len(locked)) + locked)


def unseal(source: Path, target: Path, private: Path) -> None:
    """Open `source` with the private key in the file `private`; BadInput where it is damaged, or sealed for another."""
    box = SealedBox(read_key(private, PrivateKey, "private key", "give the file seal.private"))
    with open(source, "rb") as sealed, whole_file(target) as temporary, open(temporary, "wb") as file:
        if sealed.read(len(MAGIC)) != MAGIC:
            raise BadInput("is no sealed file", file=source, do=f"give a file that ends in {SUFFIX}")
        number, last = 0, False
        while size := sealed.read(LENGTH.size):
            try:
                opened = box.decrypt(sealed.read(LENGTH.unpack(size)[0]))
                place, ending = HEAD.unpack(opened[: HEAD.size])
            except (CryptoError, struct.error, ValueError, TypeError) as error:
                what = "cannot be opened: damaged, or sealed for another key"
                raise BadInput(what, file=source, do="give the key that belongs to it") from error
            if place != number or last:
                raise BadInput("holds pieces in another order", file=source, do="restore it from a backup")
            file.write(opened[HEAD.size :])
            number, last = number + 1, ending
        if not last:
            raise BadInput("ends too early", file=source, do="restore it from a backup")


def pieces(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """A file's pieces, each with whether it is the last; an empty file is one empty piece."""
    piece = file.read(PIECE)
    while True:
        following = file.read(PIECE)
        yield piece, not following
        if not following:
            return
        piece = following
