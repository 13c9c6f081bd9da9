"""A survey vehicle's file → rows of this network; every row that cannot be used is counted with its reason."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pavement.earlier.columns import ColumnMapping, Found, find_columns, is_enough
from pavement.earlier.record import SOURCE, MeasuredRow, Refused, VehicleSurvey
from pavement.earlier.roads import RoadWords
from pavement.earlier.tables import Grid, read_grids
from pavement.errors import BadInput
from pavement.fiscal_year import fiscal_year_of
from pavement.kilopost_text import parse_kp
from pavement.road import Direction, RoadKey

HEADER_WITHIN = 15
LONGEST_KM = 0.2  #: a mean over more says little of 100 m
RANGES: Mapping[str, tuple[float, float]] = {
    "crack": (0.0, 100.0),
    "rut": (0.0, 300.0),
    "iri": (0.0, 40.0),
    "sigma": (0.0, 30.0),
    "mci": (0.0, 10.0),
}
LABELS = {"crack": "ひび割れ率", "rut": "わだち掘れ量", "iri": "IRI", "sigma": "平坦性", "mci": "MCI", "length": "延長"}
WAYS = {"下り": "下り", "下": "下り", "下線": "下り", "下り線": "下り", "下り車線": "下り", "down": "下り", "d": "下り"}
WAYS |= {"上り": "上り", "上": "上り", "上線": "上り", "上り線": "上り", "上り車線": "上り", "up": "上り", "u": "上り"}
COMMON = {"上下共通", "上下線共通", "上下", "上下線", "共通", "both"}
NOTHING = {"", "-", "－", "ー", "―", "–", "*", "nan", "none", "null", "欠測", "なし", "不明", "測定不能"}
PLAIN = re.compile(r"\d{1,7}(\.\d+)?")  #: a kilopost without K
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?")
_ERA = re.compile(r"(令和|平成|r|h)(元|\d{1,2})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?")
ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988}


class _No(Exception):
    """Why a row cannot be used."""


def read_vehicle_survey(
    data: bytes, name: str, roads: Mapping[RoadKey, str], mapping: ColumnMapping | None = None, year: int | None = None
) -> VehicleSurvey:
    """A file's rows on known `roads` (key → name); with `year` only of that 年度. Raises BadInput without columns."""
    mapping = mapping or ColumnMapping()
    best: tuple[int, Grid, int, Found] | None = None
    grids = [each for each in read_grids(data, name) if not mapping.sheet or each.name == mapping.sheet]
    if not grids:
        raise BadInput(f"{name} has no sheet '{mapping.sheet}'", do="correct sheet in the mapping")
    for grid in grids:
        for i, line in enumerate(grid.lines[:HEADER_WITHIN]):
            try:
                found = find_columns(line, mapping)
            except BadInput:
                continue
            if is_enough(found.at, mapping) and (best is None or len(found.at) > best[0]):
                best = (len(found.at), grid, i, found)
    if best is None:
        seen = "、".join(
            cell for cell in max(grids[0].lines[:HEADER_WITHIN], key=lambda line: sum(map(bool, line))) if cell
        )
        raise BadInput(
            f"{name}: columns of road, from and to (or length) and of a value were not all found among: {seen[:300]}",
            do="say them in a mapping: [columns] route = …, from_kp = …, to_kp = …, crack = … (docs/review.md)",
        )
    _, grid, start, found = best
    return _rows(grid, start, found, mapping, roads, year, name, hashlib.sha256(data).hexdigest())


def _rows(
    grid: Grid,
    start: int,
    found: Found,
    mapping: ColumnMapping,
    roads: Mapping[RoadKey, str],
    year: int | None,
    name: str,
    digest: str,
) -> VehicleSurvey:
    lines, numbers = grid.lines[start + 1 :], grid.numbers[start + 1 :]
    notes = dict.fromkeys(found.assumed)
    reader = _Reader(
        found, mapping, RoadWords(roads), _kp_in_metres(lines, found, notes), lambda text: notes.setdefault(text)
    )
    rows: list[MeasuredRow] = []
    refused: list[Refused] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, line in zip(numbers, lines, strict=True):
        try:
            row = reader.row(number, line)
            if year is not None and row.surveyed_on is not None and fiscal_year_of(row.surveyed_on) != year:
                raise _No("調査年月日が指定した年度でない")
            key = (row.road, row.direction, round(row.from_kp_km, 4), round(row.to_kp_km, 4))
            if key in seen:
                raise _No("同じ区間の行が先にある（別の車線など）")
            seen[key] = number
            rows.append(row)
        except _No as reason:
            refused.append(Refused(number, str(reason)))
    return VehicleSurvey(name, digest, rows, refused, tuple(notes), mapping.maker or SOURCE)


def _kp_in_metres(lines: Sequence[Sequence[str]], found: Found, notes: dict[str, None]) -> bool:
    """Whether kiloposts without K are metres: said by the unit, else told by their size."""
    unit = found.units.get("kp")
    if unit is not None:
        return unit == "m"
    at = found.at.get("from_kp", found.at.get("from_post", 0))
    values = [float(line[at]) for line in lines if at < len(line) and PLAIN.fullmatch(line[at])]
    metres = bool(values) and max(values) > 2000
    if values:
        notes.setdefault(f"距離標の数字は{'m' if metres else 'km'}としました（[units] kp で指定できます）")
    return metres


class _Reader:
    """One row at a time; raises _No with the reason."""

    def __init__(
        self, found: Found, mapping: ColumnMapping, roads: RoadWords, metres: bool, note: Callable[[str], object]
    ) -> None:
        self._at, self._units, self._mapping = found.at, found.units, mapping
        self._roads, self._metres, self._note = roads, metres, note

    def row(self, number: int, line: Sequence[str]) -> MeasuredRow:
        road = self._road(line)
        low, high = self._ends(line)
        values = {name: self._value(line, name) for name in RANGES}
        iri = values["iri"]
        if iri is None and values["sigma"] is not None:
            a, b = self._mapping.sigma
            iri = a * values["sigma"] + b
            self._note(f"IRI は平坦性σから IRI = {a:g} σ + {b:g} で求めました（sigma で指定できます）")
        if all(each is None for each in (values["crack"], values["rut"], iri, values["mci"])):
            raise _No("値がない")
        day = self._text(line, "date")
        lane = self._text(line, "lane")
        return MeasuredRow(
            number=number,
            road=road,
            direction=self._direction(line),
            from_kp_km=low,
            to_kp_km=high,
            crack_pct=values["crack"],
            rut_mm=values["rut"],
            iri_mm_per_m=iri,
            mci=values["mci"],
            surveyed_on=parse_day(day) if day else None,
            lane=int(lane) if lane.isdecimal() else None,
        )

    def _text(self, line: Sequence[str], name: str) -> str:
        at = self._at.get(name)
        text = line[at].strip() if at is not None and at < len(line) else ""
        text = unicodedata.normalize("NFKC", text)
        return self._mapping.defaults.get(name, "") if text.lower() in NOTHING else text

    def _road(self, line: Sequence[str]) -> RoadKey:
        words = [self._text(line, name) for name in ("route", "road_type", "branch", "kind")]
        if not words[0]:
            raise _No("路線の記載がない")
        found = self._roads.find(*words)
        if not found:
            raise _No("路線が路線網にない")
        if len(found) > 1:
            raise _No("路線が一つに決まらない（道路種別・枝番・現旧を指定）")
        return found[0]

    def _direction(self, line: Sequence[str]) -> Direction:
        text = self._text(line, "direction")
        word = self._mapping.directions.get(text) or WAYS.get(text.lower())
        if word is None and (not text or text in COMMON):
            self._note(
                "上下の記載がない行と上下共通の行は下り（代表車線）としました（[defaults] direction で指定できます）"
            )
            word = "下り"
        if word is None:
            raise _No("上下が読めない（[directions] で指定）")
        return Direction(word)

    def _ends(self, line: Sequence[str]) -> tuple[float, float]:
        first = self._kp(line, "from")
        last = self._kp(line, "to")
        length = self._number(line, "length")
        if last is None and first is not None and length:
            last = first + (length if self._units.get("length") == "km" else length / 1000)
        if first is None or last is None:
            raise _No("距離標が読めない")
        low, high = min(first, last), max(first, last)
        if high - low < 0.001:
            raise _No("起点と終点が同じ")
        if high - low > LONGEST_KM + 1e-6:
            raise _No(f"区間が {LONGEST_KM * 1000:.0f} m を超える")
        return round(low, 6), round(high, 6)

    def _kp(self, line: Sequence[str], side: str) -> float | None:
        text = self._text(line, f"{side}_kp") or self._text(line, f"{side}_post")
        offset = self._number(line, f"{side}_offset")
        value = float(text) / 1000 if self._metres and PLAIN.fullmatch(text) else parse_kp(text)
        if value is None:
            return None
        return value + (offset or 0.0) / 1000

    def _value(self, line: Sequence[str], name: str) -> float | None:
        value = self._number(line, name)
        if value is None:
            return None
        unit = self._units.get(name)
        value *= {"ratio": 100.0, "cm": 10.0}.get(unit or "", 1.0)
        low, high = RANGES[name]
        if not low <= value <= high:
            raise _No(f"{LABELS[name]}が {low:g}～{high:g} の外")
        return value

    def _number(self, line: Sequence[str], name: str) -> float | None:
        text = self._text(line, name).replace(",", "").rstrip("%")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            raise _No(f"{LABELS.get(name, '追加距離')}が数でない") from None
        if not math.isfinite(value):
            raise _No(f"{LABELS.get(name, '追加距離')}が数でない")
        return value


def parse_day(text: str) -> date | None:
    """A day in western or Japanese years; a month alone is its first day; None for anything else.

    >>> parse_day("令和3年10月5日"), parse_day("2021/10"), parse_day("H30.6.1"), parse_day("秋")
    (datetime.date(2021, 10, 5), datetime.date(2021, 10, 1), datetime.date(2018, 6, 1), None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if match := _DATE.match(plain):
        year, month, day = match[1], match[2], match[3]
        first = int(year)
    elif match := _ERA.match(plain):
        first = ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
        month, day = match[3], match[4]
    else:
        return None
    try:
        return date(first, int(month), int(day or 1))
    except ValueError:
        return None
