"""Results: segments, defects, photos, and the sheets and layers of a drive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.deps import DeviceDep, ServiceDep
from api.errors import Refusal
from api.schemas import Refused
from pavement.store.blobs import Blobs
from pavement.store.drives import find_drive
from pavement.store.results import MOST_ROWS, Wanted, find_outputs, find_photo, read_defects, read_segments

router = APIRouter(tags=["results"])
REFUSED: dict[int | str, dict[str, Any]] = {status: {"model": Refused} for status in (401, 404, 422, 429, 503)}
EXPORTS: dict[str, tuple[str, ...]] = {
    "form-a": ("様式A*.xlsx", "様式A*.csv"),
    "national": ("舗装DB*",),
    "photo-book": ("画像集*.pdf",),
    "images": ("images/*",),
    "gis": ("*.gpkg", "*.geojson", "*.fgb"),
    "csv": ("segments.csv", "blocks.csv", "frames.csv", "defects.csv"),
    "report": ("report.html",),
    "run": ("run.json",),
}
TYPES = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv"}
TYPES |= {".pdf": "application/pdf", ".html": "text/html; charset=utf-8", ".json": "application/json"}
TYPES |= {".jpg": "image/jpeg", ".gpkg": "application/geopackage+sqlite3", ".zip": "application/zip"}
IN_MEMORY = 8 * 1024 * 1024  #: of an archive; the rest is on disk while it is sent


class Rows(BaseModel):
    """Some rows, and how many there are in all."""

    total: int
    items: list[dict[str, Any]]


def scope_of(device: DeviceDep) -> Wanted:
    """What the asker may see: a device the results of its own drives. Staff's sessions put their roads here."""
    return Wanted(device_id=device.id)


ScopeDep = Annotated[Wanted, Depends(scope_of)]


def wanted_of(
    scope: ScopeDep,
    road_type: str | None = None,
    route_no: str | None = None,
    direction: Literal["下り", "上り"] | None = None,
    office: str | None = None,
    drive: str | None = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
    every: Annotated[bool, Query(description="all drives of each place, not just the newest")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Wanted:
    """What is asked for, within the scope."""
    own = {"road_type": road_type, "route_no": route_no, "direction": direction, "drive_id": drive}
    asked = replace(scope, **own, box=_box(bbox), every=every, limit=limit, offset=offset)
    if office is not None and scope.office not in (None, office):
        raise Refusal(404, "no such office")
    return replace(asked, office=office or scope.office)


WantedDep = Annotated[Wanted, Depends(wanted_of)]


@router.get("/segments", responses=REFUSED)
def get_segments(service: ServiceDep, wanted: WantedDep, level: Literal["segment", "block"] = "segment") -> Rows:
    """Segments of 0.1 kilopost (or blocks of 0.02), each as the newest drive saw it."""
    items, total = read_segments(service.database, wanted, level)
    return Rows(total=total, items=[dict(each) for each in items])


@router.get("/defects", responses=REFUSED)
def get_defects(service: ServiceDep, wanted: WantedDep, category: str | None = None) -> Rows:
    """Defects, each as it was seen last; potholes that were told of with the times of 発見 to 完了."""
    items, total = read_defects(service.database, wanted, category)
    return Rows(total=total, items=[dict(each) for each in items])


@router.get("/photos/{photo_id}", response_class=StreamingResponse, responses=REFUSED)
def get_photo(photo_id: str, service: ServiceDep, scope: ScopeDep, marked: bool = False) -> StreamingResponse:
    """A masked photo, or its twin with the damage marked."""
    photo = find_photo(service.database, photo_id, scope)
    if photo is None:
        raise Refusal(404, "no such photo")
    return _file(service.blobs, photo["marked_key" if marked else "masked_key"], f"{photo['number']}.jpg", inline=True)


@router.get("/exports/{what}", response_class=StreamingResponse, responses=REFUSED)
def get_export(what: str, drive: str, service: ServiceDep, scope: ScopeDep) -> StreamingResponse:
    """Sheets, books or layers of a drive's newest analysis: the file, or a ZIP where there are several."""
    if what not in EXPORTS:
        raise Refusal(404, f"no such export; there are {', '.join(EXPORTS)}")
    find_drive(service.database, drive, scope.device_id)
    outputs = find_outputs(service.database, drive)
    names = sorted(name for name in outputs if any(fnmatch(name, pattern) for pattern in EXPORTS[what]))
    if not names:
        raise Refusal(404, "the drive has no such results (yet)")
    if len(names) == 1:
        return _file(service.blobs, outputs[names[0]]["key"], names[0].rpartition("/")[2])
    packed = _pack(service.blobs, {name: outputs[name]["key"] for name in names})
    return StreamingResponse(_pieces(packed), headers=_named(f"{what}.zip"), media_type=TYPES[".zip"])


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(each) for each in text.split(","))
    except ValueError:
        raise Refusal(422, "bbox is west,south,east,north in degrees") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refusal(422, "bbox is west,south,east,north in degrees")
    return west, south, east, north


def _file(blobs: Blobs, key: str, name: str, *, inline: bool = False) -> StreamingResponse:
    size = blobs.size(key)
    if size is None:
        raise Refusal(404, "the file is no longer kept")
    media = TYPES.get(f".{name.rpartition('.')[2]}", "application/octet-stream")
    headers = {**_named(name, inline=inline), "Content-Length": str(size)}
    return StreamingResponse(blobs.stream(key), headers=headers, media_type=media)


def _named(name: str, *, inline: bool = False) -> dict[str, str]:
    how = "inline" if inline else "attachment"
    return {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}", "Cache-Control": "private, no-cache"}


def _pack(blobs: Blobs, keys: dict[str, str]) -> IO[bytes]:
    """Stored, not compressed: what is large in it is compressed already."""
    packed = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by who sends it)
    with zipfile.ZipFile(packed, "w") as archive:
        for name, key in keys.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in blobs.stream(key):
                    member.write(piece)
    packed.seek(0)
    return packed


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 20):
            yield piece
