"""The limits of the diagnosis that a run used, read back from its account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pavement.rating import Limits, Rules
from pavement.record import RouteShape


def rules_of(run: Mapping[str, Any]) -> Rules:
    """The rules in the run's settings; the ministry's where it says nothing."""
    table = (run.get("settings") or {}).get("rules")
    if not table:
        return Rules()

    def limits(entries: Mapping[str, Any]) -> dict[str, Limits]:
        return {name: _limits(entry) for name, entry in entries.items()}

    return Rules(
        _limits(table["default"]),
        limits(table.get("by_class") or {}),
        limits(table.get("by_manager") or {}),
        {name: limits(entries) for name, entries in (table.get("by_both") or {}).items()},
    )


def _limits(entry: Mapping[str, Any]) -> Limits:
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Limits(**known)


def limits_of(rules: Rules, shape: RouteShape | None) -> Limits:
    """The limits of a road."""
    return rules.limits_of(shape.road_class, shape.manager) if shape else rules.default
