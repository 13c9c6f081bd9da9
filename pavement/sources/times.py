"""Times as cameras, loggers and people write them. Pure; every result is an aware UTC datetime or None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from pavement.clock_words import JST

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_EXIF = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)
_NAME = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_ T.]?(\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d)"
    r"(?:[-_.]?(\d{3}(?:\d{3})?))?(?!\d)",
    re.ASCII,
)
_EPOCH_S = re.compile(r"(?<![\d.])(1\d{9})(?:\.(\d+))?(?!\d)", re.ASCII)
_EPOCH_MS = re.compile(r"(?<![\d.])(1\d{9})(\d{3})(?!\d)", re.ASCII)


def parse_zone(name: str) -> tzinfo | None:
    """The time zone of a name (`Asia/Tokyo`) or an offset (`+09:00`); None where there is no such zone.

    Japan's needs no zone database: it has had no summer time since 1951.

    >>> parse_zone("+09:00").utcoffset(None)
    datetime.timedelta(seconds=32400)
    """
    if name in ("Asia/Tokyo", "Japan", "JST"):
        return JST
    if name.upper() in ("UTC", "Z"):
        return UTC
    if offset := parse_offset(name):
        return offset
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # ZoneInfoNotFoundError is a KeyError
        return None


def parse_offset(text: str) -> timezone | None:
    """The fixed zone of `+09:00`, `+0900`, `+09` or `Z`; None for anything else."""
    if text.strip().upper() == "Z":
        return UTC
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes)) if minutes < 24 * 60 else None


def parse_iso(text: str, zone: tzinfo) -> datetime | None:
    """The UTC time of ISO 8601 text (also as spreadsheets rewrite it); `zone` where it bears no offset.

    >>> parse_iso("2026-06-03T10:15:00.250+09:00", UTC)
    datetime.datetime(2026, 6, 3, 1, 15, 0, 250000, tzinfo=datetime.timezone.utc)
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    offset = parse_offset(match[8]) if match[8] else zone
    return None if offset is None else _utc(*match.groups()[:6], fraction=match[7], zone=offset)


def written_offset(text: str) -> str:
    """The offset from UTC that ISO 8601 text bears; "" where it bears none.

    >>> written_offset("2026-06-03T10:15:00z"), written_offset("2026-06-03 10:15:00")
    ('Z', '')
    """
    match = _ISO.fullmatch(text.strip())
    return (match[8] or "").upper() if match else ""


def zone_name(zone: tzinfo) -> str:
    """A zone in words.

    >>> zone_name(JST), zone_name(UTC)
    ('日本時間', 'UTC')
    """
    return "日本時間" if zone is JST else str(zone)


def parse_exif(text: str, subsec: str, offset: str, zone: tzinfo) -> datetime | None:
    """The UTC time of EXIF DateTimeOriginal, SubSecTimeOriginal and OffsetTimeOriginal (the last two may be empty)."""
    match = _EXIF.match(text.strip())
    if match is None:
        return None
    fraction = subsec.strip()
    return _utc(*match.groups(), fraction=fraction if fraction.isdecimal() else None, zone=parse_offset(offset) or zone)


def parse_file_name(stem: str, zone: tzinfo) -> datetime | None:
    """The UTC time in a file's name: `…YYYYMMDD_HHMMSS[mmm]…` in local time, or epoch seconds or milliseconds.

    >>> parse_file_name("IMG_20260603_101500123", parse_zone("Asia/Tokyo"))
    datetime.datetime(2026, 6, 3, 1, 15, 0, 123000, tzinfo=datetime.timezone.utc)
    """
    for match in _NAME.finditer(stem):
        if time := _utc(*match.groups()[:6], fraction=match[7], zone=zone):
            return time
    return parse_epoch_name(stem)


def parse_epoch_name(stem: str) -> datetime | None:
    """The UTC time of a name in epoch seconds (`1461938911.4`) or milliseconds, 2001 to 2033; None for other names."""
    match = _EPOCH_MS.search(stem) or _EPOCH_S.search(stem)
    if match is None:
        return None
    return datetime.fromtimestamp(int(match[1]), UTC) + timedelta(microseconds=_microseconds(match[2]))


def _utc(*fields: str | None, fraction: str | None, zone: tzinfo) -> datetime | None:
    year, month, day, hour, minute, second = (int(field or 0) for field in fields)
    try:
        local = datetime(year, month, day, hour, minute, second, _microseconds(fraction), zone)
        time = local.astimezone(UTC)
    except (ValueError, OverflowError):  # 0000:00:00, 25 o'clock, the year 1 in the east
        return None
    return time if 1970 <= time.year < 2100 else None


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))
