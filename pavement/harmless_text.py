"""Texts of people and files that a spreadsheet would take for formulas when it opens a CSV file. Pure.

CSV injection: https://owasp.org/www-community/attacks/CSV_Injection. Only tables that people open (those with a BOM)
are made harmless; tables for machines hold texts as they are.
"""

from __future__ import annotations

import re

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula when it opens a CSV file: a leading apostrophe says text.

    >>> harmless("=1+1"), harmless("国道4号"), harmless("-0.5")
    ("'=1+1", '国道4号', '-0.5')
    """
    return f"'{text}" if _dangerous(text.lstrip("'")) else text


def as_meant(text: str) -> str:
    """What `harmless` was given.

    >>> as_meant("'=1+1"), as_meant("'国道")
    ('=1+1', "'国道")
    """
    return text[1:] if text.startswith("'") and _dangerous(text.lstrip("'")) else text


def _dangerous(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) and not _NUMBER.match(text)
