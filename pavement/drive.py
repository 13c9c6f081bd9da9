"""A drive: what one patrol car brought home, as values. Reading it from disk is `pavement.sources`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

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


def count_rejections(reasons: Iterable[Reason | None]) -> dict[str, int]:
    """Number of frames per reason, sorted by reason; used frames (None) are not in it.

    >>> count_rejections([None, Reason.BLURRED, Reason.BLURRED])
    {'blurred': 2}
    """
    return dict(sorted(Counter(r.value for r in reasons if r is not None).items()))


JST = timezone(timedelta(hours=9), "JST")
_HOURS = sorted((h for h in range(-14, 15) if h), key=lambda h: (abs(h) != 9, abs(h)))  # Japan's own first
_SHIFTS: list[tuple[float, float, str]] = [  # seconds to add to the frames, how exactly they must fit, what to say
    *((h * 3600.0, 60.0, f"差は{abs(h)}時間: 時差(timezone)の設定を確認してください") for h in _HOURS),
    *((s, 1.0, "差は18秒の可能性: GPS時刻とUTCの取り違えを確認してください") for s in (18.0, -18.0)),
    (1024 * 7 * 86400.0, 60.0, "差は1024週: GPS受信機の日付の不具合(週番号)を確認してください"),
]


def overlap_notice(frames: Sequence[Frame], track: Track, time_offset_s: float = 0.0) -> Notice | None:
    """What to say where no frame at all lies within the track's times; None where one does, or one side is empty.

    `time_offset_s` is added to the frames' times first. Where a whole number of hours, 18 s or 1024 weeks would bring
    the two together, the message says so.
    """
    times = [f.timestamp.timestamp() + time_offset_s for f in frames if f.timestamp is not None]
    if not times or not len(track):
        return None
    begin, end = float(track.time_s.min()), float(track.time_s.max())
    if any(begin <= t <= end for t in times):
        return None
    first, last = min(times), max(times)
    hint = next((text for by, slack, text in _SHIFTS if _nested(first + by, last + by, begin, end, slack)), None)
    message = (
        f"画像の撮影時刻({_range_ja(first, last)})とGPS軌跡の時刻({_range_ja(begin, end)})が重なりません。"
        f"位置の分かる画像がありません。{hint or '同じ走行のファイルか、時計の設定を確認してください'}。"
    )
    return Notice("frames", message)


def _nested(first: float, last: float, begin: float, end: float, slack: float) -> bool:
    """Whether one of the two time ranges lies within the other, give or take `slack` seconds."""
    inside = begin - slack <= first and last <= end + slack
    return inside or (first - slack <= begin and end <= last + slack)


def _range_ja(first: float, last: float) -> str:
    begin, end = (datetime.fromtimestamp(t, UTC).astimezone(JST) for t in (first, last))
    return f"{begin:%Y-%m-%d %H:%M:%S}~{end:{'' if begin.date() == end.date() else '%Y-%m-%d '}%H:%M:%S} JST"
