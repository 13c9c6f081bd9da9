"""Cells as offices write them: dates, kiloposts, degrees, the words of the key."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.kilopost_text import format_kp, parse_kp
from pavement.networks.values import (
    ERAS,
    LETTERS,
    parse_date,
    parse_degrees,
    parse_number,
    parse_road_type,
    parse_route_no,
)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("R5.10", "2023-10-01"),
        ("令和5年10月", "2023-10-01"),
        ("令和５年１０月５日", "2023-10-05"),
        ("令和元年5月", "2019-05-01"),
        ("平成30年", "2018-01-01"),
        ("平成30年度", "2018-04-01"),
        ("2018年度", "2018-04-01"),
        ("S63.4", "1988-04-01"),
        ("H31.4.30", "2019-04-30"),
        ("2023/10/5", "2023-10-05"),
        ("2023-10", "2023-10-01"),
        ("202310", "2023-10-01"),
        ("20231005", "2023-10-05"),
        ("2023-10-05T09:00:00Z", "2023-10-05"),
        ("45204", "2023-10-05"),  # Excel: 45,204 days after 30 December 1899
        (45204.0, "2023-10-05"),
        (datetime(2023, 10, 5, 9), "2023-10-05"),
        (date(2023, 10, 5), "2023-10-05"),
    ],
)
def test_dates(text: object, iso: str) -> None:
    assert parse_date(text) == iso


@pytest.mark.parametrize("text", ["", None, "初夏", "R5.13", "平成0年", "2023-02-30", "5.10", "元年", "12", "H99.1"])
def test_no_dates(text: object) -> None:
    assert parse_date(text) is None


DAYS = st.dates(date(1927, 1, 1), date(2099, 12, 31))


@given(DAYS, st.sampled_from(["{:%Y-%m-%d}", "{:%Y/%m/%d}", "{:%Y.%m.%d}", "{:%Y%m%d}", "{:%Y年%m月%d日}"]))
def test_every_day_is_read_back(day: date, form: str) -> None:
    assert parse_date(form.format(day)) == day.isoformat()


@given(DAYS.filter(lambda day: day >= date(1927, 5, 18)))  # five digits: a bare number of four is a year
def test_serials_are_days(day: date) -> None:
    assert parse_date((day - date(1899, 12, 30)).days) == day.isoformat()


@given(st.sampled_from(["昭和", "平成", "令和"]), st.integers(1, 60), st.integers(1, 12), st.booleans())
def test_eras_and_their_letters_agree(era: str, year: int, month: int, letter: bool) -> None:
    letters = {name: each for each, name in LETTERS.items()}
    text = f"{letters[era]}{year}.{month}" if letter else f"{era}{'元' if year == 1 else year}年{month}月"
    assert parse_date(text) == date(ERAS[era] + year, month, 1).isoformat()


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or date.fromisoformat(parsed)
    number = parse_number(text)
    assert number is None or number == number
    parse_degrees(text, text, text)
    parse_kp(text)


@given(st.integers(0, 999_999))
def test_kiloposts_are_read_back(metres: int) -> None:
    kp = metres / 1000
    for text in (format_kp(kp), f"{kp}", f"{kp}KP", f"KP{kp}", format_kp(kp).lower()):
        assert parse_kp(text) == pytest.approx(kp, abs=1e-9)


@given(st.integers(20, 46), st.integers(0, 59), st.floats(0, 59.9))
def test_degrees_minutes_seconds(degree: int, minute: int, second: float) -> None:
    assert parse_degrees(str(degree), minute, f"{second:.4f}") == pytest.approx(degree + minute / 60 + second / 3600)


def test_words_of_the_key() -> None:
    assert [parse_route_no(text) for text in ("0004", "４", "4.0", "国道4号", "県道4号線")] == [
        "4",
        "４",
        "4",
        "4",
        "4",
    ]
    assert parse_road_type("一般国道(直轄)") == "一般国道"
    assert parse_road_type("県道") is None
