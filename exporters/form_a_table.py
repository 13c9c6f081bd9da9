"""The table that drives 様式A: form_a.toml, or a customer's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from exporters.form_a_fields import FIELDS, Row, Value, known
from pavement.errors import BadInput

TYPES = ("文字列", "数値", "日付", "リスト")
MARKS = {"C": "確定", "I": "提案(推定)", "D": "提案(舗装DB)", "B": "提案(慣行)"}


@dataclass(frozen=True)
class FormColumn:
    """One column of the form; the keys of form_a.toml."""

    number: str
    header: str
    type: str
    mark: str
    source: str = ""
    default: str = ""
    list: str = ""
    unit: str = ""
    width: float = 10
    format: str = "General"
    decimals: int | None = None
    rated_only: bool = False
    note: str = ""

    def value(self, row: Row) -> Value:
        """What the column says of a segment, rounded; None = an empty cell."""
        if self.rated_only and row.segment.rating is None:
            return None
        value = FIELDS[self.source](row) if self.source else None
        if not known(value):
            value = self.default or None
        if isinstance(value, float) and self.decimals is not None:
            value = round(value, self.decimals) + 0.0
        return value

    def text(self, row: Row) -> str:
        """The value as CSV text: days and months in ISO, as many decimals as the cell shows."""
        value = self.value(row)
        if isinstance(value, date):
            return f"{value:%Y-%m}" if "d" not in self.format else value.isoformat()
        if isinstance(value, float):
            shown = f"{value:.{self.decimals}f}"
            return shown.rstrip("0").rstrip(".") if self.format == "General" else shown
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Form:
    """The whole form."""

    title: str
    columns: tuple[FormColumn, ...]
    lists: Mapping[str, tuple[str, ...]]
    turn_up_rows: bool


def read_form(path: Path | None = None) -> Form:
    """The form in a TOML file, by default the one that comes with the product; BadInput where it contradicts itself."""
    name = path or "form_a.toml"
    try:
        text = (path or resources.files("exporters") / "form_a.toml").read_text(encoding="utf-8")
        table: dict[str, Any] = tomllib.loads(text)
        columns = tuple(FormColumn(**column) for column in table["columns"])
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise BadInput(f"not a form table: {error}", file=name, do="compare it with exporters/form_a.toml") from None
    lists = {key: tuple(words) for key, words in table.get("lists", {}).items()}
    for column in columns:
        _check(column, lists, name)
    return Form(table.get("title", "様式A"), columns, lists, bool(table.get("turn_up_rows", False)))


def _check(column: FormColumn, lists: Mapping[str, tuple[str, ...]], name: Path | str) -> None:
    """Refuse words that nothing stands behind."""
    for what, word, allowed in (
        ("type", column.type, TYPES),
        ("mark", column.mark, tuple(MARKS)),
        ("source", column.source, ("", *FIELDS)),
        ("list", column.list, ("", *lists)),
    ):
        if word not in allowed:
            raise BadInput(f"column {column.number}: unknown {what} {word!r}", file=name, do=f"one of {list(allowed)}")
