"""Rows of a customer's table as rows of the network's layers, each taken or refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from pavement.kilopost_text import parse_kp
from pavement.networks.columns import LAYERS, ColumnMap, Columns, find_columns
from pavement.networks.intake import Intake, Refusal
from pavement.networks.keys import KeyReader, KnownRoads, Unusable
from pavement.networks.ledger import values_of
from pavement.networks.sheets import Sheet
from pavement.networks.values import parse_date, parse_degrees, parse_number, plain

FACTS = ("manager", "office", "prefecture", "road_class", "primary_route", "kp_style")
JAPAN = (122.0, 20.0, 154.5, 46.0)  #: lon, lat
OFFICIAL = {"地方整備局", "現旧新区分", "地点標名称"}  #: the columns by which an official 距離標 table is known
UNDERSTAND = "--kind か mapping.toml の [columns] で示す"

Record = dict[str, Any]


@dataclass
class Taken:
    """Rows of one layer; `shapes` are in lon/lat, None for the table `attributes`."""

    layer: str
    records: list[Record] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One row under our column names."""

    sheet: Sheet
    columns: Columns
    mapping: ColumnMap
    cells: Sequence[object]
    shape: Any  #: a shapely geometry in lon/lat, None where there is none
    source: str

    def raw(self, ours: str) -> object:
        """The cell of one of our columns, translated by the mapping; its default where it is empty."""
        place = self.columns.place.get(ours)
        cell = self.cells[place] if place is not None and place < len(self.cells) else None
        if not plain(cell):
            return self.mapping.defaults.get(ours)
        return self.mapping.values.get(ours, {}).get(plain(cell), cell)

    def text(self, ours: str) -> str:
        """The cell as text, "" for empty."""
        return plain(self.raw(ours))

    def kp(self, ours: str, offset: str = "") -> float:
        """A kilopost in km, with metres in the column `offset` where there is one. Raises Unusable."""
        text = self.text(ours)
        in_metres = self.columns.unit.get(ours) == "m"
        number = parse_number(text) if in_metres else parse_kp(text)
        beyond = parse_number(self.text(offset)) if offset and self.text(offset) else 0.0
        if number is None or beyond is None:
            raise Unusable(
                "距離標を読めない" if text else "距離標がない",
                text if number is None else self.text(offset),
                "112.5、112K500、112.5KP のように書く（メートルなら見出しに (m)）",
            )
        return round((number / 1000 if in_metres else number) + beyond / 1000, 6)


def guess_layer(sheet: Sheet, columns: Columns, kind: str | None) -> str | None:
    """The network's layer that a table is for; None where it cannot be told."""
    if kind:
        return kind
    if sheet.name in LAYERS or sheet.file.stem in LAYERS:
        return sheet.name if sheet.name in LAYERS else sheet.file.stem
    has = set(columns.place)
    if sheet.shapes is None:
        if {"from_kp_km", "to_kp_km"} <= has:
            return "attributes"
        return "kiloposts" if {"kp_km", "lon", "lat"} <= has else None
    types = {str(name) for name in {shape.geom_type for shape in sheet.shapes if shape is not None}}
    if types <= {"Point", "MultiPoint"}:
        return "kiloposts" if "kp_km" in has else None
    if types <= {"LineString", "MultiLineString"}:
        return "routes" if "route_no" in has else None
    if types <= {"Polygon", "MultiPolygon"}:
        return "municipalities" if has & {"name", "municipality"} else None
    return None


def take(
    sheet: Sheet, kind: str | None, mapping: ColumnMap, known: KnownRoads, given_name: str | None
) -> tuple[Taken, Intake]:
    """The rows that a table gives to the network, and the account of them."""
    columns = find_columns(sheet.header, mapping, sheet.cuts_names)
    layer = guess_layer(sheet, columns, mapping.kind or kind)
    if layer is None:
        headers = "、".join(name for name in sheet.header if name) or "なし"
        refused = [Refusal(n, "何の表か分からない", f"列: {headers}", UNDERSTAND) for n in sheet.numbers]
        return Taken(""), Intake(sheet.title, "", len(refused), 0, refused)
    keys = KeyReader(known, set(sheet.header) >= OFFICIAL)
    taken, refused, cells, rows_taken = Taken(layer), [], [], 0
    for i, number in enumerate(sheet.numbers):
        shape = None if sheet.shapes is None else sheet.shapes[i]
        source = f"{sheet.title} {number}行" + (f"（{given_name}）" if given_name else "")
        row = Row(sheet, columns, mapping, sheet.rows[i], shape, source)
        try:
            records, where, wrong = READERS[layer](row, keys)
        except Unusable as error:
            refused.append(Refusal(number, error.why, error.value, error.do))
            continue
        rows_taken += 1
        cells += [Refusal(number, each.why, each.value, each.do) for each in wrong]
        taken.records += records
        taken.shapes += [where] * len(records)
    notes = [f"{text}: {n}行" for text, n in keys.assumed.items()]
    if columns.unused:
        notes.append(f"使わない列: {'、'.join(columns.unused)}")
    notes += [
        f"mapping.toml の列「{theirs}」がない" for theirs in mapping.columns.values() if theirs not in sheet.header
    ]
    return taken, Intake(sheet.title, layer, len(sheet.numbers), rows_taken, refused, cells, notes)


def _key(row: Row, keys: KeyReader) -> Record:
    road = keys.key(row.text)
    return {"road_type": road.road_type, "route_no": road.route_no, "branch_no": road.branch_no, "kind": road.kind}


def _shape(row: Row, types: tuple[str, ...], name: str) -> Any:
    if row.shape is None or row.shape.is_empty:
        raise Unusable("図形がない", "", "図形を付けて書き出す")
    if row.shape.geom_type not in types:
        raise Unusable(f"{name}でない図形", row.shape.geom_type, "--kind を確かめる")
    return row.shape


def _place(row: Row) -> Any:
    """Where a post stands: its shape, or its columns of degrees. Raises Unusable."""
    if row.sheet.shapes is not None:
        return shapely.centroid(_shape(row, ("Point", "MultiPoint"), "点"))
    lon, lat = (
        parse_degrees(*(row.raw(f"{axis}{part}") for part in ("", "_minute", "_second"))) for axis in ("lon", "lat")
    )
    written = f"{row.text('lon')}, {row.text('lat')}"
    if lon is None or lat is None:
        raise Unusable("経度・緯度を読めない", written, "十進の度、または度・分・秒の列で書く")
    if not (JAPAN[0] <= lon <= JAPAN[2] and JAPAN[1] <= lat <= JAPAN[3]):
        swapped = JAPAN[0] <= lat <= JAPAN[2] and JAPAN[1] <= lon <= JAPAN[3]
        raise Unusable("経度と緯度が逆" if swapped else "日本の外にある", written, "経度・緯度の列を確かめる")
    return shapely.Point(lon, lat)


def _kilopost(row: Row, keys: KeyReader) -> tuple[list[Record], Any, list[Unusable]]:
    record = _key(row, keys) | {"carriageway": keys.carriageway(row.text), "kp_km": row.kp("kp_km")}
    earlier = row.text("source")
    return [record | {"source": f"{earlier} ← {row.source}" if earlier else row.source}], _place(row), []


def _route(row: Row, keys: KeyReader) -> tuple[list[Record], Any, list[Unusable]]:
    line = _shape(row, ("LineString", "MultiLineString"), "線")
    record = _key(row, keys) | {"carriageway": keys.carriageway(row.text), "name": row.text("name")}
    record |= {name: row.text(name) or None for name in (*FACTS, "id")}
    wrong: list[Unusable] = []
    length, start = (_measure(row, name, wrong) for name in ("ledger_length_m", "start_km"))
    record |= {"ledger_length_m": length, "start_km": start, "source": row.source}
    return [record], line, wrong


def _measure(row: Row, ours: str, wrong: list[Unusable]) -> float | None:
    """A length in the unit of our column (m or km), whatever unit the header or the cell states."""
    text = row.text(ours)
    number = parse_number(text) if text else None
    if text and number is None:
        wrong.append(Unusable(f"{ours} を読めない", text, "数を書く"))
    stated = row.columns.unit.get(ours) or ("km" if text.lower().endswith("km") else "m" if text.endswith("m") else "")
    wanted = "km" if ours.endswith("_km") else "m"
    if number is None or not stated or stated == wanted:
        return number
    return number * 1000 if stated == "km" else number / 1000


def _municipality(row: Row, keys: KeyReader) -> tuple[list[Record], Any, list[Unusable]]:
    name = row.text("name") or row.text("municipality")
    if not name:
        raise Unusable("市町村名がない", "", "[columns] name で列名を示す")
    return [{"name": name, "source": row.source}], _shape(row, ("Polygon", "MultiPolygon"), "面"), []


def _ledger(row: Row, keys: KeyReader) -> tuple[list[Record], Any, list[Unusable]]:
    key = _key(row, keys)
    low, high = sorted((row.kp("from_kp_km", "from_offset_m"), row.kp("to_kp_km", "to_offset_m")))
    if high - low < 1e-6:
        raise Unusable("起点と終点が同じ距離標", f"{low:g}", "区間の終わりを書く")
    values, wrong = values_of(row.raw)
    if not values:
        first = wrong[0] if wrong else Unusable("属性が一つもない", "", "舗装種別・舗設年月などの列を確かめる")
        raise Unusable(first.why, first.value, first.do)
    place = key | {"carriageway": keys.carriageway(row.text), "from_kp_km": low, "to_kp_km": high}
    day = parse_date(row.raw("valid_from"))
    if day is None and row.text("valid_from"):
        wrong.append(Unusable("適用日を読めない", row.text("valid_from"), "2023-10-01、R5.10.1 のように書く"))
    valid = {"valid_from": day, "source": row.source}
    return [place | {"attribute": name, "value": value} | valid for name, value in values], None, wrong


def _road(row: Row, keys: KeyReader) -> tuple[list[Record], Any, list[Unusable]]:
    line = _shape(row, ("LineString", "MultiLineString"), "線")
    return [{"id": row.text("id") or None, "name": row.text("name") or None}], line, []


Reader = Callable[[Row, KeyReader], tuple[list[Record], Any, list[Unusable]]]
READERS: Mapping[str, Reader] = {
    "routes": _route,
    "kiloposts": _kilopost,
    "attributes": _ledger,
    "municipalities": _municipality,
    "roads": _road,
}
