"""survey.zip: the records of a finished run, lossless, so that sheets, books and layers can be made again from them.

Meshes and profiles stay in files of their own (mesh/, profiles.csv), photos in images/.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError

from pavement.defect import Defect
from pavement.drive import Notice
from pavement.errors import BadInput
from pavement.files import whole_file
from pavement.record import FrameRecord, Photo, RouteShape, Survey
from pavement.segment import Segment

NAME = "survey.zip"
FORMAT = 1
PARTS: dict[str, TypeAdapter[Any]] = {
    "segments": TypeAdapter(list[Segment]),
    "blocks": TypeAdapter(list[Segment]),
    "frames": TypeAdapter(list[FrameRecord]),
    "defects": TypeAdapter(list[Defect]),
    "photos": TypeAdapter(list[Photo]),
    "routes": TypeAdapter(list[RouteShape]),
    "notices": TypeAdapter(list[Notice]),
}
EPOCH = (1980, 1, 1, 0, 0, 0)  #: of the members: the same survey gives the same bytes
DO = "give the output folder of a finished `pavement run`"


def write_survey(survey: Survey, out: Path) -> Path:
    """Write `out`/survey.zip; photos are named by their files relative to `out`."""
    lean = replace(survey, photos=[_relative(photo) for photo in survey.photos])
    with whole_file(out / NAME) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "about", json.dumps({"format": FORMAT, "year": survey.year}).encode())
        for name, adapter in PARTS.items():
            _put(archive, name, adapter.dump_json(list(getattr(lean, name))))
    return out / NAME


def read_survey(result: Path) -> Survey:
    """The survey of a finished run; raises BadInput where the folder holds none, or one of another version."""
    if not (result / NAME).is_file() or not (result / "run.json").is_file():
        raise BadInput(f"has no {NAME} and run.json", file=result, do=DO)
    try:
        with zipfile.ZipFile(result / NAME) as archive:
            about = json.loads(archive.read("about.json"))
            if about["format"] != FORMAT:
                raise BadInput(f"is of format {about['format']}, not {FORMAT}", file=result / NAME, do="run it again")
            parts = {name: adapter.validate_json(archive.read(f"{name}.json")) for name, adapter in PARTS.items()}
        run = json.loads((result / "run.json").read_text(encoding="utf-8"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, ValidationError) as error:
        raise BadInput(f"cannot be read ({type(error).__name__})", file=result / NAME, do=DO) from error
    parts["photos"] = _found(parts["photos"], result)
    return Survey(**parts, year=about["year"], run=run)


def read_part(file: IO[bytes], part: str) -> Sequence[Any]:
    """One list of records (`PARTS`) out of an open survey.zip; raises BadInput."""
    try:
        with zipfile.ZipFile(file) as archive:
            records: Sequence[Any] = PARTS[part].validate_json(archive.read(f"{part}.json"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(f"a {NAME} cannot be read ({type(error).__name__})", do="analyse the drive again") from error
    return records


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(f"{name}.json", EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, data)


def _relative(photo: Photo) -> Photo:
    file = PurePosixPath(photo.file)
    return replace(photo, masked=Path(file), marked=Path(file.with_name(f"{file.stem}_marked{file.suffix}")))


def _found(photos: Sequence[Photo], result: Path) -> list[Photo]:
    return [replace(photo, masked=result / photo.masked, marked=result / photo.marked) for photo in photos]
