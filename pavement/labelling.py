"""`pavement detect`: a folder of images in, class maps and a list of detections out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pavement.detection import Detection, Detector, Gate, class_map, decide, objects
from pavement.drive import Reason
from pavement.encoding import encode_png
from pavement.errors import BadInput
from pavement.files import write_whole
from pavement.overlap import detect_each
from pavement.pipeline import Progress
from pavement.sources import iter_images
from pavement.sources.folder import natural

SUFFIXES = {".jpg", ".jpeg", ".png"}


def label_images(images: Path, out: Path, detector: Detector, gate: Gate, progress: Progress) -> Path:
    """Write `<stem>.png` per image (subfolders mirrored) and detections.json; the latter's path."""
    files = find_images(images)
    target_of(files)
    listed: list[dict[str, Any]] = []
    label = partial(label_image, out, detector, gate)
    for entry in detect_each(detector, iter_images(images, files), label):
        listed.append(entry)
        progress("detect", len(listed), len(files))
    write_whole(out / "detections.json", json.dumps(listed, ensure_ascii=False, indent=1).encode())
    return out / "detections.json"


def label_image(out: Path, detector: Detector, gate: Gate, file: str, detection: Detection | None) -> dict[str, Any]:
    """Write the class map of an image below `out`; its entry of detections.json."""
    if detection is None:
        return {"image": file, "rejected": Reason.UNREADABLE.value, "objects": []}
    thresholds = detector.thresholds
    cells = decide(detection, thresholds)
    picture = encode_png(class_map(detection, thresholds, cells))
    write_whole(out / Path(file).with_suffix(".png"), picture, flush=False)  # detections.json says that they are done
    reason = gate.judge(detection, thresholds)
    return {
        "image": file,
        "rejected": None if reason is None else reason.value,
        "objects": objects(detection, thresholds, cells),
    }


def find_images(folder: Path) -> list[str]:
    """Names of the images below a folder, relative, in natural order."""
    if not folder.is_dir():
        raise BadInput("is no folder", file=folder, do="give the folder that holds the images")

    def walk() -> Iterator[str]:
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                yield path.relative_to(folder).as_posix()

    files = sorted(walk(), key=natural)
    if not files:
        raise BadInput("holds no .jpg or .png", file=folder, do="give the folder that holds the images")
    return files


def target_of(files: list[str]) -> None:
    """Refuse images whose class maps would overwrite each other."""
    seen: dict[str, str] = {}
    for file in files:
        target = str(Path(file).with_suffix(""))
        if target in seen:
            raise BadInput(f"and {file} would give the same class map", file=seen[target], do="rename one of them")
        seen[target] = file
