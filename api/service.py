"""What the routes share: made once by `create_app`, never global."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from api.metrics import Metrics
from api.turns import Turns
from api.wrong_keys import WrongKeys
from pavement.server_settings import ServerSettings
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.columns import utc_now
from pavement.store.database import Database, migrate, open_database
from pavement.store.parts import Part
from pavement.store.receiving import Limits, Receiver

log = logging.getLogger("pavement.server")

OnComplete = Callable[[Database, str], object]  #: gets the id of a drive that is queued, perhaps more than once
ProgressOf = Callable[[Database, str], Mapping[str, object] | None]  #: status, progress, counts, error of its analysis


def no_progress(_database: Database, _drive_id: str) -> None:
    """Of a server without workers."""


@dataclass(frozen=True)
class Service:
    """The server's open resources."""

    settings: ServerSettings
    database: Database
    blobs: Blobs
    receiver: Receiver
    on_complete: OnComplete | None
    progress_of: ProgressOf
    wrong_keys: WrongKeys
    metrics: Metrics
    turns: Turns[Part] = field(default_factory=Turns)

    def tidy(self) -> None:
        """What is done at the start and every hour: abandoned parts go."""
        dropped = self.receiver.expire(utc_now() - timedelta(days=self.settings.part_days))
        if dropped:
            log.info("abandoned parts dropped", extra={"fields": {"files": dropped}})

    def queue(self, drive_id: str) -> None:
        """Hand a drive to the workers; they look for queued drives by themselves, so a failure here loses nothing."""
        if self.on_complete is None:
            return
        try:
            self.on_complete(self.database, drive_id)
        except Exception:  # the drive is stored and queued: the device has its answer either way
            log.exception("a drive could not be handed to the workers", extra={"fields": {"drive": drive_id}})

    def close(self) -> None:
        """Let the database go."""
        self.database.close()


def open_service(
    settings: ServerSettings, metrics: Metrics, on_complete: OnComplete | None, progress_of: ProgressOf | None
) -> Service:
    """Open the database, bring its tables up to date, open the store."""
    settings.incoming.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    migrate(database)
    blobs = open_blobs(settings.store_url)
    limits = Limits(settings.max_file_bytes, settings.max_drive_files, settings.quota_bytes, settings.keep_free_bytes)
    receiver = Receiver(settings.incoming, database, blobs, limits)
    wrong_keys = WrongKeys(settings.wrong_keys_per_minute)
    return Service(settings, database, blobs, receiver, on_complete, progress_of or no_progress, wrong_keys, metrics)
