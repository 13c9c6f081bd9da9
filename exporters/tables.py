"""The machine-readable tables: segments.csv, blocks.csv, frames.csv, defects.csv, columns as the contract has them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from exporters.wording import utc_text
from pavement.files import whole_file
from pavement.harmless_text import harmless
from pavement.record import Survey

# Decimals of what is written, and what the last digit means.
KP = 4  #: kilometres: 0.1 m
DEGREES = 7  #: 0.011 m of latitude
METRES = 2  #: 1 cm: lengths
OFFSET = 1  #: 0.1 m: distance from a post, as KP
AREA = 3  #: 10 cm²
PERCENT = 1  #: 0.1 %
MILLIMETRES = 1  #: 0.1 mm: rut depth
IRI = 2  #: 0.01 mm/m
MCI = 1
SHARE = 5  #: of 4,000 cells, one is 0.00025
SCORE = 3
SD = 1  #: 0.1 m: nobody knows a position's uncertainty better


class Kind(StrEnum):
    """What a column holds; GIS layers need the type even without rows."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """A column: its name in the contract, where the value lies in the record (`start.kp_km`), type and decimals."""

    name: str
    path: str
    kind: Kind = Kind.TEXT
    decimals: int = 0

    def value(self, record: object) -> Any:
        """The rounded value; None where a step of the path is None or the number is NaN."""
        value: Any = record
        for name in self.path.split("."):
            value = getattr(value, name)
            if value is None:
                return None
        if self.kind is Kind.TEXT:
            return _text(value)
        if math.isnan(value):
            return None
        return int(value) if self.kind is Kind.COUNT else round(float(value), self.decimals) + 0.0

    def cell(self, record: object) -> str:
        """The value as CSV text, empty where there is none."""
        value = self.value(record)
        if value is None:
            return ""
        return f"{value:.{self.decimals}f}" if self.kind is Kind.NUMBER else str(value)


@dataclass(frozen=True)
class StatusColumn(Column):
    """A frame is used, or it is rejected and the next column says why."""

    def value(self, record: object) -> Any:
        """`used` or `rejected`."""
        return "used" if super().value(record) is None else "rejected"


def _text(value: Any) -> str:
    """Times as UTC text, tuples joined by `;`, anything else as it is."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return ";".join(map(str, value)) if isinstance(value, tuple) else str(value)


def number(name: str, path: str, decimals: int) -> Column:
    """A column of numbers."""
    return Column(name, path, Kind.NUMBER, decimals)


ROAD = tuple(Column(name, f"road.{name}") for name in ("road_type", "route_no", "branch_no", "kind"))
SEGMENTS: tuple[Column, ...] = (
    *ROAD,
    Column("direction", "direction"),
    Column("lane", "lane", Kind.COUNT),
    number("from_kp_km", "start.kp_km", KP),
    number("from_post_km", "start.post_km", KP),
    number("from_offset_m", "start.offset_m", OFFSET),
    number("to_kp_km", "end.kp_km", KP),
    number("to_post_km", "end.post_km", KP),
    number("to_offset_m", "end.offset_m", OFFSET),
    number("from_lon", "start.lon", DEGREES),
    number("from_lat", "start.lat", DEGREES),
    number("to_lon", "end.lon", DEGREES),
    number("to_lat", "end.lat", DEGREES),
    number("length_m", "length_m", METRES),
    number("crack_pct", "crack_pct", PERCENT),
    number("rut_mm", "rut_mm", MILLIMETRES),
    number("rut_se_mm", "rut_se_mm", MILLIMETRES),
    number("iri_mm_per_m", "iri_mm_per_m", IRI),
    Column("potholes", "potholes", Kind.COUNT),
    number("mci", "mci", MCI),
    Column("rating", "rating"),
    Column("rating_basis", "rating_basis"),
    number("coverage_pct", "coverage_pct", PERCENT),
    Column("frames", "frames", Kind.COUNT),
    number("position_sd_m", "position_sd_m", SD),
    Column("flags", "flags"),
    Column("surveyed_on", "surveyed_on"),
    Column("photos", "photos"),
    number("iri_se_mm_per_m", "iri_se_mm_per_m", IRI),
)
FRAMES: tuple[Column, ...] = (
    Column("drive", "drive"),
    Column("file", "file"),
    Column("timestamp", "timestamp"),
    Column("time_source", "time_source"),
    StatusColumn("status", "rejected"),
    Column("reason", "rejected"),
    *ROAD,
    Column("direction", "direction"),
    number("kp_km", "kp_km", KP),
    number("lon", "lon", DEGREES),
    number("lat", "lat", DEGREES),
    number("position_sd_m", "position_sd_m", SD),
    number("crack_share", "crack_share", SHARE),
    number("pothole_share", "pothole_share", SHARE),
)


DEFECTS: tuple[Column, ...] = (
    Column("defect_id", "defect_id"),
    Column("category", "category"),
    *ROAD,
    Column("direction", "direction"),
    number("kp_km", "kp_km", KP),
    number("lon", "lon", DEGREES),
    number("lat", "lat", DEGREES),
    number("length_m", "length_m", METRES),
    number("width_m", "width_m", METRES),
    number("area_m2", "area_m2", AREA),
    number("depth_mm", "depth_mm", MILLIMETRES),
    number("score", "score", SCORE),
    Column("frames", "frames", Kind.COUNT),
    Column("photo", "photo"),
    Column("orientation", "orientation"),
    number("across_m", "across_m", METRES),
    Column("drives", "drives", Kind.COUNT),
)


BOM = "utf-8-sig"  #: the encoding of tables that people open


def write_table(path: Path, columns: Sequence[Column], records: Iterable[object], encoding: str = "utf-8") -> Path:
    """One CSV file, a header row, one row a record, written as the records come."""
    rows = ([column.cell(record) for column in columns] for record in records)
    return write_rows(path, [column.name for column in columns], rows, encoding)


def write_rows(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> Path:
    """One CSV file of texts; where it has a BOM, people open it, and no text becomes a formula there."""
    if encoding == BOM:
        rows = ([harmless(cell) for cell in row] for row in rows)
    with whole_file(path) as temporary, open(temporary, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
    return path


def export_tables(survey: Survey, out: Path) -> list[Path]:
    """The four tables in `out`."""
    return [
        write_table(out / "segments.csv", SEGMENTS, survey.segments),
        write_table(out / "blocks.csv", SEGMENTS, survey.blocks),
        write_table(out / "frames.csv", FRAMES, survey.frames),
        write_table(out / "defects.csv", DEFECTS, survey.defects),
    ]
