"""The headers of an upload: which bytes, of what."""

from __future__ import annotations

import base64
import binascii
import re

from pavement.upload_state import Piece

RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class BadHeader(ValueError):
    """A header that does not say what it must; the text says what."""


class LengthRequired(ValueError):
    """The size of the file is told by no header."""


def read_piece(content_range: str | None, content_length: str | None, digest: str | None) -> Piece:
    """The piece that a request carries; raises BadHeader, LengthRequired.

    >>> read_piece("bytes 0-3/10", "4", "sha-256=" + "A" * 43 + "=").end
    4
    """
    sha256 = read_digest(digest)
    if content_length is not None and not re.fullmatch(r"\d{1,15}", content_length):
        raise BadHeader("Content-Length is no number")
    length = None if content_length is None else int(content_length)
    if content_range is None:
        if length is None:
            raise LengthRequired("give Content-Length, or Content-Range: bytes a-b/n")
        return Piece(0, length, length, sha256)
    found = RANGE.fullmatch(content_range.strip())
    if found is None:
        raise BadHeader("Content-Range is not 'bytes a-b/n'")
    first, last, size = (int(number) for number in found.groups())
    if length is not None and length != last - first + 1:
        raise BadHeader(f"Content-Range names {last - first + 1} bytes, Content-Length {length}")
    try:
        return Piece(first, last + 1, size, sha256)
    except ValueError as error:
        raise BadHeader(f"Content-Range: {error}") from error


def read_digest(digest: str | None) -> str:
    """The SHA-256 (hex) of `Digest: sha-256=<base64>` (RFC 3230); raises BadHeader."""
    for each in (digest or "").split(","):
        algorithm, _, text = each.strip().partition("=")
        if algorithm.lower() == "sha-256":
            try:
                data = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                data = b""
            if len(data) == 32:
                return data.hex()
    raise BadHeader("give Digest: sha-256=<base64 of the whole file's SHA-256>")


def write_digest(sha256: str) -> str:
    """The header's value for a SHA-256 (hex)."""
    return "sha-256=" + base64.b64encode(bytes.fromhex(sha256)).decode()
