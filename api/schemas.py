"""The bodies of requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field


def printable(text: str) -> str:
    """The text, which has no control characters; raises ValueError."""
    if any((ord(character) < 32 and character not in "\n\t") or 127 <= ord(character) < 160 for character in text):
        raise ValueError("no control characters")
    text.encode()  # lone surrogates end here
    return text


def plausible(time: AwareDatetime) -> AwareDatetime:
    """A time that a clock of today may show; raises ValueError."""
    if not 2000 <= time.year <= 2100:
        raise ValueError("a year from 2000 to 2100")
    return time


class NewDrive(BaseModel):
    """What `POST /drives` says of a drive."""

    vehicle: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
    started_at: Annotated[AwareDatetime, AfterValidator(plausible)]
    note: Annotated[str, Field(max_length=4000), AfterValidator(printable)] | None = None
    queue: Literal["patrol", "batch"] | None = None  #: batch: behind today's patrol; none: by how long ago it began


class DriveId(BaseModel):
    """A drive's id."""

    id: str


class FileEntry(BaseModel):
    """A file as the device has it."""

    path: Annotated[str, Field(min_length=1, max_length=1000)]
    size: Annotated[int, Field(ge=0, le=10**15)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]


class Complete(BaseModel):
    """All files of a drive."""

    files: Annotated[list[FileEntry], Field(max_length=1_000_000)]


class Status(BaseModel):
    """Where a drive stands."""

    status: str


class Refused(BaseModel):
    """One line that says why."""

    detail: str


class Missing(Refused):
    """What `complete` misses."""

    missing: list[str]


class Received(BaseModel):
    """How much of a file is kept."""

    path: str
    received: int


class WrongOffset(Refused):
    """Where to go on."""

    received: int


class Receipt(BaseModel):
    """All of a file is stored and checked; the sender may delete its own."""

    path: str
    size: int
    sha256: str
    stored: bool = True


class FileCounts(BaseModel):
    """Files of a drive: stored, and begun but not stored."""

    received: int
    missing: int


class Progress(BaseModel):
    """How far the analysis is."""

    stage: str | None = None
    done: int = 0
    total: int = 0


class Rows(BaseModel):
    """Some rows, and how many there are in all."""

    total: int
    items: list[dict[str, Any]]


class Items(BaseModel):
    """All rows that there are."""

    items: list[dict[str, Any]]


class BulkDone(BaseModel):
    """How many were done, and why others were not."""

    done: int
    refused: dict[str, str]


class BulkDecided(BulkDone):
    """The same with the decisions that were made and can be taken back."""

    decisions: list[str]


class DriveReport(BaseModel):
    """Everything that a device may know of its drive; people see what follows `error` too."""

    id: str
    status: str
    files: FileCounts
    progress: Progress
    counts: dict[str, object] | None = None
    error: str | None = None
    vehicle: str | None = None
    started_at: datetime | None = None
    note: str | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    originals_deleted_at: datetime | None = None
    device_id: str | None = None
    analyses: list[dict[str, Any]] | None = None
