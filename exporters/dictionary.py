"""What every column means, in Japanese and English: names and meanings from dictionary.toml, types from the columns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from exporters.profiles import COLUMNS as PROFILES
from exporters.tables import DEFECTS, FRAMES, SEGMENTS, Column, Kind
from pavement.defect import CATEGORY_JA, ORIENTATION_JA, Category, Orientation
from pavement.drive import REASON_JA, Reason, TimeSource
from pavement.road import Direction
from pavement.segment import Flag

TABLES: Mapping[str, Sequence[Column]] = {
    "segments": SEGMENTS,
    "blocks": SEGMENTS,
    "frames": FRAMES,
    "defects": DEFECTS,
    "profiles": PROFILES,
}
KIND_JA = {Kind.TEXT: "文字列", Kind.COUNT: "整数", Kind.NUMBER: "数値"}
TYPES = {Kind.TEXT: "string", Kind.COUNT: "integer", Kind.NUMBER: "number"}  #: as Table Schema calls them
#: Columns that hold one of a list of words, and what people call each.
CODES: Mapping[str, Mapping[str, str]] = {
    "road_type": {word: word for word in ("一般国道", "主要地方道", "一般県道", "市町村道")},
    "kind": {word: word for word in ("現道", "旧道", "新道")},
    "direction": {each.value: each.value for each in Direction},
    "rating": {
        "Ⅰ": "健全",
        "Ⅱ": "表層機能保持段階",
        "Ⅲ": "修繕段階",
        "Ⅲ-1": "修繕段階(表層等修繕)",
        "Ⅲ-2": "修繕段階(路盤打換等)",
    },
    "category": {each.value: CATEGORY_JA[each] for each in Category},
    "orientation": {each.value: ORIENTATION_JA[each] for each in Orientation},
    "status": {"used": "使った", "rejected": "使わなかった"},
    "reason": {each.value: REASON_JA[each] for each in Reason},
    "time_source": {each.value: each.value for each in TimeSource},
}
#: Columns that hold several of a list of words, joined by `;`.
WORDS: Mapping[str, Sequence[str]] = {"flags": [each.value for each in Flag]}


@dataclass(frozen=True)
class Entry:
    """What a column means; `unit` is empty where it has none."""

    ja: str
    unit: str
    meaning: str
    en: str
    meaning_en: str

    @property
    def title(self) -> str:
        """The Japanese name with its unit."""
        return f"{self.ja} ({self.unit})" if self.unit else self.ja


@cache
def _entries() -> Mapping[str, Mapping[str, Entry]]:
    """Entries by table; those of all tables under ""."""
    found = tomllib.loads((resources.files("exporters") / "dictionary.toml").read_text(encoding="utf-8"))
    tables = {"": found["columns"], **found["tables"]}
    return {table: {name: Entry(**entry) for name, entry in part.items()} for table, part in tables.items()}


def entry_of(table: str, column: str) -> Entry:
    """The entry of a column of a table; every column has one."""
    entries = _entries()
    return entries.get(table, {}).get(column) or entries[""][column]


def known_columns() -> set[str]:
    """All names that the dictionary explains."""
    return {name for part in _entries().values() for name in part}


DICTIONARY_HEADS = (
    "table",
    "column",
    "名称",
    "型",
    "単位",
    "小数桁数",
    "意味",
    "とりうる値",
    "name",
    "type",
    "meaning",
)


def dictionary_rows(tables: Mapping[str, Sequence[Column]]) -> list[tuple[str, ...]]:
    """The data dictionary: one row a column, cells as in `DICTIONARY_HEADS`."""
    return [dictionary_row(table, column) for table, columns in tables.items() for column in columns]


def dictionary_row(table: str, column: Column) -> tuple[str, ...]:
    """One row of the data dictionary."""
    entry = entry_of(table, column.name)
    decimals = str(column.decimals) if column.kind is Kind.NUMBER else ""
    codes = CODES.get(column.name, {})
    words = [code if code == ja else f"{code} = {ja}" for code, ja in codes.items()] or WORDS.get(column.name, ())
    return (
        table,
        column.name,
        entry.ja,
        KIND_JA[column.kind],
        entry.unit,
        decimals,
        entry.meaning,
        "、".join(words),
        entry.en,
        TYPES[column.kind],
        entry.meaning_en,
    )
