"""What a client remembers between two runs: the drive's id and the digests that it made. Losing it loses no upload.

It lies beside the drive; where that cannot be written (a locked USB stick), in the user's own folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pavement.files import write_whole
from pavement.upload_client.manifest import LocalFile

HOME = Path(".pavement") / "uploads"  #: in the user's folder


@dataclass
class Journal:
    """The memory of one drive and one server."""

    place: Path
    server: str
    key: str = ""  #: idempotency key; "" before the drive was named to the server
    drive_id: str = ""
    done: bool = False  #: `complete` was accepted
    digests: dict[str, tuple[int, int, str]] = field(default_factory=dict)  #: path: size, modified_ns, sha256

    def digest_of(self, file: LocalFile) -> str | None:
        """The SHA-256 that was made of a file, if it has not changed since."""
        known = self.digests.get(file.path)
        return known[2] if known and known[:2] == (file.size, file.modified_ns) else None

    def remember(self, file: LocalFile, sha256: str) -> None:
        """Keep a digest; written with the next `save`."""
        self.digests[file.path] = (file.size, file.modified_ns, sha256)

    def save(self) -> None:
        """Write it whole; what cannot be written is only slower the next time."""
        data = {
            "server": self.server,
            "key": self.key,
            "drive": self.drive_id,
            "done": self.done,
            "digests": self.digests,
        }
        with contextlib.suppress(OSError):
            write_whole(self.place, json.dumps(data, ensure_ascii=False).encode())

    def forget(self) -> None:
        """Nothing is left of the drive here."""
        with contextlib.suppress(OSError):
            self.place.unlink(missing_ok=True)


def open_journal(drive: Path, server: str, home: Path | None = None) -> Journal:
    """The memory of `drive` for `server`; empty where there is none, or where it is another server's or broken."""
    drive = drive.absolute()
    name = hashlib.sha256(f"{server}\0{drive}".encode()).hexdigest()[:16]
    beside = drive.with_name(f".{drive.name}.{name[:8]}.upload.json")
    away = (home or Path.home()) / HOME / f"{name}.json"
    for place in (beside, away):
        if place.is_file() and (journal := _read(place, server)) is not None:
            return journal
    return Journal(beside if _can_write(beside) else away, server)


def _can_write(place: Path) -> bool:
    try:
        write_whole(place, b"{}", flush=False)
        place.unlink()
    except OSError:
        return False
    return True


def _read(place: Path, server: str) -> Journal | None:
    try:
        data: Any = json.loads(place.read_text(encoding="utf-8"))
        if data["server"] != server:
            return None
        digests = {str(path): (int(size), int(at), str(sha)) for path, (size, at, sha) in data["digests"].items()}
        return Journal(place, server, str(data["key"]), str(data["drive"]), bool(data["done"]), digests)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
