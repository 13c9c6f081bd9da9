"""The phone's motion sensors: `imu.csv` (`timestamp,ax,ay,az[,gx,gy,gz]`, m/s² with gravity, rad/s)."""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pavement.clock_words import JST
from pavement.drive import Notice
from pavement.errors import BadInput
from pavement.imu.samples import IMU_FLAW_JA, ImuFlaw, ImuSamples
from pavement.sources.drive_toml import read_drive_toml
from pavement.sources.fix import number
from pavement.sources.text import TooMuch, at_most, decode, lines_of, read_bytes
from pavement.sources.times import parse_iso, parse_zone
from pavement.sources.tracks import TRACK_SUFFIXES, MergedTrack, merge, read_tracks
from pavement.track import EARLIEST_S, LATEST_S

Floats = NDArray[np.float64]

IMU_FILE = "imu.csv"
MAX_SAMPLES = 5_000_000  #: 14 hours at 100 Hz
STRONGEST_MPS2 = 200.0  #: phones' sensors end at 8-16 g
_NEEDED = ("timestamp", "ax", "ay", "az")
_TURNS = ("gx", "gy", "gz")
_EPOCH_UNITS = (1.0, 1e3, 1e6, 1e9)  #: seconds since 1970 as loggers count them
_NO_TRACKS = frozenset({"frames.csv", IMU_FILE, "truth.csv"})


@dataclass(frozen=True)
class ImuFile:
    """The good samples of one imu.csv in time order, and what people should know of the file."""

    samples: ImuSamples
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class ImuDrive:
    """What a calibration needs of a drive: no photos."""

    vehicle: str | None
    track: MergedTrack
    imu: ImuFile


def read_imu(path: Path, zone: tzinfo = JST) -> ImuFile | None:
    """The samples of an imu.csv; None where there is no such file. What is wrong with it becomes a notice."""
    if not path.is_file():
        return None
    return parse_imu(read_bytes(path), path.name, zone)


def read_imu_drive(folder: Path) -> ImuDrive:
    """Track, imu.csv and vehicle of the drive in `folder`; raises BadInput where one of the first two is of no use."""
    if not folder.is_dir():
        raise BadInput("no such folder", file=folder, do="give the folder of a drive")
    facts, _ = read_drive_toml(folder / "drive.toml")
    zone = parse_zone(facts.timezone) or JST
    imu = read_imu(folder / IMU_FILE, zone)
    if imu is None:
        raise BadInput(f"has no {IMU_FILE}", file=folder, do="record timestamp,ax,ay,az at 50 Hz or more on the drive")
    if reason := imu.samples.unfit():
        raise BadInput(reason, file=folder / IMU_FILE, do="record timestamp,ax,ay,az in m/s² at 50 Hz or more")
    tracks = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in TRACK_SUFFIXES and path.name.lower() not in _NO_TRACKS
    ]
    track = merge(read_tracks(tracks, folder, zone))
    if not len(track.track):
        raise BadInput("has no track with positions", file=folder, do="put the drive's .gpx, .nmea or .csv in it")
    return ImuDrive(facts.vehicle, track, imu)


def parse_imu(data: bytes, file: str, zone: tzinfo) -> ImuFile:
    """The samples in the bytes of an imu.csv named `file`; nothing in `data` raises."""
    lines = csv.reader(lines_of(decode(data).replace("\0", "")))
    rows = array("d")
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if missing := [name for name in _NEEDED if name not in header]:
            remark = f"列 {', '.join(missing)} がないため、加速度として使いません"
            return _nothing(file, remark)
        stamp, *columns = (header.index(name) if name in header else None for name in (*_NEEDED, *_TURNS))
        assert stamp is not None
        seconds: dict[str, float] = {}
        for line in at_most(filter(any, lines), MAX_SAMPLES):
            time_s = _time(line[stamp], zone, seconds) if len(line) > stamp else math.nan
            rows.extend((time_s, *(_cell(line, column) for column in columns)))
    except csv.Error:  # an open quote: what came before it counts
        rows.extend((math.nan,) * 7)
    except TooMuch as error:
        return _nothing(file, str(error))
    return _sorted(np.frombuffer(rows).reshape(-1, 7), file)


def _nothing(file: str, remark: str) -> ImuFile:
    return ImuFile(ImuSamples(np.empty(0), np.empty((0, 3)), np.empty((0, 3))), (Notice(file, remark),))


def _cell(line: Sequence[str], column: int | None) -> float:
    return math.nan if column is None or column >= len(line) else number(line[column])


def _time(text: str, zone: tzinfo, seconds: dict[str, float]) -> float:
    """Seconds since 1970 UTC of ISO 8601 text, or of a count of s, ms, µs or ns since then; NaN for anything else.

    `seconds` keeps what was parsed: a hundred samples share their second.
    """
    whole, point, rest = text.strip().partition(".")
    tail = rest.lstrip("0123456789")
    key = whole + tail
    if key not in seconds:
        time = parse_iso(key, zone)
        seconds[key] = math.nan if time is None else time.timestamp()
    if not math.isnan(seconds[key]):
        return seconds[key] + (float(f"0.{rest[: len(rest) - len(tail)]}") if point else 0.0)
    counted = number(text)
    return next((counted / unit for unit in _EPOCH_UNITS if EARLIEST_S <= counted / unit < LATEST_S), math.nan)


def _sorted(table: Floats, file: str) -> ImuFile:
    """Order, flaws and account of parsed rows (n, 7)."""
    time_s, force, turns = table[:, 0], table[:, 1:4], table[:, 4:]
    flaw = np.full(len(table), None, object)
    with np.errstate(invalid="ignore"):
        flaw[(np.abs(force) > STRONGEST_MPS2).any(1)] = ImuFlaw.IMPLAUSIBLE
        flaw[~((time_s >= EARLIEST_S) & (time_s < LATEST_S))] = ImuFlaw.NO_TIME
    flaw[np.isnan(force).any(1)] = ImuFlaw.DAMAGED
    good = np.flatnonzero([each is None for each in flaw])
    backward = int((np.diff(time_s[good]) < 0).sum())
    _, first = np.unique(time_s[good], return_index=True)
    kept = good[first]
    flaw[np.setdiff1d(good, kept)] = ImuFlaw.DUPLICATE_TIME
    rejected = Counter(each for each in flaw if each is not None)
    counts = {each.value: n for each, n in sorted(rejected.items())}
    samples = ImuSamples(time_s[kept], force[kept], turns[kept], len(table), counts)
    assert samples.samples_in == len(samples) + sum(counts.values()), "a sample was lost"
    remarks = [f"{IMU_FLAW_JA[each]}: {n}件を使いませんでした" for each, n in rejected.items()]
    if backward:
        remarks.append(f"時刻が逆戻りする記録が{backward}か所あります。時刻順に並べ替えました")
    if reason := samples.unfit():
        remarks.append(f"{reason}。IRIと段差は求めません")
    return ImuFile(samples, tuple(Notice(file, remark) for remark in remarks))
