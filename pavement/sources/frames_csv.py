"""frames.csv: the times that people or the camera app give to the files of a drive."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from pavement.drive import Notice, Reason
from pavement.sources.text import TooMuch, decode, parse_table, read_bytes
from pavement.sources.times import parse_iso, written_offset, zone_name

_FILE = "frames.csv"
SOUND = "sound"  #: verdict of a frame that may be used, in the safe twin of a drive


@dataclass(frozen=True)
class FrameTimes:
    """UTC times by `frame_key`; a key without a readable time is not in it."""

    times: Mapping[str, datetime] = field(default_factory=dict)
    named: frozenset[str] = frozenset()  #: every key that has a row
    offsets: Mapping[str, str] = field(default_factory=dict)  #: how each time's offset from UTC is written, "" = not
    notices: tuple[Notice, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)  #: `SOUND` or a `Reason`, where the gate has judged

    def judged(self, key: str) -> tuple[bool, Reason | None]:
        """Whether the gate found a frame sound before it was masked, and why it was refused."""
        word = self.verdicts.get(key, "")
        return word == SOUND, Reason(word) if word in set(Reason) else None

    def missing(self, keys: Iterable[str]) -> tuple[Notice, ...]:
        """A notice of rows whose files are none of `keys`."""
        lost = sorted(self.named - set(keys))
        return (_notice(lost, "の画像がありません。その行は無視しました"),) if lost else ()


def frame_key(file: str) -> str:
    """How a row and a file find each other: with or without `frames/` or `video/`, whatever slashes and Unicode form.

    >>> frame_key("frames\\\\IMG_1.jpg") == frame_key("./IMG_1.jpg")
    True
    """
    name = unicodedata.normalize("NFC", file.strip()).replace("\\", "/").removeprefix("./")
    return name.removeprefix("frames/").removeprefix("video/")


def read_frames_csv(path: Path, zone: tzinfo) -> FrameTimes:
    """The times in frames.csv (`file,timestamp`; without an offset in `zone`); of rows for one file the first counts.

    A file that is not there gives no times, one that is no such table none and a notice.
    """
    if not path.is_file():
        return FrameTimes()
    try:
        header, rows = parse_table(decode(read_bytes(path)))
    except TooMuch as error:
        return FrameTimes(notices=(Notice(_FILE, str(error)),))
    if not {"file", "timestamp"} <= set(header):
        return FrameTimes(notices=(Notice(_FILE, "列 file,timestamp がありません。撮影時刻は画像から読みます"),))
    times: dict[str, datetime] = {}
    offsets: dict[str, str] = {}
    bad: list[str] = []
    verdicts: dict[str, str] = {}
    for row in rows:
        key = frame_key(row["file"])
        verdicts.setdefault(key, row.get("verdict", ""))
        time = parse_iso(row["timestamp"], zone)
        if time is None:
            bad.append(key)
        else:
            times.setdefault(key, time)
            offsets.setdefault(key, written_offset(row["timestamp"]))
    local = sorted(key for key, offset in offsets.items() if not offset)
    notices = [_notice(bad, "の時刻が読めません。画像から読みます")] if bad else []
    if local:
        notices.append(_notice(local, f"の時刻に時差がありません。{zone_name(zone)}の時刻として読みました"))
    return FrameTimes(times, frozenset(frame_key(row["file"]) for row in rows), offsets, tuple(notices), verdicts)


def _notice(keys: Sequence[str], what: str) -> Notice:
    return Notice(_FILE, f"{len(keys)}行(例: {keys[0]}){what}")
