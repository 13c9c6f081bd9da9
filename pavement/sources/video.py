"""MP4 files: their clock and frame times from the boxes of the file, without decoding a picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
PICK_EVERY_S = 0.5  #: how densely a video's frames are picked; the pipeline may thin them by distance
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_SANE, _END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MAX_MOOV = 256 * 2**20
_MAX_FRAMES = 24 * 3600 * 240  #: a day at 240 frames/s; a table that claims more is damage
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})  #: kinds of a first box
_MAX_S = 2 * 86_400.0
_CLOSE_S = 5.0  #: how well a file name's time and the creation time agree when they mean the same moment


@dataclass(frozen=True)
class VideoFile:
    """Frame times of a video in seconds from its start, shape (n,) rising, and its creation time if it has one."""

    times_s: Times
    created: datetime | None

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1])


def read_video(path: Path) -> VideoFile | None:
    """The clock of an MP4 file; None where it is none, is broken off (no `moov` box) or holds no picture track."""
    try:
        moov = _read_moov(path)
    except OSError:
        return None
    return None if moov is None else parse_moov(moov)


def parse_moov(moov: bytes) -> VideoFile | None:
    """The clock in the contents of a `moov` box; None where it holds no readable picture track with frames."""
    try:
        created = next((_created(box) for kind, box in _boxes(moov) if kind == b"mvhd"), None)
        tracks = [_frame_times(box) for kind, box in _boxes(moov) if kind == b"trak"]
    except (struct.error, ValueError, OverflowError):
        return None
    times = next((t for t in tracks if t is not None and len(t)), None)
    return None if times is None else VideoFile(times, created)


def picked_frames(times_s: Times, every_s: float = PICK_EVERY_S) -> NDArray[np.intp]:
    """Indices of the first frame at or after each multiple of `every_s`.

    >>> picked_frames(np.arange(10) * 0.2).tolist()
    [0, 3, 5, 8]
    """
    marks = np.arange(0.0, times_s[-1] + 1e-6, every_s)
    return np.unique(np.searchsorted(times_s, marks - 1e-6).clip(max=len(times_s) - 1))


def start_time(created: datetime | None, named: datetime | None, duration_s: float) -> datetime | None:
    """When a video starts, UTC: its creation time.

    Many Android phones write the creation time when the recording ends. Where the file's name tells a start that lies
    just the video's duration before it, that is so, and the duration is taken off.
    """
    if created is None:
        return named
    early = created - timedelta(seconds=duration_s)
    if named is not None and abs((early - named).total_seconds()) < _CLOSE_S < abs((created - named).total_seconds()):
        return early
    return created


def _read_moov(path: Path) -> bytes | None:
    """Contents of the first `moov` box, skipping over the others without reading them.

    A file that does not begin as an MP4 is none: FFmpeg takes it for what its first bytes say, and in some formats
    (HLS, concat) that is a list of other files to open.
    """
    with open(path, "rb") as file:
        left = whole = path.stat().st_size
        while left >= 8:
            size, kind = struct.unpack(">I4s", file.read(8))
            if left == whole and kind not in _FIRST:
                return None
            head = 8
            if size == 1:
                wide = file.read(8)
                size, head = (int.from_bytes(wide), 16)
            size = left if size == 0 else size
            if size < head or size > left:
                return None
            if kind == b"moov":
                return file.read(size - head) if size <= _MAX_MOOV else None
            file.seek(size - head, 1)
            left -= size
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of the boxes in `data`; ends where they stop making sense."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            return
        yield kind, data[at + 8 : at + size]
        at += size


def _box(data: bytes, *path: bytes) -> bytes | None:
    for name in path:
        found = next((box for kind, box in _boxes(data) if kind == name), None)
        if found is None:
            return None
        data = found
    return data


def _created(mvhd: bytes) -> datetime | None:
    seconds = struct.unpack_from(">Q" if mvhd[0] == 1 else ">I", mvhd, 4)[0] if mvhd else 0
    time = _EPOCH + timedelta(seconds=min(seconds, 1 << 34))
    return time if _SANE <= time < _END else None


def _frame_times(trak: bytes) -> Times | None:
    """Presentation times of a picture track's frames in seconds from the first; None for other tracks."""
    handler, header = _box(trak, b"mdia", b"hdlr"), _box(trak, b"mdia", b"mdhd")
    steps = _box(trak, b"mdia", b"minf", b"stbl", b"stts")
    if handler is None or handler[8:12] != b"vide" or not header or steps is None:
        return None
    scale = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)[0]
    deltas = _runs(steps, ">u4")
    if not scale or deltas is None or not len(deltas):
        return None
    ticks = np.concatenate([[0], np.cumsum(deltas[:-1])])
    shifts = _box(trak, b"mdia", b"minf", b"stbl", b"ctts")
    offsets = None if shifts is None else _runs(shifts, ">i4")
    if offsets is not None and len(offsets) == len(ticks):
        ticks = np.sort(ticks + offsets)
    times = np.asarray((ticks - ticks[0]) / scale, float)
    return times if times[-1] <= _MAX_S else None


def _runs(table: bytes, kind: str) -> NDArray[np.int64] | None:
    """The values of a run-length table (stts, ctts); None where it is cut off or claims too much."""
    (count,) = struct.unpack_from(">I", table, 4)
    if len(table) < 8 + 8 * count:
        return None
    pairs = np.frombuffer(table, ">u4", 2 * count, 8).reshape(-1, 2)
    if int(pairs[:, 0].sum(dtype=np.int64)) > _MAX_FRAMES:
        return None
    return np.repeat(np.ascontiguousarray(pairs[:, 1]).view(kind).astype(np.int64), pairs[:, 0].astype(np.int64))
