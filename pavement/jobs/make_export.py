"""Sheets, books and layers over several drives: from a choice to one file that people can file.

The same functions serve an answer that is made while the asker waits and a job; exporters are loaded when they are
needed, so a server that makes none stays small.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pavement.errors import BadInput
from pavement.export_choice import TITLES, WITH_PHOTOS, Choice, file_name
from pavement.fiscal_year import JST
from pavement.jobs.merged_survey import survey_of
from pavement.record import Photo, Survey
from pavement.review.settings import ReviewSettings
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.scope import Scope

NAMES: Mapping[str, str] = {"form-a-csv": "form-a"}  #: what is another exporter's output in part
ONLY: Mapping[str, str] = {"form-a": ".xlsx", "form-a-csv": ".csv"}  #: of what the exporter writes
WITH_BLOCKS = frozenset({"csv", "gis", "geojson", "shapefile", "report", "open-data"})
WITHOUT_PHOTOS = frozenset({"pmtiles"})  #: that do not even name them
WORST = 60  #: photos that a report may show
STAGES = ("読み込み", "写真", "作成", "まとめ")
Progress = Callable[[str, int, int], None]


def make_export(
    database: Database,
    blobs: Blobs,
    what: str,
    choice: Choice,
    scope: Scope,
    folder: Path,
    progress: Progress,
    review: ReviewSettings | None = None,
) -> Path:
    """Write the export below `folder`: its one file. Raises BadInput where the choice holds nothing."""
    if what not in TITLES:
        raise BadInput(f"there is no export '{what}'", do=f"use one of {', '.join(TITLES)}")
    if what == "review":
        return _review(database, choice, scope, folder, progress, review or ReviewSettings())
    progress(STAGES[0], 0, 1)
    parts = {"blocks": what in WITH_BLOCKS, "photos": what not in WITHOUT_PHOTOS}
    survey, keys = survey_of(database, blobs, choice, scope, **parts)
    if not survey.segments and not survey.defects:
        raise BadInput("この条件に合う点検結果がありません", do="年度、路線、事務所を確かめてください")
    out = folder / "out"
    out.mkdir(parents=True)
    survey = _bring_photos(survey, keys, blobs, folder / "photos", what, progress)
    progress(STAGES[2], 0, 1)
    paths = _write(what, survey, out, choice)
    only = ONLY.get(what)
    paths = sorted(path for path in paths if only is None or path.suffix == only)
    return _one_file(paths, out, folder, what, choice, progress)


def _review(
    database: Database, choice: Choice, scope: Scope, folder: Path, progress: Progress, settings: ReviewSettings
) -> Path:
    """Book, report, PDF, GIS and series of the yearly review of all roads of the scope."""
    from exporters.review import export_review
    from pavement.review.review import make_review
    from pavement.store.review_data import read_material

    def told(stage: str) -> Progress:
        return lambda _, done, total: progress(stage, done, total)

    material = read_material(database, choice.year, scope, settings.adoption, told(STAGES[0]), lines=True)
    if not material.segment_years[-1].inspected.any():
        raise BadInput("この年度の点検結果がありません", do="年度を確かめてください")
    found = make_review(material, settings, datetime.now(JST).date())
    out = folder / "out"
    out.mkdir(parents=True)
    paths = export_review(found, out, told(STAGES[2]))
    return _one_file(sorted(paths), out, folder, "review", choice, progress)


def _write(what: str, survey: Survey, out: Path, choice: Choice) -> list[Path]:
    from exporters import EXPORTERS, ON_DEMAND
    from exporters.repair_request import export_repair_requests

    if what == "repair-request":
        if not choice.defects:
            raise BadInput("補修依頼書 needs defects", do="choose some")
        return export_repair_requests(survey, out, choice.defects)
    name = NAMES.get(what, what)
    return (EXPORTERS.get(name) or ON_DEMAND[name])(survey, out)


def _bring_photos(
    survey: Survey, keys: Mapping[str, str], blobs: Blobs, folder: Path, what: str, progress: Progress
) -> Survey:
    """The survey with the photos that are shown, on this disk: links where the store is a folder."""
    if what in WITH_PHOTOS:
        wanted = list(survey.photos)
    elif what == "report":
        shown = {number for each in worst_first(survey)[:WORST] for number in each}
        wanted = [photo for photo in survey.photos if photo.number in shown]
    else:
        wanted = []
    for number, photo in enumerate(wanted):
        progress(STAGES[1], number, len(wanted))
        for path in (photo.masked, photo.marked):
            _bring(blobs, keys[str(path)], folder / path)
    return replace(survey, photos=[_placed(photo, folder) for photo in wanted])


def worst_first(survey: Survey) -> list[tuple[str, ...]]:
    """写真番号 of the segments, the worst first, as a report lists them."""
    damaged = sorted(survey.segments, key=lambda each: (each.rating or "", each.crack_pct or 0.0), reverse=True)
    return [each.photos for each in damaged]


def _placed(photo: Photo, folder: Path) -> Photo:
    return replace(photo, masked=folder / photo.masked, marked=folder / photo.marked)


def _bring(blobs: Blobs, key: str, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if blobs.folder is not None:
        with suppress(OSError):  # another disk, or one that has no links
            os.link(blobs.folder.joinpath(*key.split("/")), place)
            return
    with suppress(FileNotFoundError):  # no longer kept: the exporters leave the place empty
        blobs.fetch(key, place)


def _one_file(paths: list[Path], out: Path, folder: Path, what: str, choice: Choice, progress: Progress) -> Path:
    if len(paths) == 1:
        named = folder / file_name(what, choice, paths[0].suffix)
        shutil.move(paths[0], named)
        return named
    packed = folder / file_name(what, choice, ".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for number, path in enumerate(paths):
            progress(STAGES[3], number, len(paths))
            small = path.suffix in (".csv", ".geojson", ".json", ".html", ".shp", ".dbf", ".txt", ".md")
            how = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED  # what else is large is compressed already
            archive.write(path, path.relative_to(out).as_posix(), how)
    return packed
