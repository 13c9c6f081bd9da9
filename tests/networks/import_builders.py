"""Made-up sources as offices have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
from shapely import LineString, Point

from tests.builders import PLANE

OFFICIAL_100M = (
    "地方整備局,事務所,道路種別,路線,現旧新区分,補助番号,地点標名称,"
    "緯度（度）,緯度（分）,緯度（秒）,経度（度）,経度（分）,経度（秒）"
)
OFFICIAL_1KM = "地方整備局,事務所,道路種別,路線,現旧新区分,上下区分,補助番号,地点標名称,緯度（度）,経度（度）,標高"


def lonlat(*xy: tuple[float, float]) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in PLANE.to_degrees(list(xy))]


def sexagesimal(degrees: float) -> tuple[int, int, float]:
    whole, rest = divmod(degrees * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return int(whole), int(minutes), round(seconds, 5)


def write_csv(
    path: Path, header: str | Sequence[str], rows: Sequence[Sequence[object]], encoding: str = "cp932"
) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header.split(",") if isinstance(header, str) else header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def official_100m(path: Path, first_kp: float = 12.0, count: int = 6, road_type: str = "一般国道（直轄）") -> Path:
    """Posts every 100 m to the east, 8 m beside the x axis."""
    rows = []
    for k in range(count):
        lon, lat = lonlat((100 * k, 8))[0]
        kp = f"{first_kp + 0.1 * k:.1f}"
        rows.append(
            ["東北地方整備局", "青森河川国道", road_type, "0004", "現道", "0", kp, *sexagesimal(lat), *sexagesimal(lon)]
        )
    return write_csv(path, OFFICIAL_100M, rows)


def official_1km(path: Path, first_kp: int = 12, count: int = 4) -> Path:
    rows = []
    for k in range(count):
        lon, lat = lonlat((1000 * k, -8))[0]
        row = [
            "東北地方整備局",
            "青森河川国道",
            "一般国道",
            "4",
            "現道",
            "下り",
            "0",
            f"{first_kp + k}",
            f"{lat:.8f}",
            f"{lon:.8f}",
        ]
        rows.append([*row, "12.068"])
    return write_csv(path, OFFICIAL_1KM, rows)


def line(*xy: tuple[float, float]) -> LineString:
    return LineString(lonlat(*xy))


def routes(*rows: dict[str, Any], crs: str | None = "EPSG:6668") -> gpd.GeoDataFrame:
    """Rows with a `geometry`."""
    return gpd.GeoDataFrame(list(rows), geometry="geometry", crs=crs)


def customers_routes() -> gpd.GeoDataFrame:
    """National and prefectural route 4 on one line of 3 km, under a customer's headers."""
    return routes(
        {
            "道路種別": "一般国道",
            "路線番号": "4",
            "路線名": "国道４号",
            "管理者": "国",
            "geometry": line((0, 0), (3000, 0)),
        },
        {
            "道路種別": "主要地方道",
            "路線番号": "4",
            "路線名": "青森髙田線",
            "管理者": "青森県",
            "geometry": line((0, 500), (3000, 500)),
        },
    )


def post_frame(rows: Sequence[dict[str, Any]], xy: Sequence[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(rows), geometry=[Point(p) for p in lonlat(*xy)], crs="EPSG:6668")


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "舗装台帳") -> Path:
    book = openpyxl.Workbook()
    table = book.create_sheet(sheet, 0)
    for row in rows:
        table.append(list(row))
    book.save(path)
    return path
