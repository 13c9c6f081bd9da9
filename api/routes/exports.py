"""Sheets, books and layers: of one drive as it was analysed, or of a choice over all drives of a 年度."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.background import BackgroundTask

from api.deps import ID, AskerDep, ServiceDep, StaffDep
from api.errors import Refusal
from api.schemas import Items, printable
from api.sending import media_type, named, send_blob
from api.service import Service
from pavement.export_choice import TITLES, Choice, fits_an_answer
from pavement.store.adopted_rows import count_adopted
from pavement.store.blobs import Blobs
from pavement.store.drives import NoSuchDrive, find_drive
from pavement.store.exports import DONE, ExportJob, add_export, exports_of, find_export
from pavement.store.people import Person
from pavement.store.results import find_outputs
from pavement.store.scope import Role

router = APIRouter(prefix="/exports", tags=["exports"])
OF_DRIVE: dict[str, tuple[str, ...]] = {
    "form-a": ("様式A*.xlsx", "様式A*.csv"),
    "national": ("舗装DB*",),
    "photo-book": ("画像集*.pdf",),
    "images": ("images/*",),
    "gis": ("*.gpkg", "*.geojson", "*.fgb"),
    "csv": ("segments.csv", "blocks.csv", "frames.csv", "defects.csv"),
    "report": ("report.html",),
    "run": ("run.json",),
}
Layers = Literal["gis", "geojson", "shapefile", "pmtiles", "csv", "report", "open-data"]
Merged = (
    Literal["form-a", "form-a-csv", "national", "photo-book", "images", "photo-ledger", "repair-request", "review"]
    | Layers
)
Year = Annotated[int, Field(ge=2000, le=2100)]
Kp = Annotated[float, Field(ge=-10, le=10_000)]
Text = Annotated[str, Field(max_length=200), AfterValidator(printable)]


class Asked(BaseModel):
    """What of a 年度 is wanted; what is not said is not narrowed."""

    what: Merged
    year: Year
    road_type: Text | None = None
    route_no: Text | None = None
    branch_no: Text | None = None
    kind: Text | None = None
    direction: Literal["下り", "上り"] | None = None
    from_kp: Kp | None = None
    to_kp: Kp | None = None
    manager: Text | None = None
    office: Text | None = None
    places: Annotated[list[Annotated[str, Field(pattern="^[0-9a-f]{16}$")]], Field(max_length=20_000)] = []
    defects: Annotated[list[Text], Field(max_length=500)] = []

    def choice(self) -> Choice:
        """For those who make it."""
        return Choice.from_json({**self.model_dump(), "from_kp_km": self.from_kp, "to_kp_km": self.to_kp})


class ExportId(BaseModel):
    """An export's id."""

    id: str


@router.post("", status_code=202)
def post_export(body: Asked, person: StaffDep, service: ServiceDep) -> ExportId:
    """Have it made by a worker; the id of the job, or of the same one that is being made for the same person."""
    _check(body)
    return ExportId(id=add_export(service.database, person.who, body.what, body.choice(), person.scope))


@router.get("")
def get_exports(person: StaffDep, service: ServiceDep) -> Items:
    """The person's own exports, the newest first, until they are forgotten."""
    return Items(items=[_shown(job) for job in exports_of(service.database, person.who)])


@router.get("/jobs/{job_id}")
def get_export_job(job_id: str, person: StaffDep, service: ServiceDep) -> dict[str, Any]:
    """How far it is."""
    return _shown(_own(service, job_id, person))


@router.get("/jobs/{job_id}/file", response_class=Response)
def get_export_file(job_id: str, person: StaffDep, service: ServiceDep) -> Response:
    """The file, once it is made."""
    job = _own(service, job_id, person)
    if job.state != DONE or job.blob_key is None or job.name is None:
        raise Refusal(409, job.error or "it is not made yet")
    return send_blob(service.blobs, job.blob_key, job.name)


@router.get("/{what}", response_class=Response)
def get_export(
    what: str,
    service: ServiceDep,
    asker: AskerDep,
    drive: Annotated[str | None, Query(description="of one drive, as it was analysed")] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="of a 年度, as people corrected it")] = None,
    road_type: str | None = None,
    route_no: str | None = None,
    branch_no: str | None = None,
    kind: str | None = None,
    direction: Literal["下り", "上り"] | None = None,
    from_kp: Annotated[float | None, Query(ge=-10, le=10_000)] = None,
    to_kp: Annotated[float | None, Query(ge=-10, le=10_000)] = None,
    manager: str | None = None,
    office: str | None = None,
    place: Annotated[list[str], Query(max_length=2000)] = [],  # noqa: B006 (FastAPI copies it)
    defect: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006
) -> Response:
    """The file, or a ZIP where there are several; 409 where it is too large to wait for: then POST it as a job."""
    if what not in {*TITLES, *OF_DRIVE}:
        raise Refusal(404, f"no such export; there are {', '.join(TITLES)}")
    if drive is not None:
        return _of_drive(service, asker, what, drive)
    if year is None:
        raise Refusal(422, "give year, or drive")
    if not isinstance(asker, Person) or (able := asker.acting_as(Role.STAFF)) is None:
        raise Refusal(403, f"this needs the role {Role.STAFF.value}")
    if what not in TITLES:
        raise Refusal(404, f"no such export of a 年度; there are {', '.join(TITLES)}")
    road = {"road_type": road_type, "route_no": route_no, "branch_no": branch_no, "kind": kind}
    ends = {"direction": direction, "from_kp_km": from_kp, "to_kp_km": to_kp, "manager": manager, "office": office}
    choice = Choice(year, **road, **ends, places=tuple(place), defects=tuple(defect))  # type: ignore[arg-type]
    return _at_once(service, able, what, choice)


def _at_once(service: Service, person: Person, what: str, choice: Choice) -> Response:
    from pavement.jobs.make_export import make_export  # loads the exporters: only where somebody waits for one

    if what == "repair-request" and not choice.defects:
        raise Refusal(422, "補修依頼書 needs defects")
    rows, photos = count_adopted(service.database, choice, person.scope)
    if rows == 0 and photos == 0 and not choice.defects:
        raise Refusal(404, "nothing was adopted of this choice")
    if not fits_an_answer(what, rows, photos):
        raise Refusal(409, f"too large to wait for ({rows} segments, {photos} photos); ask for it by POST /exports")
    database, blobs = service.database, service.blobs
    return _while_they_wait(
        service, lambda folder: make_export(database, blobs, what, choice, person.scope, folder, lambda *_: None)
    )


def _of_drive(service: Service, asker: AskerDep, what: str, drive: str) -> Response:
    if what not in OF_DRIVE:
        raise Refusal(404, f"no such export of a drive; there are {', '.join(OF_DRIVE)}")
    if not ID.fullmatch(drive):
        raise NoSuchDrive(drive)
    find_drive(service.database, drive, None, asker.scope)
    outputs = find_outputs(service.database, drive)
    names = sorted(name for name in outputs if any(fnmatch(name, pattern) for pattern in OF_DRIVE[what]))
    if not names:
        raise Refusal(404, "the drive has no such results (yet)")
    if len(names) == 1:
        return send_blob(service.blobs, outputs[names[0]]["key"], names[0].rpartition("/")[2])
    keys = {name: outputs[name]["key"] for name in names}
    return _while_they_wait(service, lambda folder: _pack(service.blobs, keys, folder / f"{what}.zip"))


def _while_they_wait(service: Service, make: Callable[[Path], Path]) -> Response:
    """The file that `make` puts into a folder, which goes with the answer; one at a time, for memory's sake."""
    if not service.exporting.acquire(timeout=20):
        raise Refusal(503, "others' exports are being made; try again in a moment")
    folder = Path(tempfile.mkdtemp(dir=service.settings.data, prefix=".export-"))
    try:
        file = make(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        service.exporting.release()
    tidy = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(file, headers=named(file.name), media_type=media_type(file.name), background=tidy)


def _pack(blobs: Blobs, keys: dict[str, str], file: Path) -> Path:
    """Stored, not compressed: what is large in it is compressed already."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, key in keys.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in blobs.stream(key):
                    member.write(piece)
    return file


def _own(service: Service, job_id: str, person: Person) -> ExportJob:
    job = find_export(service.database, job_id, person.who, person.scope) if ID.fullmatch(job_id) else None
    if job is None:
        raise Refusal(404, "no such export")
    return job


def _check(body: Asked) -> None:
    if body.what == "repair-request" and not body.defects:
        raise Refusal(422, "補修依頼書 needs defects")
    if body.what == "review" and not (set(body.choice().to_json()) <= {"year"}):
        raise Refusal(422, "the yearly review is of all roads of the role: give year only")


def _shown(job: ExportJob) -> dict[str, Any]:
    return {name: value for name, value in asdict(job).items() if name != "blob_key"}
