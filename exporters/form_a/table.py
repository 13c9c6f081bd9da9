"""The table that drives a form: form_a.toml, national.toml, or a customer's own."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from exporters.form_a.fields import FIELDS, Row, Value, known
from exporters.form_a.headers import header_key
from pavement.errors import BadInput

NUMBER, TEXT, DATE, LIST = "数値", "文字列", "日付", "リスト"
MARKS = {"C": "確定", "I": "提案(推定)", "D": "提案(舗装DB)", "B": "提案(慣行)"}
DO = "compare it with exporters/form_a.toml"
_WHOLE = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class FormColumn:
    """One column of the form; the keys of form_a.toml, where they are explained."""

    __pydantic_config__: ClassVar[ConfigDict] = _WHOLE
    number: str
    header: str
    type: Literal["数値", "文字列", "日付", "リスト"]
    mark: Literal["C", "I", "D", "B"]
    source: str = ""
    default: str = ""
    list: str = ""
    unit: str = ""
    width: float = 10
    format: str = "General"
    decimals: int | None = None
    rated_only: bool = False
    note: str = ""
    aliases: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def month_only(self) -> bool:
        """Whether a day is shown as its month."""
        return self.type == DATE and "d" not in self.format

    def value(self, row: Row) -> Value:
        """What the column says of a segment, rounded; None = an empty cell."""
        if self.rated_only and row.segment.rating is None:
            return None
        if not self.source:
            return self.default or None
        value = FIELDS[self.source](row)
        if value is None or not known(value):
            value = self.default or None
        elif isinstance(value, float):
            return float(value if self.decimals is None else round(value, self.decimals)) + 0.0
        return self.words.get(value, value) if self.words and isinstance(value, str) else value

    def text(self, value: Value) -> str:
        """A value as CSV text: days and months in ISO, as many decimals as the cell shows."""
        if type(value) is str:
            return value
        if value is None:
            return ""
        if isinstance(value, float) and self.decimals is not None:
            shown = f"{value:.{self.decimals}f}"
            return shown.rstrip("0").rstrip(".") if self.format == "General" and "." in shown else shown
        if isinstance(value, date):
            return f"{value:%Y-%m}" if self.month_only else value.isoformat()
        return str(value)


@dataclass(frozen=True)
class Blank:
    """A customer's own blank workbook; what is not given is found by the headers."""

    __pydantic_config__: ClassVar[ConfigDict] = _WHOLE
    file: Path
    sheet: str = ""
    header_row: int | None = None
    first_row: int | None = None


@dataclass(frozen=True)
class Form:
    """The whole form."""

    __pydantic_config__: ClassVar[ConfigDict] = _WHOLE
    columns: tuple[FormColumn, ...]
    title: str = "様式A"
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    turn_up_rows: bool = False
    sheets: Literal["auto", "route", "all"] = "auto"
    class_cd_apart: bool = True
    kp_style: Literal["", "post", "cumulative"] = ""
    template: Blank | None = None

    @property
    def per_route(self) -> bool:
        """Whether every road has a sheet of its own (in a customer's workbook: a workbook of its own)."""
        return self.sheets == "route" or (self.sheets == "auto" and self.template is None)

    def adjusted(
        self, template: Path | None = None, per_route: bool | None = None, turn_up: bool | None = None
    ) -> Form:
        """The form with what a command says instead; None = as the table has it."""
        form = self
        if template is not None:
            blank = Blank(template) if form.template is None else replace(form.template, file=template)
            form = replace(form, template=blank)
        if per_route is not None:
            form = replace(form, sheets="route" if per_route else "all")
        return form if turn_up is None else replace(form, turn_up_rows=turn_up)


def read_form(path: Path | None = None, name: str = "form_a.toml") -> Form:
    """The form in a TOML file, else the shipped one of that `name`; BadInput where it contradicts itself."""
    file: Path | str = path or name
    try:
        text = (path or resources.files("exporters") / name).read_text(encoding="utf-8-sig")
        form: Form = TypeAdapter(Form).validate_python(tomllib.loads(text))
    except OSError:
        raise BadInput("cannot be read", file=file, do="name the table of a form (TOML)") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"is no TOML ({error})", file=file, do="correct it and save it as UTF-8") from None
    except ValidationError as error:
        raise BadInput(_say(error), file=file, do=DO) from None
    _check(form, file)
    if path is not None and form.template is not None:
        form = replace(form, template=replace(form.template, file=path.parent / form.template.file))
    return form


def _say(error: ValidationError) -> str:
    """The first thing that is wrong, in one line: `column 3: decimals: …`."""
    first: Any = error.errors()[0]
    place = list(first["loc"])
    if place[:1] == ["columns"] and len(place) > 1:
        place = [f"column {int(place[1]) + 1}", *place[2:]]
    what = "unknown key" if first["type"] in ("unexpected_keyword_argument", "extra_forbidden") else first["msg"]
    more = error.error_count() - 1
    return ": ".join(map(str, [*place, what])) + (f" (and {more} more)" if more else "")


def _check(form: Form, name: Path | str) -> None:
    """Refuse words that nothing stands behind."""
    for column in form.columns:
        for what, word, allowed in (("source", column.source, FIELDS), ("list", column.list, form.lists)):
            if word and word not in allowed:
                do = f"one of {list(allowed)}"
                raise BadInput(f"column {column.number}: unknown {what} {word!r}", file=name, do=do)
        if (column.type == LIST) != bool(column.list):
            raise BadInput(f"column {column.number}: type リスト and key list go together", file=name, do=DO)
        if column.decimals is not None and not 0 <= column.decimals <= 9:
            raise BadInput(f"column {column.number}: decimals {column.decimals}", file=name, do="0 to 9")
    keys = Counter(header_key(name) for column in form.columns for name in {column.header, *column.aliases})
    if twice := [key for key, count in keys.items() if count > 1]:
        raise BadInput(f"header {twice[0]!r} stands twice", file=name, do="give every column a header of its own")
    if not form.columns:
        raise BadInput("has no columns", file=name, do=DO)
