"""年度: the year of a road division, 1 April to 31 March by Japan's time, and what people call it (令和8年度)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
FIRST_MONTH = 4
REIWA_YEAR_BEFORE = 2018  #: 令和 n = 2018 + n; 年度 2019 began as 平成31 and is called 令和元年度
HEISEI_YEAR_BEFORE = 1988


def fiscal_year_of(day: date) -> int:
    """The 年度 of a day, or of an aware time (then the day that it is in Japan).

    >>> fiscal_year_of(date(2027, 3, 31)), fiscal_year_of(date(2027, 4, 1))
    (2026, 2027)
    """
    if isinstance(day, datetime):
        if day.tzinfo is None:
            raise ValueError(f"expected an aware time, got {day.isoformat()}")
        day = day.astimezone(JST).date()
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def fiscal_year_label(year: int) -> str:
    """What people call a 年度.

    >>> fiscal_year_label(2026), fiscal_year_label(2019), fiscal_year_label(2018)
    ('令和8年度', '令和元年度', '平成30年度')
    """
    era, number = ("令和", year - REIWA_YEAR_BEFORE) if year >= 2019 else ("平成", year - HEISEI_YEAR_BEFORE)
    if number < 1:
        return f"{year}年度"
    return f"{era}{'元' if number == 1 else number}年度"


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of a 年度.

    >>> fiscal_year_days(2026)
    (datetime.date(2026, 4, 1), datetime.date(2027, 3, 31))
    """
    return date(year, FIRST_MONTH, 1), date(year + 1, FIRST_MONTH, 1) - timedelta(days=1)


def quarter_of(day: date) -> int:
    """第1四半期 (April to June) … 第4四半期 (January to March).

    >>> quarter_of(date(2026, 4, 1)), quarter_of(date(2027, 1, 5))
    (1, 4)
    """
    return (day.month - FIRST_MONTH) % 12 // 3 + 1


def month_starts(year: int) -> tuple[date, ...]:
    """The first days of the twelve months of a 年度, April first."""
    return tuple(date(year + (m < FIRST_MONTH), m, 1) for m in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3))
