"""datapackage.json: the Frictionless Data Package of the CSV files; its Table Schema tells every column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exporters.dictionary import CODES, TYPES, entry_of
from exporters.open_data.profile import Profile
from exporters.tables import Column
from exporters.wording import last_day
from pavement.record import Survey

DATES = ("surveyed_on",)
TITLES = {"segments": "100 m 区間ごとの舗装の状態", "defects": "損傷の位置と大きさ"}


def data_package(profile: Profile, survey: Survey, tables: Mapping[str, Sequence[Column]]) -> str:
    """The package's text."""
    package = {
        "profile": "tabular-data-package",
        "name": f"pavement-inspection-{survey.year}",
        "title": profile.title,
        "description": f"{profile.description}\n出典の表示: {profile.attribution}",
        "homepage": profile.url,
        "created": f"{last_day(survey):%Y-%m-%d}T00:00:00Z",
        "licenses": [{"name": profile.license.name, "title": profile.license.title, "path": profile.license.url}],
        "contributors": [{"title": profile.publisher, "role": "publisher"}],
        "keywords": ["舗装点検", "道路", "ひび割れ率", "わだち掘れ", "IRI", "ポットホール"],
        "resources": [_resource(name, columns) for name, columns in tables.items()],
    }
    return json.dumps({k: v for k, v in package.items() if v}, ensure_ascii=False, indent=1) + "\n"


def _resource(name: str, columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": TITLES[name],
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": [_field(name, column) for column in columns], "missingValues": [""]},
    }


def _field(table: str, column: Column) -> dict[str, Any]:
    entry = entry_of(table, column.name)
    field: dict[str, Any] = {
        "name": column.name,
        "title": entry.title,
        "type": "date" if column.name in DATES else TYPES[column.kind],
        "description": f"{entry.meaning} / {entry.meaning_en}",
    }
    if column.name in CODES and column.name not in ("road_type", "kind"):  # a network may bring words of its own
        field["constraints"] = {"enum": list(CODES[column.name])}
    return field
