"""The headers of tus 1.0 (https://tus.io/protocols/resumable-upload): what they say, and what is answered."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from api.errors import Refusal
from api.headers import BadHeader

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"
ALGORITHMS = ("sha1", "sha256")
CONTENT = "application/offset+octet-stream"
NAMES = ("path", "relativePath", "relative_path", "filename", "name")  #: of metadata: the file's name, the first counts
NUMBER = re.compile(r"\d{1,15}")


def need_version(headers: Mapping[str, str]) -> None:
    """Raises Refusal (412) for another version of the protocol."""
    if headers.get("Tus-Resumable") != VERSION:
        raise Refusal(412, f"give Tus-Resumable: {VERSION}", {"Tus-Version": VERSION, "Tus-Resumable": VERSION})


def read_number(headers: Mapping[str, str], name: str) -> int:
    """A header that is a number of bytes; raises BadHeader."""
    text = headers.get(name, "")
    if not NUMBER.fullmatch(text):
        raise BadHeader(f"give {name}: a number of bytes")
    return int(text)


def read_metadata(text: str | None) -> dict[str, str]:
    """`Upload-Metadata`: names and values; raises BadHeader.

    >>> read_metadata("path ZnJhbWVzL2EuanBn,is_new")
    {'path': 'frames/a.jpg', 'is_new': ''}
    """
    found = {}
    for each in (text or "").split(","):
        name, _, value = each.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise BadHeader(f"Upload-Metadata: the value of '{name[:50]!a}' is no text in base64") from error
    return found


def name_in(metadata: Mapping[str, str]) -> str:
    """The file's name in the drive; raises BadHeader where none is told."""
    name = next((metadata[each] for each in NAMES if metadata.get(each)), None)
    if name is None:
        raise BadHeader("Upload-Metadata tells no path: give path, or filename")
    return name


def digest_in(metadata: Mapping[str, str]) -> str | None:
    """The SHA-256 (hex) of the whole file, where it is told; raises BadHeader."""
    text = metadata.get("sha256")
    if text is not None and not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise BadHeader("Upload-Metadata: sha256 is 64 hex digits")
    return text.lower() if text else None


def expires(at: datetime) -> dict[str, str]:
    """`Upload-Expires`."""
    return {"Upload-Expires": format_datetime(at.astimezone(UTC), usegmt=True)}


class Checksum:
    """`Upload-Checksum` of one piece: made while its bytes pass, compared at the end."""

    def __init__(self, text: str) -> None:
        algorithm, _, value = text.strip().partition(" ")
        if algorithm not in ALGORITHMS:
            raise BadHeader(f"Upload-Checksum: use one of {', '.join(ALGORITHMS)}")
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        try:
            self._told = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadHeader("Upload-Checksum is no base64") from error

    async def of(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same body."""
        async for data in body:
            self._digest.update(data)
            yield data

    def check(self) -> None:
        """Raises Refusal (460) where other bytes came."""
        if self._digest.digest() != self._told:
            raise Refusal(460, "the bytes that arrived are not those of the Upload-Checksum; they were dropped")
