"""Which column of a survey table is what: from a mapping (TOML), else guessed from the headers, and told. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pavement.errors import BadInput

#: column -> what its header is like, without spaces, brackets and units; the first that fits wins
HEADERS: Mapping[str, tuple[str, ...]] = {
    "road_type": ("道路種別", "道路種類", "種別", "road_type"),
    "route": ("路線番号", "路線no", "路線コード", "路線", "路線名", "道路名", "route_no", "route"),
    "branch": ("路線枝番", "枝番", "補助番号", "branch_no"),
    "kind": ("現道旧道新道区分", "現旧新区分", "現旧区分", "kind"),
    "direction": ("上下線区分", "上下区分", "上下線", "上下", "上下別", "方向", "測定方向", "direction"),
    "lane": ("車線番号", "車線", "測定車線", "レーン", "lane"),
    "from_kp": (
        *("起点距離標", "起点kp", "始点kp", "開始kp", "自kp", "kp自", "始点距離標", "距離標自", "自距離標"),
        *("起点側距離標", "測点自", "始点", "起点", "自", "kp", "距離標", "from_kp_km", "from_kp"),
    ),
    "from_post": ("距離標起点", "起点距離標数値", "起点キロポスト"),
    "from_offset": ("距離標からの追加距離起点", "起点追加距離", "追加距離起点", "起点距離標からの追加距離", "追加距離"),
    "to_kp": (
        *("終点距離標", "終点kp", "終了kp", "至kp", "kp至", "距離標至", "至距離標", "終点側距離標"),
        *("測点至", "終点", "至", "to_kp_km", "to_kp"),
    ),
    "to_post": ("距離標終点", "終点キロポスト"),
    "to_offset": ("距離標からの追加距離終点", "終点追加距離", "追加距離終点", "終点距離標からの追加距離"),
    "length": ("延長", "区間長", "区間延長", "評価延長", "length_m"),
    "crack": ("ひび割れ率", "ひびわれ率", "クラック率", "ひび割れ", "ひびわれ", "crack_pct"),
    "rut": (
        *("わだち掘れ量", "わだち掘れ", "わだちぼれ量", "わだち掘れ深さ", "平均わだち掘れ量", "最大わだち掘れ量"),
        *("轍掘れ量", "わだち", "rut_mm"),
    ),
    "iri": ("iri", "国際ラフネス指数", "平均iri", "iri_mm_per_m"),
    "sigma": ("平坦性", "平たん性", "縦断凹凸量", "縦断凹凸", "平坦性σ", "σ"),
    "mci": ("mci", "mci値", "維持管理指数"),
    "date": ("測定年月日", "調査年月日", "点検年月日", "測定日", "調査日", "点検日", "surveyed_on"),
}
NEEDED = ("route", "from_kp or from_post", "crack, rut, iri, sigma or mci")
UNITS: Mapping[str, tuple[str, ...]] = {
    "kp": ("km", "m"),
    "crack": ("%", "ratio"),
    "rut": ("mm", "cm"),
    "iri": ("mm/m", "m/km"),
    "sigma": ("mm",),
    "length": ("m", "km"),
}
_BRACKETS = re.compile(r"[(\[【〔].*?[)\]】〕]")
_PART = re.compile(r"[(\[【〔](自|至|起点|終点|始点)[)\]】〕]")
_UNIT = re.compile(r"[(\[【〔]\s*(km|m/km|mm/m|mm|cm|m|%|ratio)\s*[)\]】〕]")


@dataclass(frozen=True)
class ColumnMapping:
    """How a maker's table is to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)  #: ours -> header in the file
    units: Mapping[str, str] = field(default_factory=dict)  #: kp, crack, rut, iri, length
    defaults: Mapping[str, str] = field(default_factory=dict)  #: road_type, route, branch, kind, direction, date, lane
    directions: Mapping[str, str] = field(default_factory=dict)  #: the file's word or code -> 下り / 上り
    sigma: tuple[float, float] = (1.47, 0.75)  #: IRI = a·σ + b; others use 1.33, 0.24
    sheet: str = ""  #: of a workbook; the first that fits where it is not said
    maker: str = ""
    guess: bool = True  #: guess the columns that are not given


def mapping_from_table(table: Mapping[str, Any]) -> ColumnMapping:
    """From TOML: [columns], [units], [defaults], [directions], sigma = [a, b], sheet, maker, guess; raises BadInput."""
    known = set(ColumnMapping.__dataclass_fields__)
    if unknown := set(table) - known:
        raise BadInput(f"{', '.join(sorted(unknown))} is not known", do=f"use {', '.join(sorted(known))}")
    parts = {name: table.get(name, {}) for name in ("columns", "units", "defaults", "directions")}
    for name, part in parts.items():
        if not isinstance(part, Mapping):
            raise BadInput(f"{name} is no table", do=f"write it as [{name}]")
    if unknown := set(parts["columns"]) - set(HEADERS):
        raise BadInput(f"[columns] {', '.join(sorted(unknown))} is not known", do=f"use {', '.join(HEADERS)}")
    for name, unit in parts["units"].items():
        if unit not in UNITS.get(name, ()):
            words = "; ".join(f"{each} = {' or '.join(units)}" for each, units in UNITS.items())
            raise BadInput(f"[units] {name} is {unit}", do=f"use {words}")
    for word, meant in parts["directions"].items():
        if meant not in ("下り", "上り"):
            raise BadInput(f"[directions] {word} is {meant}", do="give 下り or 上り")
    sigma = table.get("sigma", [1.47, 0.75])
    if not (isinstance(sigma, list) and len(sigma) == 2 and all(isinstance(each, int | float) for each in sigma)):
        raise BadInput("sigma is no pair", do="write sigma = [1.47, 0.75]: IRI = 1.47 σ + 0.75")
    texts = {name: {str(key): str(value) for key, value in part.items()} for name, part in parts.items()}
    return ColumnMapping(
        **texts,
        sigma=(float(sigma[0]), float(sigma[1])),
        sheet=str(table.get("sheet", "")),
        maker=str(table.get("maker", "")),
        guess=bool(table.get("guess", True)),
    )


def bare(header: str) -> str:
    """A header without spaces, units and marks; 自/至 in brackets count.

    >>> bare("距離標（起点）※数値"), bare("ひび割れ率 (%)"), bare("ＫＰ（自）")
    ('距離標起点', 'ひび割れ率', 'kp自')
    """
    text = unicodedata.normalize("NFKC", header).lower()
    text = text.split("※")[0]
    text = _PART.sub(r"\1", text)
    return re.sub(r"[\s・:_\-　]", "", _BRACKETS.sub("", text)) if "_" not in text else text.strip()


def unit_of(header: str) -> str | None:
    """The unit in a header's brackets.

    >>> unit_of("わだち掘れ量（ｍｍ）"), unit_of("距離標[m]"), unit_of("MCI")
    ('mm', 'm', None)
    """
    match = _UNIT.search(unicodedata.normalize("NFKC", header).lower())
    return match[1] if match else None


@dataclass(frozen=True)
class Found:
    """Where each column stands, in which units, and what was assumed for it."""

    at: Mapping[str, int]
    units: Mapping[str, str]
    assumed: tuple[str, ...]


def find_columns(header: Sequence[str], mapping: ColumnMapping) -> Found:
    """The columns of a header; raises BadInput where a given one is missing."""
    at: dict[str, int] = {}
    assumed: list[str] = []
    names = [bare(each) for each in header]
    for ours, theirs in mapping.columns.items():
        found = next((i for i, each in enumerate(header) if each.strip() == theirs.strip()), None)
        found = names.index(bare(theirs)) if found is None and bare(theirs) in names else found
        if found is None:
            raise BadInput(
                f"has no column '{theirs}' ({ours})", do=f"it has: {', '.join(each for each in header if each)}"
            )
        at[ours] = found
    if mapping.guess:
        for ours, words in HEADERS.items():
            free = {name: i for i, name in reversed(list(enumerate(names))) if name and i not in at.values()}
            word = next((each for each in words if each in free), None) if ours not in at else None
            if word is not None:
                at[ours] = free[word]
                assumed.append(f"列「{header[free[word]].strip()}」を {ours} として読みました")
    units = dict(mapping.units)
    for ours, i in at.items():
        name = "kp" if ours in ("from_kp", "to_kp", "from_post") else ours
        unit = unit_of(header[i])
        if name not in units and unit in UNITS.get(name, ()):
            units[name] = str(unit)
            assumed.append(f"{ours} の単位は見出しから {unit} としました")
    return Found(at, units, tuple(assumed))


def is_enough(at: Mapping[str, int], mapping: ColumnMapping) -> bool:
    """Whether roads, kiloposts and at least one value can be read."""
    road = "route" in at or "route" in mapping.defaults
    place = ("from_kp" in at or "from_post" in at) and bool({"to_kp", "to_post", "length"} & set(at))
    return road and place and bool({"crack", "rut", "iri", "sigma", "mci"} & set(at))
