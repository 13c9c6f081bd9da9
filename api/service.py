"""What the routes share: made once by `create_app`, never global."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from api.kept import KeptAnswers
from api.metrics import Metrics
from api.oidc import Provider
from api.turns import Turns
from api.wrong_keys import WrongKeys, WrongLogins
from pavement.server_settings import ServerSettings
from pavement.site_settings import SiteSettings
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.columns import utc_now
from pavement.store.database import Database, migrate, open_database
from pavement.store.pairing import drop_old_pairings
from pavement.store.parts import Part
from pavement.store.receiving import Receiver
from pavement.store.retention import sweep
from pavement.store.room import Limits
from pavement.store.sessions import drop_old_sessions

log = logging.getLogger("pavement.server")
EXPORTS_AT_ONCE = 2  #: that are made while somebody waits; others are jobs of workers

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
    site: SiteSettings
    wrong_logins: WrongLogins
    oidc: Provider | None = None
    turns: Turns[Part] = field(default_factory=Turns)
    kept: KeptAnswers = field(default_factory=KeptAnswers)
    exporting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(EXPORTS_AT_ONCE))

    def tidy(self) -> None:
        """What is done at the start and every hour: abandoned parts, ended sessions, old lines of the log go."""
        dropped = self.receiver.expire(utc_now() - timedelta(days=self.settings.part_days))
        if dropped:
            log.info("abandoned parts dropped", extra={"fields": {"files": dropped}})
        drop_old_sessions(self.database, self.site.idle, self.site.longest)
        drop_old_pairings(self.database)
        swept = sweep(self.database, self.blobs, self.settings.retention, audit_days=self.site.audit_days)
        if not swept.nothing:
            log.info("retention", extra={"fields": asdict(swept)})

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
    settings: ServerSettings,
    metrics: Metrics,
    on_complete: OnComplete | None,
    progress_of: ProgressOf | None,
    site: SiteSettings | None = None,
) -> Service:
    """Open the database, bring its tables up to date, open the store."""
    settings.incoming.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    migrate(database)
    blobs = open_blobs(settings.store_url)
    limits = Limits(settings.max_file_bytes, settings.max_drive_files, settings.quota_bytes, settings.keep_free_bytes)
    receiver = Receiver(settings.incoming, database, blobs, limits)
    rules = site or SiteSettings()
    wrong_keys = WrongKeys(settings.wrong_keys_per_minute)
    return Service(
        settings,
        database,
        blobs,
        receiver,
        on_complete,
        progress_of or no_progress,
        wrong_keys,
        metrics,
        rules,
        WrongLogins(rules.wrong_logins),
        Provider(rules.oidc) if rules.oidc else None,
    )
