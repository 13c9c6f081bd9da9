"""What an open-data package says of itself: title, publisher, licence; the shipped table, and a file of one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from exporters.wording import fiscal_year
from pavement.errors import BadInput
from pavement.record import Survey


@dataclass(frozen=True)
class License:
    """The licence: its SPDX name, title and address."""

    name: str
    title: str
    url: str


@dataclass(frozen=True)
class Profile:
    """What is said of the package; empty = not said."""

    title: str
    description: str
    publisher: str
    contact: str
    attribution: str
    url: str
    license: License
    notes: tuple[str, ...] = field(default=())


def read_profile(path: Path | None = None) -> Profile:
    """The shipped profile with what a file of one's own says instead; raises BadInput that names the file."""
    shipped = tomllib.loads((resources.files("exporters.open_data") / "open_data.toml").read_text(encoding="utf-8"))
    own = _read_own(path) if path is not None else {}
    table = {**shipped, **own, "license": {**shipped["license"], **own.get("license", {})}}
    return Profile(
        **{**table, "license": License(**table["license"]), "notes": tuple(table["notes"])},
    )


def _read_own(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput("PAVEMENT_OPEN_DATA cannot be read", file=path, do="give a TOML file") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"is no TOML ({error})", file=path, do="correct it and save it as UTF-8") from error
    _check(table, {each.name for each in fields(Profile)}, "", path)
    _check(table.get("license", {}), {each.name for each in fields(License)}, "license.", path)
    return table


def _check(table: object, known: set[str], where: str, path: Path) -> None:
    """Entries are known and are texts (`notes`: a list of texts, `license`: a table)."""
    if not isinstance(table, dict):
        raise BadInput(f"{where.rstrip('.')} is no table", file=path, do="write it as [license]")
    for name, value in table.items():
        if name not in known:
            raise BadInput(f"{where}{name} is not known", file=path, do=f"use {', '.join(sorted(known))}")
        if name == "license":
            continue
        texts = value if name == "notes" and isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            raise BadInput(f"{where}{name} is no text", file=path, do='write it in quotes; notes as ["…", "…"]')


def completed(profile: Profile, survey: Survey) -> Profile:
    """The profile with publisher and attribution; raises BadInput where nobody is known to publish."""
    managers = dict.fromkeys(route.manager for route in survey.routes if route.manager)
    publisher = profile.publisher or "・".join(managers)
    if not publisher:
        what = "open data: nobody is known to publish it"
        raise BadInput(what, do='name a file with publisher = "…" in PAVEMENT_OPEN_DATA')
    attribution = profile.attribution or f"{publisher}「{profile.title}」({fiscal_year(survey.year)})"
    return replace(profile, publisher=publisher, attribution=attribution)
