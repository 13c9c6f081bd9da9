"""What is learnt of corrections, and the training set that comes of them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pavement.defect import Category
from pavement.detection import CRACK, OUTSIDE, POTHOLE, SOUND, Detection, Image, Thresholds, decide
from pavement.errors import BadInput
from pavement.evaluation.labelled import list_photos
from pavement.quality import Quality
from pavement.retraining.dataset import split_of, write_dataset
from pavement.retraining.labels import UNKNOWN, label_of
from pavement.retraining.lessons import Box, Lesson, lessons_of, read_lessons

ROAD = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "direction": "下り"}
THRESHOLDS = Thresholds(lane=0.5, crack=0.7, pothole=0.5)
SIZE = (640, 320)  # width, height: cells of 10 px, 32 rows


def photo(key: str = "a", kp: float = 112.35, **values: Any) -> dict[str, Any]:
    row = {"id": key, **ROAD, "kp_km": kp, "drive": "d1", "unusable": False, "file": f"photos/{key}.jpg"}
    return row | values


def line(what: str, person: object, machine: object = None, **values: Any) -> dict[str, Any]:
    about = {**ROAD, "from_kp_km": 112.3, "to_kp_km": 112.4}
    row = {"field": what, "person": person, "machine": machine, "about": about, "photo_id": None, "defect_id": None}
    return row | {"box": None, "drive": "d1", **values}


def learnt(*lines: dict[str, Any], photos: tuple[dict[str, Any], ...] = (photo(),)) -> Lesson:
    (one,) = lessons_of(lines, photos, {row["file"] for row in photos}).photos
    return one


def detection(crack: np.ndarray | None = None, pothole: np.ndarray | None = None) -> Detection:
    """A lane of cells 16-47 over all rows; probabilities of crack and pothole by cell."""
    logits = np.full((3, 32, 64), -8.0, np.float32)
    logits[0, :, 16:48] = 8.0
    for k, chance in ((1, crack), (2, pothole)):
        if chance is not None:
            logits[k] = np.clip(np.log(chance / (1 - chance)), -8, 8)
    return Detection.of(logits, *SIZE, quality())


def quality() -> Quality:
    return Quality(**dict.fromkeys(Quality.__dataclass_fields__, 1.0))


def cell(mask: Image, row: int, column: int) -> int:
    return int(mask[row * 10 + 5, column * 10 + 5])


def chances(**cells: float) -> np.ndarray:
    """(32, 64) of 0.01, and of what is given as r5c20=0.9."""
    grid = np.full((32, 64), 0.01, np.float32)
    for name, value in cells.items():
        row, column = name[1:].split("c")
        grid[int(row), int(column)] = value
    return grid


def test_a_correction_of_a_section_teaches_its_photos() -> None:
    lesson = learnt(line("crack_pct", 10.0, 20.0))
    assert lesson.crack_ratio == 0.5
    others = (photo("b", 112.45), photo("c", 112.35, direction="上り"), photo("d", 112.35, drive="d2"))
    assert not lessons_of([line("crack_pct", 10.0, 20.0)], others, {row["file"] for row in others}).photos


def test_a_drawn_pothole_holds_until_it_is_called_wrong() -> None:
    drawn = line("drawn", {"category": "pothole"}, photo_id="a", defect_id="p1", box=[0.4, 0.5, 0.1, 0.1])
    assert learnt(drawn).boxes["p1"] == Box(Category.POTHOLE, 0.4, 0.5, 0.5, 0.6)
    wrong = line("state", "誤検出", photo_id="a", defect_id="p1", about={"category": "pothole"})
    assert not lessons_of([drawn, wrong], [photo()], {"photos/a.jpg"}).photos


@pytest.mark.parametrize(
    ("what", "person", "machine", "reason"),
    [
        ("crack_pct", 10.0, 0.0, "機械が0の区間のひび割れ（場所が分からない）"),
        ("rut_mm", 12.0, 9.0, "画像の学習に使わない項目"),
        ("rating", "Ⅱ", "Ⅰ", "画像の学習に使わない項目"),
    ],
)
def test_what_teaches_nothing_is_told(what: str, person: object, machine: object, reason: str) -> None:
    found = lessons_of([line(what, person, machine)], [photo()], {"photos/a.jpg"})
    assert (found.photos, found.left_out) == ((), {reason: 1})


def test_unusable_and_lost_photos_are_left_out() -> None:
    photos = [photo("a", unusable=True), photo("b")]
    found = lessons_of([line("accepted", True)], photos, {"photos/a.jpg"})
    assert found.left_out == {"使えないとされた写真": 1, "保存期間を過ぎた写真": 1, "写真のない訂正": 1}


def test_a_name_that_leaves_the_folder_is_refused() -> None:
    with pytest.raises(BadInput, match="names a photo"):
        lessons_of([], [photo("../x")], set())


def test_what_nobody_confirmed_is_unknown() -> None:
    found = detection(chances(r5c20=0.9, r6c20=0.4), chances(r9c30=0.9))
    mask = label_of(found, THRESHOLDS, Lesson("a", "", (), 0.0, {"p": Box(Category.POTHOLE, 0.6, 0.8, 0.7, 0.9)}))
    assert [cell(mask, *at) for at in ((5, 20), (6, 20), (9, 30))] == [UNKNOWN] * 3
    assert (cell(mask, 27, 41), cell(mask, 20, 20), cell(mask, 20, 5)) == (POTHOLE, SOUND, OUTSIDE)


def test_what_was_confirmed_is_damage_and_what_was_denied_is_sound() -> None:
    found = detection(chances(r5c20=0.9), chances(r9c30=0.9))
    right = label_of(found, THRESHOLDS, Lesson("a", "", (), 0.0, accepted=True))
    assert (cell(right, 5, 20), cell(right, 9, 30)) == (CRACK, POTHOLE)
    wrong = label_of(found, THRESHOLDS, Lesson("a", "", (), 0.0, no_pothole=True, crack_ratio=0.0))
    assert (cell(wrong, 5, 20), cell(wrong, 9, 30)) == (SOUND, SOUND)


def test_the_surest_cells_are_as_many_as_the_person_says() -> None:
    grid = np.full((32, 64), 0.01, np.float32)
    grid[10, 20:30] = np.linspace(0.75, 0.99, 10)
    found = detection(grid)
    assert int(decide(found, THRESHOLDS).crack.sum()) == 10
    for ratio, count in ((0.5, 5), (1.0, 10), (1.5, 15)):
        mask = label_of(found, THRESHOLDS, Lesson("a", "", (), 0.0, crack_ratio=ratio))
        assert (mask[5::10, 5::10] == CRACK).sum() == count
    assert cell(label_of(found, THRESHOLDS, Lesson("a", "", (), 0.0, crack_ratio=0.5)), 10, 29) == CRACK


def test_stretches_are_wholly_train_or_val_in_both_directions() -> None:
    def lesson(k: int, direction: str) -> Lesson:
        return Lesson(f"{direction}{k}", "", ("一般国道", "4", "000", "現道", direction), k * 0.25)

    splits = split_of([lesson(k, way) for k in range(40) for way in ("下り", "上り")])
    assert {split for split, _ in splits.values()} == {"train", "val"}
    by_stretch: dict[str, set[str]] = {}
    for split, stretch in splits.values():
        by_stretch.setdefault(stretch, set()).add(split)
    assert all(len(each) == 1 for each in by_stretch.values())
    assert all(splits[f"下り{k}"] == splits[f"上り{k}"] for k in range(40))


class Teacher:
    """Answers every photo alike."""

    name, sha256, thresholds = "teacher", "0" * 64, THRESHOLDS

    def detect(self, images: list[Image]) -> list[Detection]:
        return [detection(chances(r5c20=0.9)) for _ in images]


def archive_of(path: Path, lines: list[dict[str, Any]], photos: list[dict[str, Any]]) -> Path:
    picture = cv2.imencode(".jpg", np.full((SIZE[1], SIZE[0], 3), 120, np.uint8))[1].tobytes()
    with zipfile.ZipFile(path, "w") as held:
        for name, rows in (("corrections.jsonl", lines), ("photos.jsonl", photos)):
            held.writestr(name, "".join(json.dumps(row) + "\n" for row in rows))
        for row in photos:
            held.writestr(row["file"], picture)
    return path


def test_the_training_set_has_the_layout_of_labelled_photos(tmp_path: Path) -> None:
    photos = [photo(f"p{k}", 112.3 + 0.1 * k) for k in range(10)]
    lines = [
        line("drawn", {"category": "patch"}, photo_id=f"p{k}", defect_id=f"d{k}", box=[0, 0, 0.1, 0.1])
        for k in range(10)
    ]
    written = write_dataset(archive_of(tmp_path / "訂正.zip", lines, photos), tmp_path / "学習", Teacher())
    assert written.photos == {"train": 8, "val": 2}
    labels = {
        split: {int(v) for p in list_photos(written.folder, split) for v in np.unique(p.read_label())}
        for split in ("train", "val")
    }
    assert labels == {"train": {1, 255}, "val": {0, 1}}  # val judges nothing where nobody knows


def test_an_archive_that_teaches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"teaches nothing of pictures.*画像の学習に使わない項目 1"):
        write_dataset(archive_of(tmp_path / "a.zip", [line("rut_mm", 3.0, 4.0)], [photo()]), tmp_path / "b", Teacher())
    (tmp_path / "c.zip").write_bytes(b"PK")
    with pytest.raises(BadInput, match="is no archive of corrections"):
        read_lessons(tmp_path / "c.zip")
