"""A drive: what one patrol car brought home, as values. Reading it from disk is `pavement.sources`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pavement.clock import Finding
from pavement.imu.samples import ImuSamples
from pavement.track import Track


class TimeSource(StrEnum):
    """Where a frame's time came from, in the order of preference."""

    FRAMES_CSV = "frames.csv"
    EXIF = "exif"
    EXIF_GPS = "exif_gps"
    FILE_NAME = "file_name"
    VIDEO = "video"


class Reason(StrEnum):
    """Why a frame was not used. The word goes to frames.csv and run.json; `REASON_JA` is what people read."""

    UNREADABLE = "unreadable"  #: the file is no image, or is truncated
    NO_TIME = "no_time"  #: no source gave a time
    DOUBTFUL_TIME = "doubtful_time"  #: its clocks contradict each other
    NO_POSITION = "no_position"  #: the track does not cover the frame's time
    DOUBTFUL_POSITION = "doubtful_position"  #: more than one route or direction is possible
    OFF_NETWORK = "off_network"  #: 管理路線外
    NO_KILOPOST = "no_kilopost"  #: the posts around it are out of order or misplaced
    DUPLICATE = "duplicate"  #: the same bytes as an earlier frame
    NO_ROAD = "no_road"  #: the model sees no road surface in it
    BLURRED = "blurred"  #: out of focus, shaken, or nothing in it is sharp
    DARK = "dark"  #: too dark, or noise instead of a picture
    OVEREXPOSED = "overexposed"  #: parts of the road are blown out
    RAIN = "rain"  #: seen through drops on the glass
    COVERED = "covered"  #: snow, slush or standing water on the road
    OBSTRUCTED = "obstructed"  #: a vehicle ahead, or something before the lens


REASON_JA: dict[Reason, str] = {
    Reason.UNREADABLE: "画像が壊れている",
    Reason.NO_TIME: "撮影時刻が分からない",
    Reason.DOUBTFUL_TIME: "撮影時刻が確かでない(時計が食い違う)",
    Reason.NO_POSITION: "位置が分からない(GPSの記録がない)",
    Reason.DOUBTFUL_POSITION: "路線を確定できない",
    Reason.OFF_NETWORK: "管理路線外",
    Reason.NO_KILOPOST: "距離標に異常があり位置を決められない",
    Reason.DUPLICATE: "同じ画像が重複",
    Reason.NO_ROAD: "路面が写っていない",
    Reason.BLURRED: "ぶれ・ぼけ",
    Reason.DARK: "暗すぎる",
    Reason.OVEREXPOSED: "白飛び",
    Reason.RAIN: "フロントガラスの雨滴",
    Reason.COVERED: "雪・水たまりで路面が見えない",
    Reason.OBSTRUCTED: "前方車両・レンズの汚れなどで路面が隠れている",
}


@dataclass(frozen=True)
class Frame:
    """One photograph (or one picked video frame) of a drive.

    `file` is relative to the drive with forward slashes; a video frame is written `video/a.mp4#000123`
    (frame index). A rejected frame keeps its place in the list: frames in = used + rejected.
    """

    file: str
    timestamp: datetime | None
    time_source: TimeSource | None
    rejected: Reason | None = None
    sound: bool = False  #: the gate let it pass before it was masked: masked, it cannot be judged again

    def __post_init__(self) -> None:
        if self.timestamp is not None and self.timestamp.tzinfo is None:
            raise ValueError(f"{self.file}: timestamp must be aware (UTC), got naive {self.timestamp.isoformat()}")
        if self.rejected is None and self.timestamp is None:
            raise ValueError(f"{self.file}: a frame without a time must be rejected")


@dataclass(frozen=True)
class CameraFacts:
    """What drive.toml says of the mount; None = to be estimated from the drive. Units in the names."""

    height_m: float | None = None
    pitch_deg: float | None = None  #: positive = looking down
    roll_deg: float | None = None
    yaw_deg: float | None = None
    focal_px: float | None = None
    cx_px: float | None = None
    cy_px: float | None = None
    k1: float | None = None
    lane_width_m: float | None = None


@dataclass(frozen=True)
class DriveFacts:
    """drive.toml, with the contract's defaults."""

    vehicle: str | None = None
    timezone: str = "Asia/Tokyo"
    lane: int | None = None
    surface: str | None = None  #: アスファルト / コンクリート
    time_offset_s: float = 0.0  #: added to every frame's time to get the track's time
    camera: CameraFacts = field(default_factory=CameraFacts)
    time_offset_given: bool = False  #: by a person: then no clock is corrected


@dataclass(frozen=True)
class Notice:
    """Something that people should be told of a drive, without stopping it: which file, what, what was done."""

    file: str
    message: str


@dataclass(frozen=True)
class Drive:
    """A drive that has been read: frames in time order (frames without a time last), one merged track, facts.

    `fingerprint` changes when any file's name, size or content changes; checkpoints hang on it.
    `fixes_in` = `len(track)` + the sum of `fixes_rejected` (`track.Flaw` -> number).
    """

    name: str
    facts: DriveFacts
    frames: tuple[Frame, ...]
    track: Track
    notices: tuple[Notice, ...]
    fingerprint: str
    fixes_in: int = 0
    fixes_rejected: Mapping[str, int] = field(default_factory=dict)
    imu: ImuSamples | None = None  #: on the track's clock
    clocks: tuple[Finding, ...] = ()  #: wrong clocks, corrected or not; each has its notice too


def count_rejections(reasons: Iterable[Reason | None]) -> dict[str, int]:
    """Number of frames per reason, sorted by reason; used frames (None) are not in it.

    >>> count_rejections([None, Reason.BLURRED, Reason.BLURRED])
    {'blurred': 2}
    """
    return dict(sorted(Counter(r.value for r in reasons if r is not None).items()))
