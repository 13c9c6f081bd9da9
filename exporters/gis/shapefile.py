"""shapefile/: each layer in CP932, names of ten bytes with a table of them, and a list of what does not fit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exporters.dictionary import entry_of
from exporters.form_a.csv_pair import to_cp932
from exporters.gis.layers import Layer, layers_of
from exporters.gis.styles import layer_style
from exporters.gis.translate import translate
from exporters.tables import BOM, Column, Kind, write_rows
from pavement.files import write_whole
from pavement.record import Survey

FOLDER = "shapefile"
NAME_BYTES, TEXT_BYTES = 10, 254  #: what dBASE has room for
FIELDS, UNFIT = "fields.csv", "unfit.csv"
FIELD_HEADS = ("layer", "項目名(10バイト)", "元の項目名", "名称", "単位", "意味")
UNFIT_HEADS = ("layer", "地物番号", "項目名", "元の値", "書いた値", "理由")


def export_shapefile(survey: Survey, out: Path) -> list[Path]:
    """Layers with their styles, the table of names, the list of values that do not fit."""
    layers = layers_of(survey)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = [path for layer in layers for path in write_shapefile(layer, folder)]
    names = (row for layer in layers for row in _field_rows(layer))
    written.append(write_rows(folder / FIELDS, FIELD_HEADS, names, BOM))
    unfit = (row for layer in layers for row in _unfit_rows(layer))
    written.append(write_rows(folder / UNFIT, UNFIT_HEADS, unfit, BOM))
    return written


def write_shapefile(layer: Layer, folder: Path) -> list[Path]:
    """The files of one layer; they take their places together when all are whole."""
    names = short_names([column.name for column in layer.columns])
    columns = [_fitted_column(column, names[column.name]) for column in layer.columns]
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shapefile-") as scratch:
        path = Path(scratch) / f"{layer.name}.shp"
        translate(replace(layer, columns=columns), path, "ESRI Shapefile", encoding="CP932")
        write_whole(path.with_suffix(".qml"), layer_style(layer.name, layer.columns, names).encode())
        files = sorted(file for file in Path(scratch).iterdir() if file.is_file())
        for file in files:
            os.replace(file, folder / file.name)
    return [folder / file.name for file in files]


def _fitted_column(column: Column, name: str) -> Column:
    """The column under its short name; a text column is fitted, any other stays what it is."""
    if column.kind is not Kind.TEXT:
        return replace(column, name=name)
    return FittedColumn(name, column.path, column.kind, column.decimals, column)


@dataclass(frozen=True)
class FittedColumn(Column):
    """A text column whose values come from another column."""

    source: Column | None = None

    def value(self, record: object) -> Any:
        """The text as the Shapefile holds it."""
        assert self.source is not None
        value = self.source.value(record)
        return fitted(value)[0] if isinstance(value, str) else value


def short_names(names: Sequence[str]) -> Mapping[str, str]:
    """Names of at most ten bytes, all different.

    >>> short_names(["from_kp_km", "from_offset_m", "from_offset_x"])
    {'from_kp_km': 'from_kp_km', 'from_offset_m': 'from_offse', 'from_offset_x': 'from_off_2'}
    """
    taken: dict[str, str] = {}
    for name in names:
        short, number = name[:NAME_BYTES], 1
        while short in taken.values():
            number += 1
            short = f"{name[: NAME_BYTES - 2]}_{number}"
        taken[name] = short
    return taken


def fitted(text: str) -> tuple[str, list[str]]:
    """The text as a field of a Shapefile holds it, and why it is another one.

    >>> fitted("𠮷野町")
    ('〓野町', ['CP932 にない文字「𠮷」を 〓 に置き換えた'])
    """
    data, lost = to_cp932(text)
    reasons = [f"CP932 にない文字「{lost}」を 〓 に置き換えた"] if lost else []
    if len(data) > TEXT_BYTES:
        reasons.append(f"{len(data)} バイトを {TEXT_BYTES} バイトに切った")
        return data[:TEXT_BYTES].decode("cp932", "ignore"), reasons
    return data.decode("cp932"), reasons


def _field_rows(layer: Layer) -> Iterator[Sequence[str]]:
    for name, short in short_names([column.name for column in layer.columns]).items():
        entry = entry_of(layer.name, name)
        yield layer.name, short, name, entry.ja, entry.unit, entry.meaning


def _unfit_rows(layer: Layer) -> Iterator[Sequence[str]]:
    texts = [column for column in layer.columns if column.kind is Kind.TEXT]
    for number, record in enumerate(layer.records, start=1):
        for column in texts:
            value = column.value(record)
            if value and (reasons := fitted(value)[1]):
                yield layer.name, str(number), column.name, value, fitted(value)[0], "、".join(reasons)
