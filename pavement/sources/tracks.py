"""Track files of a drive, whatever their format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.drive import JST, Notice
from pavement.errors import BadInput
from pavement.sources.fix import Parsed, to_track
from pavement.sources.gpx import parse_gpx
from pavement.sources.nmea import parse_nmea
from pavement.sources.text import decode
from pavement.sources.track_csv import parse_track_csv
from pavement.track import FLAW_JA, Flaw, Track, backward_steps, flaws_of, in_time_order, join

_PARSERS: dict[str, Callable[[str, str, tzinfo], Parsed]] = {
    ".gpx": parse_gpx,
    ".nmea": parse_nmea,
    ".csv": parse_track_csv,
}
TRACK_SUFFIXES = frozenset(_PARSERS)


@dataclass(frozen=True)
class TrackFile:
    """A track file's fixes in input order, also those that are not used; `flaws` says why, shape (n,)."""

    file: str
    track: Track
    flaws: tuple[Flaw | None, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class MergedTrack:
    """The good fixes of all files in time order, and the account: fixes_in = len(track) + sum of rejected."""

    track: Track
    fixes_in: int
    rejected: dict[str, int]
    notices: tuple[Notice, ...]


def read_track(path: Path, zone: tzinfo = JST) -> TrackFile:
    """The fixes of one GPX, NMEA or CSV file; CSV times without an offset are in `zone`.

    Raises BadInput where the file cannot be read or has no fix at all.
    """
    if not path.is_file():
        raise BadInput("no such file", file=path, do="check the path of the track")
    if path.suffix.lower() not in TRACK_SUFFIXES:
        raise BadInput("not a track file", file=path, do="give a .gpx, .nmea or .csv file")
    read = parse_track(_bytes(path), path.name, zone)
    if not len(read.track):
        raise BadInput("no position fix in it", file=path, do="give GPX, NMEA, or CSV with timestamp,lon,lat")
    return read


def read_tracks(paths: Sequence[Path], folder: Path, zone: tzinfo) -> list[TrackFile]:
    """All track files of a drive; a file that cannot be used costs a notice, not the drive."""
    return [parse_track(_bytes(path), path.relative_to(folder).as_posix(), zone) for path in paths]


def parse_track(data: bytes, file: str, zone: tzinfo) -> TrackFile:
    """The fixes in the bytes of a track file named `file`; nothing in `data` raises."""
    if not data.strip(b"\0 \r\n"):
        parsed = Parsed(remarks=["空か、読めないファイルです。このファイルは使いません"])
    else:
        parsed = _PARSERS[Path(file).suffix.lower()](decode(data), file, zone)
    return to_track_file(file, parsed)


def to_track_file(file: str, parsed: Parsed) -> TrackFile:
    """The parsed fixes as arrays, each with its flaw, and the notices that they call for."""
    track = to_track(parsed.fixes)
    flaws = tuple(fix.flaw or flaw for fix, flaw in zip(parsed.fixes, flaws_of(track), strict=True))
    remarks = [*parsed.remarks, *(f"{FLAW_JA[flaw]}: {n}点を使いませんでした" for flaw, n in _count(flaws).items())]
    if steps := backward_steps(track.take(_good(flaws))):
        remarks.append(f"時刻が逆戻りする点が{steps}か所あります。時刻順に並べ替えました")
    return TrackFile(file, track, flaws, tuple(Notice(file, remark) for remark in remarks))


def merge(files: Sequence[TrackFile]) -> MergedTrack:
    """The good fixes of `files` in time order, one for each time; the account holds every fix that was read."""
    good = join([file.track.take(_good(file.flaws)) for file in files])
    track = in_time_order(good)
    rejected = _count([flaw for file in files for flaw in file.flaws])
    notices = [notice for file in files for notice in file.notices]
    if same := len(good) - len(track):
        rejected[Flaw.DUPLICATE_TIME] = same
        names = "、".join(file.file for file in files)
        notices.append(Notice(names, f"{FLAW_JA[Flaw.DUPLICATE_TIME]}: {same}点を除き、先にある点を使いました"))
    fixes_in = sum(len(file.flaws) for file in files)
    assert fixes_in == len(track) + sum(rejected.values()), "a fix was lost"
    return MergedTrack(track, fixes_in, {flaw.value: n for flaw, n in sorted(rejected.items())}, tuple(notices))


def _good(flaws: Sequence[Flaw | None]) -> NDArray[np.bool_]:
    return np.array([flaw is None for flaw in flaws], bool)


def _count(flaws: Sequence[Flaw | None]) -> Counter[Flaw]:
    return Counter(flaw for flaw in flaws if flaw is not None)


def _bytes(path: Path) -> bytes:
    """The file's bytes; none where it cannot be read, which is then said like of an empty file."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
