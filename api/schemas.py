"""The bodies of requests and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field


def _printable(text: str) -> str:
    if any((ord(character) < 32 and character not in "\n\t") or 127 <= ord(character) < 160 for character in text):
        raise ValueError("no control characters")
    text.encode()  # lone surrogates end here
    return text


def _plausible(time: AwareDatetime) -> AwareDatetime:
    if not 2000 <= time.year <= 2100:
        raise ValueError("a year from 2000 to 2100")
    return time


class NewDrive(BaseModel):
    """What `POST /drives` says of a drive."""

    vehicle: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
    started_at: Annotated[AwareDatetime, AfterValidator(_plausible)]
    note: Annotated[str, Field(max_length=4000), AfterValidator(_printable)] | None = None


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


class DriveReport(BaseModel):
    """Everything that a device may know of its drive."""

    id: str
    status: str
    files: FileCounts
    progress: Progress
    counts: dict[str, object] | None = None
    error: str | None = None
