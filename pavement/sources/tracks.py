"""Track files of a drive, whatever their format."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.clock import Finding
from pavement.clock_words import JST
from pavement.drive import Notice
from pavement.errors import BadInput
from pavement.sources.fix import Parsed, to_track
from pavement.sources.gpx import parse_gpx
from pavement.sources.nmea import parse_nmea
from pavement.sources.rtklib import parse_pos
from pavement.sources.text import TooMuch, decode, read_bytes
from pavement.sources.track_csv import parse_track_csv
from pavement.track import FLAW_JA, Flaw, Track, backward_steps, flaws_of, in_time_order, join

_PARSERS: dict[str, Callable[[str, str, tzinfo, float], Parsed]] = {
    ".gpx": parse_gpx,
    ".nmea": parse_nmea,
    ".csv": parse_track_csv,
    ".pos": parse_pos,
}
TRACK_SUFFIXES = frozenset(_PARSERS)
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class TrackFile:
    """A track file's fixes in input order, also those that are not used; `flaws` says why, shape (n,).

    `dateless`: its day is a guess. `findings`: what is wrong with its clock; each has its notice too.
    """

    file: str
    track: Track
    flaws: tuple[Flaw | None, ...]
    notices: tuple[Notice, ...]
    dateless: bool = False
    findings: tuple[Finding, ...] = ()

    def good(self) -> Track:
        """The fixes that are used, in time order."""
        return in_time_order(self.track.take(_good(self.flaws)))

    def shifted(self, finding: Finding) -> TrackFile:
        """The same with its clock put right by what was found."""
        track = replace(self.track, time_s=self.track.time_s - (finding.shift_s or 0.0))
        return replace(self.told(finding), track=track)

    def refused(self, finding: Finding) -> TrackFile:
        """The same without a fix that is used, because of what was found."""
        return replace(self.told(finding), flaws=tuple(flaw or Flaw.DOUBTFUL_TIME for flaw in self.flaws))

    def told(self, finding: Finding) -> TrackFile:
        """The same with a finding and its notice."""
        notice = Notice(self.file, finding.message)
        return replace(self, notices=(*self.notices, notice), findings=(*self.findings, finding))


@dataclass(frozen=True)
class MergedTrack:
    """The good fixes of all files in time order, and the account: fixes_in = len(track) + sum of rejected."""

    track: Track
    fixes_in: int
    rejected: dict[str, int]
    notices: tuple[Notice, ...]


def read_track(path: Path, zone: tzinfo = JST) -> TrackFile:
    """The fixes of one GPX, NMEA, CSV or RTKLIB file; CSV times without an offset are in `zone`.

    Raises BadInput where the file cannot be read or has no fix at all.
    """
    if not path.is_file():
        raise BadInput("no such file", file=path, do="check the path of the track")
    if path.suffix.lower() not in TRACK_SUFFIXES:
        raise BadInput("not a track file", file=path, do="give a .gpx, .nmea, .csv or .pos file")
    read = parse_track(read_bytes(path), path.name, zone)
    if not len(read.track):
        raise BadInput("no position fix in it", file=path, do="give GPX, NMEA, .pos, or CSV with timestamp,lon,lat")
    return read


def read_tracks(paths: Sequence[Path], folder: Path, zone: tzinfo, near_s: float = math.nan) -> list[TrackFile]:
    """All track files of a drive; a file that cannot be used costs a notice, not the drive.

    `near_s`: when the drive was, by its photos; it dates a log without dates.
    """
    return [parse_track(read_bytes(path), path.relative_to(folder).as_posix(), zone, near_s) for path in paths]


def parse_track(data: bytes, file: str, zone: tzinfo, near_s: float = math.nan) -> TrackFile:
    """The fixes in the bytes of a track file named `file`; nothing in `data` raises."""
    if not data.strip(b"\0 \r\n"):
        parsed = Parsed(remarks=["空か、大きすぎるか、読めないファイルです。このファイルは使いません"])
    else:
        try:
            parsed = _PARSERS[Path(file).suffix.lower()](decode(data), file, zone, near_s)
        except TooMuch as error:
            parsed = Parsed(remarks=[str(error)])
    return to_track_file(file, parsed)


def to_track_file(file: str, parsed: Parsed) -> TrackFile:
    """The parsed fixes as arrays, each with its flaw, and the notices that they call for."""
    track = to_track(parsed.fixes)
    flaws = tuple(fix.flaw or flaw for fix, flaw in zip(parsed.fixes, flaws_of(track), strict=True))
    remarks = [*parsed.remarks, *(f"{FLAW_JA[flaw]}: {n}点を使いませんでした" for flaw, n in _count(flaws).items())]
    if mistaken := mistaken_degrees(track):
        remarks.append(mistaken)
    if steps := backward_steps(track.take(_good(flaws))):
        remarks.append(f"時刻が逆戻りする点が{steps}か所あります。時刻順に並べ替えました")
    remarks += [finding.message for finding in parsed.findings]
    notices = tuple(Notice(file, remark) for remark in remarks)
    return TrackFile(file, track, flaws, notices, parsed.dateless, tuple(parsed.findings))


def mistaken_degrees(track: Track) -> str | None:
    """What to say of positions that are none, where nearly all of them are the same mistake; None where not."""
    lon, lat = (each[np.isfinite(track.lon + track.lat)] for each in (track.lon, track.lat))
    if not len(lon):
        return None
    if np.mean((np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)) > _NEARLY_ALL:
        return "緯度と経度が逆に書かれているようです。列を入れ替えてください"
    minutes = (np.abs(lat) > 90) & (np.abs(lat) % 100 < 60) & (np.abs(lon) % 100 < 60) & (np.abs(lon) < 18060)
    if np.mean(minutes & (np.abs(lat) <= 9000) & (np.abs(lon) > 180)) > _NEARLY_ALL:
        return "緯度経度が度分(ddmm.mmmm)で書かれているようです。10進の度に直してください"
    if np.mean(np.maximum(np.abs(lat), np.abs(lon)) > 18060) > _NEARLY_ALL:
        return "緯度経度がメートルの平面座標のようです。JGD2011またはWGS84の10進の度に直してください"
    return None


def join_good(files: Sequence[TrackFile]) -> Track:
    """The good fixes of `files` in time order, one for each time."""
    return in_time_order(join([file.track.take(_good(file.flaws)) for file in files]))


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
