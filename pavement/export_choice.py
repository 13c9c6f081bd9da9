"""What of a 年度 is to be exported, and what such a file is called so that people can file it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pavement.fiscal_year import fiscal_year_label

#: what can be had of several drives together -> what its file is called
TITLES: Mapping[str, str] = {
    "form-a": "様式A",
    "form-a-csv": "様式A_CSV",
    "national": "舗装DB",
    "photo-book": "画像集",
    "images": "画像",
    "photo-ledger": "写真台帳",
    "repair-request": "補修依頼書",
    "gis": "GIS",
    "geojson": "GeoJSON",
    "shapefile": "Shapefile",
    "pmtiles": "PMTiles",
    "csv": "CSV",
    "report": "点検報告書",
    "open-data": "オープンデータ",
    "review": "全線点検結果とりまとめ",
}
WITH_PHOTOS = frozenset({"photo-book", "images", "photo-ledger", "repair-request"})
ALWAYS_JOBS = frozenset({"pmtiles", "open-data", "review"})
MOST_ROWS_AT_ONCE = 2000  #: segments (of 200 km, or 100 in both directions) that are answered without a job
MOST_PHOTOS_AT_ONCE = 30
ROAD_WORDS = {"一般国道": "国道", "主要地方道": "県道", "一般県道": "県道", "市町村道": "市町村道"}
UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\s]+')  #: in names of files, on any system


@dataclass(frozen=True)
class Choice:
    """Some of the sections of a 年度; None or empty = all."""

    year: int
    road_type: str | None = None
    route_no: str | None = None
    branch_no: str | None = None
    kind: str | None = None
    direction: str | None = None
    from_kp_km: float | None = None
    to_kp_km: float | None = None
    manager: str | None = None
    office: str | None = None
    places: tuple[str, ...] = ()  #: of segments
    defects: tuple[str, ...] = ()  #: of 補修依頼書
    drive: str | None = None  #: of one drive only

    def to_json(self) -> dict[str, Any]:
        """Without what is not said."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Choice:
        """The same back."""
        known = {field.name for field in fields(cls)}
        lists = {name: tuple(data[name]) for name in ("places", "defects") if name in data}
        return cls(**{**{name: value for name, value in data.items() if name in known}, **lists})


def fits_an_answer(what: str, rows: int, photos: int) -> bool:
    """Whether it is small enough to be made while the asker waits.

    >>> fits_an_answer("form-a", 40, 900), fits_an_answer("photo-book", 40, 900), fits_an_answer("csv", 9000, 0)
    (True, False, False)
    """
    if what in ALWAYS_JOBS:
        return False
    return rows <= MOST_ROWS_AT_ONCE and (what not in WITH_PHOTOS or photos <= MOST_PHOTOS_AT_ONCE)


def file_name(what: str, choice: Choice, suffix: str) -> str:
    """What people file it under.

    >>> file_name("form-a", Choice(2026, road_type="一般国道", route_no="4"), ".xlsx")
    '様式A_国道4号_令和8年度.xlsx'
    >>> file_name("photo-book", Choice(2026, office="東青", direction="上り"), ".pdf")
    '画像集_東青_上り_令和8年度.pdf'
    """
    parts = [TITLES[what], *_subject(choice), fiscal_year_label(choice.year)]
    return "_".join(UNFIT.sub("", part) for part in parts if part) + suffix


def _subject(choice: Choice) -> list[str]:
    parts = []
    if choice.route_no:
        word = ROAD_WORDS.get(choice.road_type or "", choice.road_type or "路線")
        number = f"{choice.route_no}号" if choice.route_no.isdigit() else choice.route_no
        kind = choice.kind if choice.kind not in (None, "現道") else ""
        branch = f"枝番{choice.branch_no}" if choice.branch_no not in (None, "000") else ""
        parts.append(f"{word}{number}{kind}{branch}")
    elif choice.road_type:
        parts.append(choice.road_type)
    parts += [choice.office or choice.manager or "", choice.direction or ""]
    if choice.from_kp_km is not None or choice.to_kp_km is not None:
        ends = ("" if each is None else f"{each:g}" for each in (choice.from_kp_km, choice.to_kp_km))
        parts.append("-".join(ends) + "KP")
    if choice.places:
        parts.append(f"選択{len(choice.places)}区間")
    if choice.defects:
        parts.append(f"{len(choice.defects)}件" if len(choice.defects) > 1 else choice.defects[0])
    return [part for part in parts if part] or ["全路線"]
