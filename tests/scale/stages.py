"""The stages of the year, each to be run in a process of its own: python -m tests.scale.stages STAGE FOLDER [options].

The last line is JSON: of every step its work, unit, core-seconds and seconds by the clock.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from pavement.export_choice import Choice
from pavement.jobs.make_export import make_export
from pavement.networks import read_network
from pavement.sections_filling import fill
from pavement.simulate.prefecture import make_prefecture, write_prefecture
from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.columns import new_id
from pavement.store.scope import EVERYTHING
from pavement.vector_tiles.grid import TileKey
from tests.scale.patrol import drive_road, roads_of, spec_of_share
from tests.scale.storing import add_measured, open_store, store_drive, stored_names

YEAR = 2026
NETWORK = "network.gpkg"
WHOLE_EXPORTS = ("form-a", "csv", "gis", "pmtiles", "open-data", "report")


@dataclass
class Step:
    """What one step did and took."""

    work: float = 0.0
    unit: str = ""
    core_s: float = 0.0
    wall_s: float = 0.0


class Steps:
    """Steps by name, added up."""

    def __init__(self) -> None:
        self.found: dict[str, Step] = defaultdict(Step)

    @contextmanager
    def step(self, name: str, unit: str) -> Iterator[Step]:
        """Add the time of a block, and the work that it puts into the step, to a step."""
        this = Step()
        wall, core = time.perf_counter(), time.process_time()
        yield this
        step = self.found[name]
        step.unit = unit
        step.work += this.work
        step.core_s += time.process_time() - core
        step.wall_s += time.perf_counter() - wall

    def to_json(self) -> str:
        """Step by name."""
        return json.dumps({name: asdict(step) for name, step in self.found.items()}, ensure_ascii=False)


def network(given: argparse.Namespace, steps: Steps) -> None:
    """The prefecture, its network in the store, its sections."""
    prefecture = make_prefecture(spec_of_share(given.share))
    write_prefecture(given.folder / NETWORK, prefecture)
    database, blobs = open_store(given.folder, given.url, given.store, given.folder / NETWORK)
    with steps.step("sections", "sections") as step:
        fill(database, blobs, given.folder / "work" / "networks")
        with database.reading() as connection:
            step.work = connection.execute(select(func.count()).select_from(SECTIONS)).scalar_one()


def measure(given: argparse.Namespace, steps: Steps) -> None:
    """Every n-th road driven, measured and stored; what a process of several does."""
    from tests.scale.measuring import drive_of, measure_drive

    prefecture = make_prefecture(spec_of_share(given.share))
    managed = read_network(given.folder / NETWORK)
    database, blobs = open_store(given.folder, given.url, given.store)
    worker = new_id()
    workers.enter(database, worker, "here")
    stored = stored_names(database)
    notes = given.folder / f"measure-{given.process}.json"  # of a measuring that was cut off: what was done
    if notes.exists():
        steps.found.update({name: Step(**each) for name, each in json.loads(notes.read_text("utf-8")).items()})
    for number, road in enumerate(roads_of(prefecture)[: given.roads or None]):
        made = drive_road(prefecture, road, number) if number % given.processes == given.process else None
        if made is None or made.name in stored:
            continue
        each = drive_of(made, number)
        drive = add_measured(database, made.name, made.frame_s[0])
        with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
            with steps.step("measure", "frames") as step:
                survey = measure_drive(each, managed, Path(scratch) / "steps")
                step.work = len(survey.frames)
            with steps.step("store", "rows") as step:
                step.work = len(survey.segments) + len(survey.blocks) + len(survey.defects) + len(survey.photos)
                store_drive(database, blobs, survey, drive, worker, Path(scratch) / "result")
        notes.write_text(steps.to_json(), encoding="utf-8")


def review(given: argparse.Namespace, steps: Steps) -> None:
    """全線点検結果とりまとめ with all its files."""
    from exporters.review import export_review
    from pavement.review.review import make_review
    from pavement.review.settings import ReviewSettings
    from pavement.store.review_data import read_material

    database, _ = open_store(given.folder, given.url, given.store)
    with steps.step("review: read", "sections") as step:
        material = read_material(database, YEAR)
        step.work = len(material.segments) + len(material.blocks)
    with steps.step("review: make", "sections") as step:
        found = make_review(material, ReviewSettings(), date(YEAR, 12, 1))
        step.work = len(material.segments) + len(material.blocks)
    with steps.step("review: write", "sections") as step, tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        export_review(found, Path(scratch))
        step.work = len(material.segments) + len(material.blocks)


def forms(given: argparse.Namespace, steps: Steps) -> None:
    """様式A of every road, a file each."""
    import exporters.form_a  # noqa: F401  before anything is timed

    database, blobs = open_store(given.folder, given.url, given.store)
    names = ("road_type", "route_no", "branch_no", "kind")
    with database.reading() as connection:
        query = select(*(ADOPTED.c[name] for name in names), func.count()).where(ADOPTED.c.fiscal_year == YEAR)
        query = query.where(ADOPTED.c.level == "segment").group_by(*(ADOPTED.c[name] for name in names))
        roads = connection.execute(query).all()
    with steps.step("様式A, a book a road", "segments") as step:
        for *road, count in roads:
            choice = Choice(YEAR, **dict(zip(names, road, strict=True)))
            with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
                make_export(database, blobs, "form-a", choice, EVERYTHING, Path(scratch), _quiet)
            step.work += count


def export(given: argparse.Namespace, steps: Steps) -> None:
    """One export of the whole prefecture."""
    database, blobs = open_store(given.folder, given.url, given.store)
    with database.reading() as connection:
        query = select(func.count()).select_from(ADOPTED).where(ADOPTED.c.level == "segment")
        count = connection.execute(query.where(ADOPTED.c.fiscal_year == YEAR)).scalar_one()
    scratch = Path(tempfile.mkdtemp(dir=given.folder))
    with steps.step(f"whole: {given.what}", "segments") as step:
        make_export(database, blobs, given.what, Choice(YEAR), EVERYTHING, scratch, _quiet)
        step.work = count
    shutil.rmtree(scratch)


def tiles(given: argparse.Namespace, steps: Steps) -> None:
    """Every tile of the map that holds something, zoom by zoom, and how long the slowest of each took."""
    from pavement.store.overview import read_overview
    from pavement.store.tiles import DEEPEST, UNITS_TO, encode_tile

    database, _ = open_store(given.folder, given.url, given.store)
    with steps.step("tiles: overview", "segments") as step:
        overview = read_overview(database, YEAR)
        step.work = sum(1 for _ in overview.properties)
    with database.reading() as connection:
        places = np.array(connection.execute(select(SECTIONS.c.from_lon, SECTIONS.c.from_lat)).all(), float)
    for zoom in range(5, DEEPEST + 1):
        keys = filled_tiles(places, zoom)
        times = []
        with steps.step(f"tiles: zoom {zoom:02d}", "tiles") as step:
            for key in keys:
                begun = time.perf_counter()
                encode_tile(database, YEAR, key, EVERYTHING, overview if zoom <= UNITS_TO else None)
                times.append(time.perf_counter() - begun)
            step.work = len(keys)
        steps.found[f"tile p95: zoom {zoom:02d}"] = Step(1, "tile", wall_s=sorted(times)[int(0.95 * (len(times) - 1))])


def filled_tiles(lonlat: NDArray[np.float64], zoom: int) -> list[TileKey]:
    """The tiles in which some places (n, 2) lie."""
    x = (lonlat[:, 0] + 180) / 360
    y = (1 - np.arcsinh(np.tan(np.radians(lonlat[:, 1]))) / np.pi) / 2
    corners = (np.column_stack([x, y]) * (1 << zoom)).astype(int)
    return [TileKey(zoom, *corner) for corner in np.unique(corners, axis=0).tolist()]


def _quiet(_stage: str, _done: int, _total: int) -> None:
    pass


STAGES = {each.__name__: each for each in (network, measure, review, forms, export, tiles)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--url", default="")
    parser.add_argument("--store", default="")
    parser.add_argument("--process", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--roads", type=int, default=0, help="only so many are driven")
    parser.add_argument("--what", default="form-a")
    given = parser.parse_args()
    steps = Steps()
    STAGES[given.stage](given, steps)
    print(steps.to_json())


if __name__ == "__main__":
    main()
