"""The server's settings: one frozen object, made once and passed down; no part of an analysis depends on it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pavement.errors import BadInput

MB = 1024 * 1024
GB = 1024 * MB


@dataclass(frozen=True)
class ServerSettings:
    """What can be set of the server; the environment's names stand beside."""

    data: Path  #: `pavement serve --data DIR`, or PAVEMENT_DATA: what is being received, and by default everything else
    database_url: str  #: PAVEMENT_DATABASE_URL, default: an SQLite file in `data`
    store_url: str  #: PAVEMENT_STORE_URL, a folder or s3://bucket/prefix, default: a folder in `data`
    network: Path | None = None  #: `pavement serve --network NET`, or PAVEMENT_NETWORK
    max_file_bytes: int = 16 * GB  #: PAVEMENT_MAX_FILE_MB
    max_drive_files: int = 200_000  #: PAVEMENT_MAX_DRIVE_FILES
    quota_bytes: int | None = None  #: PAVEMENT_QUOTA_MB: of all uploads together; none: the disk is the limit
    keep_free_bytes: int = 1 * GB  #: PAVEMENT_KEEP_FREE_MB: of the disk that receives uploads
    part_days: float = 30.0  #: PAVEMENT_PART_DAYS: what was begun and not touched so long is dropped
    wrong_keys_per_minute: int = 20  #: PAVEMENT_WRONG_KEYS_PER_MINUTE: from one address
    patience_s: float = 60.0  #: PAVEMENT_PATIENCE_S: how long a sender may be silent in the middle of a body

    def __post_init__(self) -> None:
        if self.part_days < 1:
            raise BadInput(f"PAVEMENT_PART_DAYS is {self.part_days:g}", do="give 1 or more days")

    @property
    def incoming(self) -> Path:
        """Where files lie while they are being received."""
        return self.data / "incoming"

    @classmethod
    def from_environment(
        cls, data: Path | None = None, network: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> ServerSettings:
        """The settings that the environment asks for; what is given here goes before it."""
        given = os.environ if environment is None else environment
        folder = data or _path(given, "PAVEMENT_DATA")
        if folder is None:
            raise BadInput("it is not said where the server's data are", do="give --data DIR, or PAVEMENT_DATA")
        folder = folder.absolute()
        quota = _number(given, "PAVEMENT_QUOTA_MB", 0)
        return cls(
            data=folder,
            database_url=given.get("PAVEMENT_DATABASE_URL") or f"sqlite:///{(folder / 'pavement.sqlite').as_posix()}",
            store_url=given.get("PAVEMENT_STORE_URL") or str(folder / "store"),
            network=network or _path(given, "PAVEMENT_NETWORK"),
            max_file_bytes=int(_number(given, "PAVEMENT_MAX_FILE_MB", cls.max_file_bytes / MB) * MB),
            max_drive_files=int(_number(given, "PAVEMENT_MAX_DRIVE_FILES", cls.max_drive_files)),
            quota_bytes=int(quota * MB) or None,
            keep_free_bytes=int(_number(given, "PAVEMENT_KEEP_FREE_MB", cls.keep_free_bytes / MB) * MB),
            part_days=_number(given, "PAVEMENT_PART_DAYS", cls.part_days),
            wrong_keys_per_minute=int(_number(given, "PAVEMENT_WRONG_KEYS_PER_MINUTE", cls.wrong_keys_per_minute)),
            patience_s=_number(given, "PAVEMENT_PATIENCE_S", cls.patience_s),
        )


def _path(given: Mapping[str, str], name: str) -> Path | None:
    return Path(text) if (text := given.get(name)) else None


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise BadInput(f"{name} is '{text}'", do="give a number that is not negative")
    return value
