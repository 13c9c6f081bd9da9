"""Settings of workers and alerts, read once from the environment and a TOML file of those who are to be told."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pavement.environment import read_number
from pavement.errors import BadInput

ALERTS_DO = "see docs/jobs.md, 通報"


@dataclass(frozen=True)
class Mail:
    """The server that takes e-mails."""

    host: str
    sender: str
    port: int = 25
    user: str | None = None
    password: str | None = None
    tls: bool = False  #: STARTTLS


@dataclass(frozen=True)
class Channel:
    """Somebody who is told of the potholes of an office (or a manager, or of all)."""

    name: str
    webhook: str | None = None
    email: tuple[str, ...] = ()
    manager: str | None = None
    office: str | None = None

    def is_for(self, manager: str | None, office: str | None) -> bool:
        """Whether a road of this manager and office is theirs."""
        return self.manager in (None, manager) and self.office in (None, office)


@dataclass(frozen=True)
class JobSettings:
    """How workers work; seconds unless said otherwise."""

    heartbeat_s: float = 5.0
    dead_after_s: float = 30.0  #: PAVEMENT_DEAD_AFTER_S: without a heartbeat a worker's work is adopted
    look_s: float = 1.0  #: between two looks for work
    stall_s: float = 1800.0  #: PAVEMENT_STALL_S: a step that reports nothing for so long hangs
    tries: int = 5  #: so often a drive may take its worker down without getting any further
    patience_s: float = 86_400.0  #: a full disk or a store that is away is waited for so long
    pause_s: float = 60.0  #: at most, between two tries while waiting
    spare_bytes: int = 1_000_000_000  #: of disk, beside twice the drive's size
    alert_m2: float = 0.05  #: PAVEMENT_ALERT_M2: potholes from this area on are told at once
    channels: tuple[Channel, ...] = ()  #: PAVEMENT_ALERTS, a TOML file
    mail: Mail | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> JobSettings:
        """What the environment asks for; raises BadInput."""
        given = os.environ if environment is None else environment
        file = given.get("PAVEMENT_ALERTS")
        channels, mail = read_channels(Path(file)) if file else ((), None)
        numbers = {
            name: read_number(given, variable, 0.0, positive=True)
            for name, variable in (
                ("dead_after_s", "PAVEMENT_DEAD_AFTER_S"),
                ("stall_s", "PAVEMENT_STALL_S"),
                ("alert_m2", "PAVEMENT_ALERT_M2"),
            )
            if given.get(variable)
        }
        if (dead := numbers.get("dead_after_s")) is not None:
            numbers["heartbeat_s"] = min(cls.heartbeat_s, dead / 4)
        return cls(**numbers, channels=channels, mail=mail)  # type: ignore[arg-type]


def read_channels(file: Path) -> tuple[tuple[Channel, ...], Mail | None]:
    """Those who are to be told, and the mail server, from a TOML file; raises BadInput that names it."""
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        mail = Mail(**table["mail"]) if "mail" in table else None
        channels = tuple(
            Channel(**{**each, "email": tuple(each.get("email", ()))}) for each in table.get("channel", ())
        )
    except OSError as error:
        raise BadInput("PAVEMENT_ALERTS cannot be read", file=file, do=ALERTS_DO) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise BadInput(f"is no table of channels ({error})", file=file, do=ALERTS_DO) from error
    names = [channel.name for channel in channels]
    if len(set(names)) < len(names):
        raise BadInput("two channels have one name", file=file, do="give each a name of its own")
    if any(channel.email for channel in channels) and mail is None:
        raise BadInput("e-mails need [mail] with host and sender", file=file, do=ALERTS_DO)
    return channels, mail
