"""Which column of a customer's table is which of ours: by synonyms, or by a mapping.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pavement.errors import BadInput
from pavement.networks.values import plain

LAYERS = ("routes", "kiloposts", "roads", "municipalities", "attributes")

#: our name → headers that mean it, the likeliest first; compared by `bare`
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "road_type": ("road_type", "道路種別", "道路種類", "道路の種類", "道路区分", "種別"),
    "route_no": ("route_no", "路線番号", "路線no", "路線コード", "国道番号", "県道番号", "号線", "路線", "route"),
    "branch_no": ("branch_no", "路線枝番", "路線枝番号", "枝番", "枝番号", "補助番号"),
    "name": ("name", "路線名", "路線名称", "道路名", "道路名称", "名称", "n03_004"),
    "kind": ("kind", "現旧新区分", "現道・旧道・新道区分", "現道旧道新道区分", "現道旧道区分", "現旧区分", "新旧区分"),
    "carriageway": ("carriageway", "上下区分", "上下線区分", "上下線", "上下別", "上下"),
    "manager": ("manager", "管理者", "道路管理者", "管理者名", "都道府県・政令市"),
    "office": ("office", "事務所", "管理事務所", "事務所名", "土木事務所", "県民局"),
    "prefecture": ("prefecture", "都道府県", "都道府県名", "県名"),
    "road_class": ("road_class", "分類aorb", "道路分類", "分類"),
    "primary_route": ("primary_route", "重複区間の主路線", "主路線", "優先路線", "上位路線"),
    "kp_style": ("kp_style", "距離標の形式"),
    "ledger_length_m": ("ledger_length_m", "台帳延長", "実延長", "路線延長", "管理延長", "総延長"),
    "start_km": ("start_km", "始まりの距離"),
    "id": ("id", "リンクid", "link_id", "osm_id", "fid", "番号"),
    "kp_km": ("kp_km", "地点標名称", "距離標", "キロポスト", "kp", "距離標値", "距離標名称", "キロ程", "距離程"),
    "lon": ("lon", "経度", "経度_度", "longitude", "lng"),
    "lon_minute": ("経度_分",),
    "lon_second": ("経度_秒",),
    "lat": ("lat", "緯度", "緯度_度", "latitude"),
    "lat_minute": ("緯度_分",),
    "lat_second": ("緯度_秒",),
    "source": ("source", "出典", "原典"),
    "from_kp_km": (
        *("from_kp_km", "起点kp", "起点距離標", "距離標起点", "起点側kp", "起点側距離標", "区間起点"),
        *("自kp", "自距離標", "kp自", "自", "起点"),
        *("始点kp", "始点距離標", "起点キロ程", "開始kp", "始点"),
    ),
    "to_kp_km": (
        *("to_kp_km", "終点kp", "終点距離標", "距離標終点", "終点側kp", "終点側距離標", "区間終点", "至kp", "至距離標"),
        *("終点キロ程", "終了kp", "kp至", "至", "終点"),
    ),
    "from_offset_m": ("from_offset_m", "距離標からの追加距離起点", "追加距離起点", "起点追加距離"),
    "to_offset_m": ("to_offset_m", "距離標からの追加距離終点", "追加距離終点", "終点追加距離"),
    "attribute": ("attribute", "属性", "項目"),
    "value": ("value", "値", "内容"),
    "surface": ("surface", "舗装種別", "表層種別", "舗装種類", "路面種別", "舗装の種類"),
    "paved_on": (
        *("paved_on", "表層の舗設年月", "舗設年月", "舗設年月日", "舗装年月", "舗装年月日", "舗装年度", "舗設年度"),
        *("舗装年", "舗設年"),
    ),
    "works": ("工種", "工法", "工事種別", "補修工法", "修繕工法"),
    "works_on": (
        *(
            "施工年月",
            "施工年月日",
            "施工年度",
            "竣工年月",
            "竣工年月日",
            "完成年月",
            "完成年月日",
            "工事完了日",
            "完了年月日",
        ),
        *("工事年度", "工期終"),
    ),
    "repaired_on": (
        "repaired_on",
        "補修年月",
        "補修年月日",
        "補修年度",
        "修繕年月",
        "修繕年月日",
        "措置年月",
        "修繕年度",
    ),
    "design_life_years": ("design_life_years", "使用目標年数", "目標年数", "設計期間"),
    "lanes": ("lanes", "車線数"),
    "width_m": ("width_m", "車道幅員", "幅員"),  # of all lanes
    "total_width_m": ("total_width_m", "全幅員", "総幅員", "道路幅員"),
    "lane_width_m": ("lane_width_m", "車線幅員", "車線幅", "1車線幅員"),
    "municipality": ("municipality", "市町村", "市町村名", "市区町村", "市区町村名", "市町村起点"),
    "closed": ("closed", "通行規制", "冬期閉鎖", "冬期通行止", "冬期通行止め", "閉鎖", "通行止", "規制内容"),
    "valid_from": ("valid_from", "適用年月日", "適用開始日", "適用日", "更新年月日"),
}
OF_HEADER = {name: ours for ours, names in SYNONYMS.items() for name in names}
MAPPING_KEYS = {"kind", "columns", "values", "defaults"}


@dataclass(frozen=True)
class ColumnMap:
    """A customer's own mapping.toml.

    `kind`; `[columns]` ours = "theirs"; `[values.road_type]` …: theirs = "ours"; `[defaults]` ours = "value".
    """

    kind: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Columns:
    """Our name → place in the row; the unit that a header states; the headers that nothing of ours stands for."""

    place: Mapping[str, int]
    unit: Mapping[str, str]
    unused: tuple[str, ...]


def bare(header: str) -> str:
    """A header without spaces, notes, units and brackets, in lower case.

    >>> bare("距離標（起点）※数値"), bare("幅員 (m)"), bare("緯度（分）"), bare("分類(AorB)")
    ('距離標起点', '幅員', '緯度_分', '分類aorb')
    """
    text = re.sub(r"\s+", "", plain(header)).lower()
    text = re.sub(r"※.*$", "", text)
    text = re.sub(r"[(\[](m|km|年|本|車線|%|西暦|和暦)[)\]]$", "", text)
    text = re.sub(r"^([緯経]度)[(\[]([度分秒])[)\]]$", r"\1_\2", text)
    return re.sub(r"[()\[\]]", "", text)


def stated_unit(header: str) -> str:
    """The unit in a header's brackets, "" where there is none.

    >>> stated_unit("起点（ｍ）"), stated_unit("KP(km)"), stated_unit("終点")
    ('m', 'km', '')
    """
    match = re.search(r"[(\[](m|km)[)\]]", plain(header).lower())
    return match[1] if match else ""


def synonym(header: str, cut: bool) -> tuple[str, int] | None:
    """Our column that a header means, and how likely (0 = most); `cut`: the format cuts long names (Shapefile).

    >>> synonym("路線枝番", False), synonym("路線枝", True), synonym("路線枝", False)
    (('branch_no', 1), ('branch_no', 99), None)
    """
    name = bare(header)
    if name in OF_HEADER:
        return OF_HEADER[name], SYNONYMS[OF_HEADER[name]].index(name)
    begun = {ours for full, ours in OF_HEADER.items() if full.startswith(name)} if cut and len(name) > 2 else set()
    return (begun.pop(), 99) if len(begun) == 1 else None


def find_columns(header: Sequence[str], mapping: ColumnMap, cut: bool = False) -> Columns:
    """Our columns in a header: those of the mapping first, then by synonyms, the likelier header where two fit."""
    place = {ours: header.index(theirs) for ours, theirs in mapping.columns.items() if theirs in header}
    taken = set(place.values())
    found: dict[str, list[tuple[int, int]]] = {}
    for i, each in enumerate(header):
        meant = synonym(each, cut)
        if meant and meant[0] not in place and i not in taken:
            found.setdefault(meant[0], []).append((meant[1], i))
    place |= {ours: min(places)[1] for ours, places in found.items()}
    used = set(place.values())
    unused = tuple(each for i, each in enumerate(header) if i not in used and plain(each))
    return Columns(place, {ours: stated_unit(header[i]) for ours, i in place.items()}, unused)


def read_mapping(path: Path | None) -> ColumnMap:
    """A mapping.toml; raises BadInput where it is none."""
    if path is None:
        return ColumnMap()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"is no readable TOML ({error})", file=path, do="see docs/network.md") from error
    if unknown := set(data) - MAPPING_KEYS:
        raise BadInput(
            f"has the unknown entry '{min(unknown)}'", file=path, do=f"use {', '.join(sorted(MAPPING_KEYS))}"
        )
    columns, values, defaults = (data.get(name, {}) for name in ("columns", "values", "defaults"))
    for name in (*columns, *values, *defaults):
        if name not in SYNONYMS:
            raise BadInput(f"maps the unknown column '{name}'", file=path, do=f"use one of {', '.join(SYNONYMS)}")
    kind = data.get("kind")
    if kind is not None and kind not in LAYERS:
        raise BadInput(f"has kind '{kind}'", file=path, do=f"use {', '.join(LAYERS)}")
    try:
        return ColumnMap(
            kind,
            {ours: str(theirs) for ours, theirs in columns.items()},
            {ours: {plain(a): str(b) for a, b in pairs.items()} for ours, pairs in values.items()},
            {ours: str(value) for ours, value in defaults.items()},
        )
    except AttributeError as error:
        raise BadInput("has an entry that is no table", file=path, do="see docs/network.md") from error
