"""Made-up corrections: a simulated drive whose truth is known, in the shape of `pavement corrections export`."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pavement.detection import CRACK, POTHOLE, Image
from pavement.files import write_whole
from pavement.retraining.dataset import HEAD
from pavement.road import Direction
from pavement.simulate import Damage, Stretch, simulate_drive, tiny_spec

ROAD = {"road_type": "主要地方道", "route_no": "101", "branch_no": "000", "kind": "現道", "direction": "下り"}
SEGMENT_KM = 0.1
LEAST_PX = 60  #: of a pothole that a person would see and draw
LEAST_CRACKS = 0.02


def made_corrections(folder: Path, length_m: float = 240.0) -> tuple[Path, Path]:
    """訂正.zip and a labelled set of the same drive's truth (split val), below `folder`; a second call keeps them."""
    drive, archive, truth = folder / "走行", folder / "訂正.zip", folder / "正解"
    if not archive.exists():
        down = Direction.DOWN
        worn = Stretch(down, 140, length_m + 5, Damage.ALLIGATOR, 2.0)
        stretches = (Stretch(down, 0, 60, Damage.LINEAR), Stretch(down, 60, 140, Damage.GOOD), worn)
        simulate_drive(drive, replace(tiny_spec(), length_m=length_m, stretches=stretches, potholes_per_km=40.0))
        with open(drive / "truth" / "frames.csv", encoding="utf-8-sig", newline="") as file:
            frames = list(csv.DictReader(file))
        _write_truth(drive, truth, frames)
        _write_archive(drive, archive, frames)
    return archive, truth


def _mask(drive: Path, frame: dict[str, str]) -> Image:
    path = drive / "truth" / "masks" / f"{Path(frame['file']).stem}.png"
    return np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _write_truth(drive: Path, out: Path, frames: Sequence[dict[str, str]]) -> None:
    rows: list[Sequence[object]] = [HEAD]
    for frame in frames:
        name, mask = Path(frame["file"]).stem, _mask(drive, frame)
        for kind, path in (("images", drive / frame["file"]), ("masks", drive / "truth" / "masks" / f"{name}.png")):
            write_whole(out / "val" / kind / f"{name}{path.suffix}", path.read_bytes(), flush=False)
        pixels = (int((mask == CRACK).sum()), int((mask == POTHOLE).sum()))
        rows.append(("val", name, "見本", "見本", round(1000 * float(frame["kp_km"])), *pixels, 0, "正解"))
    with open(out / "index.csv", "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_archive(drive: Path, archive: Path, frames: Sequence[dict[str, str]]) -> None:
    """Potholes drawn by their truth, ひび割れ率 of every segment corrected or confirmed."""
    photos: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    segments: dict[float, list[float]] = {}
    for frame in frames:
        name, kp = Path(frame["file"]).stem, float(frame["kp_km"])
        photos.append({"id": name, "number": name, "frame": frame["file"], **ROAD, "kp_km": kp, "drive": "made"})
        photos[-1] |= {"unusable": False, "file": f"photos/{name}.jpg"}
        segments.setdefault(round(np.floor(kp / SEGMENT_KM) * SEGMENT_KM, 1), []).append(
            float(frame["crack_share"] or 0)
        )
        for k, share in enumerate(_holes(_mask(drive, frame))):
            drawn = _line("drawn", {"category": "pothole", "box": share}, None, {**ROAD, "category": "pothole"})
            lines.append({**drawn, "id": f"{name}-{k}", "box": share, "photo_id": name, "defect_id": f"p{name}{k}"})
    for start, shares in segments.items():
        about = {**ROAD, "from_kp_km": start, "to_kp_km": round(start + SEGMENT_KM, 1)}
        cracked = float(np.mean(shares)) >= LEAST_CRACKS
        said = _line("crack_pct", 20.0, 22.0, about) if cracked else _line("accepted", True, None, about)
        lines.append({**said, "id": f"s{start}"})
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as held:
        for name, rows in (("corrections.jsonl", lines), ("photos.jsonl", photos)):
            held.writestr(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        for photo in photos:
            held.write(drive / photo["frame"], photo["file"])


def _holes(mask: Image) -> list[list[float]]:
    """Boxes of the potholes of a class map, as shares of the picture."""
    height, width = mask.shape
    _, _, found, _ = cv2.connectedComponentsWithStats((mask == POTHOLE).astype(np.uint8))
    return [
        [x / width, y / height, w / width, h / height]
        for x, y, w, h, area in np.asarray(found[1:], float).tolist()
        if area >= LEAST_PX
    ]


def _line(what: str, person: object, machine: object, about: Mapping[str, object]) -> dict[str, Any]:
    """A decision as the archive has it."""
    row: dict[str, Any] = dict.fromkeys(("place", "defect_id", "comment", "photo_id", "box", "model_sha256"))
    row |= {"at": "2026-07-01T00:00:00+00:00", "field": what, "about": dict(about)}
    return row | {"machine": machine, "person": person, "drive": "made"}
