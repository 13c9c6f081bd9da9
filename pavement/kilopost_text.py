"""Kiloposts as people write them: 112K500, 112.5KP, KP112.5, 112k500m, 112+500, 112.5."""

from __future__ import annotations

import re
import unicodedata

_MARK = r"(?:KP|K\.P\.|キロポスト|距離標)"
_METRES = re.compile(rf"{_MARK}?([+-]?)(\d{{1,4}})(?:KP|KM|K|\+)(\d{{3}}(?:\.\d+)?)M?", re.IGNORECASE)
_KILOMETRES = re.compile(rf"{_MARK}?([+-]?\d{{1,4}}(?:\.\d*)?)(?:KP|K\.P\.|KM|K)?", re.IGNORECASE)


def parse_kp(text: str) -> float | None:
    """Kilopost in km; None where the text is none. Behind K stand metres in three digits.

    >>> [parse_kp(text) for text in ("112K500", "112.5KP", "KP112.5", "１１２ｋ５００", "112+500", "112.5", "0k020m")]
    [112.5, 112.5, 112.5, 112.5, 112.5, 112.5, 0.02]
    >>> [parse_kp(text) for text in ("112K5", "十二", "", "112.5.1")]
    [None, None, None, None]
    """
    plain = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text))
    if match := _METRES.fullmatch(plain):
        sign = -1.0 if match[1] == "-" else 1.0
        return sign * round(float(match[2]) + float(match[3]) / 1000, 6)
    if match := _KILOMETRES.fullmatch(plain):
        return float(match[1])
    return None


def format_kp(kp_km: float) -> str:
    """The usual writing, to the metre.

    >>> format_kp(112.5), format_kp(0.02), format_kp(-0.1), format_kp(1.9996)
    ('112K500', '0K020', '-0K100', '2K000')
    """
    metres = round(abs(kp_km) * 1000)
    return f"{'-' if kp_km < 0 and metres else ''}{metres // 1000}K{metres % 1000:03d}"
