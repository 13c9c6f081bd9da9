"""Days and months as people write them, in both calendars."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}  #: the year before its first
EPOCH = date(1899, 12, 30)  #: day 0 of Excel's count
SERIALS = (20_000, 80_000)  #: 1954 to 2119: a bare number between them in a column of days is Excel's count
_DAY = re.compile(
    rf"(?P<era>{'|'.join(ERAS)})?\s*(?P<year>元|\d{{1,4}})\s*(?:年度?|[-/.])\s*(?P<month>\d{{1,2}})\s*"
    r"(?:(?:月|[-/.])\s*(?:(?P<day>\d{1,2})\s*日?)?)?(?:[T ]00:00(?::00)?)?$"
)


def parse_day(text: str) -> date | None:
    """The day, or the first day of a month; None where the text is neither.

    >>> parse_day("2026/6/3"), parse_day("令和元年５月"), parse_day("H22.10"), parse_day("46176")
    (datetime.date(2026, 6, 3), datetime.date(2019, 5, 1), datetime.date(2010, 10, 1), datetime.date(2026, 6, 3))
    >>> parse_day("平成22年頃"), parse_day("2026-13-01"), parse_day("26.6.3")
    (None, None, None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isascii() and text.isdigit():
        return from_serial(int(text))
    found = _DAY.match(text)
    if found is None or (not found["era"] and len(found["year"]) != 4):
        return None
    year = 1 if found["year"] == "元" else int(found["year"])
    try:
        return date(ERAS.get(found["era"], 0) + year, int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None


def from_serial(number: float) -> date | None:
    """The day of Excel's count; None outside `SERIALS`."""
    return EPOCH + timedelta(days=int(number)) if SERIALS[0] <= number <= SERIALS[1] else None


def to_serial(day: date, date1904: bool = False) -> int:
    """Excel's count of a day.

    >>> to_serial(date(2026, 6, 3)), to_serial(date(2026, 6, 3), date1904=True)
    (46176, 44714)
    """
    return (day - EPOCH).days - (1462 if date1904 else 0)
