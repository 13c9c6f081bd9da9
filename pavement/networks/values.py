"""Cells as Japanese offices write them: text, numbers, dates (和暦 too), degrees; and the words of a road's key."""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from datetime import date, datetime, timedelta

ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  #: the year before the era's first
LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
EXCEL_ZERO = date(1899, 12, 30)
EXCEL_RANGE = (10_000, 80_000)  #: 1927 to 2119: a bare number in it is an Excel serial, a bare 4-digit one a year

ROAD_TYPES = {
    "一般国道": "一般国道",
    "国道": "一般国道",
    "直轄国道": "一般国道",
    "補助国道": "一般国道",
    "主要地方道": "主要地方道",
    "主要道": "主要地方道",
    "主地": "主要地方道",
    "主": "主要地方道",
    "一般県道": "一般県道",
    "一般道道": "一般県道",
    "一般府道": "一般県道",
    "一般都道": "一般県道",
    "一般都道府県道": "一般県道",
    "市町村道": "市町村道",
    "市道": "市町村道",
    "町道": "市町村道",
    "村道": "市町村道",
}
KINDS = {"現道": "現道", "現": "現道", "旧道": "旧道", "旧": "旧道", "新道": "新道", "新": "新道"}
KIND_CODES = {"1": "現道", "2": "旧道", "3": "新道"}
WAYS = {
    "both": "both",
    "down": "down",
    "up": "up",
    "上下共通": "both",
    "上下線共通": "both",
    "上下線": "both",
    "上下": "both",
    "共通": "both",
    "下り": "down",
    "下": "down",
    "下り線": "down",
    "下線": "down",
    "上り": "up",
    "上": "up",
    "上り線": "up",
    "上線": "up",
}
WAY_CODES = {"1": "up", "2": "down", "3": "both"}
NOTHING = frozenset({"", "-", "－", "ー", "―", "–", "なし", "無", "無し", "×", "不明", "nan", "none", "null", "<na>"})


def plain(value: object) -> str:
    """A cell as text in half width without spaces at its ends; whole numbers without a point, "" for empty.

    >>> plain(4.0), plain(" 国道４号 "), plain(None), plain(float("nan"))
    ('4', '国道4号', '', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    return "" if text in ("NaT", "<NA>", "nan", "None") else text


def parse_number(value: object) -> float | None:
    """A number with or without thousands' commas and a unit (m, km, 車線, 年, %); None where it is none.

    >>> parse_number("1,234.5 m"), parse_number("２車線"), parse_number("広い")
    (1234.5, 2.0, None)
    """
    text = plain(value).replace(",", "")
    match = re.fullmatch(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*(?:km|m|ｍ|メートル|車線|年|%)?", text, re.IGNORECASE)
    return float(match[1]) if match else None


def parse_date(value: object) -> str | None:
    """A date as ISO text; of a month or a year only, its first day (年度: 1 April); None where it is no date.

    Known: dates of a spreadsheet and their serial numbers, 2023-10-05, 2023/10, 20231005, 2023年10月, 令和5年10月,
    R5.10.5, 平成元年, S63.4, 平成30年度.

    >>> [parse_date(text) for text in ("R5.10", "令和元年5月1日", "S63.4", "平成30年度", 45200, "2019/10/1", "初夏")]
    ['2023-10-01', '2019-05-01', '1988-04-01', '2018-04-01', '2023-10-01', '2019-10-01', None]
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = re.sub(r"\s+", "", plain(value))
    text = re.sub(r"T?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$", "", text)  # a time of day behind it
    if match := re.fullmatch(r"(\d{5})(?:\.\d+)?", text):
        serial = int(match[1])
        return (EXCEL_ZERO + timedelta(days=serial)).isoformat() if EXCEL_RANGE[0] <= serial <= EXCEL_RANGE[1] else None
    if match := re.fullmatch(r"((?:19|20)\d{2})(\d{2})(\d{2})?", text):
        return _iso(int(match[1]), int(match[2]), int(match[3] or 1))
    era = "|".join(ERAS)
    match = re.fullmatch(
        rf"(?:(?P<era>{era}|[MTSHR])[.]?)?(?P<year>元|\d{{1,4}})"
        r"(?:年度|(?P<fiscal>FY)|(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})?日?|月)?)|年)?",
        text,
        re.IGNORECASE,
    )
    if not match:
        return None
    year = 1 if match["year"] == "元" else int(match["year"])
    if match["era"]:
        name = LETTERS.get(match["era"].upper(), match["era"])
        if not 1 <= year <= 64:
            return None
        year += ERAS[name]
    elif not 1868 <= year <= 2200:
        return None
    month = int(match["month"]) if match["month"] else (4 if text.endswith("年度") else 1)
    return _iso(year, month, int(match["day"] or 1))


def _iso(year: int, month: int, day: int) -> str | None:
    if not (1868 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day).isoformat()


def parse_degrees(degree: object, minute: object = "", second: object = "") -> float | None:
    """Degrees of decimal degrees, of degree, minute and second, or of 40°12'26.2" in one cell; else None.

    >>> parse_degrees("40", "12", "26.2"), parse_degrees("40度30分0秒"), parse_degrees("40", "75")
    (40.20727777777778, 40.5, None)
    """
    text = plain(degree)
    if match := re.fullmatch(r"(\d+)\s*[°度]\s*(\d+)\s*['′分]\s*(\d+(?:\.\d+)?)\s*(?:\"|″|''|秒)?", text):
        degree, minute, second = match.groups()
    parts = [parse_number(degree)] + [parse_number(part) if plain(part) else 0.0 for part in (minute, second)]
    if any(part is None or not math.isfinite(part) for part in parts):
        return None
    whole, minutes, seconds = (float(part) for part in parts if part is not None)
    if not (0 <= minutes < 60 and 0 <= seconds < 60) or (minutes + seconds > 0 and not whole.is_integer()):
        return None
    return whole + minutes / 60 + seconds / 3600


def parse_road_type(text: str) -> str | None:
    """道路種別 as the contract writes it; 県道 alone is either of two and gives None.

    >>> [parse_road_type(text) for text in ("一般国道(直轄)", "(主)", "一般県道", "県道", "国道(指定区間外)")]
    ['一般国道', '主要地方道', '一般県道', None, '一般国道']
    """
    inside = re.fullmatch(r"[(\[](.*)[)\]]", text.strip())
    return ROAD_TYPES.get(inside[1] if inside else re.sub(r"[(\[].*[)\]]$", "", text).strip())


def parse_route_no(text: str) -> str | None:
    """A route's number: 0005, 国道5号, 5号線 → 5; a municipal road's text stays; None for empty.

    >>> [parse_route_no(text) for text in ("0005", "国道5号", "5.0", "浪館・金沢線", "")]
    ['5', '5', '5', '浪館・金沢線', None]
    """
    match = re.fullmatch(r"(?:一般国道|国道|主要地方道|一般県道|県道|第)?0*(\d+)(?:\.0)?(?:号線|号)?", text.strip())
    return (match[1] if match else text.strip()) or None


def parse_branch(text: str) -> str:
    """路線枝番: three digits, 000 = main; a text stays.

    >>> parse_branch(""), parse_branch("0"), parse_branch("2.0"), parse_branch("A")
    ('000', '000', '002', '00A')
    """
    return (re.sub(r"\.0$", "", text) or "0").zfill(3)


def parse_surface(text: str) -> str:
    """アスファルト or コンクリート where the words say so, else the words themselves.

    >>> parse_surface("密粒度アスコン(20)"), parse_surface("Co舗装"), parse_surface("砂利")
    ('アスファルト', 'コンクリート', '砂利')
    """
    if any(word in text for word in ("アスファルト", "アスコン", "密粒", "排水性")) or re.match(
        "As", text, re.IGNORECASE
    ):
        return "アスファルト"
    return "コンクリート" if "コンクリート" in text or re.match("Co(?!m)", text, re.IGNORECASE) else text
