"""Defects: one object on the road, however many frames saw it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pavement.road import Direction, RoadKey


class Category(StrEnum):
    """Kinds of defect, the words of the contract."""

    CRACK_LINEAR = "crack_linear"
    CRACK_ALLIGATOR = "crack_alligator"
    POTHOLE = "pothole"
    RUT = "rut"
    STEP = "step"
    PATCH = "patch"


class Orientation(StrEnum):
    """How a linear crack runs."""

    ALONG = "along"
    ACROSS = "across"
    DIAGONAL = "diagonal"

    @classmethod
    def of(cls, slant_deg: float) -> Orientation:
        """By the angle from the road's axis, 0-90°.

        >>> Orientation.of(10.0).value, Orientation.of(45.0).value, Orientation.of(85.0).value
        ('along', 'diagonal', 'across')
        """
        return cls.ALONG if slant_deg < 30 else cls.DIAGONAL if slant_deg < 60 else cls.ACROSS


ORIENTATION_JA: dict[Orientation, str] = {
    Orientation.ALONG: "縦断方向",
    Orientation.ACROSS: "横断方向",
    Orientation.DIAGONAL: "斜め方向",
}

CATEGORY_JA: dict[Category, str] = {
    Category.CRACK_LINEAR: "線状ひび割れ",
    Category.CRACK_ALLIGATOR: "亀甲状ひび割れ",
    Category.POTHOLE: "ポットホール",
    Category.RUT: "わだち掘れ",
    Category.STEP: "段差",
    Category.PATCH: "応急補修跡",
}


@dataclass(frozen=True)
class Defect:
    """One defect on the ground; lengths in metres along (`length_m`) and across (`width_m`) the road."""

    defect_id: str
    category: Category
    road: RoadKey
    direction: Direction
    kp_km: float
    lon: float
    lat: float
    length_m: float | None
    width_m: float | None
    area_m2: float | None
    depth_mm: float | None
    score: float  #: 0-1
    frames: int  #: number of sightings
    photo: str | None  #: 写真番号
    orientation: Orientation | None = None  #: of linear cracks
    across_m: float | None = None  #: right of the lane's middle as the driver sees it
    drives: int = 1  #: number of drives that saw it
