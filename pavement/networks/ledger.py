"""道路台帳 and 舗装工事履歴: a row of 起終点KP with many columns becomes one `attributes` row a value."""

from __future__ import annotations

import re
from collections.abc import Callable

from pavement.networks.columns import OF_HEADER, bare
from pavement.networks.keys import Unusable
from pavement.networks.values import NOTHING, parse_date, parse_number, parse_surface, plain

#: works that renew the surface: after them the paving date is theirs
RENEWS_SURFACE = re.compile("打換|打替|打ち換|打ち替|オーバーレイ|切削|OL|新設|舗設|表層|修繕", re.IGNORECASE)
LIMITS = {
    "lanes": (1, 12),
    "width_m": (1, 80),
    "total_width_m": (1, 200),
    "lane_width_m": (1, 10),
    "design_life_years": (1, 100),
}
DATES = ("paved_on", "repaired_on")
WORDS = ("surface", "municipality", "closed")
ATTRIBUTES = (*WORDS, *DATES, *LIMITS)
YES = frozenset({"有", "あり", "○", "〇", "1", "true", "yes", "対象"})


def values_of(raw: Callable[[str], object]) -> tuple[list[tuple[str, str]], list[Unusable]]:
    """(attribute, value) pairs of a row, and the cells that cannot be understood; `raw` gives a cell of our columns."""
    if plain(raw("attribute")):
        cells: dict[str, object] = {attribute_name(plain(raw("attribute"))): raw("value")}
    else:
        cells = {name: raw(name) for name in ATTRIBUTES} | _works(raw)
    found, wrong = [], []
    for name, cell in cells.items():
        if plain(cell).lower() in NOTHING:
            continue
        try:
            found.append((name, value_of(name, cell)))
        except Unusable as error:
            wrong.append(error)
    return found, wrong


def attribute_name(text: str) -> str:
    """Our name of an attribute that a table names in words."""
    ours = OF_HEADER.get(bare(text))
    return ours if ours in ATTRIBUTES else text


def value_of(name: str, cell: object) -> str:
    """A cell's value as text: dates ISO, numbers plain. Raises Unusable."""
    text = plain(cell)
    if name in DATES:
        day = parse_date(cell)
        if day is None:
            raise Unusable(f"日付（{name}）を読めない", text, "2023-10、R5.10、令和5年10月 のように書く")
        return day
    if name in LIMITS:
        number, (low, high) = parse_number(cell), LIMITS[name]
        if number is None or not low <= number <= high:
            raise Unusable(f"数値（{name}）を読めない", text, f"{low}〜{high} の数を書く")
        return f"{number:g}"
    if name == "surface":
        return parse_surface(text)
    return "冬期閉鎖" if name == "closed" and text.lower() in YES else text


def _works(raw: Callable[[str], object]) -> dict[str, object]:
    """Dates of works: repaired_on, and paved_on where the surface is renewed; without a kind of works the paving's."""
    done, works = raw("works_on"), plain(raw("works"))
    if not plain(done):
        return {}
    if not works:
        return {} if plain(raw("paved_on")) else {"paved_on": done}
    renewed = {"paved_on": done} if RENEWS_SURFACE.search(works) and not plain(raw("paved_on")) else {}
    return {"repaired_on": done, **renewed}
