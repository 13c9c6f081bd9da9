from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.clock_words import JST
from pavement.sources.times import parse_exif, parse_file_name, parse_iso, parse_zone

NOON = datetime(2026, 6, 3, 3, 0, tzinfo=UTC)  # 12:00 in Japan
MS = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-03T12:00:00+09:00", NOON),
        ("2026-06-03T03:00:00Z", NOON),
        ("2026-06-03T03:00:00.250Z", NOON + 250 * MS),
        ("2026-06-03 12:00:00", NOON),  # no offset: the drive's zone
        ("2026/6/3 12:00", NOON),  # as a spreadsheet saves it
        ("2026-06-03T12:00:00+0900", NOON),
        ("2026-06-03", None),  # a day is no time
        ("2026-06-03T25:00:00Z", None),
        ("2026-06-03T12:00:00+99:00", None),
        ("0001-01-01T00:00:00+09:00", None),  # before the year 1 in UTC
        ("9999-12-31T23:00:00Z", None),
        ("", None),
        ("あ", None),
    ],
)
def test_iso(text: str, expected: datetime | None) -> None:
    assert parse_iso(text, JST) == expected


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 30)),
    st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
def test_iso_round_trip(local: datetime, zone: timezone) -> None:
    time = local.replace(tzinfo=zone)
    assert parse_iso(time.isoformat(), UTC) == time
    assert parse_iso(local.isoformat(), zone) == time


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    for time in (parse_iso(text, JST), parse_file_name(text, JST), parse_exif(text, text, text, JST)):
        assert time is None or time.tzinfo is UTC
    parse_zone(text)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("IMG_20260603_120000", NOON),
        ("20260603_120000123", NOON + 123 * MS),
        ("PXL_20260603_120000123.MP", NOON + 123 * MS),
        ("2026-06-03_12-00-00_front", NOON),
        ("IMG_20260603_120000_1", NOON),  # a burst's counter
        ("cam2_1780455600.4", NOON + 400 * MS),  # epoch seconds: UTC, whatever the zone
        ("1780455600", NOON),
        ("1780455600250", NOON + 250 * MS),
        ("IMG_20261303_120000", None),  # no month 13
        ("IMG_0001", None),
        ("12345678901234567890", None),
    ],
)
def test_file_name(stem: str, expected: datetime | None) -> None:
    assert parse_file_name(stem, JST) == expected


def test_exif_offset_beats_the_zone_and_no_date_is_none() -> None:
    assert parse_exif("2026:06:03 12:00:00", "25", "", JST) == NOON + 250 * MS
    assert parse_exif("2026:06:03 03:00:00", "", "+00:00", JST) == NOON
    assert parse_exif("0000:00:00 00:00:00", "", "", JST) is None


def test_zones() -> None:
    assert parse_zone("Asia/Tokyo") == JST
    assert parse_zone("America/New_York") == ZoneInfo("America/New_York")
    assert parse_zone("Asia/Tokio") is None
    assert parse_zone("../etc/passwd") is None
