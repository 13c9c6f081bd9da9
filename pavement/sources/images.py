"""Photographs: what a JPEG file says of itself without decoding it, and its pixels."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

MAX_PIXELS = 200_000_000  #: a header that claims more is damage or a bomb
MAX_BYTES = 256 * 2**20  #: a larger file is no photo, and is never read into memory
_MOST_SCANS = 100  #: a progressive JPEG has about ten; each of them is decoded over the whole picture
_SOI, _EOI, _SOS, _APP1 = b"\xff\xd8", b"\xff\xd9", 0xDA, 0xE1
_NO_LENGTH = {0x01, *range(0xD0, 0xD8)}
_SIZE = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  #: the SOFn markers


@dataclass(frozen=True)
class PhotoFile:
    """What one read of a photo's bytes gave: `exif` is the undecoded block; `whole` as in `is_whole`."""

    size: int
    sha256: str
    whole: bool
    exif: bytes


@dataclass(frozen=True)
class JpegHeader:
    """The parts before a JPEG's pixels: EXIF block (empty: none), width and height, where the pixel data begin."""

    exif: bytes
    width: int
    height: int
    scan: int


def parse_header(data: bytes) -> JpegHeader | None:
    """The header of a JPEG; None where `data` is none or breaks off before the pixels."""
    if not data.startswith(_SOI):
        return None
    at, exif, width, height = 2, b"", 0, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _NO_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if marker == _SOS:
            return JpegHeader(exif, width, height, at + 2 + length)
        if marker in _SIZE and len(body) >= 5:
            height, width = struct.unpack_from(">HH", body, 1)
        elif marker == _APP1 and body.startswith(b"Exif\0\0") and not exif:
            exif = body
        at += 2 + length
    return None


def is_whole(data: bytes) -> bool:
    """Whether `data` is a JPEG from its start to the end of its picture, of a believable size.

    Decoders fill what a truncated file lacks with grey. The end marker is looked for after the header, since a
    thumbnail has one too, and anywhere after it, since phones append things.
    """
    header = parse_header(data)
    if header is None:
        return False
    end = data.find(_EOI, header.scan)
    scans = data.count(bytes([0xFF, _SOS]), header.scan, max(end, 0))
    return 0 < header.width * header.height <= MAX_PIXELS and end >= 0 and scans < _MOST_SCANS


def scan_photo(path: Path) -> PhotoFile:
    """Size, hash, wholeness and EXIF block of a photo, by reading it once; a file that cannot be read is not whole."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            with open(path, "rb") as file:
                return PhotoFile(size, hashlib.file_digest(file, "sha256").hexdigest(), whole=False, exif=b"")
        data = path.read_bytes()
    except OSError:
        data = b""
    header = parse_header(data)
    return PhotoFile(len(data), hashlib.sha256(data).hexdigest(), is_whole(data), header.exif if header else b"")


def decode_photo(data: bytes) -> Image | None:
    """Pixels (h, w, 3) BGR uint8, turned upright as EXIF says; None where `data` is no whole JPEG or PNG."""
    if not (is_whole(data) or _is_png(data)):
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _is_png(data: bytes) -> bool:
    """Whether `data` is a whole PNG of a believable size; its header is the first chunk (PNG 5.6)."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR" or b"IEND" not in data[-64:]:
        return False
    width, height = struct.unpack(">II", data[16:24])
    return bool(0 < width * height <= MAX_PIXELS)


def read_photo(path: Path) -> Image | None:
    """Pixels (h, w, 3) BGR uint8 of a JPEG or PNG file, whatever letters are in its path; None: see decode_photo."""
    try:
        return decode_photo(path.read_bytes()) if path.stat().st_size <= MAX_BYTES else None
    except OSError:
        return None
