"""A survey over several drives: the adopted, effective values of a 年度 as the records that exporters read."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from sys import intern
from typing import Any

from pavement.correction import INDICATORS
from pavement.defect import Category, Defect, Orientation
from pavement.drive import Notice
from pavement.export_choice import Choice
from pavement.late import Late
from pavement.photo_number import photo_numbers
from pavement.record import FrameRecord, Photo, RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Flag, Place, Segment
from pavement.store.adopted_rows import Row, reading_adopted
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.scope import Scope
from pavement.store.surveyed_export import survey_with_check
from pavement.survey_file import NAME, read_part

MOST_FRAMES = 300_000  #: more are told by their counts only
Numbers = Mapping[tuple[str, str], str]  #: (analysis, 写真番号 there) -> 写真番号 here
Analyses = Mapping[str, Row]  #: id -> drive_id, vehicle, account, outputs
Keys = Mapping[str, str]  #: file of the survey -> its key in the store


def survey_of(
    database: Database, blobs: Blobs, choice: Choice, scope: Scope, *, blocks: bool = True, photos: bool = True
) -> tuple[Survey, Keys]:
    """The survey of a choice within a scope; its photos lie in the store under the keys, and nowhere on this disk.

    `blocks`, `photos`: whether it has them; without photos no record has 写真番号.
    """
    with reading_adopted(database, choice, scope) as rows:
        numbers = _numbers(rows.photo_numbers()) if photos else {}
        ends: dict[str, tuple[float | None, float | None]] = {}
        analysis_of: dict[RoadKey, str] = {}
        used: set[str] = set()
        managers: set[str | None] = set()
        segments: list[Segment] = []
        for row in rows.segments():
            segments.append(_segment(row, numbers))
            ends[row["place"]] = row["from_post_km"], row["to_post_km"]
            managers.add(row["manager"])
            if row["analysis_id"]:
                used.add(row["analysis_id"])
                analysis_of[segments[-1].road] = row["analysis_id"]
        small = [_segment(row, {}) for row in rows.blocks()] if blocks else []  # photos are of segments
        defects: list[Defect] = []
        for row in rows.defects():
            defects.append(_defect(row, numbers))
            used |= {row["analysis_id"]} - {None}
        analyses = rows.analyses(used)
        pictures: list[Photo] = []
        keys: dict[str, str] = {}
        for row in rows.photos() if photos else ():
            photo = _photo(row, numbers, ends[row["segment_place"]], analyses[row["analysis_id"]]["drive_id"])
            pictures.append(photo)
            keys |= {str(photo.masked): row["masked_key"], str(photo.marked): row["marked_key"]}
    survey = Survey(
        segments=segments,
        blocks=small,
        frames=Late(partial(_frames, {segment.road for segment in segments}, analyses, blobs)),
        defects=defects,
        photos=pictures,
        routes=_routes(analysis_of, analyses, blobs),
        notices=_notices(analyses, blobs),
        year=choice.year,
        run=_account(analyses),
    )
    return survey_with_check(survey, database, managers), keys


def _segment(row: Row, numbers: Numbers) -> Segment:
    analysis = row["analysis_id"] or ""
    shown = (row["photos"] or "").split(";")
    return Segment(
        road=_road(row),
        direction=Direction(row["direction"]),
        lane=row["lane"],
        start=_end(row, "from"),
        end=_end(row, "to"),
        **{
            name: row[name]
            for name in ("crack_pct", "rut_mm", "rut_se_mm", "iri_mm_per_m", "potholes", "mci", "rating")
        },
        length_m=row["length_m"] or 0.0,
        rating_basis=intern(row["rating_basis"] or ""),
        coverage_pct=row["coverage_pct"] or 0.0,
        frames=row["frames"] or 0,
        position_sd_m=row["position_sd_m"],
        flags=_flags(row["flags"] or "", confirmed=row["locked_at"] is not None),
        surveyed_on=row["surveyed_on"],
        drive=row["drive_id"],
        photos=tuple(numbers[analysis, number] for number in shown if (analysis, number) in numbers),
        iri_se_mm_per_m=row["iri_se_mm_per_m"],
        attributes=row["attributes"] or {},
        by_person=tuple(name for name in INDICATORS if name in (row["corrected"] or {}) and row[name] is not None),
    )


def _end(row: Row, side: str) -> Place:
    """The start or the end; where no pass gave a post, the kilopost itself is the measure."""
    kp_km = row[f"{side}_kp_km"]
    post, offset = row[f"{side}_post_km"], row[f"{side}_offset_m"]
    lon, lat = row[f"{side}_lon"], row[f"{side}_lat"]
    return Place(kp_km, kp_km if post is None else post, offset or 0.0, lon, lat)


def _defect(row: Row, numbers: Numbers) -> Defect:
    names = ("defect_id", "kp_km", "lon", "lat", "length_m", "width_m", "area_m2", "depth_mm", "across_m")
    return Defect(
        **{name: row[name] for name in names},
        category=Category(row["category"]),
        road=_road(row),
        direction=Direction(row["direction"]),
        score=1.0 if row["score"] is None else row["score"],  # drawn by a person
        frames=row["frames"] or 0,
        photo=numbers.get((row["analysis_id"] or "", row["photo"] or "")),
        orientation=Orientation(row["orientation"]) if row["orientation"] else None,
        drives=row["drives"] or 1,
    )


def _photo(row: Row, numbers: Numbers, posts: tuple[float | None, float | None], drive: str) -> Photo:
    """`posts`: the lower posts of the segment's start and end."""
    kp_km = row["kp_km"]
    from_post, to_post = posts
    post = to_post if to_post is not None and to_post <= kp_km else from_post
    post = kp_km if post is None else post
    masked, marked = (_file_of(row[key], row, numbers) for key in ("masked_key", "marked_key"))
    return Photo(
        number=numbers[row["analysis_id"], row["number"]],
        file=masked,
        masked=Path(masked),
        marked=Path(marked),
        drive=drive,
        frame=row["frame"],
        road=_road(row),
        direction=Direction(row["direction"]),
        lane=row["lane"],
        place=Place(kp_km, post, round(1000 * (kp_km - post), 1), row["lon"], row["lat"]),
        timestamp=row["timestamp"] or datetime.min.replace(tzinfo=UTC),
        subject=row["subject"] or "",
        degree=row["degree"] or "",
        kept_share=row["kept_share"],
    )


def _file_of(key: str, row: Row, numbers: Numbers) -> str:
    """Its place below a result's folder, under the number that it has here."""
    _results, _analysis, file = key.split("/", 2)
    return file.replace(row["number"], numbers[row["analysis_id"], row["number"]])


def _numbers(photos: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Numbers stay what they are; two passes that chose the same get one each of their own, by what the photo is of."""
    used = Counter(number for _, number in photos)
    alike: Counter[str] = Counter()
    names: dict[tuple[str, str], str] = {}
    for key in sorted(key for key in photos if used[key[1]] > 1):
        alike[photos[key]] += 1  # a drive that was sent twice has every photo twice
        names[key] = f"{photos[key]}|{alike[photos[key]]}"
    fresh = photo_numbers(names.values())
    return {key: fresh[names[key]] if key in names else key[1] for key in photos}


@cache
def _key(road_type: str, route_no: str, branch_no: str, kind: str) -> RoadKey:
    """One object a road: a prefecture's rows name theirs half a million times."""
    return RoadKey(road_type, route_no, branch_no, kind)


def _road(row: Row) -> RoadKey:
    return _key(row["road_type"], row["route_no"], row["branch_no"], row["kind"])


@cache
def _flags(text: str, *, confirmed: bool = False) -> tuple[Flag, ...]:
    """Those of a row; what was 確定 needs no 確認 any more."""
    done = {Flag.REVIEW} if confirmed else set()
    return tuple(flag for flag in Flag if flag in text.split(";") and flag not in done)


def _routes(missing: Mapping[RoadKey, str], analyses: Analyses, blobs: Blobs) -> list[RouteShape]:
    """The lines as the passes knew them; `missing`: a pass of each road, which is asked."""
    found: dict[RoadKey, list[RouteShape]] = {}
    for road, analysis_id in missing.items():
        if road in found:
            continue
        shapes: Sequence[RouteShape] = _part(analyses, blobs, analysis_id, "routes")
        for shape in shapes:
            if shape.road in missing and shape.road not in found:
                found[shape.road] = [each for each in shapes if each.road == shape.road]
    return [shape for road in missing for shape in found.get(road, [])]


def _frames(roads: Collection[RoadKey], analyses: Analyses, blobs: Blobs) -> list[FrameRecord]:
    """The frames of the passes on the chosen roads; those without a road of passes that were on no other road."""
    counts = [(row["account"] or {}).get("counts", {}).get("frames_in", 0) for row in analyses.values()]
    if sum(counts) > MOST_FRAMES:
        return []
    found: list[FrameRecord] = []
    for analysis_id in analyses:
        frames: Sequence[FrameRecord] = _part(analyses, blobs, analysis_id, "frames")
        only_here = all(frame.road in roads for frame in frames if frame.road)
        found += [frame for frame in frames if (frame.road in roads if frame.road else only_here)]
    return found


def _notices(analyses: Analyses, blobs: Blobs) -> list[Notice]:
    told: dict[tuple[str, str], Notice] = {}
    for analysis_id in analyses:
        for notice in _part(analyses, blobs, analysis_id, "notices"):
            told.setdefault((notice.file, notice.message), notice)
    return list(told.values())


def _part(analyses: Analyses, blobs: Blobs, analysis_id: str, part: str) -> Sequence[Any]:
    stored = (analyses[analysis_id]["outputs"] or {}).get(NAME)
    if stored is None:
        return []
    try:
        return read_part(io.BytesIO(blobs.read(stored["key"])), part)
    except FileNotFoundError:  # what was imported without it, or is no longer kept
        return []


def _account(analyses: Analyses) -> dict[str, Any]:
    """run.json of several runs: model, settings and versions of the last drive's, all cameras."""
    accounts = [row["account"] for row in analyses.values() if row["account"]]
    if not accounts:
        return {}
    drives = [drive for each in accounts for drive in each.get("drives", [])]
    cameras = {name: facts for each in accounts for name, facts in (each.get("camera") or {}).items()}
    return {**accounts[-1], "drives": drives, "camera": cameras}
