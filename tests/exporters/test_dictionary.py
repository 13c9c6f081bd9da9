"""The dictionary explains every column that is written, and nothing else; docs/gis.md names the Shapefile's columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporters.dictionary import CODES, DICTIONARY_HEADS, TABLES, WORDS, dictionary_rows, entry_of, known_columns
from exporters.gis.shapefile import short_names
from exporters.open_data.columns import TABLES as OPEN_TABLES
from pavement.defect import Category
from pavement.segment import Flag

ALL = {**TABLES, **{f"open-data {name}": columns for name, columns in OPEN_TABLES.items()}}


@pytest.mark.parametrize("table", ALL)
def test_every_column_is_explained(table: str) -> None:
    for column in ALL[table]:
        entry = entry_of(table, column.name)
        assert all((entry.ja, entry.meaning, entry.en, entry.meaning_en)), column.name
        for ending, unit in (("_pct", "%"), ("_mm", "mm"), ("_km", "km"), ("_m", "m"), ("_m2", "m²")):
            if column.name.endswith(ending) and "per_m" not in column.name and "at_least" not in column.name:
                assert entry.unit == unit, column.name


def test_nothing_else_is_explained() -> None:
    assert known_columns() == {column.name for columns in ALL.values() for column in columns}


def test_codes_are_those_of_the_program() -> None:
    assert list(CODES["category"]) == [each.value for each in Category]
    assert list(WORDS["flags"]) == [each.value for each in Flag]
    assert CODES.keys() | WORDS.keys() <= known_columns()


def test_rows_have_a_cell_for_each_head() -> None:
    rows = dictionary_rows(OPEN_TABLES)
    assert all(len(row) == len(DICTIONARY_HEADS) for row in rows)
    assert len(rows) == sum(map(len, OPEN_TABLES.values()))


def test_the_guide_names_the_columns_that_are_cut() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "gis.md").read_text("utf-8")
    for table in ("segments", "defects", "frames"):
        for name, short in short_names([column.name for column in TABLES[table]]).items():
            if name != short:
                assert f"| `{short}` | `{name}` |" in guide
