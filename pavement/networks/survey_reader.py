"""The layers of a network as plain records for a check: nothing is judged, what cannot be read is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from shapely import LineString

from pavement.errors import BadInput
from pavement.geo import LocalPlane
from pavement.network_check import Fault, Finding, ManagedLine, Post, Severity, Stretch, Survey
from pavement.networks.layers import find_layers, whole_name
from pavement.networks.sheets import TEXT_SUFFIXES, Sheet, shapefile_encoding, text_sheet, vector_sheet
from pavement.networks.values import plain
from pavement.networks.writer import DEFAULTS, ROAD
from pavement.road import Carriageway, RoadKey

ROAD_TYPES = ("一般国道", "主要地方道", "一般県道", "市町村道")
KINDS = ("現道", "旧道", "新道")


def read_survey(path: Path) -> Survey:
    """The layers of a network as they stand, with what was wrong in reading them."""
    layers = find_layers(path)
    found: list[Finding] = []
    sheets = {
        name: open_layer(*layers[name], name, found) for name in ("routes", "kiloposts", "attributes") if name in layers
    }
    if "routes" not in layers:
        what = "routes（路線の線）がない: 照合には使えない"
        found.append(Finding(Severity.SERIOUS, Fault.UNREADABLE, what, "路線の線を取り込む"))
    plane = plane_about(
        [each for sheet in sheets.values() if sheet and sheet.shapes is not None for each in sheet.shapes]
    )
    return Survey(
        plane,
        [line for row in rows_of(sheets.get("routes"), found) if (line := to_line(row, plane, found))],
        [post for row in rows_of(sheets.get("kiloposts"), found) if (post := to_post(row, plane, found))],
        [each for row in rows_of(sheets.get("attributes"), found) if (each := to_stretch(row, found))],
        found,
        with_lines="routes" in layers,
    )


def plane_about(shapes: Sequence[Any]) -> LocalPlane:
    """A plane in the middle of shapes in lon/lat."""
    there = np.array([shape for shape in shapes if shape is not None and not shape.is_empty], object)
    if not len(there):
        return LocalPlane(140.0, 40.0)
    west, south, east, north = shapely.total_bounds(there)
    return LocalPlane(round(float(west + east) / 2, 4), round(float(south + north) / 2, 4))


def open_layer(file: Path, layer: str | None, name: str, found: list[Finding]) -> Sheet | None:
    """A layer of a network; None and a finding where it cannot be read."""
    try:
        if file.suffix.lower() in TEXT_SUFFIXES:
            return text_sheet(file, None)
        inside = layer or str(pyogrio.list_layers(file)[0][0])
        info = pyogrio.read_info(file, layer=inside)
        if info["geometry_type"] and not info["crs"]:
            what, do = f"レイヤ {name} に座標系の宣言がない", "座標系を設定する（JGD2011 は EPSG:6668）"
            found.append(Finding(Severity.SERIOUS, Fault.NO_CRS, what, do))
            return None
        encoding = shapefile_encoding(file, None) if file.suffix.lower() == ".shp" else None
        return vector_sheet(file, inside, name, encoding, None)
    except (BadInput, pyogrio.errors.DataSourceError) as error:
        found.append(Finding(Severity.SERIOUS, Fault.UNREADABLE, f"レイヤ {name}: {error}", "書き出し直す"))
        return None


@dataclass(frozen=True)
class NetworkRow:
    """A row of a network's layer with its key."""

    road: RoadKey
    carriageway: Carriageway
    cells: dict[str, object]
    shape: Any
    where: str

    def text(self, column: str) -> str:
        """A cell as text."""
        return plain(self.cells.get(column))

    def number(self, column: str) -> float | None:
        """A cell as a number; None for empty. Raises ValueError."""
        return float(self.text(column)) if self.text(column) else None


def rows_of(sheet: Sheet | None, found: list[Finding]) -> Iterator[NetworkRow]:
    """The rows of a layer whose key can be read, as `read_network` reads it."""
    unusual: dict[str, int] = {}
    for i, number in enumerate(sheet.numbers if sheet else ()):
        assert sheet is not None
        cells = dict(zip((whole_name(each) for each in sheet.header), sheet.rows[i], strict=False))
        where = f"{sheet.title} {number}行"
        key = {name: plain(cells.get(name)) or DEFAULTS.get(name, "") for name in ROAD}
        way = plain(cells.get("carriageway")) or "both"
        if not key["route_no"] or way not in set(Carriageway):
            what = "路線番号（route_no）がない" if not key["route_no"] else f"carriageway が「{way}」"
            do = "route_no を入れる" if not key["route_no"] else "both・down・up のどれかにする"
            found.append(Finding(Severity.SERIOUS, Fault.UNREADABLE, f"{where}: {what}", do))
            continue
        for name, words in (("road_type", ROAD_TYPES), ("kind", KINDS)):
            if key[name] not in words:
                unusual[f"{sheet.title}: {name} が「{key[name]}」"] = 1
        road = RoadKey(key["road_type"], key["route_no"], key["branch_no"].zfill(3), key["kind"])
        shape = None if sheet.shapes is None else sheet.shapes[i]
        yield NetworkRow(road, Carriageway(way), cells, shape, where)
    do = f"{'・'.join((*ROAD_TYPES, *KINDS))} で書く"
    found.extend(Finding(Severity.CAUTION, Fault.KEY_COLLISION, what, do) for what in unusual)


def in_metres(shape: Any, plane: LocalPlane) -> Any:
    """A geometry in the plane."""
    return shapely.transform(shape, lambda c: plane.to_metres(c[:, 0], c[:, 1]))


def to_line(row: NetworkRow, plane: LocalPlane, found: list[Finding]) -> ManagedLine | None:
    """A feature of `routes`; None and a finding where it has no line."""
    parts = [] if row.shape is None else [p for p in shapely.get_parts(row.shape) if isinstance(p, LineString)]
    parts = [in_metres(part, plane) for part in parts if not part.is_empty]
    if not parts:
        found.append(Finding(Severity.CAUTION, Fault.UNREADABLE, f"{row.where}: 線がない", "線を描く", row.road))
        return None
    ledger = _number(row, "ledger_length_m", found)
    return ManagedLine(row.road, row.carriageway, row.text("name"), tuple(parts), row.text("primary_route"), ledger)


def to_post(row: NetworkRow, plane: LocalPlane, found: list[Finding]) -> Post | None:
    """A post; None and a finding where its number or its place is missing."""
    kp = _number(row, "kp_km", found)
    if kp is None or row.shape is None or row.shape.is_empty:
        if not row.text("kp_km") or kp is not None:
            what = f"{row.where}: " + ("kp_km がない" if kp is None else "位置がない")
            found.append(Finding(Severity.CAUTION, Fault.UNREADABLE, what, "入れるか、行を消す", row.road))
        return None
    point = shapely.centroid(row.shape)
    x, y = plane.to_metres(point.x, point.y)[0]
    return Post(row.road, row.carriageway, kp, float(x), float(y), row.text("source"))


def to_stretch(row: NetworkRow, found: list[Finding]) -> Stretch | None:
    """A row of the ledger; None and a finding where its ends are missing."""
    low, high = _number(row, "from_kp_km", found), _number(row, "to_kp_km", found)
    if low is None or high is None:
        what = f"{row.where}: from_kp_km か to_kp_km がない"
        found.append(Finding(Severity.SERIOUS, Fault.UNREADABLE, what, "数を入れる", row.road))
        return None
    name, value, day, source = (row.text(column) for column in ("attribute", "value", "valid_from", "source"))
    return Stretch(row.road, row.carriageway, low, high, name, value, day, source or row.where)


def _number(row: NetworkRow, column: str, found: list[Finding]) -> float | None:
    try:
        return row.number(column)
    except ValueError:
        what = f"{row.where}: {column} が「{row.text(column)}」"
        found.append(Finding(Severity.SERIOUS, Fault.UNREADABLE, what, "数を書く", row.road))
        return None
