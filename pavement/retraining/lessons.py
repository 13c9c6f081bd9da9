"""What people's corrections (the ZIP of `pavement.store.training`) say of each masked photo."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pavement.correction import DefectState
from pavement.defect import Category
from pavement.errors import BadInput

Row = Mapping[str, Any]
ROAD = ("road_type", "route_no", "branch_no", "kind", "direction")
REAL = (DefectState.WATCH, DefectState.PATCHED, DefectState.REPAIRED)  #: states that say that a defect was there
NO_PICTURE, UNUSABLE, GONE = "写真のない訂正", "使えないとされた写真", "保存期間を過ぎた写真"
NO_PLACE, OTHER = "機械が0の区間のひび割れ（場所が分からない）", "画像の学習に使わない項目"


@dataclass(frozen=True)
class Box:
    """A defect that a person drew; corners as shares of the picture."""

    category: Category
    left: float
    top: float
    right: float
    bottom: float


@dataclass
class Lesson:
    """What is known of one photo."""

    photo_id: str
    file: str  #: in the archive
    road: tuple[str, ...]  #: the key and the direction
    kp_km: float
    boxes: dict[str, Box] = field(default_factory=dict)  #: by defect
    crack_ratio: float | None = None  #: the person's ひび割れ率 of the section over the machine's
    accepted: bool = False  #: a person called the section right
    no_pothole: bool = False  #: what the machine called a pothole is none
    real_pothole: bool = False  #: … is one

    @property
    def teaches(self) -> bool:
        """Whether anything was said of the picture."""
        told = self.crack_ratio is not None or self.accepted or self.no_pothole or self.real_pothole
        return bool(self.boxes) or told


@dataclass(frozen=True)
class Lessons:
    """The photos that teach, and how many corrections or photos do not, by reason."""

    photos: tuple[Lesson, ...]
    left_out: Mapping[str, int]


def read_lessons(archive: Path) -> Lessons:
    """The lessons of an archive of `pavement corrections export`; raises BadInput where it is none."""
    try:
        with zipfile.ZipFile(archive) as held:
            lines, photos = (_rows(held.read(name)) for name in ("corrections.jsonl", "photos.jsonl"))
            kept = set(held.namelist())
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        do = "give the ZIP of `pavement corrections export`, or of 訂正 in the pages"
        raise BadInput("is no archive of corrections", file=archive, do=do) from error
    return lessons_of(lines, photos, kept)


def lessons_of(lines: Iterable[Row], photos: Iterable[Row], kept: set[str]) -> Lessons:
    """The lessons of rows as the archive holds them; `kept` are the files in it."""
    left_out: Counter[str] = Counter()
    lessons: dict[str, Lesson] = {}
    drives: dict[str, object] = {}
    for row in photos:
        if not re.fullmatch(r"[\w-]{1,100}", row["id"]):  # it becomes a file's name
            raise BadInput(f"names a photo '{row['id'][:40]}'", do="take an archive that this program made")
        if row.get("unusable") or row["file"] not in kept:
            left_out[UNUSABLE if row.get("unusable") else GONE] += 1
            continue
        road = tuple(str(row[name]) for name in ROAD)
        lessons[row["id"]] = Lesson(row["id"], row["file"], road, float(row["kp_km"]))
        drives[row["id"]] = row.get("drive")
    for line in lines:
        if line["photo_id"]:
            about = [lessons[line["photo_id"]]] if line["photo_id"] in lessons else []
        else:
            about = [one for key, one in lessons.items() if _shows(one, line) and line["drive"] in (None, drives[key])]
        reason = _learn(line, about) if about else NO_PICTURE
        if reason and line["field"] != "unusable":
            left_out[reason] += 1
    return Lessons(tuple(one for one in lessons.values() if one.teaches), dict(left_out))


def _rows(text: bytes) -> list[Row]:
    return [json.loads(line) for line in text.decode("utf-8").splitlines() if line.strip()]


def _shows(lesson: Lesson, line: Row) -> bool:
    """Whether a photo was taken in a line's section."""
    about = line["about"]
    if about.get("from_kp_km") is None or lesson.road != tuple(str(about.get(name)) for name in ROAD):
        return False
    return bool(about["from_kp_km"] <= lesson.kp_km < about["to_kp_km"])


def _learn(line: Row, about: list[Lesson]) -> str | None:
    """Note a decision on the photos that it is about; the reason where it says nothing of a picture."""
    what, machine, person = line["field"], line["machine"], line["person"]
    pothole = line["about"].get("category") == Category.POTHOLE or machine == Category.POTHOLE
    for one in about:
        if what == "drawn" and line.get("box"):
            one.boxes[line["defect_id"]] = _box(person["category"], line["box"])
        elif what == "accepted" and person:
            one.accepted = True
        elif what == "crack_pct" and machine and person is not None:
            one.crack_ratio = person / machine
        elif what == "crack_pct" and person is not None:
            return NO_PLACE if person else None
        elif what == "potholes" and person == 0 and machine:
            one.no_pothole = True
        elif what == "state" and person == DefectState.FALSE:
            if line["defect_id"] in one.boxes:
                del one.boxes[line["defect_id"]]
            elif pothole:
                one.no_pothole = True
            else:
                return OTHER
        elif what == "state" and person in REAL and pothole:
            one.real_pothole = True
        elif what == "category" and machine == Category.POTHOLE and person != machine:
            one.no_pothole = True
        else:
            return OTHER
    return None


def _box(category: str, share: list[float]) -> Box:
    x, y, width, height = share
    return Box(Category(category), x, y, x + width, y + height)
