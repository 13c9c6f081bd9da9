"""The server's settings: one frozen object, made once and passed down; no part of an analysis depends on it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from pavement.environment import read_number
from pavement.errors import BadInput

MB = 1024 * 1024
GB = 1024 * MB


@dataclass(frozen=True)
class BaseMap:
    """The picture tiles under the routes, loaded by the browser; a closed network has none, or a server of its own."""

    url: str  #: with {z}, {x} and {y}
    attribution: str  #: what its terms want to be read on the map
    max_zoom: int = 18


GSI = BaseMap("https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png", "地理院タイル")


@dataclass(frozen=True)
class Retention:
    """How long what is kept; None: for good. What is not analysed, and what a person corrected or locked, stays."""

    originals_days: float | None = None  #: PAVEMENT_KEEP_ORIGINALS_DAYS: unmasked uploads, after their analysis
    results_years: float | None = None  #: PAVEMENT_KEEP_RESULTS_YEARS: 年度 after the one that a result is of
    exports_days: float | None = 7.0  #: PAVEMENT_KEEP_EXPORTS_DAYS: sheets and books that were made on demand


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
    base_map: BaseMap | None = field(default_factory=lambda: GSI)  #: PAVEMENT_BASE_MAP: a tiles' URL, or `none`
    max_waiting: int = 5000  #: PAVEMENT_MAX_WAITING: drives that wait for their analysis; then no new one is taken
    max_device_waiting: int = 500  #: PAVEMENT_MAX_DEVICE_WAITING: drives of one sender that are under way
    retention: Retention = Retention()
    proxies: tuple[str, ...] = ()  #: PAVEMENT_PROXIES: a proxy's addresses or networks; their X-Forwarded-* count
    review: Path | None = None  #: PAVEMENT_REVIEW: a TOML file of the yearly review: adoption, prices, targets
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
        quota = read_number(given, "PAVEMENT_QUOTA_MB", 0)
        return cls(
            data=folder,
            database_url=given.get("PAVEMENT_DATABASE_URL") or f"sqlite:///{(folder / 'pavement.sqlite').as_posix()}",
            store_url=given.get("PAVEMENT_STORE_URL") or str(folder / "store"),
            network=network or _path(given, "PAVEMENT_NETWORK"),
            max_file_bytes=int(read_number(given, "PAVEMENT_MAX_FILE_MB", cls.max_file_bytes / MB) * MB),
            max_drive_files=int(read_number(given, "PAVEMENT_MAX_DRIVE_FILES", cls.max_drive_files)),
            quota_bytes=int(quota * MB) or None,
            keep_free_bytes=int(read_number(given, "PAVEMENT_KEEP_FREE_MB", cls.keep_free_bytes / MB) * MB),
            part_days=read_number(given, "PAVEMENT_PART_DAYS", cls.part_days),
            wrong_keys_per_minute=int(read_number(given, "PAVEMENT_WRONG_KEYS_PER_MINUTE", cls.wrong_keys_per_minute)),
            proxies=_addresses(given, "PAVEMENT_PROXIES"),
            review=_path(given, "PAVEMENT_REVIEW"),
            patience_s=read_number(given, "PAVEMENT_PATIENCE_S", cls.patience_s),
            base_map=_base_map(given),
            max_waiting=int(read_number(given, "PAVEMENT_MAX_WAITING", cls.max_waiting)),
            max_device_waiting=int(read_number(given, "PAVEMENT_MAX_DEVICE_WAITING", cls.max_device_waiting)),
            retention=_retention(given),
        )


def _retention(given: Mapping[str, str]) -> Retention:
    defaults = Retention()
    kept = {
        name: read_number(given, f"PAVEMENT_KEEP_{name.upper()}", getattr(defaults, name) or 0.0) or None
        for name in ("originals_days", "results_years", "exports_days")
    }
    return Retention(**kept)


def _base_map(given: Mapping[str, str]) -> BaseMap | None:
    url = given.get("PAVEMENT_BASE_MAP")
    if not url:
        return GSI
    if url == "none":
        return None
    whole = all(part in url for part in ("{z}", "{x}", "{y}"))
    if not url.startswith(("https://", "http://", "/")) or not whole or any(each in url for each in " ;,'\""):
        raise BadInput(f"PAVEMENT_BASE_MAP is '{url}'", do="give https://…/{z}/{x}/{y}.png, or none")
    return BaseMap(url, given.get("PAVEMENT_BASE_MAP_ATTRIBUTION", ""))


def _addresses(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = tuple(given.get(name, "").replace(",", " ").split())
    for text in texts:
        try:
            ip_network(text)
        except ValueError as error:
            raise BadInput(f"{name} has '{text}'", do="give addresses, as in 10.0.0.5,10.1.0.0/16") from error
    return texts


def _path(given: Mapping[str, str], name: str) -> Path | None:
    return Path(text) if (text := given.get(name)) else None
