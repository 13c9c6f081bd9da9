"""profiles.csv: the transverse profile of every 20 m block, its ruts, and why there are none where there are none."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exporters.tables import KP, MILLIMETRES, ROAD, SCORE, Column, Kind, number, write_table
from pavement.record import ProfileRecord, Survey
from pavement.road import Direction, RoadKey

FILE = "profiles.csv"
CURVES = ("across_mm", "height_mm")


@dataclass(frozen=True)
class CurveColumn(Column):
    """Numbers along the profile, joined by `;`, in millimetres."""

    def cell(self, record: object) -> str:
        """The numbers; empty where there is no profile."""
        assert isinstance(record, ProfileRecord)
        values = getattr(record.rut, self.path)
        return "" if values is None else ";".join(f"{1000 * value:.1f}" for value in values)


COLUMNS: tuple[Column, ...] = (
    Column("drive", "drive"),
    *ROAD,
    Column("direction", "direction"),
    number("from_kp_km", "from_kp_km", KP),
    number("to_kp_km", "to_kp_km", KP),
    Column("pairs", "rut.pairs", Kind.COUNT),
    Column("refused", "rut.refused"),
    number("rut_mm", "rut.rut_mm", MILLIMETRES),
    number("rut_se_mm", "rut.rut_se_mm", MILLIMETRES),
    number("left_mm", "rut.left_mm", MILLIMETRES),
    number("right_mm", "rut.right_mm", MILLIMETRES),
    number("at_least_20_mm", "at_least_20_mm", SCORE),
    number("at_least_40_mm", "at_least_40_mm", SCORE),
    CurveColumn("across_mm", "across_m"),
    CurveColumn("height_mm", "height_m"),
)


def export_profiles(survey: Survey, out: Path) -> list[Path]:
    """Write profiles.csv."""
    return [write_table(out / FILE, COLUMNS, survey.profiles)]


@dataclass(frozen=True)
class Profile:
    """One block's profile, read back: mm across (right of the lane's middle) and mm of height, (n,); and its ruts."""

    drive: str
    across_mm: NDArray[np.float64]
    height_mm: NDArray[np.float64]
    rut_mm: float | None
    rut_se_mm: float | None
    refused: str
    pairs: int


def read_profiles(out: Path, road: RoadKey, direction: Direction, kp_km: float) -> Sequence[Profile]:
    """The profiles of a finished run at the block of a kilopost, one a drive; none where ruts were not looked for."""
    file = out / FILE
    if not file.is_file():
        return []
    found = []
    with open(file, encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            key = RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"])
            if (key, row["direction"]) != (road, direction.value):
                continue
            if not float(row["from_kp_km"]) - 1e-6 <= kp_km < float(row["to_kp_km"]) - 1e-6:
                continue
            across, height = (np.array(row[name].split(";") if row[name] else [], float) for name in CURVES)
            depth, error = (float(row[name]) if row[name] else None for name in ("rut_mm", "rut_se_mm"))
            found.append(Profile(row["drive"], across, height, depth, error, row["refused"], int(row["pairs"])))
    return found
