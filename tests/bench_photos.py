"""`make bench`, photos: time and peak memory of the outputs of a survey of 5,000 photos, each in a process of its own.

`python -m tests.bench_photos [PHOTOS]`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench_table import Row, run_child, slope, tell

PHOTOS = 5_000
WHAT = ("images", "photo-book", "photo-book 6", "photo-ledger", "photo-folder")
LIMIT_MB = 500  #: for the image set and the PDF


def main(photos: int = PHOTOS) -> None:
    """Print the rows: 1, 10 and 100 hundredths of the photos."""
    counts = [photos // 100, photos // 10, photos]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        make_photos(Path(name), photos)
        for what in WHAT:
            runs = [run_child("tests.bench_photos", what, name, count) for count in counts]
            grown = slope(counts[1:], [run.answer["core_s"] for run in runs[1:]])
            last = runs[-1]
            note = f"{last.answer['mb']:.0f} MB written" + (
                f", limit {LIMIT_MB} MB of memory" if what in WHAT[:3] else ""
            )
            rows.append(
                Row("photos", what, photos, "photos", last.answer["core_s"], None, last.peak_mb, slope=grown, note=note)
            )
    tell(rows)


def make_photos(folder: Path, count: int) -> None:
    """`count` photos with marked twins, none like another: a document must not store two as one."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    random = np.random.default_rng(7)
    coarse = random.integers(0, 256, (16, 28, 3), np.uint8)  # as masked photos are: tiles above, road below
    base = cv2.resize(coarse, (1024, 640), interpolation=cv2.INTER_NEAREST)
    base[300:] = np.clip(random.normal(110, 9, (340, 1024, 1)), 0, 255)
    for photo in make_survey(folder, count).photos:
        photo.masked.parent.mkdir(parents=True, exist_ok=True)
        base = np.roll(base, 7, 1)
        photo.masked.write_bytes(cv2.imencode(".jpg", base, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
        marked = cv2.rectangle(base.copy(), (400, 400), (500, 460), (36, 64, 240), 3)
        photo.marked.write_bytes(cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def make_survey(folder: Path, count: int) -> Any:
    """A survey of one photo every 20 m along a winding road."""
    from math import sin

    from pavement.record import RouteShape, Survey
    from pavement.road import RoadKey
    from pavement.segment import Place
    from tests.exporters.builders import START, make_photo_record, make_segment

    road = RoadKey("一般国道", "4", "000", "現道")

    def place(metres: float) -> Place:
        lon, lat = 141.2 + 0.01 * sin(metres / 3000), 40.0 + metres / 111_000
        return Place(metres / 1000, float(metres // 1000), metres % 1000, lon, lat)

    line = [(p.lon, p.lat) for p in (place(20.0 * i) for i in range(count + 1))]
    segments = [
        make_segment(i / 10, road, start=place(100.0 * i), end=place(100.0 * i + 100), photos=())
        for i in range(count // 5 + 1)
    ]
    photos = [
        make_photo_record(folder / "store", f"P{i:08d}", road=road, place=place(20.0 * i), timestamp=START)
        for i in range(count)
    ]
    shape = RouteShape(road, "国道4号", line, "B", "青森県", "青森県")
    return Survey(segments, [], [], [], photos, [shape], [], 2026)


def measure(what: str, folder: Path, count: int) -> None:
    """Print what one output costs, by this process."""
    from exporters import EXPORTERS, ON_DEMAND
    from exporters.photo_book import export_photo_book

    survey, out, started = make_survey(folder, count), folder / what.replace(" ", "-"), time.process_time()
    if what == "photo-book 6":
        written = export_photo_book(survey, out, 6)
    else:
        written = (EXPORTERS | ON_DEMAND)[what](survey, out)
    used = time.process_time() - started
    print(json.dumps({"core_s": used, "mb": sum(path.stat().st_size for path in written) / 1e6}))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
