"""Corrections as a training set in the layout of models/training/train.py: index.csv and <split>/{images,masks}."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path

import cv2
import numpy as np

from pavement.detection import CRACK, OUTSIDE, POTHOLE, Detector, Image
from pavement.encoding import encode_png
from pavement.errors import BadInput
from pavement.files import write_whole
from pavement.overlap import batches
from pavement.retraining.labels import UNKNOWN, label_of
from pavement.retraining.lessons import Lesson, read_lessons

HEAD = ("split", "name", "road", "section", "chainage_m", "crack_px", "pothole_px", "unknown_share", "taught_by")
STRETCHES_KM = (10.0, 1.0, 0.1)  #: a stretch is wholly train or wholly val; the longest of which there are enough
UNREADABLE = "読めない写真"
BATCH = 8


@dataclass(frozen=True)
class Written:
    """What a training set holds."""

    folder: Path
    photos: Mapping[str, int]  #: by split
    taught_by: Mapping[str, int]  #: photos by what was said of them
    left_out: Mapping[str, int]  #: by reason


def write_dataset(
    archive: Path,
    out: Path,
    detector: Detector,
    every: int = 5,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Written:
    """The training set of an archive of corrections; every `every`-th stretch of road is kept for validation.

    Photos are masked but for the lane, so a network would learn the mosaic's edge for the lane's: outside the lane all
    is unknown in train. In val the unknown is outside (0), where nothing is judged: lane IoU means little there.
    """
    lessons = read_lessons(archive)
    left_out = Counter(lessons.left_out)
    splits = split_of(lessons.photos, every)
    rows: list[Sequence[object]] = []
    with zipfile.ZipFile(archive) as held:
        for part in batches(list(lessons.photos), BATCH):
            images = [_decoded(held.read(one.file)) for one in part]
            left_out[UNREADABLE] += sum(image is None for image in images)
            read = [(one, image) for one, image in zip(part, images, strict=True) if image is not None]
            for (one, _), found in zip(read, detector.detect([image for _, image in read]), strict=True):
                mask = label_of(found, detector.thresholds, one)
                split, section = splits[one.photo_id]
                rows.append(_row(split, section, one, mask))
                write_whole(out / split / "images" / f"{one.photo_id}.jpg", held.read(one.file), flush=False)
                one_of, other = (UNKNOWN, OUTSIDE) if split == "val" else (OUTSIDE, UNKNOWN)
                kept = np.where(mask == one_of, other, mask).astype(np.uint8)
                write_whole(out / split / "masks" / f"{one.photo_id}.png", encode_png(kept), flush=False)
            progress("label", len(rows), len(lessons.photos))
    if not rows:
        said = "、".join(f"{reason} {count}" for reason, count in left_out.items() if count) or "no correction"
        raise BadInput(
            f"teaches nothing of pictures ({said})", file=archive, do="correct ひび割れ率 or draw defects first"
        )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *rows])
    write_whole(out / "index.csv", text.getvalue().encode("utf-8-sig"))
    photos = Counter(str(row[0]) for row in rows)
    return Written(out, photos, Counter(str(row[-1]) for row in rows), {k: n for k, n in left_out.items() if n})


def split_of(lessons: Sequence[Lesson], every: int = 5) -> dict[str, tuple[str, str]]:
    """Photo → split and stretch. Both directions of a stretch are together, and neighbours never in both splits."""
    for km in STRETCHES_KM:
        stretches = {one.photo_id: ("_".join(one.road[:-1]), floor(round(one.kp_km / km, 4))) for one in lessons}
        order = sorted(set(stretches.values()))
        if len(order) >= every:
            break
    step = min(every, len(order))
    val = set(order[step - 1 :: step] if step > 1 else ())
    return {
        key: ("val" if (road, number) in val else "train", f"{road}_{number * km:g}")
        for key, (road, number) in stretches.items()
    }


def taught_by(lesson: Lesson) -> str:
    """What was said of a photo, in words."""
    said = {
        "枠": bool(lesson.boxes),
        "ひび割れ率の訂正": lesson.crack_ratio is not None,
        "ポットホールの誤検出": lesson.no_pothole,
        "ポットホールの確認": lesson.real_pothole,
        "確認済": lesson.accepted,
    }
    return "・".join(word for word, so in said.items() if so)


def _row(split: str, section: str, lesson: Lesson, mask: Image) -> Sequence[object]:
    road, metres = "_".join(lesson.road[:-1]), round(1000 * lesson.kp_km)
    pixels = [int((mask == code).sum()) for code in (CRACK, POTHOLE)]
    unknown = f"{(mask == UNKNOWN).mean():.3f}"
    return (split, lesson.photo_id, road, section, metres, *pixels, unknown, taught_by(lesson))


def _decoded(data: bytes) -> Image | None:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(image, np.uint8)
