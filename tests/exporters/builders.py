"""A small survey with the hard cases: unmeasured, 上り, class D, text that looks like a formula, rare characters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from pavement.defect import Category, Defect
from pavement.drive import Notice, Reason, TimeSource
from pavement.record import FrameRecord, Photo, RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Flag, Place, Segment

R4 = RoadKey("一般国道", "4", "000", "現道")
TOWN = RoadKey("市町村道", "=1+1幹線", "000", "現道")  #: a route "number" that a spreadsheet would take for a formula
DAY = date(2026, 6, 3)
START = datetime(2026, 6, 3, 1, 15, tzinfo=UTC)  #: 10:15 in Japan


def make_place(kp_km: float) -> Place:
    """A place on a straight road to the north: 0.0009° of latitude and 0.0002° of longitude (101.6 m) per 0.1."""
    post = math.floor(kp_km + 1e-9)
    step = (kp_km - 112.5) * 10
    return Place(kp_km, float(post), (kp_km - post) * 1000, 141.2 + 0.0002 * step, 40.6 + 0.0009 * step)


def make_segment(from_kp: float = 112.5, road: RoadKey = R4, size: float = 0.1, **changes: Any) -> Segment:
    """A segment where only cracks were measured, 25 %: at least Ⅱ."""
    facts: dict[str, Any] = {
        "road": road,
        "direction": Direction.DOWN,
        "lane": 1,
        "start": make_place(from_kp),
        "end": make_place(round(from_kp + size, 4)),
        "length_m": 101.36 * size / 0.1,
        "crack_pct": 25.04,
        "rut_mm": None,
        "rut_se_mm": None,
        "iri_mm_per_m": None,
        "potholes": 0,
        "mci": None,
        "rating": "Ⅱ",
        "rating_basis": "ひび割れ率",
        "coverage_pct": 91.25,
        "frames": 21,
        "position_sd_m": 3.21,
        "flags": (Flag.REVIEW, Flag.AT_LEAST),
        "surveyed_on": DAY,
        "photos": ("P0001",),
        "attributes": {"municipality": "十和田市", "paved_on": "2012-10", "design_life_years": "13"},
    }
    return Segment(**facts | changes)


UNMEASURED: Mapping[str, Any] = {
    "crack_pct": None,
    "potholes": None,
    "rating": None,
    "rating_basis": "",
    "coverage_pct": 0.0,
    "frames": 0,
    "position_sd_m": None,
    "flags": (Flag.REVIEW, Flag.LOW_COVERAGE),
    "surveyed_on": None,
    "photos": (),
}


def make_segments() -> list[Segment]:
    """Four rows of 国道4号 (two 上り, one of them unmeasured) and one of a class D road with every indicator."""
    return [
        make_segment(112.6, rating="Ⅲ-1", crack_pct=47.0, potholes=2, photos=("P0002", "P0003")),
        make_segment(112.5),
        make_segment(112.5, direction=Direction.UP, attributes={"municipality": "𠮷野町", "municipality_end": "@町"}),
        make_segment(112.6, direction=Direction.UP, **UNMEASURED),
        make_segment(
            0.0, TOWN, rating="Ⅲ-2", rut_mm=12.34, iri_mm_per_m=3.456, mci=3.9, flags=(Flag.ESTIMATED,), photos=()
        ),
    ]


def make_frames(count: int = 10) -> list[FrameRecord]:
    """One frame a second, the third of each ten blurred, the fourth unreadable and without time or place."""
    return [_frame(i) for i in range(count)]


def _frame(i: int) -> FrameRecord:
    file, when = f"frames/IMG_{i:05d}.jpg", START + timedelta(seconds=i, milliseconds=400)
    if i % 10 == 3:
        nothing = (None,) * 8
        return FrameRecord("drive-1", file, None, None, Reason.UNREADABLE, *nothing)
    place, rejected = make_place(112.5 + i * 0.01), Reason.BLURRED if i % 10 == 2 else None
    where = (place.kp_km, place.lon, place.lat, 3.21)
    shares = (0.0123456, 0.0) if rejected is None else (None, None)
    return FrameRecord("drive-1", file, when, TimeSource.EXIF, rejected, R4, Direction.DOWN, *where, *shares)


def make_defect(**changes: Any) -> Defect:
    """A pothole at 112K620."""
    place = make_place(112.62)
    facts: dict[str, Any] = {
        "defect_id": "D0001",
        "category": Category.POTHOLE,
        "road": R4,
        "direction": Direction.DOWN,
        "kp_km": place.kp_km,
        "lon": place.lon,
        "lat": place.lat,
        "length_m": 0.52,
        "width_m": 0.41,
        "area_m2": 0.1673,
        "depth_mm": None,
        "score": 0.8765,
        "frames": 4,
        "photo": "P0002",
    }
    return Defect(**facts | changes)


def make_photo(folder: Path, number: str = "P0001", kp_km: float = 112.55, **changes: Any) -> Photo:
    """A photo whose two JPEG files stand in `folder`."""
    photo = make_photo_record(folder, number, kp_km, **changes)
    photo.masked.parent.mkdir(parents=True, exist_ok=True)
    for path, shade in ((photo.masked, (90, 95, 100)), (photo.marked, (200, 95, 60))):
        Image.new("RGB", (1600, 900), shade).save(path, "JPEG")
    return photo


def make_photo_record(folder: Path, number: str = "P0001", kp_km: float = 112.55, **changes: Any) -> Photo:
    """A photo in the record, its files yet to be made in `folder`."""
    name = f"images/{R4.slug()}_{Direction.DOWN}/{kp_km:.3f}_{number}.jpg"
    masked = folder / name
    marked = masked.with_name(f"{masked.stem}_marked.jpg")
    facts: dict[str, Any] = {
        "number": number,
        "file": name,
        "masked": masked.resolve(),
        "marked": marked.resolve(),
        "drive": "drive-1",
        "frame": "frames/IMG_00005.jpg",
        "road": R4,
        "direction": Direction.DOWN,
        "lane": 1,
        "place": make_place(kp_km),
        "timestamp": START,
        "subject": "代表",
        "degree": "ひび割れ率 25.0 %",
    }
    return Photo(**facts | changes)


def make_survey(folder: Path | None = None, **changes: Any) -> Survey:
    """The survey; with photos in `folder` where one is given."""
    photos = [] if folder is None else [make_photo(folder, f"P{i:04d}", 112.45 + 0.1 * i) for i in (1, 2)]
    line = [(141.2 - 0.002, 40.6 - 0.009), (141.2 + 0.002, 40.6 + 0.009)]
    facts: dict[str, Any] = {
        "segments": make_segments(),
        "blocks": [make_segment(112.5, size=0.02), make_segment(112.52, size=0.02, **UNMEASURED)],
        "frames": make_frames(),
        "defects": [make_defect(), make_defect(defect_id="D0002", category=Category.CRACK_ALLIGATOR, photo=None)],
        "photos": photos,
        "routes": [
            RouteShape(R4, "国道4号", line, "B", "青森県", "青森県"),
            RouteShape(TOWN, "<髙田>線", line, "D", "青森県", "𠮷野町", kp_style="cumulative"),
        ],
        "notices": [Notice("drive-1/track.gpx", "測位 <3 点> を除いた")],
        "year": 2026,
        "run": {"model": {"name": "m", "sha256": "ab" * 32}, "camera": {"drive-1": {"height_m": 1.32}}},
    }
    return Survey(**facts | changes)


def empty_survey() -> Survey:
    """A survey that found nothing at all."""
    return Survey([], [], [], [], [], [], [], 2026)
