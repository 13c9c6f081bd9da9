"""From a finished run's folder to the store and the tables: each file under the analysis's key, each record a row."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from exporters.tables import DEFECTS, SEGMENTS
from pavement.defect import Category, Defect
from pavement.record import Photo, RouteShape, Survey
from pavement.road import RoadKey
from pavement.segment import Segment
from pavement.store.blobs import Blobs
from pavement.store.results import Found
from pavement.survey_file import read_survey

ACCOUNT = "run.json"
Managers = Mapping[RoadKey, RouteShape]


def store_outputs(blobs: Blobs, analysis_id: str, result: Path) -> dict[str, dict[str, Any]]:
    """Put every file of the run into the store; path -> {key, size}. The folder stays as it is."""
    account = json.loads((result / ACCOUNT).read_text(encoding="utf-8"))
    stored = {}
    for name in sorted({*account["outputs"], ACCOUNT}):
        file = result / name
        key = output_key(analysis_id, name)
        copy = result / ".work" / "to-store"
        copy.unlink(missing_ok=True)
        _link(file, copy)
        stored[name] = {"key": key, "size": file.stat().st_size}
        blobs.put_file(key, copy)
    return stored


def output_key(analysis_id: str, name: str) -> str:
    """Where a file of a run lies in the store."""
    return f"results/{analysis_id}/{name}"


def found_in(result: Path, analysis_id: str, outputs: Mapping[str, Any], alert_m2: float) -> Found:
    """The rows of a run; potholes of `alert_m2` and more are to be told at once."""
    survey = read_survey(result)
    account = survey.run
    shapes: dict[RoadKey, RouteShape] = {}
    for shape in survey.routes:
        shapes.setdefault(shape.road, shape)
    return Found(
        segments=[
            *(segment_row(each, "segment", shapes) for each in survey.segments),
            *(segment_row(each, "block", shapes) for each in survey.blocks),
        ],
        defects=[defect_row(each, shapes) for each in survey.defects],
        photos=[photo_row(each, analysis_id, shapes) for each in survey.photos],
        alerts=alert_rows(survey, shapes, alert_m2),
        facts={
            "counts": account["counts"],
            "account": dict(account),
            "outputs": dict(outputs),
            "model_sha256": account["model"]["sha256"],
            "guard_sha256": account["guard"]["sha256"],
            "software": account["versions"]["pavement"],
        },
        alert_m2=alert_m2,
    )


def segment_row(segment: Segment, level: str, shapes: Managers) -> dict[str, Any]:
    """One row of `segments`: the values of segments.csv."""
    row = {column.name: column.value(segment) for column in SEGMENTS}
    row["surveyed_on"] = date.fromisoformat(row["surveyed_on"]) if row["surveyed_on"] else None
    more = {"level": level, "attributes": dict(segment.attributes), "sharpness": segment.sharpness}
    return row | more | _whose(segment.road, shapes)


def defect_row(defect: Defect, shapes: Managers) -> dict[str, Any]:
    """One row of `defects`: the values of defects.csv."""
    return {column.name: column.value(defect) for column in DEFECTS} | _whose(defect.road, shapes)


def photo_row(photo: Photo, analysis_id: str, shapes: Managers) -> dict[str, Any]:
    """One row of `photos`."""
    file = PurePosixPath(photo.file)
    marked = str(file.with_name(f"{file.stem}_marked{file.suffix}"))
    road = {name: getattr(photo.road, name) for name in ("road_type", "route_no", "branch_no", "kind")}
    return {
        "number": photo.number,
        "id": hashlib.sha256(f"{analysis_id}|{photo.number}".encode()).hexdigest()[:24],
        "frame": photo.frame,
        **road,
        "direction": str(photo.direction),
        "kp_km": photo.place.kp_km,
        "lon": photo.place.lon,
        "lat": photo.place.lat,
        "timestamp": photo.timestamp,
        "subject": photo.subject,
        "degree": photo.degree,
        "kept_share": photo.kept_share,
        "masked_key": output_key(analysis_id, photo.file),
        "marked_key": output_key(analysis_id, marked),
        **_whose(photo.road, shapes),
    }


def alert_rows(survey: Survey, shapes: Managers, alert_m2: float) -> list[dict[str, Any]]:
    """One row of `alerts` for each pothole of `alert_m2` or more; 発見 = when its photo was taken."""
    taken = {photo.number: photo.timestamp for photo in survey.photos}
    rows = []
    for defect in survey.defects:
        facts = {column.name: column.value(defect) for column in DEFECTS}
        if defect.category is Category.POTHOLE and (facts["area_m2"] or 0.0) >= alert_m2:  # as the table has it
            found_at = taken.get(defect.photo) if defect.photo else None
            row = {"defect_id": defect.defect_id, "facts": facts, **_whose(defect.road, shapes)}
            rows.append(row | ({"found_at": found_at} if found_at else {}))
    return rows


def _whose(road: RoadKey, shapes: Managers) -> dict[str, str | None]:
    shape = shapes.get(road)
    return {"manager": shape.manager if shape else None, "office": shape.office if shape else None}


def _link(file: Path, copy: Path) -> None:
    """A second name where the disk can do that, else a copy: the store moves what it is given."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copyfile(file, copy)
