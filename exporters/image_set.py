"""images/: the masked photos with their marked twins, and index.csv that leads from a number to road, place and row."""

from __future__ import annotations

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from exporters.form_a import harmless
from exporters.tables import DEGREES, KP, OFFSET
from exporters.wording import JST, kp_text
from pavement.files import whole_file
from pavement.record import Photo, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import SEGMENT_KM, Segment

_INDEX: Mapping[str, Callable[[Photo], str]] = {
    "写真番号": lambda p: p.number,
    "file": lambda p: p.file,
    "marked_file": lambda p: marked_file(p),
    "road_type": lambda p: p.road.road_type,
    "route_no": lambda p: p.road.route_no,
    "branch_no": lambda p: p.road.branch_no,
    "kind": lambda p: p.road.kind,
    "direction": lambda p: p.direction,
    "lane": lambda p: "" if p.lane is None else str(p.lane),
    "kp_km": lambda p: f"{p.place.kp_km:.{KP}f}",
    "post_km": lambda p: f"{p.place.post_km:.{KP}f}",
    "offset_m": lambda p: f"{p.place.offset_m:.{OFFSET}f}",
    "距離標": lambda p: kp_text(p.place.kp_km),
    "lon": lambda p: f"{p.place.lon:.{DEGREES}f}",
    "lat": lambda p: f"{p.place.lat:.{DEGREES}f}",
    "timestamp_jst": lambda p: p.timestamp.astimezone(JST).isoformat(timespec="milliseconds"),
    "subject": lambda p: p.subject,
    "degree": lambda p: p.degree,
    "drive": lambda p: p.drive,
    "frame": lambda p: p.frame,
}
ROW_COLUMN = "様式A_from_kp_km"  #: from_kp_km of the segment's row


def marked_file(photo: Photo) -> str:
    """The marked twin's path relative to the output folder.

    The masked photo's name with `_marked` before its suffix.
    """
    path = PurePosixPath(photo.file)
    return str(path.with_name(f"{path.stem}_marked{path.suffix}"))


def export_images(survey: Survey, out: Path) -> list[Path]:
    """images/index.csv (UTF-8 with BOM), and every photo at its place in `out`."""
    written = [
        bring(source, out / name)
        for photo in survey.photos
        for source, name in ((photo.masked, photo.file), (photo.marked, marked_file(photo)))
    ]
    index, rows = out / "images" / "index.csv", _rows_of_photos(survey)
    with whole_file(index) as temporary, open(temporary, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_INDEX, ROW_COLUMN])
        for photo in survey.photos:
            row = f"{rows(photo):.{KP}f}"
            writer.writerow([*(harmless(value(photo)) for value in _INDEX.values()), row])
    return [index, *written]


def bring(source: Path, target: Path) -> Path:
    """Make `target` the file `source`: nothing to do where it is, else a hard link, else a copy."""
    if target.exists() and target.samefile(source):
        return target
    with whole_file(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
    return target


def _rows_of_photos(survey: Survey) -> Callable[[Photo], float]:
    """From a photo to the from_kp_km of its row: the segment that names it, else the one that it lies in."""
    named: dict[tuple[RoadKey, Direction, str], float] = {}
    segments: dict[tuple[RoadKey, Direction], list[Segment]] = defaultdict(list)
    for segment in survey.segments:
        segments[segment.road, segment.direction].append(segment)
        for number in segment.photos:
            named.setdefault((segment.road, segment.direction, number), segment.start.kp_km)

    def row_of(photo: Photo) -> float:
        key = (photo.road, photo.direction, photo.number)
        if key in named:
            return named[key]
        kp_km = photo.place.kp_km
        around = [s for s in segments[key[:2]] if s.start.kp_km <= kp_km < s.end.kp_km]
        return around[0].start.kp_km if around else int(round(kp_km / SEGMENT_KM, 6)) * SEGMENT_KM

    return row_of
