"""What a cell says, however a person or a spreadsheet wrote it: full width, text for numbers, both calendars."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime

from exporters.form_a.days import from_serial, parse_day
from exporters.form_a.fields import Value
from exporters.form_a.headers import plain_text
from exporters.form_a.table import DATE, LIST, NUMBER, Form, FormColumn

_NUMBER = re.compile(r"[+-]?(\d+(,\d{3})*|\d*)(\.\d*)?([eE][+-]?\d+)?$")


def parse_number(text: str) -> int | float | None:
    """The number that a text is, as people and spreadsheets write it.

    >>> parse_number("１２３．５"), parse_number(" 1,234 "), parse_number("-0.5"), parse_number("4号")
    (123.5, 1234, -0.5, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    if not any(c.isdigit() for c in plain) or not _NUMBER.match(plain):
        return None
    number = float(plain.replace(",", ""))
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and "." not in plain and abs(number) < 1e15 else number


def parse_cell(column: FormColumn, raw: object, form: Form) -> Value:
    """The value of a cell of a column; None = empty. What does not fit the type stays text."""
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n")
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool):
        raw = int(raw)
    if isinstance(raw, datetime):
        raw = raw.date()
    value = {NUMBER: _as_number, DATE: _as_day, LIST: _as_it_is}.get(column.type, _as_text)(raw)
    if column.type == LIST and value is not None:
        value = _as_word(value, form.lists[column.list])
    if column.words and isinstance(value, str):
        value = next((ours for ours, theirs in column.words.items() if plain_text(theirs) == plain_text(value)), value)
    if column.source == "branch_no" and value is not None:
        value = str(value).zfill(3)  # a spreadsheet makes 0 of 000
    return value


def _as_number(raw: object) -> Value:
    if isinstance(raw, str):
        number = parse_number(raw)
        # 004 is another route than 4, and 1.50 the same IRI as 1.5
        return raw if number is None or _leading_zero(raw) else _whole(number)
    return _whole(raw) if isinstance(raw, int | float) else _as_text(raw)


def _leading_zero(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip()
    return len(plain) > 1 and plain[0] == "0" and plain.isdigit()


def _whole(number: int | float) -> int | float:
    """5 for 5.0: a spreadsheet knows no difference."""
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number


def _as_day(raw: object) -> Value:
    if isinstance(raw, date):
        return raw
    if isinstance(raw, int | float):
        return from_serial(raw) or raw
    text = _as_text(raw)
    return parse_day(text) or text if isinstance(text, str) else None


def _as_text(raw: object) -> Value:
    if isinstance(raw, int | float):
        return str(_whole(raw))
    return raw.isoformat() if isinstance(raw, date) else str(raw)


def _as_it_is(raw: object) -> Value:
    return _whole(raw) if isinstance(raw, int | float) else _as_text(raw)


def _as_word(value: Value, words: tuple[str, ...]) -> Value:
    """The list's own writing of a word."""
    key = plain_text(str(value))
    return next((word for word in words if plain_text(word) == key), value)
