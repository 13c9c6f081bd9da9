"""Kiloposts as people write them: 112K500, 112.5KP, KP112.5, 112k500m, 112+500, 112.5; with their road: 4号 112K500."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SPOKEN = re.compile(r"キロ(?!ポスト|メートル)")  #: 733キロ250
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
    plain = _SPOKEN.sub("K", re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text)))
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


ROAD_TYPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("一般国道", ("一般国道",)),
    ("主要地方道", ("主要地方道",)),
    ("主要県道", ("主要地方道",)),
    ("一般県道", ("一般県道",)),
    ("一般都道府県道", ("一般県道",)),
    ("市町村道", ("市町村道",)),
    ("国道", ("一般国道",)),
    ("県道", ("主要地方道", "一般県道")),
    ("市道", ("市町村道",)),
    ("町道", ("市町村道",)),
    ("村道", ("市町村道",)),
)  #: what people write, the longer words first, and what it may be
KINDS = ("現道", "旧道", "新道")
DIRECTIONS = ("下り", "上り")
_ROUTE = re.compile(r"(?<!\S)(\d{1,4})\s*号線?")
_ROUTE_LETTER = re.compile(r"(?<![A-Z])R\s*(\d{1,4})(?!\d)", re.IGNORECASE)
_BRANCH = re.compile(r"枝番?\s*(\d{1,3})")
_BEFORE_MARK = re.compile(r"(?<=\d)\s+(?=(?:KP|KM|K|\+)(?:[\s\d]|$))", re.IGNORECASE)
_BEHIND_MARK = re.compile(r"(KP|KM|K|\+|距離標|キロポスト)\s+(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class TypedPlace:
    """A place as somebody typed it; what was not said is empty, None."""

    road_types: tuple[str, ...] = ()
    route_no: str | None = None
    branch_no: str | None = None
    kind: str | None = None
    direction: str | None = None
    kp_km: float | None = None
    unread: str = ""  #: what is left: with digits in it and no kilopost, a kilopost that cannot be read


def parse_place(text: str) -> TypedPlace:
    """What a typed road and kilopost say: road, direction and kilopost in any order that people use.

    >>> parse_place("国道4号 112.5") == TypedPlace(("一般国道",), "4", kp_km=112.5)
    True
    >>> parse_place("県道 主要地方道 12 3k200 上り") == TypedPlace(("主要地方道",), "12", direction="上り", kp_km=3.2)
    True
    >>> parse_place("4号 7３３キロ250").kp_km, parse_place("4号 12K5").unread
    (733.25, '12K5')
    >>> parse_place("4号112K500") == parse_place("R４ １１２ｋ５００") == TypedPlace((), "4", kp_km=112.5)
    True
    """
    rest = " ".join(_SPOKEN.sub("K", unicodedata.normalize("NFKC", text)).split())
    direction, rest = _take_word(rest, DIRECTIONS)
    kind, rest = _take_word(rest, KINDS)
    road_types: tuple[str, ...] = ()
    for word, meant in ROAD_TYPES:
        if word in rest:
            rest = " ".join(rest.replace(word, " ").split())
            road_types = road_types or meant
    branch, rest = _take(rest, _BRANCH)
    route, rest = _take(rest, _ROUTE)
    if route is None:
        route, rest = _take(rest, _ROUTE_LETTER)
    kp, rest = _take_kp(rest)
    if route is None and rest.strip():
        route, rest = rest.replace(" ", ""), ""
    if route is not None and route.isdecimal():
        route = str(int(route))
    unread = rest.strip() if kp is None else ""
    return TypedPlace(road_types, route, None if branch is None else branch.zfill(3), kind, direction, kp, unread)


def _take_word(text: str, words: tuple[str, ...]) -> tuple[str | None, str]:
    for word in words:
        if word in text:
            return word, " ".join(text.replace(f"{word}線", " ").replace(word, " ").split())
    return None, text


def _take(text: str, pattern: re.Pattern[str]) -> tuple[str | None, str]:
    if (match := pattern.search(text)) is None:
        return None, text
    return match[1], f"{text[: match.start()]} {text[match.end() :]}".strip()


def _take_kp(text: str) -> tuple[float | None, str]:
    """The kilopost among the words that are left, and the others: the last that is one, marked ones (K, .) first."""
    words = _BEHIND_MARK.sub(r"\1", _BEFORE_MARK.sub("", text)).split()
    marked = [any(mark in word.upper() for mark in "K.+") for word in words]
    found = [(marked[i], i) for i, word in enumerate(words) if parse_kp(word) is not None]
    if not found:
        return None, text
    _, i = max(found)
    return parse_kp(words[i]), " ".join(words[:i] + words[i + 1 :])
